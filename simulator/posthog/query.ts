/**
 * `POST query/`: accepts the named queries of queries.ts, by `name` and the placeholder `ids`; everything else is refused
 * as invalid, never half understood.
 */
import { createHash } from 'node:crypto';
import type { VendorReply, VendorRequest } from '../vendor';
import type { PersonStore } from './person-store';
import { answer, HOGQL, type QueryName } from './queries';
import { invalid, ok } from './replies';

interface Body {
  name?: unknown;
  refresh?: unknown;
  query?: { kind?: unknown; query?: unknown; values?: Record<string, unknown> };
}

const LIMIT = 50_000;
const NAMES = Object.keys(HOGQL) as QueryName[];

/** The ids a query asks about; empty for a query that will be refused. */
export function idsOf(body: string): string[] {
  const ids = parseBody(body)?.query?.values?.ids;
  return Array.isArray(ids) ? ids.map(String) : [];
}

/** Answers the endpoint. Units: `now` epoch milliseconds. */
export function query(options: { request: VendorRequest; store: PersonStore; now: () => number }): VendorReply {
  const { request, store, now } = options;
  const body = parseBody(request.body);
  if (!body) return invalid('JSON parse error: expected an object.');
  const { name, query: asked } = body;
  if (asked?.kind !== 'HogQLQuery') return invalid('This simulator answers HogQLQuery alone.', 'query');
  if (!NAMES.includes(name as QueryName)) {
    const given = JSON.stringify(name) ?? 'nothing';
    return invalid(`This simulator answers the queries named ${NAMES.join(' and ')} alone, but got ${given}.`, 'name');
  }
  const { query: text, values = {} } = asked;
  if (typeof text !== 'string') return invalid('This field is required.', 'query');
  const placeholders = [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, placeholder]) => placeholder!))];
  const missing = placeholders.find((placeholder) => !Object.hasOwn(values, placeholder));
  if (missing !== undefined) return invalid(`Placeholder, available in 'values', is missing: ${missing}`, 'query');
  const { ids, ...others } = values;
  if (!placeholders.includes('ids') || Object.keys(others).length > 0 || !isListOfStrings(ids)) {
    return invalid(`${String(name)} takes one placeholder, {ids}, a list of distinct ids.`, 'values');
  }
  const at = new Date(now()).toISOString();
  return ok({
    ...answer({ name: name as QueryName, ids, store, nowMs: now() }),
    hasMore: false,
    limit: LIMIT,
    offset: 0,
    hogql: text,
    error: null,
    timings: [],
    is_cached: false,
    cache_key: `cache_${createHash('md5').update(request.body).digest('hex')}`,
    last_refresh: at,
    next_allowed_client_refresh: at,
  });
}

const isListOfStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((id) => typeof id === 'string');

function parseBody(text: string): Body | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
