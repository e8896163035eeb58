/**
 * What of a record is past the time its category is kept. Pure. Must not delete: ingest leaves it out of what comes, a sweep takes it out of
 * what is stored.
 */
import { isDeepStrictEqual } from 'node:util';
import { CATEGORIES } from '../schema/policy';
import type { DataCategory } from '../schema/policy';
import { retentionTable } from '../schema/retention-table';
import type { KeptFrom } from '../schema/retention-table';
import { openAll } from './blob';
import type { StoredRecord } from './profiles/store/store';
import type { Categories, Source } from './source';

const DAY_MS = 24 * 3_600_000;

/** Units: `now` Unix time in milliseconds. */
export function keptFromAt(now: number): KeptFrom {
  const from = ({ days }: { readonly days: number | null }) =>
    days === null ? '' : new Date(now - days * DAY_MS).toISOString();
  return Object.fromEntries(CATEGORIES.map((category) => [category, from(retentionTable[category])])) as Record<
    DataCategory,
    string
  >;
}

/** What is left of a stored record, and the categories that lose something; null: nothing of it is past its time. */
export function withoutPast(
  record: StoredRecord,
  retain: Source['retain'],
  keptFrom: KeptFrom,
): { readonly categories: Categories; readonly lost: readonly DataCategory[] } | null {
  if (!record.found) return null;
  const stored = openAll(record);
  const toldAt = new Date(record.fetchedAt).toISOString();
  const told = Object.fromEntries(
    CATEGORIES.filter((category) => stored[category] !== undefined && toldAt >= keptFrom[category]).map((category) => [
      category,
      stored[category],
    ]),
  ) as Categories;
  const categories = retain?.(told, keptFrom) ?? told;
  const lost = CATEGORIES.filter((category) => !isDeepStrictEqual(stored[category], categories[category]));
  return lost.length === 0 ? null : { categories, lost };
}
