/**
 * Zendesk's users as a source. Must not map (support.mapping.ts) nor talk HTTP (support.api.ts).
 *
 * Zendesk has no batch read of tickets by requester. So a batch of known ids is one call and brings the users alone, whose
 * stored tickets stand; tickets come with the sync: the first run takes all of them from the export, a later one asks for the
 * tickets of each user who changed, and so does a webhook. What is stored is therefore as old as the last sync or webhook,
 * whatever a read refreshes.
 */
import { z } from 'zod';
import { errorCodeOf, facetError } from '../../schema/errors';
import type { ClientDependencies, ErasureOutcome, MappedRecord, SourceClient, UpstreamCall } from '../source';
import { createZendeskApi, USERS } from './support.api';
import type { ZendeskSettings } from './support.api';
import { exportChanged, exportEverything, parseTickets } from './support.exports';
import { isCustomer, mapUser, userSchema } from './support.mapping';
import type { Ticket } from './support.record';

export { zendeskSettings, type ZendeskSettings } from './support.api';

/** Users whose tickets are asked for at the same time. */
const AT_ONCE = 8;

type Page = Awaited<ReturnType<SourceClient['fetchPage']>>;
type TicketsOf = (userId: string) => readonly Ticket[] | null;
/** Units: `readAt` Unix time in milliseconds at which Zendesk was asked. */
interface TicketsRead {
  readonly readAt: number;
  readonly tickets: readonly Ticket[];
}

export function createZendeskClient(settings: ZendeskSettings, { now }: ClientDependencies): SourceClient {
  const api = createZendeskApi(settings, now);
  /** The exports of the run that is on. One run at a time keeps them; another loads its own, as one does after a restart. */
  let run: {
    readonly changedSince: number | null;
    /** Unix time in milliseconds. */
    readonly startedAt: number;
    readonly everything?: ReturnType<typeof exportEverything>;
    readonly changed?: ReturnType<typeof exportChanged>;
  } | null = null;
  /** Tickets read for webhooks while a run is on, of which pages yet to come may hold an older state. */
  const newer = new Map<string, TicketsRead>();

  async function fetchMany(keys: readonly string[], bounds: UpstreamCall): Promise<Map<string, MappedRecord>> {
    if (keys.length === 0) return new Map();
    if (keys.length > USERS) throw new RangeError(`expected at most ${USERS} keys, got ${keys.length}`);
    return byId(mapAll(await api.findUsers(keys, bounds), () => null));
  }

  async function fetchPage(
    position: string | null,
    { changedSince, ...bounds }: UpstreamCall & { readonly changedSince: number | null },
  ): Promise<Page> {
    if (run === null || run.changedSince !== changedSince) {
      run =
        changedSince === null
          ? { changedSince, startedAt: now(), everything: exportEverything(api) }
          : { changedSince, startedAt: now(), changed: exportChanged(api, changedSince) };
    }
    const from = parsePosition(position, changedSince === null ? 'users' : 'changed');
    const page = run.everything
      ? await fetchListPage(await run.everything.complete(bounds), run.startedAt, from, bounds)
      : await fetchChangedPage((await run.changed?.complete(bounds)) ?? [], from ?? '0', bounds);
    if (page.next === null) {
      run = null;
      newer.clear();
    }
    return page;
  }

  async function fetchListPage(
    { byRequester, invalid }: Awaited<ReturnType<ReturnType<typeof exportEverything>['complete']>>,
    exportedAt: number,
    after: string | null,
    bounds: UpstreamCall,
  ): Promise<Page> {
    const { found, next } = await api.listCustomers(after, bounds);
    const mapped = mapAll(found, (id) => newestOf(id, { readAt: exportedAt, tickets: byRequester.get(id) ?? [] }));
    return {
      records: mapped.records,
      // Tickets that could not be read are told once, with the last page.
      invalid: mapped.invalid + (next === null ? invalid : 0),
      next: next === null ? null : `users:${next}`,
    };
  }

  /** In order of id, so that a position holds when more change meanwhile. */
  async function fetchChangedPage(ids: readonly string[], after: string, bounds: UpstreamCall): Promise<Page> {
    const rest = ids.filter((id) => BigInt(id) > BigInt(after));
    const batch = rest.slice(0, USERS);
    if (batch.length === 0) return { records: [], invalid: 0, next: null };
    const { users, read, invalid } = await fetchWithTickets(batch, bounds);
    const mapped = mapAll(users, (id) => newestOf(id, read.get(id)));
    return {
      records: mapped.records,
      invalid: mapped.invalid + invalid,
      next: rest.length > batch.length ? `changed:${batch.at(-1)}` : null,
    };
  }

  /** A user's or a ticket's webhook: the user with all tickets. A ticket that cannot be read is left out, as of a page. */
  async function fetchChanged(keys: readonly string[], bounds: UpstreamCall): Promise<Map<string, MappedRecord>> {
    if (keys.length === 0) return new Map();
    if (keys.length > USERS) throw new RangeError(`expected at most ${USERS} keys, got ${keys.length}`);
    const { users, read } = await fetchWithTickets(keys, bounds);
    if (run !== null) read.forEach((tickets, id) => newer.set(id, tickets));
    return byId(mapAll(users, (id) => read.get(id)?.tickets ?? []));
  }

  /** Users, and the tickets of the customers among them: one call for all, then one for each, AT_ONCE at a time. */
  async function fetchWithTickets(ids: readonly string[], bounds: UpstreamCall) {
    const users = await api.findUsers(ids, bounds);
    const customers = mapAll(users, () => null).records.map(({ sourceId }) => sourceId);
    const read = new Map<string, TicketsRead>();
    let invalid = 0;
    for (let start = 0; start < customers.length; start += AT_ONCE) {
      await Promise.all(
        customers.slice(start, start + AT_ONCE).map(async (id) => {
          const readAt = now();
          const parsed = parseTickets(await api.findTicketsOf(id, bounds));
          invalid += parsed.invalid;
          read.set(id, { readAt, tickets: parsed.tickets.map(([, ticket]) => ticket) });
        }),
      );
    }
    return { users, read, invalid };
  }

  /** Tickets first: Zendesk deletes nobody who asked for one that is not closed. */
  async function erase(keys: readonly string[], bounds: UpstreamCall): Promise<ErasureOutcome> {
    for (const userId of keys) {
      const tickets = await api.findTicketsOf(userId, bounds, 'has none');
      for (const { id } of z.array(z.object({ id: z.number() })).parse(tickets)) {
        await api.erase('tickets', String(id), bounds);
      }
      await api.erase('users', userId, bounds);
    }
    return { outcome: 'ERASED' };
  }

  const newestOf = (id: string, ofPage: TicketsRead | undefined): readonly Ticket[] => {
    const ofWebhook = newer.get(id);
    const read = ofWebhook !== undefined && ofWebhook.readAt > (ofPage?.readAt ?? 0) ? ofWebhook : ofPage;
    return read?.tickets ?? [];
  };

  return {
    batchLimit: USERS,
    fetchMany,
    fetchChanged,
    fetchPage,
    erase,
    count: (bounds) => api.countCustomers(bounds),
    close: () => api.close(),
  };
}

