/**
 * Zendesk's Ticketing API of one account: users by id, lists, one user's tickets, and the exports by change. Must not know
 * customers.
 *
 * Source: Zendesk Ticketing API v2: users (`show_many`, 100 at most), `users/{id}/tickets/requested`, incremental exports by
 * cursor (10 a minute, 1,000 records each), cursor pagination, rate limit headers; OAuth client credentials.
 */
import { z } from 'zod';
import type { UpstreamCall } from '../source';
import { createUpstream } from '../upstream/pipeline';
import { lanes, quotaLimit, windowLimit } from '../upstream/rate-limit';
import { upstreamUrl } from '../upstream/settings';

export const zendeskSettings = z.object({
  /** `https://{account}.zendesk.com`. */
  ZENDESK_URL: upstreamUrl,
  /** An OAuth client of the account. Scopes: users:read, tickets:read, and users:write, tickets:write to erase. API tokens end on 30 April 2027. */
  ZENDESK_CLIENT_ID: z.string().min(1),
  ZENDESK_CLIENT_SECRET: z.string().min(1),
  /** Signing secret of the webhook that calls us. Absent: none does, and every webhook is refused. */
  ZENDESK_WEBHOOK_SECRET: z.string().min(1).optional(),
});
export type ZendeskSettings = z.infer<typeof zendeskSettings>;

/** Users of one batch, and of one page. */
export const USERS = 100;
const TICKETS = 100;
/** An export does not begin later than this before now. */
const EXPORT_LAG_MS = 61_000;

/** Records are judged one by one (`z.unknown()`): a bad one does not take the page along. */
const records = z.array(z.unknown());
const meta = z.object({ has_more: z.boolean(), after_cursor: z.string().nullable() });
const usersSchema = z.object({ users: records });
const usersPageSchema = z.object({ users: records, meta });
const ticketsPageSchema = z.object({ tickets: records, meta });
const countSchema = z.object({ count: z.number().int().nonnegative() });
const exportEnd = { after_cursor: z.string().nullable(), end_of_stream: z.boolean() };
const usersExportSchema = z.object({ users: records, ...exportEnd });
const ticketsExportSchema = z.object({ tickets: records, ...exportEnd });

interface Part {
  readonly found: readonly unknown[];
  /** Cursor to go on from; null: that was all. */
  readonly next: string | null;
}

/** Errors, from every method: UPSTREAM_UNAVAILABLE, _TIMEOUT, _THROTTLED, _UNAUTHENTICATED, _INVALID. */
export interface ZendeskApi {
  /** At most USERS ids; unknown ones are absent. */
  findUsers(ids: readonly string[], bounds: UpstreamCall): Promise<readonly unknown[]>;
  countCustomers(bounds: UpstreamCall): Promise<number>;
  listCustomers(after: string | null, bounds: UpstreamCall): Promise<Part>;
  /** All tickets one user asked for. A user who is gone has none where `gone` says so. */
  findTicketsOf(userId: string, bounds: UpstreamCall, gone?: 'has none'): Promise<readonly unknown[]>;
  /** One record for good: deleted first, then from where Zendesk keeps what was deleted. One that is gone does no harm. */
  erase(kind: 'users' | 'tickets', id: string, bounds: UpstreamCall): Promise<void>;
  /** What changed since, deleted tickets included. Units: `since` Unix time in milliseconds; `after` a cursor that goes on from there. */
  exportUsers(since: number, after: string | null, bounds: UpstreamCall): Promise<Part>;
  exportTickets(since: number, after: string | null, bounds: UpstreamCall): Promise<Part>;
  close(): Promise<void>;
}

