/**
 * The identity index in a commit: compares what was expected, then links and unlinks. Every identity the commit depends on is written,
 * also where only its absence was expected, so that two commits about one identity conflict. Must not know what an identity means.
 */
import type { AnyBulkWriteOperation } from 'mongodb';
import type { IdentityDocument } from './mongodb.collections';
import { isDuplicateKey } from './mongodb.errors';
import { identityId } from './mongodb.keys';
import { CommitConflict } from './mongodb.step';
import type { Step } from './mongodb.step';
import type { Commit } from './store';

type Operation = AnyBulkWriteOperation<IdentityDocument>;

/** Errors: CommitConflict. */
export async function applyIdentities(step: Step, commit: Commit): Promise<void> {
  const { link = [], unlink = [] } = commit;
  const expected = expectedLinks(commit);
  const unexpected = [...new Set([...link, ...unlink].map(identityId))].filter((id) => !expected.has(id));
  const before = new Map([...expected, ...(await lock(step, unexpected))]);
  if (before.size === 0) return;

  const after = new Map([...before].map(([id, customerIds]) => [id, new Set(customerIds)]));
  for (const each of unlink) after.get(identityId(each))?.delete(each.customerId);
  for (const each of link) after.get(identityId(each))?.add(each.customerId);
  const unchanged = [...expected].filter(([id, stored]) => stored.length > 0 && isSame(after.get(id), stored));
  await touch(step, new Map(unchanged));
  for (const [id] of unchanged) after.delete(id);
  const operations = [...after].flatMap(([_id, customerIds]): Operation[] => {
    const stored = before.get(_id) ?? [];
    // What was read without an expectation is locked already.
    const filter = expected.has(_id) ? { _id, customerIds: [...stored] } : { _id };
    const document = { _id, customerIds: [...customerIds].sort() };
    const isMade = expected.has(_id) && stored.length === 0;
    if (customerIds.size === 0) {
      return [...(isMade ? [{ insertOne: { document } }] : []), { deleteOne: { filter: isMade ? { _id } : filter } }];
    }
    if (isMade) return [{ insertOne: { document } }];
    return [{ updateOne: { filter, update: { $set: { customerIds: document.customerIds }, $inc: { revision: 1 } } } }];
  });
  if (operations.length === 0) return;
  const done = await step.collections.identities.bulkWrite(operations, { session: step.session }).catch((error) => {
    throw isDuplicateKey(error) ? new CommitConflict() : error;
  });
  if (done.insertedCount + done.matchedCount + done.deletedCount < operations.length) throw new CommitConflict();
}

/** Those that stay as they were expected: most, where records are refreshed. One write for all, which the engine sees; then they are compared. */
async function touch(
  { collections: { identities }, session }: Step,
  expected: ReadonlyMap<string, readonly string[]>,
): Promise<void> {
  if (expected.size === 0) return;
  const filter = { _id: { $in: [...expected.keys()] } };
  await identities.updateMany(filter, { $inc: { revision: 1 } }, { session });
  const found = await identities.find(filter, { session }).toArray();
  const holds = ({ _id, customerIds }: IdentityDocument) => customerIds.join() === expected.get(_id)?.join();
  if (found.length < expected.size || !found.every(holds)) throw new CommitConflict();
}

function isSame(customerIds: ReadonlySet<string> = new Set(), expected: readonly string[]): boolean {
  return customerIds.size === expected.length && expected.every((id) => customerIds.has(id));
}

/** Every identity that leads to one of these customers. */
export async function unlinkAll({ collections, session }: Step, customerIds: readonly string[]): Promise<void> {
  if (customerIds.length === 0) return;
  const gone = new Set(customerIds);
  const linked = await collections.identities.find({ customerIds: { $in: [...gone] } }, { session }).toArray();
  const operations = linked.map((identity): Operation => {
    const filter = { _id: identity._id };
    const left = identity.customerIds.filter((id) => !gone.has(id));
    if (left.length === 0) return { deleteOne: { filter } };
    return { updateOne: { filter, update: { $set: { customerIds: left }, $inc: { revision: 1 } } } };
  });
  if (operations.length > 0) await collections.identities.bulkWrite(operations, { session });
}

/** Errors: CommitConflict for two expectations of one identity that cannot both hold. */
function expectedLinks({ expectIdentities = [] }: Commit): Map<string, readonly string[]> {
  const expected = new Map<string, readonly string[]>();
  for (const identity of expectIdentities) {
    const id = identityId(identity);
    // In the order in which they are stored: a filter compares whole lists.
    const customerIds = [...new Set(identity.customerIds)].sort();
    if (expected.has(id) && expected.get(id)?.join() !== customerIds.join()) throw new CommitConflict();
    expected.set(id, customerIds);
  }
  return expected;
}

/** Reads identities so that nobody else changes them; those that are not there are made, empty. */
async function lock(
  { collections: { identities }, session }: Step,
  ids: readonly string[],
): Promise<Map<string, readonly string[]>> {
  if (ids.length === 0) return new Map();
  const locks = ids.map((_id) => ({
    updateOne: { filter: { _id }, update: { $inc: { revision: 1 }, $setOnInsert: { customerIds: [] } }, upsert: true },
  }));
  await identities.bulkWrite(locks, { session });
  const found = await identities.find({ _id: { $in: [...ids] } }, { session }).toArray();
  return new Map(found.map(({ _id, customerIds }) => [_id, customerIds]));
}