/** Errors: RangeError for a position that is not ours. */
function parsePosition(position: string | null, phase: 'users' | 'changed'): string | null {
  if (position === null) return null;
  const [, found, from] = /^(users|changed):(.+)$/.exec(position) ?? [];
  if (found !== phase || from === undefined || (phase === 'changed' && !/^\d+$/.test(from))) {
    throw new RangeError(`expected a position among ${phase}, got another`);
  }
  return from;
}

/** Maps the customers among the users, and counts what could not be read. */
function mapAll(found: readonly unknown[], ticketsOf: TicketsOf): { records: MappedRecord[]; invalid: number } {
  let invalid = 0;
  const records = found.flatMap((raw) => {
    const parsed = userSchema.safeParse(raw);
    try {
      if (parsed.success)
        return isCustomer(parsed.data) ? [mapUser(parsed.data, ticketsOf(String(parsed.data.id)))] : [];
    } catch (error) {
      if (errorCodeOf(error) !== 'UPSTREAM_INVALID') throw error;
    }
    invalid += 1;
    return [];
  });
  return { records, invalid };
}

/** Errors: UPSTREAM_INVALID. A key that is missing is a user Zendesk no longer has; an unreadable one must not look like that. */
function byId({ records, invalid }: ReturnType<typeof mapAll>): Map<string, MappedRecord> {
  if (invalid > 0) {
    throw facetError('UPSTREAM_INVALID', `Zendesk, users by id: expected users, got ${invalid} unreadable`);
  }
  return new Map(records.map((record) => [record.sourceId, record]));
}
