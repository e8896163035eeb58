/**
 * HubSpot's contacts as a source: one batch read for known ids, a list for everything, a search for what changed. Must not
 * map (crm.mapping.ts) nor talk HTTP (upstream/).
 *
 * Source: HubSpot CRM objects API, contacts: `POST batch/read`, `GET` list, `POST search`, `POST gdpr-delete`; usage guidelines (limits).
 */
import { z } from 'zod';
import { errorCodeOf, facetError } from '../../schema/errors';
import type { ClientDependencies, ErasureOutcome, MappedRecord, SourceClient, UpstreamCall } from '../source';
import type { Throttle, UpstreamResponse } from '../upstream/call';
import { createUpstream } from '../upstream/pipeline';
import { lanes, spacedLimit, windowLimit } from '../upstream/rate-limit';
import { retryAfterMs } from '../upstream/retry';
import { upstreamUrl } from '../upstream/settings';
import { mapContact } from './crm.mapping';
import {
  batchSchema,
  CONTACT_PROPERTIES,
  contactSchema,
  countSchema,
  pageSchema,
  type RawContact,
} from './crm.properties';

export const hubspotSettings = z.object({
  HUBSPOT_URL: upstreamUrl,
  /** v1–v3 become unsupported in September 2027; the bodies are the same. */
  HUBSPOT_API_VERSION: z.enum(['2026-09', 'v3']).default('2026-09'),
  /** Service key, or a project app's static token. Scopes: crm.objects.contacts.read, and .write to erase. */
  HUBSPOT_TOKEN: z.string().min(1),
  /** Client secret of the app whose webhooks come here; without it every webhook is refused. */
  HUBSPOT_WEBHOOK_SECRET: z.string().min(1).optional(),
});
export type HubspotSettings = z.infer<typeof hubspotSettings>;

const BATCH_LIMIT = 100;
const PAGE_SIZE = 100;
/** HubSpot answers a search up to here; what lies beyond needs a narrower search. */
const SEARCH_CAP = 10_000;
/** Four searches a second are documented, and no header tells of them. */
const SEARCH_INTERVAL_MS = 250;

export function createHubspotClient(settings: HubspotSettings, { now }: ClientDependencies): SourceClient {
  const { HUBSPOT_API_VERSION: version } = settings;
  const contacts = version === 'v3' ? '/crm/v3/objects/contacts' : `/crm/objects/${version}/contacts`;
  const upstream = createUpstream({
    vendor: 'HubSpot',
    baseUrl: settings.HUBSPOT_URL,
    auth: { kind: 'bearer', token: settings.HUBSPOT_TOKEN },
    rateLimit: lanes(
      { search: spacedLimit(SEARCH_INTERVAL_MS) },
      windowLimit({
        remaining: 'x-hubspot-ratelimit-remaining',
        intervalMs: 'x-hubspot-ratelimit-interval-milliseconds',
      }),
    ),
    throttleOf: throttleOfHubspot,
    now,
  });

  async function fetchMany(keys: readonly string[], bounds: UpstreamCall): Promise<Map<string, MappedRecord>> {
    if (keys.length === 0) return new Map();
    if (keys.length > BATCH_LIMIT) throw new RangeError(`expected at most ${BATCH_LIMIT} keys, got ${keys.length}`);
    const { status, results } = await upstream.request({
      ...bounds,
      name: 'contacts batch read',
      method: 'POST',
      path: `${contacts}/batch/read?archived=false`,
      body: { inputs: keys.map((id) => ({ id })), properties: CONTACT_PROPERTIES, propertiesWithHistory: [] },
      effect: 'read',
      schema: batchSchema,
    });
    if (status !== 'COMPLETE') {
      throw facetError(
        'UPSTREAM_UNAVAILABLE',
        'HubSpot, contacts batch read: expected a complete batch, got an open one',
      );
    }
    const { records, invalid } = mapAll(results);
    // A key that is missing from the map is a contact that HubSpot no longer has. An unreadable one must not look like that.
    if (invalid > 0) {
      throw facetError(
        'UPSTREAM_INVALID',
        `HubSpot, contacts batch read: expected contacts, got ${invalid} unreadable`,
      );
    }
    return new Map(records.map((record) => [record.sourceId, record]));
  }

  async function fetchListPage(after: string | null, bounds: UpstreamCall) {
    const query = new URLSearchParams({ limit: String(PAGE_SIZE), properties: CONTACT_PROPERTIES.join(',') });
    if (after !== null) query.set('after', after);
    const { results, paging } = await upstream.request({
      ...bounds,
      name: 'contacts list',
      method: 'GET',
      path: `${contacts}?${query}`,
      effect: 'read',
      schema: pageSchema,
    });
    return { ...mapAll(results), next: paging?.next?.after ?? null };
  }

  async function fetchChangedPage({ since, after }: ChangedPosition, bounds: UpstreamCall) {
    const { results, paging } = await upstream.request({
      ...bounds,
      name: 'contacts search',
      method: 'POST',
      path: `${contacts}/search`,
      body: {
        filterGroups: [{ filters: [{ propertyName: 'lastmodifieddate', operator: 'GTE', value: String(since) }] }],
        sorts: [{ propertyName: 'lastmodifieddate', direction: 'ASCENDING' }],
        properties: CONTACT_PROPERTIES,
        limit: PAGE_SIZE,
        after: String(after),
      },
      effect: 'read',
      lane: 'search',
      schema: pageSchema,
    });
    const mapped = mapAll(results);
    const next =
      paging?.next === null || paging?.next === undefined ? null : nextChanged({ since, after }, mapped.records);
    return { ...mapped, next: next === null ? null : `${next.since}:${next.after}` };
  }

  /** HubSpot's deletion for good: the contact with all that hangs on it, and the address on its own blocklist. */
  async function erase(keys: readonly string[], bounds: UpstreamCall): Promise<ErasureOutcome> {
    for (const objectId of keys) {
      await upstream.request({
        ...bounds,
        name: 'contact erasure',
        method: 'POST',
        path: `${contacts}/gdpr-delete`,
        body: { objectId, idProperty: 'hs_object_id' },
        effect: 'erase',
        answersAbsence: true,
        schema: z.unknown(),
      });
    }
    return { outcome: 'ERASED' };
  }

  /** A search without filters tells how many there are. */
  async function count(bounds: UpstreamCall): Promise<number> {
    const { total } = await upstream.request({
      ...bounds,
      name: 'contacts count',
      method: 'POST',
      path: `${contacts}/search`,
      body: { filterGroups: [], sorts: [], properties: [], limit: 1, after: '0' },
      effect: 'read',
      lane: 'search',
      schema: countSchema,
    });
    return total;
  }

  return {
    batchLimit: BATCH_LIMIT,
    count,
    fetchMany,
    fetchPage(position, { changedSince, ...bounds }) {
      if (changedSince === null) return fetchListPage(position, bounds);
      return fetchChangedPage(changedPosition(position, changedSince), bounds);
    },
    erase,
    close: () => upstream.close(),
  };
}

