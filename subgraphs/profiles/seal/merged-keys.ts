/**
 * The keys of customers who were merged into another one: a merge destroys them once it is committed, and where the process ended in between,
 * this does. Nothing that is stored opens with them; what lies in freed pages and copies is not to open either. Must not open a record.
 */
import type { ProfileStore } from '../store/store';
import { subjectsOf } from './subject-keys';
import type { SubjectKeys } from './subject-keys';

/** Resolves with how many were left; ends early when the signal aborts. Errors: STORE_*. */
export async function destroyMergedKeys(
  { store, keys }: { readonly store: Pick<ProfileStore, 'findProfiles'>; readonly keys: SubjectKeys },
  signal: AbortSignal,
): Promise<number> {
  let count = 0;
  for await (const ids of subjectsOf(keys, signal)) {
    // Who was merged is answered as the survivor.
    const profiles = await store.findProfiles(ids);
    const merged = ids.filter((id, at) => (profiles[at]?.id ?? id) !== id);
    const wrapped = merged.length === 0 ? [] : await keys.find(merged);
    const left = merged.filter((_id, at) => wrapped[at] !== null);
    if (left.length > 0) await keys.destroy(left);
    count += left.length;
  }
  return count;
}
