/**
 * A database that is being filled by a copy or an import: marked before its first document and until everything is in, so that no Facet serves a
 * part of a store, and one that was cut off goes on where it stood. Must not know what is copied.
 */
import type { Db } from 'mongodb';
import { facetError } from '../../../schema/errors';

interface Filling {
  _id: 'filling';
  /** Of what is copied: another source does not go on with it. */
  token: string;
  progress: string | null;
}

const filling = (db: Db) => db.collection<Filling>('meta');

/** Errors: STORE_UNAVAILABLE for a database that is being filled. */
export async function requireFilled(db: Db): Promise<void> {
  if ((await filling(db).findOne({ _id: 'filling' })) === null) return;
  throw facetError(
    'STORE_UNAVAILABLE',
    'Expected a whole store; a copy into this database is under way, or was cut off. Run it again, or drop the database.',
  );
}

/** Answers where an earlier one stood; null: from the beginning. Errors: BAD_REQUEST for a database that holds something else. */
export async function beginFilling(db: Db, token: string): Promise<string | null> {
  const marked = await filling(db).findOne({ _id: 'filling' });
  if (marked !== null) {
    if (marked.token === token) return marked.progress;
    throw facetError('BAD_REQUEST', 'Expected an empty database; it holds a part of another copy. Drop it.');
  }
  const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
  for (const name of names.filter((each) => each !== 'meta' && !each.startsWith('system.'))) {
    if ((await db.collection(name).findOne({}, { projection: { _id: 1 } })) === null) continue;
    throw facetError('BAD_REQUEST', 'Expected an empty database; it holds something. Nothing was written to it.');
  }
  await filling(db).insertOne({ _id: 'filling', token, progress: null });
  return null;
}

export async function saveFilling(db: Db, progress: string): Promise<void> {
  await filling(db).updateOne({ _id: 'filling' }, { $set: { progress } });
}

export async function endFilling(db: Db): Promise<void> {
  await filling(db).deleteOne({ _id: 'filling' });
}