/** Contacts changed since (Unix time in milliseconds), from an offset on. */
interface ChangedPosition {
  readonly since: number;
  readonly after: number;
}

/** Errors: RangeError for a position that is not ours. */
function changedPosition(position: string | null, changedSince: number): ChangedPosition {
  if (position === null) return { since: changedSince, after: 0 };
  const [, since, after] = /^(\d+):(\d+)$/.exec(position) ?? [];
  if (since === undefined || after === undefined) throw new RangeError('expected a position of a search, got another');
  return { since: Number(since), after: Number(after) };
}

/**
 * The next offset, or at HubSpot's cap a new search from the last change seen; the records of that very millisecond come
 * twice, which does no harm. Errors: UPSTREAM_INVALID when a whole search shares one millisecond: going on would skip records.
 */
export function nextChanged({ since, after }: ChangedPosition, records: readonly MappedRecord[]): ChangedPosition {
  const next = after + PAGE_SIZE;
  if (next + PAGE_SIZE <= SEARCH_CAP) return { since, after: next };
  const last = Math.max(since, ...records.map(({ sourceVersion }) => sourceVersion));
  if (last === since) {
    throw facetError(
      'UPSTREAM_INVALID',
      `HubSpot, contacts search: expected fewer than ${SEARCH_CAP} contacts of one moment`,
    );
  }
  return { since: last, after: 0 };
}

/** Maps what can be mapped and counts the rest. */
function mapAll(results: readonly unknown[]): { readonly records: MappedRecord[]; readonly invalid: number } {
  const records = results.flatMap((result) => mapOne(result) ?? []);
  return { records, invalid: results.length - records.length };
}

function mapOne(result: unknown): MappedRecord | null {
  const parsed = contactSchema.safeParse(result);
  if (!parsed.success) return null;
  try {
    return mapContact(parsed.data satisfies RawContact);
  } catch (error) {
    if (errorCodeOf(error) === 'UPSTREAM_INVALID') return null;
    throw error;
  }
}

const throttleBody = z.object({ policyName: z.string() });
/** How long each of HubSpot's limits lasts. A daily one is over tomorrow: no deadline reaches that far. */
const POLICY_WAITS_MS: Readonly<Record<string, number>> = {
  TEN_SECONDLY_ROLLING: 10_000,
  SECONDLY: 1_000,
  DAILY: 86_400_000,
};

function throttleOfHubspot(response: UpstreamResponse, at: number): Throttle | null {
  if (response.status !== 429) return null;
  const policy = throttleBody.safeParse(response.body).data?.policyName ?? '';
  return { waitMs: retryAfterMs(response.headers, at) ?? POLICY_WAITS_MS[policy] ?? null };
}
