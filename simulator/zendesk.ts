/**
 * Zendesk's Ticketing API v2 of one account: users and their tickets. Reads as the life of a call: token ▸ limits ▸ endpoint
 * ▸ headers. Paths may end in `.json`. Reading and deleting; whatever else is asked is refused in Zendesk's own shape.
 * Source: vendors.md §4.
 */
import { createAccessTokens } from './access-tokens';
import type { Credentials } from './credentials';
import type { Population, SupportTicket, SupportUser } from './population';
import { createFixedWindow } from './rate-limit';
import type { VendorReply, VendorRequest, VendorService } from './vendor';
import { deleteRecord } from './zendesk/deletion';
import { incremental } from './zendesk/incremental';
import { originOf, page } from './zendesk/paging';
import { invalid, noEndpoint, notFound, ok, refusal, tooMany, unauthenticated } from './zendesk/replies';
import { search, searchUsers } from './zendesk/search';
import { createSupportStore } from './zendesk/support-store';
import { issueToken } from './zendesk/tokens';
import { identityView, ticketView, userView } from './zendesk/views';
import { createZendeskWebhooks } from './zendesk/webhook';

const TOKEN_PATH = '/oauth/tokens';
const PATH = /^\/api\/v2\/(.+?)(?:\.json)?$/;
const MINUTE_MS = 60_000;
/** Counted apart, besides counting as calls. */
const EXPORTS_PER_MINUTE = 10;
const MAX_MANY = 100;

const commaSeparated = (query: URLSearchParams, name: string): string[] | undefined =>
  query
    .get(name)
    ?.split(',')
    .map((id) => id.trim())
    .filter(Boolean);

