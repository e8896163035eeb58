/**
 * PostHog's persons as a source. Must not map (analytics.mapping.ts) nor talk HTTP (analytics.api.ts).
 *
 * Calls: a batch of up to 200 known ids is one call to persons, then one to each of two queries, side by side; a page is the
 * same with the list in place of the batch. Persons come first because queries go by distinct id, and a person has several.
 */
import { facetError } from '../../schema/errors';
import type { ClientDependencies, ErasureOutcome, MappedRecord, SourceClient, UpstreamCall } from '../source';
import { createPosthogApi, PERSONS } from './analytics.api';
import type { PosthogSettings } from './analytics.api';
import { isIdentified, mapVisitor, personSchema } from './analytics.mapping';
import type { RawPerson } from './analytics.mapping';
import { ENGAGEMENT, RECENT } from './analytics.queries';

export { posthogSettings, type PosthogSettings } from './analytics.api';

type Page = Awaited<ReturnType<SourceClient['fetchPage']>>;

export function createPosthogClient(settings: PosthogSettings, { now }: ClientDependencies): SourceClient {
  const api = createPosthogApi(settings, now);

  /** A person who is anonymous, or became so, is absent, like one that is unknown. */
  async function fetchMany(keys: readonly string[], bounds: UpstreamCall): Promise<Map<string, MappedRecord>> {
    if (keys.length === 0) return new Map();
    if (keys.length > PERSONS) throw new RangeError(`expected at most ${PERSONS} keys, got ${keys.length}`);
    const askedAt = now();
    const found = await api.findPersons(keys, bounds);
    const { persons, invalid } = parseAll([...found.values()]);
    // A key that is missing from the map is a person that PostHog no longer has. An unreadable one must not look like that.
    if (invalid > 0) {
      throw facetError('UPSTREAM_INVALID', `PostHog, persons batch: expected persons, got ${invalid} unreadable`);
    }
    const identified = persons.filter(isIdentified);
    const records = await complete(identified, askedAt, bounds);
    const recordOf = new Map(identified.map(({ distinct_ids: [first] }, index) => [first, records[index]]));
    // By the id asked for, which need not be among the ten that PostHog shows of a person.
    return new Map(
      keys.flatMap((key) => {
        const record = recordOf.get(personSchema.safeParse(found.get(key)).data?.distinct_ids[0]);
        return record === undefined ? [] : [[key, record]];
      }),
    );
  }

  /**
   * PostHog lists persons by offset and cannot list what changed: a run by change walks all of them, and completes those who
   * were seen since, or of whom it does not say when they were. Persons made meanwhile come first and shift the rest, so some
   * come twice and none is missed.
   */
  async function fetchPage(
    position: string | null,
    { changedSince, ...bounds }: UpstreamCall & { readonly changedSince: number | null },
  ): Promise<Page> {
    const askedAt = now();
    const { persons: listed, next } = await api.listPersons(parsePosition(position), bounds);
    const { persons, invalid } = parseAll(listed);
    const seenSince = ({ last_seen_at: seen }: RawPerson) =>
      changedSince === null || seen === null || seen === undefined || !(Date.parse(seen) < changedSince);
    const records = await complete(
      persons.filter((person) => isIdentified(person) && seenSince(person)),
      askedAt,
      bounds,
    );
    return { records, invalid, next: next === null ? null : String(next) };
  }

  async function complete(persons: readonly RawPerson[], askedAt: number, bounds: UpstreamCall) {
    const ids = [...new Set(persons.flatMap(({ distinct_ids }) => distinct_ids))];
    const [days, views] = await Promise.all([api.query(ENGAGEMENT, ids, bounds), api.query(RECENT, ids, bounds)]);
    const [daysOf, viewsOf] = [byId(days), byId(views)];
    return persons.map((person) =>
      mapVisitor(
        {
          person,
          days: person.distinct_ids.flatMap((id) => daysOf.get(id) ?? []),
          views: person.distinct_ids.flatMap((id) => viewsOf.get(id) ?? []),
        },
        askedAt,
      ),
    );
  }

  /** The person is gone at once; PostHog clears the events out in its own time, and shows them no more under any person. */
  async function erase(keys: readonly string[], bounds: UpstreamCall): Promise<ErasureOutcome> {
    for (let start = 0; start < keys.length; start += PERSONS) {
      await api.erasePersons(keys.slice(start, start + PERSONS), bounds);
    }
    return { outcome: 'ERASED' };
  }

  return {
    batchLimit: PERSONS,
    erase,
    fetchMany,
    fetchPage,
    /** PostHog does not say. */
    count: () => Promise.resolve(null),
    close: () => api.close(),
  };
}

/** Errors: RangeError for a position that is not ours. */
function parsePosition(position: string | null): number {
  if (position === null) return 0;
  if (!/^\d{1,12}$/.test(position)) throw new RangeError('expected an offset, got another position');
  return Number(position);
}

/** Each person once (several of the ids asked may be one person's), and how many could not be read. */
function parseAll(raw: readonly unknown[]): { readonly persons: RawPerson[]; readonly invalid: number } {
  const parsed = raw.flatMap((each) => personSchema.safeParse(each).data ?? []);
  const persons = [...new Map(parsed.map((person) => [person.distinct_ids[0], person])).values()];
  return { persons, invalid: raw.length - parsed.length };
}

function byId<Row extends { readonly distinct_id: string }>(rows: readonly Row[]): Map<string, Row[]> {
  const grouped = new Map<string, Row[]>();
  for (const row of rows) grouped.set(row.distinct_id, [...(grouped.get(row.distinct_id) ?? []), row]);
  return grouped;
}
