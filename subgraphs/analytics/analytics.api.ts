/**
 * PostHog's private API of one project: persons by distinct id, the list of persons, and a query. Must not know customers.
 *
 * Source: PostHog API, persons (`batch_by_distinct_ids`, 200 at most and silently cut beyond) and query; rate limits: persons
 * 240 a minute and 1,200 an hour, queries 240 and 2,400, told by 429 and Retry-After only.
 */
import { z } from 'zod';
import { facetError } from '../../schema/errors';
import type { UpstreamCall } from '../source';
import { createUpstream } from '../upstream/pipeline';
import { lanes, quotaLimit, unlimited } from '../upstream/rate-limit';
import { upstreamUrl } from '../upstream/settings';
import { QUERY_IDS } from './analytics.queries';
import type { PosthogQuery } from './analytics.queries';
import { isWebhookSecret } from './analytics.webhook';

export const posthogSettings = z.object({
  /** Of the private API: `https://eu.posthog.com`, not the ingestion host. */
  POSTHOG_URL: upstreamUrl,
  POSTHOG_PROJECT_ID: z.string().regex(/^(\d+|@current)$/, { error: 'expected a project’s number' }),
  /** Personal API key. Scopes: person:read, query:read, and person:write to erase. */
  POSTHOG_TOKEN: z.string().min(1),
  /** Signing secret of the destination that calls us. Absent: none does, and every webhook is refused. */
  POSTHOG_WEBHOOK_SECRET: z
    .string()
    .refine(isWebhookSecret, { error: 'expected base64 of 24 bytes or more, with or without whsec_' })
    .optional(),
});
export type PosthogSettings = z.infer<typeof posthogSettings>;

/** Persons of one batch. PostHog leaves out what lies beyond without a word. */
export const PERSONS = 200;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Persons are judged one by one (`z.unknown()`): a bad one does not take the page along. */
const batchSchema = z.object({ results: z.record(z.string(), z.unknown()) });
const pageSchema = z.object({ results: z.array(z.unknown()), next: z.string().nullable() });
const querySchema = z.object({
  columns: z.array(z.string()),
  results: z.array(z.array(z.unknown())),
  hasMore: z.boolean().optional(),
});

/** Errors, from every method: UPSTREAM_UNAVAILABLE, _TIMEOUT, _THROTTLED, _UNAUTHENTICATED, _INVALID. */
export interface PosthogApi {
  /** At most PERSONS distinct ids; unknown ones are absent. One call. */
  findPersons(distinctIds: readonly string[], bounds: UpstreamCall): Promise<ReadonlyMap<string, unknown>>;
  /** One page of all persons, the newest first. */
  listPersons(
    offset: number,
    bounds: UpstreamCall,
  ): Promise<{ readonly persons: readonly unknown[]; readonly next: number | null }>;
  /** Persons by distinct id, with their events and recordings; those already gone do no harm. At most PERSONS. */
  erasePersons(distinctIds: readonly string[], bounds: UpstreamCall): Promise<void>;
  /** Rows about distinct ids: one call per QUERY_IDS of them. */
  query<Row>(query: PosthogQuery<Row>, distinctIds: readonly string[], bounds: UpstreamCall): Promise<Row[]>;
  close(): Promise<void>;
}

export function createPosthogApi(settings: PosthogSettings, now: () => number): PosthogApi {
  const project = `/api/projects/${settings.POSTHOG_PROJECT_ID}`;
  const upstream = createUpstream({
    vendor: 'PostHog',
    baseUrl: settings.POSTHOG_URL,
    auth: { kind: 'bearer', token: settings.POSTHOG_TOKEN },
    rateLimit: lanes(
      {
        persons: quotaLimit({ calls: 240, perMs: MINUTE_MS }, { calls: 1_200, perMs: HOUR_MS }),
        query: quotaLimit({ calls: 240, perMs: MINUTE_MS }, { calls: 2_400, perMs: HOUR_MS }),
      },
      unlimited,
    ),
    now,
  });

  async function queryOnce<Row>(
    { name, hogql, row }: PosthogQuery<Row>,
    ids: readonly string[],
    bounds: UpstreamCall,
  ): Promise<Row[]> {
    const { columns, results, hasMore } = await upstream.request({
      ...bounds,
      name,
      method: 'POST',
      path: `${project}/query/`,
      body: { query: { kind: 'HogQLQuery', query: hogql, values: { ids } }, name, refresh: 'blocking' },
      effect: 'read',
      lane: 'query',
      schema: querySchema,
    });
    const rows = z
      .array(row)
      .safeParse(results.map((values) => Object.fromEntries(columns.map((column, index) => [column, values[index]]))));
    if (!rows.success || hasMore === true) {
      throw facetError(
        'UPSTREAM_INVALID',
        `PostHog, ${name}: expected ${hasMore === true ? 'all rows, got some' : 'the columns asked for, got others'}`,
      );
    }
    return rows.data;
  }

  return {
    async findPersons(distinctIds, bounds) {
      const { results } = await upstream.request({
        ...bounds,
        name: 'persons batch',
        method: 'POST',
        path: `${project}/persons/batch_by_distinct_ids/`,
        body: { distinct_ids: distinctIds },
        effect: 'read',
        lane: 'persons',
        schema: batchSchema,
      });
      return new Map(Object.entries(results));
    },
    async listPersons(offset, bounds) {
      const { results, next } = await upstream.request({
        ...bounds,
        name: 'persons list',
        method: 'GET',
        path: `${project}/persons/?limit=${PERSONS}&offset=${offset}`,
        effect: 'read',
        lane: 'persons',
        schema: pageSchema,
      });
      // `next` is an address; only that there is one is believed, so that nothing leads us and our token elsewhere.
      return { persons: results, next: next === null ? null : offset + PERSONS };
    },
    async erasePersons(distinctIds, bounds) {
      await upstream.request({
        ...bounds,
        name: 'persons erasure',
        method: 'POST',
        path: `${project}/persons/bulk_delete/`,
        body: { distinct_ids: distinctIds, delete_events: true, delete_recordings: true },
        effect: 'erase',
        lane: 'persons',
        schema: z.unknown(),
      });
    },
    async query(query, distinctIds, bounds) {
      const parts: string[][] = [];
      for (let start = 0; start < distinctIds.length; start += QUERY_IDS) {
        parts.push(distinctIds.slice(start, start + QUERY_IDS));
      }
      return (await Promise.all(parts.map((ids) => queryOnce(query, ids, bounds)))).flat();
    },
    close: () => upstream.close(),
  };
}