export function createZendeskApi(settings: ZendeskSettings, now: () => number): ZendeskApi {
  const upstream = createUpstream({
    vendor: 'Zendesk',
    baseUrl: settings.ZENDESK_URL,
    auth: {
      kind: 'client_credentials',
      tokenPath: '/oauth/tokens',
      clientId: settings.ZENDESK_CLIENT_ID,
      clientSecret: settings.ZENDESK_CLIENT_SECRET,
      scope: 'users:read users:write tickets:read tickets:write',
      // Without it a token of an older client never ends, and none of ours should.
      lifetimeSeconds: 7_200,
    },
    rateLimit: lanes(
      { export: quotaLimit({ calls: 10, perMs: 60_000 }) },
      windowLimit({ remaining: 'ratelimit-remaining', resetSeconds: 'ratelimit-reset' }),
    ),
    now,
  });

  const read = <T>(
    name: string,
    path: string,
    query: Readonly<Record<string, string>>,
    schema: z.ZodType<T>,
    bounds: UpstreamCall & { readonly lane?: string; readonly answersAbsence?: boolean },
  ): Promise<T> =>
    upstream.request({
      ...bounds,
      name,
      method: 'GET',
      path: `/api/v2/${path}?${new URLSearchParams(query)}`,
      effect: 'read',
      schema,
    });
  const page = (size: number, after: string | null) => ({
    'page[size]': String(size),
    ...(after !== null && { 'page[after]': after }),
  });
  const nextOf = ({ has_more: more, after_cursor: after }: z.infer<typeof meta>) => (more ? after : null);
  const exported = (since: number, after: string | null): Record<string, string> =>
    after === null
      ? { start_time: String(Math.max(0, Math.floor(Math.min(since, now() - EXPORT_LAG_MS) / 1_000))) }
      : { cursor: after };
  const goesOn = (answer: { readonly after_cursor: string | null; readonly end_of_stream: boolean }) =>
    answer.end_of_stream ? null : answer.after_cursor;

  return {
    async findUsers(ids, bounds) {
      return (await read('users by id', 'users/show_many', { ids: ids.join(',') }, usersSchema, bounds)).users;
    },
    async countCustomers(bounds) {
      return (await read('users count', 'users', { role: 'end-user', per_page: '1' }, countSchema, bounds)).count;
    },
    async listCustomers(after, bounds) {
      const query = { role: 'end-user', ...page(USERS, after) };
      const answer = await read('users list', 'users', query, usersPageSchema, bounds);
      return { found: answer.users, next: nextOf(answer.meta) };
    },
    async findTicketsOf(userId, bounds, gone) {
      const call = { ...bounds, ...(gone === undefined ? {} : { answersAbsence: true }) };
      const path = `users/${encodeURIComponent(userId)}/tickets/requested`;
      const tickets: unknown[] = [];
      for (let after: string | null = null; ;) {
        const answer: z.infer<typeof ticketsPageSchema> | null = await read(
          'tickets of a user',
          path,
          page(TICKETS, after),
          gone === undefined ? ticketsPageSchema : ticketsPageSchema.nullable(),
          call,
        );
        if (answer === null) return tickets;
        tickets.push(...answer.tickets);
        after = nextOf(answer.meta);
        if (after === null) return tickets;
      }
    },
    async erase(kind, id, bounds) {
      for (const path of [kind, `deleted_${kind}`]) {
        await upstream.request({
          ...bounds,
          name: `${path} erasure`,
          method: 'DELETE',
          path: `/api/v2/${path}/${encodeURIComponent(id)}`,
          effect: 'erase',
          answersAbsence: true,
          schema: z.unknown(),
        });
      }
    },
    async exportUsers(since, after, bounds) {
      const call = { ...bounds, lane: 'export' };
      const path = 'incremental/users/cursor';
      const answer = await read('users export', path, exported(since, after), usersExportSchema, call);
      return { found: answer.users, next: goesOn(answer) };
    },
    async exportTickets(since, after, bounds) {
      const call = { ...bounds, lane: 'export' };
      const path = 'incremental/tickets/cursor';
      const answer = await read('tickets export', path, exported(since, after), ticketsExportSchema, call);
      return { found: answer.tickets, next: goesOn(answer) };
    },
    close: () => upstream.close(),
  };
}
