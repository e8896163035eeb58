/**
 * Who was erased stays so, whatever a late webhook, a run or a restored backup brings. Must not erase, nor write.
 *
 * A record whose own id is a tombstone's is not taken in. Of another, ids and addresses of somebody erased are left out; where that
 * leaves nobody it belongs to, it is not taken in either: whether the person has come back, or a source kept a second record of them,
 * cannot be told from here, and what is in doubt is denied.
 */
import type { MappedIdentity, MappedRecord } from '../../source';
import type { IdentityRegistry } from '../identity';
import type { ProfileStore } from '../store/store';

export type IsErased = (identity: MappedIdentity) => boolean;

export async function findErased(
  store: Pick<ProfileStore, 'findTombstones'>,
  registry: IdentityRegistry,
  records: readonly MappedRecord[],
): Promise<IsErased> {
  const identities = records.flatMap((record) => record.identities);
  const tombstones = await store.findTombstones(identities.map(registry.tombstoneKeyOf));
  const erased = new Set(identities.filter((_identity, index) => tombstones[index] !== null));
  return (identity) => erased.has(identity);
}

/** The record less what was somebody's who is erased; null when it is that person's own. */
export function withoutErased(record: MappedRecord, isErased: IsErased): MappedRecord | null {
  const [own] = record.identities;
  if (own !== undefined && isErased(own)) return null;
  return { ...record, identities: record.identities.filter((identity) => !isErased(identity)) };
}