/** Creates the simulated account. Units: `now` epoch milliseconds; `callsPerMinute` calls. */
export function createZendesk(options: {
  population: Population;
  credentials: Credentials;
  now: () => number;
  callsPerMinute: number;
  /** Told of each user and ticket that a caller had deleted, as the store calls it. */
  erased: (id: string) => void;
}): VendorService {
  const { population, credentials, now, callsPerMinute, erased } = options;
  const store = createSupportStore(population.zendesk);
  const tokens = createAccessTokens({ now });
  const calls = createFixedWindow({ limit: callsPerMinute, windowMs: MINUTE_MS, now });
  const exports = createFixedWindow({ limit: EXPORTS_PER_MINUTE, windowMs: MINUTE_MS, now });

  const resetSeconds = (): number => Math.ceil((MINUTE_MS - (now() % MINUTE_MS)) / 1000);
  const limitHeaders = (remaining: number): Record<string, string> => ({
    'X-Rate-Limit': String(callsPerMinute),
    'X-Rate-Limit-Remaining': String(remaining),
    'ratelimit-limit': String(callsPerMinute),
    'ratelimit-remaining': String(remaining),
    'ratelimit-reset': String(resetSeconds()),
  });

  /** The records of `ids` in order of id, as the vendor answers them; unknown ones are left out. */
  const many = <T extends { id: string }>(ids: string[], find: (id: string) => T | undefined): T[] | null =>
    ids.length > MAX_MANY
      ? null
      : [...new Set(ids.flatMap((id) => find(id) ?? []))].sort((a, b) => Number(a.id) - Number(b.id));
  const listed = (records: unknown[], name: string): VendorReply =>
    ok({ [name]: records, next_page: null, previous_page: null, count: records.length });
  const tooManyIds = (): VendorReply => invalid(`Number of values exceeds limit of ${MAX_MANY}`);

  const showManyUsers = (request: VendorRequest): VendorReply => {
    const { query } = request;
    const ids = commaSeparated(query, 'ids');
    const externalIds = commaSeparated(query, 'external_ids');
    const users = ids ? many(ids, store.user) : many(externalIds ?? [], store.userByExternalId);
    if (!users) return tooManyIds();
    const origin = originOf(request);
    const reply = listed(
      users.map((user) => userView(user, origin)),
      'users',
    );
    if (!(query.get('include') ?? '').split(',').includes('identities')) return reply;
    return ok({ ...(reply.body as object), identities: users.flatMap((user) => identityView(user, origin)) });
  };

  const route = (request: VendorRequest, endpoint: string): VendorReply => {
    if (request.method === 'DELETE') return deleteRecord({ request, endpoint, store, erased, now });
    if (request.method !== 'GET') return refusal(405, 'MethodNotAllowed', `${request.method} is not supported here`);
    const { query } = request;
    const origin = originOf(request);
    const showUser = (user: SupportUser) => userView(user, origin);
    const showTicket = (ticket: SupportTicket) => ticketView(ticket, origin);
    const [section, id, third, fourth] = endpoint.split('/');
    if (endpoint === 'users') {
      const roles = [...query.getAll('role'), ...query.getAll('role[]')];
      const records = store.users.filter(({ role, active }) => active && (roles.length === 0 || roles.includes(role)));
      return page({ request, name: 'users', records, show: showUser });
    }
    if (endpoint === 'users/show_many') return showManyUsers(request);
    if (endpoint === 'users/search') return searchUsers({ request, store });
    if (endpoint === 'tickets') return page({ request, name: 'tickets', records: store.tickets, show: showTicket });
    if (endpoint === 'tickets/show_many') {
      const tickets = many(commaSeparated(query, 'ids') ?? [], store.ticket);
      return tickets ? listed(tickets.map(showTicket), 'tickets') : tooManyIds();
    }
    if (endpoint === 'search') return search({ request, store });
    if (endpoint === 'incremental/tickets/cursor') {
      return incremental({ request, name: 'tickets', records: store.tickets, show: showTicket, now });
    }
    if (endpoint === 'incremental/users/cursor') {
      return incremental({ request, name: 'users', records: store.users, show: showUser, now });
    }
    if (section === 'tickets' && id !== undefined && third === undefined) {
      const ticket = store.ticket(id);
      return ticket ? ok({ ticket: showTicket(ticket) }) : notFound();
    }
    if (section !== 'users' || id === undefined) return noEndpoint();
    const user = store.user(id);
    const rest = [third, fourth].filter((part) => part !== undefined).join('/');
    if (!['', 'related', 'tickets/requested'].includes(rest)) return noEndpoint();
    if (!user) return notFound();
    const tickets = store.ticketsOf(id);
    if (rest === 'tickets/requested') return page({ request, name: 'tickets', records: tickets, show: showTicket });
    if (rest === '') return ok({ user: showUser(user) });
    const counters = { assigned_tickets: 0, requested_tickets: tickets.length, ccd_tickets: 0 };
    return ok({ user_related: { ...counters, organization_subscriptions: 0 } });
  };

  return {
    vendor: 'zendesk',
    handle: async (request) => {
      if (request.path === TOKEN_PATH && request.method === 'POST') {
        return issueToken({ request, credentials: credentials.zendesk, tokens });
      }
      const [, endpoint] = PATH.exec(request.path) ?? [];
      if (endpoint === undefined) return noEndpoint();
      const [, scheme, token] = /^(\S+) +(.+)$/.exec(request.headers.authorization ?? '') ?? [];
      const bearer = scheme?.toLowerCase() === 'bearer';
      if (!bearer || !tokens.accepts(token)) return unauthenticated(bearer);
      const admitted = calls.take() && (!endpoint.startsWith('incremental/') || exports.take());
      const reply = admitted ? route(request, endpoint) : tooMany(resetSeconds());
      return { ...reply, headers: { ...reply.headers, ...limitHeaders(calls.remaining()) } };
    },
    askedIds: ({ path, query }) => {
      const [, endpoint = ''] = PATH.exec(path) ?? [];
      const asked =
        commaSeparated(query, 'ids') ?? commaSeparated(query, 'external_ids') ?? query.getAll('external_id');
      const [, inPath] = /^(?:deleted_)?(?:users|tickets)\/(\d+)/.exec(endpoint) ?? [];
      return inPath === undefined ? asked : [inPath];
    },
    throttled: () => {
      const reply = tooMany(resetSeconds());
      return { ...reply, headers: { ...reply.headers, ...limitHeaders(0) } };
    },
    failed: (status) => {
      if (status === 401) return unauthenticated(true);
      if (status === 404) return notFound();
      if (status === 429) return tooMany(resetSeconds());
      return refusal(status, status < 500 ? 'InvalidValue' : 'InternalServerError', 'Something went wrong');
    },
    patch: (change) => store.patch(change),
    remove: (record) => store.remove(record),
    webhooks: createZendeskWebhooks({ store, secret: credentials.zendesk.webhookSecret }),
  };
}
