/** The contents of a store and of the subjects' keys beside it, as one. Must not open a record. */
import path from 'node:path';
import { createMongoSubjectKeys } from '../seal/mongodb.subject-keys';
import { openSubjectKeys } from '../seal/subject-keys';
import type { SubjectKeys } from '../seal/subject-keys';
import type { CollectionName, Contents, ContentsPage, StoreContents } from './contents';
import { openEmbeddedContents } from './embedded.contents';
import { openDatabases } from './embedded.databases';
import { openCollections } from './mongodb.collections';
import { connectMongo } from './mongodb.connection';
import { openMongoContents } from './mongodb.contents';
import type { MongoPlace, OpenStoreOptions } from './open-store';

/** The contents of a deployment's store. Read-only, the embedded one is one snapshot. Errors: as `openStore`. */
export function openContents({
  dataDir,
  mongodb,
  ...options
}: Pick<OpenStoreOptions, 'dataDir' | 'mongodb'> & {
  readonly readOnly: boolean;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}): Promise<StoreContents> {
  if (mongodb !== undefined) return openMongo(mongodb, options.readOnly);
  return openStoredContents({ ...options, store: path.join(dataDir, 'store'), keys: path.join(dataDir, 'keys') });
}

async function openMongo(place: MongoPlace, readOnly: boolean): Promise<StoreContents> {
  const connection = await connectMongo({ ...place, readOnly });
  try {
    const contents = openMongoContents(await openCollections(connection), () => connection.close());
    return withKeys(contents, createMongoSubjectKeys(connection));
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Those of an embedded store, wherever its folders lie. Errors: as `openStore`. */
export async function openStoredContents(options: {
  /** Folders of the store and of the keys. */
  readonly store: string;
  readonly keys: string;
  readonly readOnly: boolean;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}): Promise<StoreContents> {
  const { readOnly } = options;
  // Whatever is verified, copied or carried over is sound first: damage would be copied, or end the process.
  const databases = await openDatabases({ path: options.store, readOnly, checkPages: true, now: options.now });
  const contents = openEmbeddedContents(databases, { snapshot: readOnly });
  try {
    return withKeys(contents, await openSubjectKeys({ path: options.keys, readOnly, checkPages: true }));
  } catch (error) {
    await contents.close();
    throw error;
  }
}

/** Both are closed together. */
export function withKeys(contents: StoreContents, keys: SubjectKeys): StoreContents {
  return {
    readPage: <Name extends CollectionName>(name: Name, page: { after: string | null; limit: number }) =>
      name === 'subjectKeys'
        ? (readKeys(keys, page) as Promise<ContentsPage<Contents[Name]>>)
        : contents.readPage(name, page),
    write: async (name, entries) => {
      if (name !== 'subjectKeys') return contents.write(name, entries);
      const added = (entries as ReadonlyArray<Contents['subjectKeys']>).map(
        ({ customerId, wrapped }) => [customerId, wrapped] as const,
      );
      await keys.add(added);
      return undefined;
    },
    // Everybody with a record has a key, and few others.
    estimate: (name) => contents.estimate(name === 'subjectKeys' ? 'profiles' : name),
    ...(contents.findStrays === undefined ? {} : { findStrays: contents.findStrays }),
    close: async () => {
      await contents.close();
      await keys.close();
    },
  };
}

/** Keys that were destroyed are left out. */
async function readKeys(
  keys: SubjectKeys,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<ContentsPage<Contents['subjectKeys']>> {
  const ids = await keys.list({ limit, ...(after === null ? {} : { after }) });
  const found = await keys.find(ids);
  const entries = ids.flatMap((customerId, at) => {
    const wrapped = found[at];
    return wrapped ? [{ customerId, wrapped }] : [];
  });
  return { entries, next: ids.length < limit ? null : (ids.at(-1) ?? null) };
}
