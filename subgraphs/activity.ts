/** Counting what a person did, day by day. Pure; what it is worth is for profiles/engagement.ts to say. */
import type { Activity, ActivityType } from './source';

/** ISO date in UTC. Units: `at` Unix time in milliseconds. */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** One entry per day, oldest first. Units: `instants` Unix time in milliseconds. */
export function activitiesAt(type: ActivityType, instants: readonly number[]): Activity[] {
  const counts = new Map<string, number>();
  for (const day of instants.map(dayOf).sort()) counts.set(day, (counts.get(day) ?? 0) + 1);
  return [...counts].map(([day, count]) => ({ type, day, count }));
}
