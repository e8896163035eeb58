/**
 * PostHog's private API of one project: persons and named queries. Reads as the life of a call: credentials ▸ project ▸
 * limits ▸ endpoint. Ingestion is not imitated. Whatever else is asked is refused in PostHog's own shape.
 * Source: vendors.md §3.
 */
import { sameSecret, type Credentials } from './credentials';
import type { Population } from './population';
import { createPersonStore } from './posthog/person-store';
import { batch, bulkDelete, list, listIn, one } from './posthog/persons';
import { idsOf, query } from './posthog/query';
import { notFound, refusal, throttled, unauthenticated } from './posthog/replies';
import { createPosthogWebhooks } from './posthog/webhook';
import { createRollingWindow, type CallWindow } from './rate-limit';
import type { VendorReply, VendorRequest, VendorService } from './vendor';

const PATH = /^\/api\/(?:projects|environments)\/([^/]+)\/(persons|query)(?:\/([^/]+))?\/?$/;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Calls per hour, for each one per minute. Source: 240/min and 1200/h; for queries 240/min and 2400/h. */
const HOURLY = { persons: 5, query: 10 };

/** Creates the simulated project. Units: `now` epoch milliseconds; `callsPerMinute` of persons, and of queries. */
export function createPosthog(options: {
  population: Population;
  credentials: Credentials;
  now: () => number;
  callsPerMinute: number;
  /** Told of each person that a caller had erased. */
  erased: (uuid: string) => void;
}): VendorService {
  const { population, credentials, now, callsPerMinute, erased } = options;
  const { token, projectId, webhookSecret } = credentials.posthog;
  const store = createPersonStore({ records: population.posthog.records });
  const windows = (hourly: number): CallWindow[] => [
    createRollingWindow({ limit: callsPerMinute, windowMs: MINUTE_MS, now }),
    createRollingWindow({ limit: callsPerMinute * hourly, windowMs: HOUR_MS, now }),
  ];
  const limits = { persons: windows(HOURLY.persons), query: windows(HOURLY.query) };

  /** Seconds until there is room; 0 takes a call. */
  const take = (kind: keyof typeof limits): number => {
    const full = limits[kind].filter((window) => window.remaining() < 1);
    if (full.length > 0) return Math.max(1, ...full.map((window) => Math.ceil(window.waitMs() / 1000)));
    for (const window of limits[kind]) window.take();
    return 0;
  };

  const route = (request: VendorRequest, kind: string, rest: string | undefined): VendorReply => {
    const asked = `${request.method} ${kind}/${rest ?? ''}`;
    if (asked === 'POST persons/batch_by_distinct_ids') {
      return batch({ request, member: 'distinct_ids', find: store.byDistinctId });
    }
    if (asked === 'POST persons/batch_by_uuids') return batch({ request, member: 'uuids', find: store.byUuid });
    if (asked === 'POST persons/bulk_delete') return bulkDelete({ request, store, erased });
    if (asked === 'GET persons/') return list({ request, store });
    if (request.method === 'GET' && kind === 'persons') return one({ store, id: rest! });
    if (asked === 'POST query/') return query({ request, store, now });
    const detail = `Method "${request.method}" not allowed.`;
    return refusal({ status: 405, type: 'invalid_request', code: 'method_not_allowed', detail });
  };

  return {
    vendor: 'posthog',
    handle: async (request) => {
      const given = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
      if (!sameSecret(given, token)) return unauthenticated(given !== undefined);
      const [, project, kind, rest] = PATH.exec(request.path) ?? [];
      if (kind === undefined) return notFound('Endpoint not found.');
      if (project !== projectId && project !== '@current') return notFound('Project not found.');
      const waitSeconds = take(kind as keyof typeof limits);
      return waitSeconds > 0 ? throttled(waitSeconds) : route(request, kind, rest);
    },
    askedIds: (request) => {
      const [, , kind, rest] = PATH.exec(request.path) ?? [];
      if (kind === 'query') return idsOf(request.body);
      if (kind === undefined) return [];
      if (rest === undefined) return request.query.getAll('distinct_id');
      return (
        listIn(request.body, 'distinct_ids') ??
        listIn(request.body, 'uuids') ??
        (request.method === 'GET' ? [rest] : [])
      );
    },
    throttled: () => throttled(12),
    failed: (status) => {
      if (status === 401) return unauthenticated(true);
      if (status === 404) return notFound();
      if (status === 429) return throttled(12);
      const type = status < 500 ? 'invalid_request' : 'server_error';
      return refusal({ status, type, code: 'error', detail: 'A server error occurred.' });
    },
    patch: (change) => store.patch(change),
    remove: (record) => store.remove(record),
    webhooks: createPosthogWebhooks({ store, secret: webhookSecret, projectId }),
  };
}
