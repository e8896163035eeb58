/** Reads of the MongoDB store, a batch each, in the order asked. Must not write, and shows no `_id` and nothing else of the engine's. */
import type { AuditRecord, AuditRoot } from './audit';
import type { ErasureTask, Tombstone } from './erasure';
import type { Collections } from './mongodb.collections';
import { identityId } from './mongodb.keys';
import { isPlainKey, keyPart } from './plain-key';
import type { Checkpoint, ConsentEvent, IdentityKey, Profile, ProfileStore, StoredRecord } from './store';

/** A survivor may itself have been merged. Longer chains than this, and loops, are damage: they answer null. */
const MAX_MERGES_FOLLOWED = 32;
/** What the adapter keeps beside a document's own fields. */
const OWN_FIELDS = { _id: 0, revision: 0, isOpen: 0 };

export async function findProfiles({ profiles }: Collections, ids: readonly string[]): Promise<Array<Profile | null>> {
  const known = new Map<string, Profile>();
  const at = ids.map((id): string | undefined => id);
  for (let merges = 0; merges <= MAX_MERGES_FOLLOWED; merges++) {
    const missing = [...new Set(at)].filter((id): id is string => id !== undefined && isPlainKey(id) && !known.has(id));
    if (missing.length > 0) {
      const found = profiles.find({ _id: { $in: missing } }, { projection: { revision: 0 } });
      for await (const { _id, ...profile } of found) known.set(_id, { id: _id, ...profile });
    }
    let isThrough = true;
    for (const [index, id] of at.entries()) {
      const next = id === undefined ? undefined : known.get(id)?.mergedInto;
      if (next === undefined) continue;
      isThrough = false;
      at[index] = merges === MAX_MERGES_FOLLOWED ? undefined : next;
    }
    if (isThrough) break;
  }
  return at.map((id) => (id === undefined ? undefined : known.get(id)) ?? null);
}

export async function listProfiles(
  { profiles }: Collections,
  { after, limit }: Parameters<ProfileStore['listProfiles']>[0],
): Promise<Profile[]> {
  // The server takes a limit of 0 for none.
  if (limit < 1) return [];
  const filter = { mergedInto: { $exists: false }, ...(after ? { _id: { $gt: after } } : {}) };
  const page = await profiles.find(filter, { sort: { _id: 1 }, limit, projection: { revision: 0 } }).toArray();
  return page.map(({ _id, ...profile }) => ({ id: _id, ...profile }));
}

/** Asked by source and customer, of which a batch has few and many: a superset of the pairs, and mostly the same. */
export async function findRecords(
  { sourceRecords }: Collections,
  keys: Parameters<ProfileStore['findRecords']>[0],
): Promise<Array<StoredRecord | null>> {
  if (keys.length === 0) return [];
  const filter = {
    customerId: { $in: [...new Set(keys.map(({ customerId }) => customerId))] },
    source: { $in: [...new Set(keys.map(({ source }) => source))] },
  };
  const found = new Map<string, StoredRecord>();
  for await (const record of sourceRecords.find(filter, { projection: OWN_FIELDS })) {
    found.set(`${record.source}\t${record.customerId}`, record);
  }
  return keys.map(({ customerId, source }) => found.get(`${source}\t${customerId}`) ?? null);
}

export async function findCustomerIds({ identities }: Collections, asked: readonly IdentityKey[]): Promise<string[][]> {
  if (asked.length === 0) return [];
  const ids = asked.map(identityId);
  const found = new Map<string, string[]>();
  for await (const { _id, customerIds } of identities.find({ _id: { $in: ids } })) found.set(_id, customerIds);
  return ids.map((id) => found.get(id) ?? []);
}

export async function findConsentEvents(
  { consentEvents }: Collections,
  customerIds: readonly string[],
): Promise<ConsentEvent[][]> {
  if (customerIds.length === 0) return [];
  const ledgers = new Map<string, ConsentEvent[]>(customerIds.map((id) => [id, []]));
  const order = { customerId: 1, seq: 1 } as const;
  const found = consentEvents.find(
    { customerId: { $in: [...ledgers.keys()] } },
    { sort: order, projection: OWN_FIELDS },
  );
  for await (const event of found) ledgers.get(event.customerId)?.push(event);
  return customerIds.map((id) => ledgers.get(id) ?? []);
}

export function findCheckpoint({ checkpoints }: Collections, name: string): Promise<Checkpoint | null> {
  return checkpoints.findOne({ _id: keyPart(name) }, { projection: OWN_FIELDS });
}

export function findErasure({ erasures }: Collections, customerId: string): Promise<ErasureTask[]> {
  return erasures.find({ customerId }, { sort: { source: 1 }, projection: OWN_FIELDS }).toArray();
}

export async function findOpenErasures(
  { erasures }: Collections,
  { source, limit }: Parameters<ProfileStore['findOpenErasures']>[0],
): Promise<ErasureTask[]> {
  if (limit < 1) return [];
  const filter = { isOpen: true, ...(source === undefined ? {} : { source }) };
  const sort = { nextAttemptAt: 1, customerId: 1, source: 1 } as const;
  return erasures.find(filter, { sort, limit, projection: OWN_FIELDS }).toArray();
}

export async function findTombstones(
  { tombstones }: Collections,
  keys: readonly string[],
): Promise<Array<Tombstone | null>> {
  if (keys.length === 0) return [];
  const found = new Map<string, Tombstone>();
  const documents = tombstones.find({ _id: { $in: keys.map(keyPart) } }, { projection: OWN_FIELDS });
  for await (const tombstone of documents) found.set(tombstone.key, tombstone);
  return keys.map((key) => found.get(key) ?? null);
}

/** There are few chains: one per writer. */
export async function findAuditHeads({ auditTrail }: Collections): Promise<AuditRecord[]> {
  const chains = (await auditTrail.distinct('chainId')).sort();
  const heads = await Promise.all(
    chains.map((chainId) => auditTrail.findOne({ chainId }, { sort: { seq: -1 }, projection: OWN_FIELDS })),
  );
  return heads.filter((head) => head !== null);
}

export async function findAudit(
  { auditTrail }: Collections,
  { chainId, after, before, limit }: Parameters<ProfileStore['findAudit']>[0],
): Promise<AuditRecord[]> {
  if (limit < 1) return [];
  const [seq, sort] =
    before === undefined ? [{ $gt: after ?? 0 }, { seq: 1 as const }] : [{ $lt: before }, { seq: -1 as const }];
  return auditTrail.find({ chainId, seq }, { sort, limit, projection: OWN_FIELDS }).toArray();
}

export function findAuditRoots({ auditRoots }: Collections, chainId: string): Promise<AuditRoot[]> {
  return auditRoots.find({ chainId }, { sort: { seq: 1 }, projection: OWN_FIELDS }).toArray();
}
