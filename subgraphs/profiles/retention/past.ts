/**
 * What of one customer is past its time, over all that is stored of the person. Pure. Must not write. What the person corrected stays, and so
 * do ids, ledger and suppression.
 */
import { CATEGORIES } from '../../../schema/policy';
import type { DataCategory } from '../../../schema/policy';
import type { KeptFrom } from '../../../schema/retention-table';
import { withoutPast } from '../../retention';
import type { Categories, Source } from '../../source';
import { openOwnRecord, OWN_SOURCE } from '../own-record';
import type { OwnRecord } from '../own-record';
import type { Profile, StoredRecord } from '../store/store';

export type RetainingSource = Pick<Source, 'name' | 'retain'>;

export interface Past {
  /** What is left of each record that loses something. */
  readonly records: ReadonlyArray<{ readonly record: StoredRecord; readonly left: Categories }>;
  /** What is left of the own record; null: it loses nothing. */
  readonly own: OwnRecord | null;
  readonly lost: readonly DataCategory[];
}

/** Processing that is restricted leaves storing alone: deleting would be processing, too (GDPR Art. 4(2), 18(2)). */
export function isSwept({ status }: Profile): boolean {
  return status === 'ACTIVE';
}

/** `recordOf`: what is stored, by source. null: nothing of the customer is past its time. */
export function pastOf(
  sources: readonly RetainingSource[],
  recordOf: (source: string) => StoredRecord | null | undefined,
  keptFrom: KeptFrom,
): Past | null {
  const lost = new Set<DataCategory>();
  const records = sources.flatMap(({ name, retain }) => {
    const record = recordOf(name);
    const past = record ? withoutPast(record, retain, keptFrom) : null;
    if (!record || past === null) return [];
    for (const category of past.lost) lost.add(category);
    return [{ record, left: past.categories }];
  });
  const own = ownWithoutPast(openOwnRecord(recordOf(OWN_SOURCE)), keptFrom.DERIVED);
  if (own !== null) lost.add('DERIVED');
  return lost.size === 0 ? null : { records, own, lost: CATEGORIES.filter((category) => lost.has(category)) };
}

function ownWithoutPast(own: OwnRecord, from: string): OwnRecord | null {
  const activities = Object.fromEntries(
    Object.entries(own.activities).map(([source, told]) => [
      source,
      told.filter(({ day }) => day >= from.slice(0, 'yyyy-mm-dd'.length)),
    ]),
  );
  const count = (of: OwnRecord['activities']) => Object.values(of).flat().length;
  return count(activities) === count(own.activities) ? null : { ...own, activities };
}
