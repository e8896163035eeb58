/** The suppression list: one document per address, in a commit and when it is read. Must not decide who may be mailed. */
import type { AnyBulkWriteOperation } from 'mongodb';
import type { Step } from './mongodb.step';
import type { Collections, SuppressionDocument } from './mongodb.collections';
import { keyPart } from './plain-key';
import type { Commit, ProfileStore, SuppressionEntry } from './store';

export async function applySuppressions({ collections, session }: Step, commit: Commit): Promise<void> {
  const { suppress = [], unsuppress = [] } = commit;
  const ids = [...new Set([...suppress, ...unsuppress].map(({ addressKey }) => keyPart(addressKey)))];
  if (ids.length === 0) return;
  const operations: Array<AnyBulkWriteOperation<SuppressionDocument>> = [
    ...unsuppress.map(({ addressKey, reason }) => ({
      updateOne: { filter: { _id: keyPart(addressKey) }, update: { $pull: { entries: { reason } } } },
    })),
    ...suppress.flatMap((entry) => [
      // Made first: an upsert whose filter fails on the reason would make the address a second time.
      {
        updateOne: {
          filter: { _id: keyPart(entry.addressKey) },
          update: { $setOnInsert: { entries: [] } },
          upsert: true,
        },
      },
      {
        updateOne: {
          filter: { _id: keyPart(entry.addressKey), 'entries.reason': { $ne: entry.reason } },
          update: { $push: { entries: { $each: [entry], $sort: { reason: 1 as const } } } },
        },
      },
    ]),
    { deleteMany: { filter: { _id: { $in: ids }, entries: { $size: 0 } } } },
  ];
  await collections.suppressions.bulkWrite(operations, { session });
}

export async function findSuppressions(
  { suppressions }: Collections,
  addressKeys: readonly string[],
): Promise<SuppressionEntry[][]> {
  const ids = addressKeys.map(keyPart);
  const found = new Map<string, SuppressionEntry[]>();
  if (ids.length === 0) return [];
  for await (const { _id, entries } of suppressions.find({ _id: { $in: ids } })) found.set(_id, entries);
  return ids.map((id) => found.get(id) ?? []);
}

export async function listSuppressions(
  { suppressions }: Collections,
  { after, limit }: Parameters<ProfileStore['listSuppressions']>[0],
): Promise<SuppressionEntry[][]> {
  // The server takes a limit of 0 for none.
  if (limit < 1) return [];
  const page = suppressions.find(after ? { _id: { $gt: after } } : {}, { sort: { _id: 1 }, limit });
  return (await page.toArray()).map(({ entries }) => entries);
}
