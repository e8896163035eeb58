/**
 * The wrapped data key of each subject beside the MongoDB store, a document each. Any number of processes write. A destroyed key is gone from
 * the collection; the server's own log holds it until it rolls over, wrapped, and so do backups.
 *
 * Errors: STORE_UNAVAILABLE.
 */
import { facetError } from '../../../schema/errors';
import type { MongoConnection } from '../store/mongodb.connection';
import { mongoFailure } from '../store/mongodb.errors';
import type { SubjectKey, SubjectKeys } from './subject-keys';

interface KeyDocument {
  _id: string;
  wrapped: Uint8Array;
}

export function createMongoSubjectKeys({ db, readOnly }: MongoConnection): SubjectKeys {
  const collection = db.collection<KeyDocument>('subjectKeys');

  async function run<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw mongoFailure('Expected to use the subjects’ keys', error);
    }
  }
  async function write<T>(work: () => Promise<T>): Promise<T> {
    if (readOnly) throw facetError('STORE_READ_ONLY', 'Expected a store open for writing; it was opened read-only.');
    return run(work);
  }
  async function find(customerIds: readonly string[]): Promise<Array<Uint8Array | null>> {
    if (customerIds.length === 0) return [];
    const found = new Map<string, Uint8Array>();
    for await (const { _id, wrapped } of collection.find({ _id: { $in: [...customerIds] } })) found.set(_id, wrapped);
    return customerIds.map((id) => found.get(id) ?? null);
  }

  return {
    find: (customerIds) => run(() => find(customerIds)),
    add: (keys) =>
      write(async () => {
        if (keys.length === 0) return [];
        await collection.bulkWrite(
          keys.map(([_id, wrapped]) => ({
            updateOne: { filter: { _id }, update: { $setOnInsert: { wrapped } }, upsert: true },
          })),
          { ordered: false },
        );
        const stored = await find(keys.map(([id]) => id));
        return keys.map(([, wrapped], at) => stored[at] ?? wrapped);
      }),
    replace: (keys: readonly SubjectKey[]) =>
      write(async () => {
        if (keys.length === 0) return;
        const updates = keys.map(([_id, wrapped]) => ({
          updateOne: { filter: { _id }, update: { $set: { wrapped } } },
        }));
        await collection.bulkWrite(updates, { ordered: false });
      }),
    destroy: (customerIds) =>
      write(async () => {
        await collection.deleteMany({ _id: { $in: [...customerIds] } });
      }),
    list: ({ after, limit }) =>
      run(async () => {
        if (limit < 1) return [];
        const filter = after === undefined ? {} : { _id: { $gt: after } };
        const page = collection.find(filter, { sort: { _id: 1 }, limit, projection: { _id: 1 } });
        return (await page.toArray()).map(({ _id }) => _id);
      }),
    // The connection is its opener's to close.
    close: async () => {},
  };
}
