/**
 * What we ask PostHog about behaviour, in HogQL, and how its rows are read. Data and schemas only.
 *
 * Source: PostHog query endpoint (HogQLQuery with `values`). The events' names and properties are the shop's own, as it sends
 * them: `product_viewed { title category }`, `product_added_to_cart`, `email_link_clicked`, `form_submitted`.
 */
import { z } from 'zod';

/** Rows PostHog answers at most, asked for explicitly. */
const ROWS = 50_000;
/** Days the engagement query looks back, today included: as long as an activity counts. */
const DAYS = 30;
/** Distinct ids of one query: a row each per day, and all of them within ROWS. */
export const QUERY_IDS = Math.floor(ROWS / DAYS);

export interface PosthogQuery<Row> {
  /** Shown in PostHog's query log. */
  readonly name: string;
  readonly hogql: string;
  readonly row: z.ZodType<Row>;
}

const count = z.number().int().nonnegative();

/** What each distinct id did, day by day (the project's time zone, which is to be UTC). */
export const ENGAGEMENT = {
  name: 'facet_engagement',
  hogql: `
select distinct_id, toDate(timestamp) as day, max(timestamp) as last_seen,
  countIf(event = '$pageview') as pageviews, uniq($session_id) as sessions,
  countIf(event = 'product_viewed') as product_views, countIf(event = 'product_added_to_cart') as add_to_carts,
  countIf(event = 'email_link_clicked') as email_clicks, countIf(event = 'form_submitted') as form_submits
from events
where distinct_id in {ids} and timestamp >= toStartOfDay(now()) - interval ${DAYS - 1} day
group by distinct_id, day
order by distinct_id, day
limit ${ROWS}`.trim(),
  row: z.object({
    distinct_id: z.string(),
    day: z.iso.date(),
    last_seen: z.string(),
    pageviews: count,
    sessions: count,
    product_views: count,
    add_to_carts: count,
    email_clicks: count,
    form_submits: count,
  }),
} satisfies PosthogQuery<unknown>;
export type RawDay = z.infer<typeof ENGAGEMENT.row>;

/** What each distinct id looked at: the last ten products, the latest first, and the three categories most looked at. */
export const RECENT = {
  name: 'facet_recent',
  hogql: `
select distinct_id,
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
limit ${ROWS}`.trim(),
  row: z.object({
    distinct_id: z.string(),
    product_views: z.array(z.tuple([z.string().nullable(), z.string().nullable(), z.string().nullable(), z.string()])),
    top_categories: z.array(z.string().nullable()),
  }),
} satisfies PosthogQuery<unknown>;
export type RawViews = z.infer<typeof RECENT.row>;
