/**
 * The engagement score: what a person did of late, weighted, fading with age, as a number from 0 to 100 and the parts it is
 * made of. Pure; the caller brings the clock, since a score fades while nothing is written.
 *
 * Source: Facet's vendors.md §8, a convention after Marketo's person engagement score (weights, 30-day window, daily cap) and
 * HubSpot's (decay): points = weight · 2^(−age/14 d), at most 20 per type and day, score = round(100 · (1 − e^(−Σ/50))).
 */
import type { Activity, ActivityType } from '../source';

export interface Engagement {
  /** 0 to 100. */
  readonly score: number;
  /** Points per type, in the order of the table, types that count for nothing left out. */
  readonly components: ReadonlyArray<{ readonly name: string; readonly value: number }>;
}

/** Points for one activity. */
const WEIGHTS: Readonly<Record<ActivityType, number>> = {
  pageview: 1,
  session: 2,
  product_view: 2,
  add_to_cart: 5,
  order: 15,
  email_click: 3,
  form_submit: 8,
  ticket_opened: 2,
  satisfaction_good: 5,
  satisfaction_bad: -5,
};

const WINDOW_DAYS = 30;
const HALF_LIFE_DAYS = 14;
const MOST_PER_TYPE_AND_DAY = 20;
const SCALE = 50;
const DAY_MS = 86_400_000;

/** Units: `now` Unix time in milliseconds. Several sources may tell of the same type and day: the cap holds for all of them. */
export function engagementOf(activities: readonly Activity[], now: number): Engagement {
  const counts = new Map<string, Activity>();
  for (const { type, day, count } of recentActivities(activities, now)) {
    const place = `${type} ${day}`;
    counts.set(place, { type, day, count: count + (counts.get(place)?.count ?? 0) });
  }
  const points = new Map<ActivityType, number>();
  for (const { type, day, count } of counts.values()) {
    // Capped as earned, then faded: were it the other way round, a day of a thousand views would not fade for eleven weeks.
    const earned = clamp(WEIGHTS[type] * count, -MOST_PER_TYPE_AND_DAY, MOST_PER_TYPE_AND_DAY);
    points.set(type, (points.get(type) ?? 0) + earned * 2 ** (-ageInDays(day, now) / HALF_LIFE_DAYS));
  }
  const raw = [...points.values()].reduce((sum, value) => sum + value, 0);
  return {
    score: clamp(Math.round(100 * (1 - Math.exp(-raw / SCALE))), 0, 100),
    components: (Object.keys(WEIGHTS) as ActivityType[]).flatMap((name) => {
      const value = Math.round((points.get(name) ?? 0) * 100) / 100;
      return value === 0 ? [] : [{ name, value }];
    }),
  };
}

/** Those that can still count: of a known type, and not older than the window. */
export function recentActivities(activities: readonly Activity[], now: number): Activity[] {
  return activities.filter(
    ({ type, day }) => Object.hasOwn(WEIGHTS, type) && ageInDays(day, now) < WINDOW_DAYS && ageInDays(day, now) >= 0,
  );
}

/** Whole days in UTC: today is 0. NaN for what is no day. */
function ageInDays(day: string, now: number): number {
  return (Math.floor(now / DAY_MS) * DAY_MS - Date.parse(`${day}T00:00:00Z`)) / DAY_MS;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
