/** What differs between what is stored and what is to be: by name of the field of Customer. Pure. Must not write. */
import { isDeepStrictEqual } from 'node:util';
import { CATEGORIES } from '../../schema/policy';
import { openBlob, sealBlob } from '../blob';
import type { Categories } from '../source';
import type { StoredRecord } from './store/store';

/** The same once stored: what a store's codec gives back need not have the prototypes it was given. */
export function isSame(one: unknown, other: unknown): boolean {
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));
  return isDeepStrictEqual(plain(one), plain(other));
}

export function sealCategories(categories: Categories): StoredRecord['blobs'] {
  return Object.fromEntries(Object.entries(categories).map(([category, value]) => [category, sealBlob(value)]));
}

/** Names of the fields of Customer whose value differs between what is stored and what came. */
export function changedFieldsOf(stored: StoredRecord | undefined, categories: Categories): string[] {
  const changed = new Set<string>();
  for (const category of CATEGORIES) {
    const blob = stored?.blobs[category];
    if (blob === undefined && categories[category] === undefined) continue;
    const before = blob === undefined ? {} : openBlob(blob);
    // Through JSON, as it will be stored: undefined members vanish there too.
    const after = openBlob(sealBlob(categories[category] ?? {}));
    for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (!isDeepStrictEqual(before[field], after[field])) changed.add(field);
    }
  }
  return [...changed];
}
