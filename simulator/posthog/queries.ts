/**
 * The two named queries of our connector. This is not ClickHouse: the HogQL that comes along is not read beyond its
 * placeholders; the name says what is computed. What each name stands for in HogQL is in HOGQL, which the README shows.
 */
import { productUrl } from '../population/analytics';
import type { AnalyticsEvent } from '../population';
import type { PersonStore } from './person-store';

/** The text a connector sends under each name. Not run against a ClickHouse. */
export const HOGQL = {
  facet_engagement: `select distinct_id, toDate(timestamp) as day, max(timestamp) as last_seen,
  countIf(event = '$pageview') as pageviews, uniq($session_id) as sessions,
  countIf(event = 'product_viewed') as product_views, countIf(event = 'product_added_to_cart') as add_to_carts,
  countIf(event = 'order_completed') as orders, countIf(event = 'email_link_clicked') as email_clicks,
  countIf(event = 'form_submitted') as form_submits
from events
where distinct_id in {ids} and timestamp >= toStartOfDay(now()) - interval 29 day
group by distinct_id, day
order by distinct_id, day
limit 50000`,
  facet_recent: `select distinct_id,
  arraySlice(groupArray(tuple(title, url, category, viewed_at)), 1, 10) as product_views,
  topK(3)(category) as top_categories
from (
  select distinct_id, properties.title as title, properties.$current_url as url, properties.category as category,
    timestamp as viewed_at
  from events
  where distinct_id in {ids} and event = 'product_viewed' and timestamp >= now() - interval 90 day
  order by timestamp desc
)
group by distinct_id
order by distinct_id
limit 50000`,
} as const;

export type QueryName = keyof typeof HOGQL;

export interface QueryResult {
  columns: string[];
  types: [string, string][];
  results: unknown[][];
}

const DAY_MS = 86_400_000;
const WINDOW_DAYS = { facet_engagement: 29, facet_recent: 90 };
const MAX_VIEWS = 10;
const MAX_CATEGORIES = 3;

const TYPES: Record<QueryName, [string, string][]> = {
  facet_engagement: [
    ['distinct_id', 'String'],
    ['day', 'Date'],
    ['last_seen', "DateTime64(6, 'UTC')"],
    ...['pageviews', 'sessions', 'product_views', 'add_to_carts', 'orders', 'email_clicks', 'form_submits'].map(
      (name): [string, string] => [name, 'UInt64'],
    ),
  ],
  facet_recent: [
    ['distinct_id', 'String'],
    ['product_views', "Array(Tuple(Nullable(String), Nullable(String), Nullable(String), DateTime64(6, 'UTC')))"],
    ['top_categories', 'Array(String)'],
  ],
};

/** Answers a named query. Shape: rows of ids nobody has, or who did nothing, are absent. Units: `nowMs` epoch milliseconds. */
export function answer(options: { name: QueryName; ids: string[]; store: PersonStore; nowMs: number }): QueryResult {
  const { name, ids, store, nowMs } = options;
  const days = WINDOW_DAYS[name];
  const sinceMs =
    name === 'facet_engagement' ? Math.floor(nowMs / DAY_MS) * DAY_MS - days * DAY_MS : nowMs - days * DAY_MS;
  const results = [...new Set(ids)].sort().flatMap((distinctId) => {
    const events = store.events(distinctId).filter(({ atMs }) => atMs >= sinceMs && atMs <= nowMs);
    return name === 'facet_engagement' ? engagement(distinctId, events) : recent(distinctId, events);
  });
  return { columns: TYPES[name].map(([column]) => column), types: TYPES[name], results };
}

/** One row per distinct id and day (UTC, the project's time zone) on which something happened. */
function engagement(distinctId: string, events: readonly AnalyticsEvent[]): unknown[][] {
  const byDay = new Map<string, AnalyticsEvent[]>();
  for (const event of events) {
    const day = instant(event.atMs).slice(0, 10);
    byDay.set(day, [...(byDay.get(day) ?? []), event]);
  }
  return [...byDay].map(([day, all]) => {
    const count = (name: AnalyticsEvent['name']): number => all.filter((event) => event.name === name).length;
    return [
      distinctId,
      day,
      instant(all.at(-1)!.atMs),
      count('$pageview'),
      new Set(all.map(({ sessionId }) => sessionId)).size,
      ...(
        ['product_viewed', 'product_added_to_cart', 'order_completed', 'email_link_clicked', 'form_submitted'] as const
      ).map(count),
    ];
  });
}

/** The last ten products looked at, the latest first, and the categories looked at most. */
function recent(distinctId: string, events: readonly AnalyticsEvent[]): unknown[][] {
  const views = events.flatMap(({ name, product, atMs }) =>
    name === 'product_viewed' && product ? [{ product, atMs }] : [],
  );
  if (views.length === 0) return [];
  const counts = new Map<string, number>();
  for (const { product } of views) {
    if (product.productType) counts.set(product.productType, (counts.get(product.productType) ?? 0) + 1);
  }
  const top = [...counts].sort((a, b) => b[1] - a[1]).slice(0, MAX_CATEGORIES);
  const latest = views
    .reverse()
    .slice(0, MAX_VIEWS)
    .map(({ product, atMs }) => [product.title, productUrl(product), product.productType || null, instant(atMs)]);
  return [[distinctId, latest, top.map(([category]) => category)]];
}

/** ClickHouse keeps microseconds; PostHog prints them in ISO-8601. */
const instant = (atMs: number): string => new Date(atMs).toISOString().replace('Z', '000Z');
