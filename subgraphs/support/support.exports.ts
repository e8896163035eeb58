/**
 * What one run needs of Zendesk's exports, read to their end and kept in memory: all tickets by requester for a run over
 * everything (a few hundred bytes a ticket), or whose records changed. Exports are few a minute and a large account takes more
 * of them than one page of a sync may last: a call that runs out of time leaves off, and the next one goes on there.
 */
import { errorCodeOf } from '../../schema/errors';
import type { UpstreamCall } from '../source';
import type { ZendeskApi } from './support.api';
import { mapTicket, ticketSchema, userSchema } from './support.mapping';
import type { Ticket } from './support.record';

interface Export<Result> {
  /** Reads on to the end. Errors: UPSTREAM_*; what was read so far is kept. */
  complete(bounds: UpstreamCall): Promise<Result>;
}

export interface TicketIndex {
  readonly byRequester: ReadonlyMap<string, readonly Ticket[]>;
  /** Tickets that could not be read. */
  readonly invalid: number;
}

/** Every ticket of the account, by who asked. */
export function exportEverything(api: ZendeskApi): Export<TicketIndex> {
  const byRequester = new Map<string, Ticket[]>();
  let invalid = 0;
  const tickets = readOn(
    (after, bounds) => api.exportTickets(0, after, bounds),
    (found) => {
      const read = parseTickets(found);
      invalid += read.invalid;
      for (const [requester, ticket] of read.tickets) {
        const known = byRequester.get(requester) ?? [];
        // A ticket that changes while the export runs comes again: its later state counts.
        byRequester.set(requester, [...known.filter(({ id }) => id !== ticket.id), ticket]);
      }
    },
  );
  return {
    async complete(bounds) {
      await tickets(bounds);
      return { byRequester, invalid };
    },
  };
}

/** Ids of the users who changed since, or one of whose tickets did, in order. */
export function exportChanged(api: ZendeskApi, since: number): Export<readonly string[]> {
  const ids = new Set<number>();
  const tickets = readOn(
    (after, bounds) => api.exportTickets(since, after, bounds),
    (found) => {
      for (const raw of found) {
        const requester = ticketSchema.shape.requester_id.safeParse(
          (raw as { requester_id?: unknown } | null)?.requester_id,
        );
        if (requester.success) ids.add(requester.data);
      }
    },
  );
  const users = readOn(
    (after, bounds) => api.exportUsers(since, after, bounds),
    (found) => {
      for (const raw of found) {
        const user = userSchema.shape.id.safeParse((raw as { id?: unknown } | null)?.id);
        if (user.success) ids.add(user.data);
      }
    },
  );
  return {
    async complete(bounds) {
      await tickets(bounds);
      await users(bounds);
      return [...ids].sort((a, b) => a - b).map(String);
    },
  };
}

/** Tickets that can be read, each with its requester's id; deleted ones are left out. */
export function parseTickets(found: readonly unknown[]): {
  readonly tickets: ReadonlyArray<readonly [requesterId: string, ticket: Ticket]>;
  readonly invalid: number;
} {
  let invalid = 0;
  const tickets = found.flatMap((raw) => {
    const parsed = ticketSchema.safeParse(raw);
    try {
      if (parsed.success) {
        const ticket = mapTicket(parsed.data);
        return ticket === null ? [] : [[String(parsed.data.requester_id), ticket] as const];
      }
    } catch (error) {
      if (errorCodeOf(error) !== 'UPSTREAM_INVALID') throw error;
    }
    invalid += 1;
    return [];
  });
  return { tickets, invalid };
}

function readOn(
  readPart: (
    after: string | null,
    bounds: UpstreamCall,
  ) => Promise<{ readonly found: readonly unknown[]; readonly next: string | null }>,
  take: (found: readonly unknown[]) => void,
): (bounds: UpstreamCall) => Promise<void> {
  let after: string | null = null;
  let done = false;
  return async (bounds) => {
    while (!done) {
      const { found, next } = await readPart(after, bounds);
      take(found);
      after = next;
      done = next === null;
    }
  };
}
