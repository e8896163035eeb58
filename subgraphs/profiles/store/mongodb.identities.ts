/**
 * The identity index in a commit: compares what was expected, then links and unlinks. Every identity the commit depends on is written,
 * also where only its absence was expected, so that two commits about one identity conflict. Must not know what an identity means.
 */
import type { AnyBulkWriteOperation } from 'mongodb';
import { CommitConflict } from './mongodb.step';
import type { Step } from './mongodb.step';
import type { IdentityDocument } from './mongodb.collections';
import { identityId } from './mongodb.keys';
import type { Commit } from './store';

/** Errors: CommitConflict. */
export async function applyIdentities({ collections: { identities }, session }: Step, commit: Commit): Promise<void> {
  const { expectIdentities = [], link = [], unlink = [] } = commit;
  const ids = [...new Set([...expectIdentities, ...link, ...unlink].map(identityId))];
  if (ids.length === 0) return;
  await identities.bulkWrite(
    ids.map((id) => ({
      updateOne: {
        filter: { _id: id },
        update: { $inc: { revision: 1 }, $setOnInsert: { customerIds: [] } },
        upsert: true,
      },
    })),
    { session },
  );
  const before = new Map<string, ReadonlySet<string>>();
  for await (const { _id, customerIds } of identities.find({ _id: { $in: ids } }, { session })) {
    before.set(_id, new Set(customerIds));
  }
  for (const expected of expectIdentities) {
    const stored = before.get(identityId(expected)) ?? new Set();
    const customerIds = new Set(expected.customerIds);
    if (stored.size !== customerIds.size || ![...stored].every((id) => customerIds.has(id))) throw new CommitConflict();
  }

  const after = new Map(ids.map((id) => [id, new Set(before.get(id))]));
  for (const each of unlink) after.get(identityId(each))?.delete(each.customerId);
  for (const each of link) after.get(identityId(each))?.add(each.customerId);
  const operations = [...after].flatMap(([id, customerIds]): Array<AnyBulkWriteOperation<IdentityDocument>> => {
    if (customerIds.size === 0) return [{ deleteOne: { filter: { _id: id } } }];
    const isSame =
      before.get(id)?.size === customerIds.size && [...customerIds].every((each) => before.get(id)?.has(each));
    if (isSame) return [];
    return [{ updateOne: { filter: { _id: id }, update: { $set: { customerIds: [...customerIds].sort() } } } }];
  });
  if (operations.length > 0) await identities.bulkWrite(operations, { session });
}
