/**
 * The project's persons by distinct id, UUID and number, and how PostHog shows one. It must not know endpoints.
 */
import type { AnalyticsEvent, AnalyticsPerson, AnalyticsRecord } from '../population';
import type { PatchOutcome, RemoveOutcome } from '../vendor';

/** A person as PostHog answers it. */
export interface PersonView {
  id: number;
  name: string;
  distinct_ids: string[];
  properties: Record<string, unknown>;
  created_at: string;
  uuid: string;
  last_seen_at: string | null;
}

export interface PersonStore {
  /** The newest first, as PostHog lists them. */
  all: readonly AnalyticsPerson[];
  byDistinctId(distinctId: string): AnalyticsPerson | undefined;
  byUuid(uuid: string): AnalyticsPerson | undefined;
  /** By UUID or number, as in the path of one person. */
  find(id: string): AnalyticsPerson | undefined;
  /** What was done under one distinct id, oldest first. */
  events(distinctId: string): AnalyticsEvent[];
  patch(options: { id: string; properties: Record<string, unknown>; atMs: number }): PatchOutcome;
  remove(options: { id: string }): RemoveOutcome;
}

/** No more are shown of one person. */
const MAX_DISTINCT_IDS = 10;

/** Shows a person. Shape: `name` is what PostHog displays: the address, else the name, else a distinct id. */
export function view(person: AnalyticsPerson): PersonView {
  const { id, uuid, distinctIds, properties, createdAt, lastSeenAt } = person;
  return {
    id,
    name: String(properties.email ?? properties.name ?? distinctIds[0]),
    distinct_ids: distinctIds.slice(0, MAX_DISTINCT_IDS),
    properties,
    created_at: createdAt,
    uuid,
    last_seen_at: lastSeenAt,
  };
}

/** Creates the store over the population's persons, which it changes in place. */
export function createPersonStore(options: { records: AnalyticsRecord[] }): PersonStore {
  const { records } = options;
  const byDistinctId = new Map(
    records.flatMap((record) => record.person.distinctIds.map((distinctId) => [distinctId, record] as const)),
  );
  const byUuid = new Map(records.map(({ person }) => [person.uuid, person]));
  const byNumber = new Map(records.map(({ person }) => [String(person.id), person]));
  const find = (id: string): AnalyticsPerson | undefined => byUuid.get(id) ?? byNumber.get(id);
  const all = records.map(({ person }) => person).sort((a, b) => b.createdAt.localeCompare(a.createdAt) || b.id - a.id);
  return {
    all,
    byDistinctId: (distinctId) => byDistinctId.get(distinctId)?.person,
    byUuid: (uuid) => byUuid.get(uuid),
    find,
    events: (distinctId) =>
      byDistinctId
        .get(distinctId)
        ?.events()
        .filter((event) => event.distinctId === distinctId) ?? [],
    patch: ({ id, properties, atMs }) => {
      const person = byDistinctId.get(id)?.person ?? find(id);
      if (!person) return { kind: 'unknown' };
      const changed = Object.keys(properties);
      const previous = Object.fromEntries(changed.map((name) => [name, person.properties[name]]));
      for (const [name, value] of Object.entries(properties)) {
        // $unset, in PostHog's words.
        if (value === null) delete person.properties[name];
        else person.properties[name] = value;
      }
      // A person has no modification time; being heard of is all that shows.
      const updatedAt = new Date(Math.max(atMs, Date.parse(person.lastSeenAt ?? person.createdAt))).toISOString();
      if (person.lastSeenAt !== null) person.lastSeenAt = updatedAt;
      return { kind: 'changed', changed, previous, updatedAt };
    },
    remove: ({ id }) => {
      const person = byDistinctId.get(id)?.person ?? find(id);
      if (!person) return { kind: 'unknown' };
      records.splice(
        records.findIndex((record) => record.person === person),
        1,
      );
      all.splice(all.indexOf(person), 1);
      for (const distinctId of person.distinctIds) byDistinctId.delete(distinctId);
      byUuid.delete(person.uuid);
      byNumber.delete(String(person.id));
      return { kind: 'removed' };
    },
  };
}
