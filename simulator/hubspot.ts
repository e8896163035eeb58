/**
 * HubSpot CRM contacts, in both dialects: legacy `/crm/v3/objects/contacts` and dated `/crm/objects/2026-09/contacts`.
 * Reads as the life of a call: credentials ▸ limits ▸ endpoint ▸ headers. Whatever else is asked is refused in HubSpot's
 * own shape.
 * Source: vendors.md §1.
 */
import { sameSecret, type Credentials } from './credentials';
import { createContactStore } from './hubspot/contact-store';
import { batchRead, gdprDelete, list, one, parseBody, search } from './hubspot/endpoints';
import { createHubspotWebhooks } from './hubspot/webhook';
import { notFound, refusal, tooMany, unauthenticated } from './hubspot/replies';
import type { Population } from './population';
import { createRandom } from './population/random';
import { createFixedWindow, createRollingWindow } from './rate-limit';
import type { VendorReply, VendorRequest, VendorService } from './vendor';

const DAILY_LIMIT = 1_000_000;
/** Search is counted apart, per second, and without headers. */
const SEARCHES_PER_SECOND = 5;
const WINDOW_MS = 10_000;
const PATH = /^\/crm\/(v3\/objects|objects\/2026-09)\/contacts(?:\/(.+))?$/;

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** Creates the simulated HubSpot portal. Units: `now` epoch milliseconds; `callsPer10s` calls in any ten seconds. */
export function createHubspot(options: {
  population: Population;
  credentials: Credentials;
  now: () => number;
  callsPer10s: number;
  /** Told of each contact that a caller had erased. */
  erased: (id: string) => void;
}): VendorService {
  const { population, credentials, now, callsPer10s, erased } = options;
  const store = createContactStore({ contacts: population.hubspot.contacts });
  const random = createRandom({ seed: population.seed, stream: 'hubspot/result-order' });
  const burst = createRollingWindow({ limit: callsPer10s, windowMs: WINDOW_MS, now });
  const searches = createRollingWindow({ limit: SEARCHES_PER_SECOND, windowMs: 1000, now });
  const daily = createFixedWindow({ limit: DAILY_LIMIT, windowMs: 86_400_000, now });

  const limitHeaders = (): Record<string, string> => ({
    'X-HubSpot-RateLimit-Max': String(callsPer10s),
    'X-HubSpot-RateLimit-Remaining': String(burst.remaining()),
    'X-HubSpot-RateLimit-Interval-Milliseconds': String(WINDOW_MS),
    'X-HubSpot-RateLimit-Daily': String(DAILY_LIMIT),
    'X-HubSpot-RateLimit-Daily-Remaining': String(daily.remaining()),
  });

  const route = (request: VendorRequest): VendorReply => {
    const [, dialect, rest] = PATH.exec(request.path) ?? [];
    if (dialect === undefined) return notFound();
    const partial = dialect.startsWith('v3') ? 'reported' : 'omitted';
    const asked = `${request.method} ${rest ?? ''}`;
    if (asked === 'POST batch/read') return batchRead({ request, store, random, now, partial });
    if (asked === 'POST search') return search({ request, store });
    if (asked === 'POST gdpr-delete') return gdprDelete({ request, store, erased });
    if (asked === 'GET ') return list({ request, store });
    if (request.method === 'GET' && rest && !rest.includes('/')) return one({ request, store, id: decode(rest) });
    const message = `${request.method} is not supported on ${request.path} by this simulator`;
    return refusal({ status: 405, category: 'METHOD_NOT_ALLOWED', message });
  };

  return {
    vendor: 'hubspot',
    handle: async (request) => {
      const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
      if (!sameSecret(token, credentials.hubspot.token)) return unauthenticated();
      if (PATH.exec(request.path)?.[2] === 'search') return searches.take() ? route(request) : tooMany('SECONDLY');
      if (daily.remaining() < 1) return tooMany('DAILY');
      const reply = burst.take() ? route(request) : tooMany('TEN_SECONDLY_ROLLING');
      if (reply.status !== 429) daily.take();
      return { ...reply, headers: { ...reply.headers, ...limitHeaders() } };
    },
    askedIds: (request) => {
      const rest = PATH.exec(request.path)?.[2];
      if (rest === undefined || rest === 'search') return [];
      if (rest === 'gdpr-delete') return [String(parseBody<{ objectId?: unknown }>(request.body)?.objectId)];
      if (rest !== 'batch/read') return [decode(rest)];
      const inputs = parseBody<{ inputs?: { id?: unknown }[] }>(request.body)?.inputs;
      return Array.isArray(inputs) ? inputs.map((input) => String(input?.id)) : [];
    },
    throttled: () => {
      const reply = tooMany('TEN_SECONDLY_ROLLING');
      return { ...reply, headers: { ...limitHeaders(), 'X-HubSpot-RateLimit-Remaining': '0' } };
    },
    failed: (status) => {
      if (status === 401) return unauthenticated();
      if (status === 404) return notFound();
      if (status === 429) return tooMany('TEN_SECONDLY_ROLLING');
      const category = status < 500 ? 'VALIDATION_ERROR' : 'INTERNAL_ERROR';
      return refusal({ status, category, message: 'internal error' });
    },
    patch: (change) => store.patch(change),
    remove: (record) => store.remove(record),
    webhooks: createHubspotWebhooks({ store, secret: credentials.hubspot.webhookSecret }),
  };
}
