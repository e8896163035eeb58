/**
 * A store that is to be filled with the contents of another: nobody opens it before everything is in, and a filling that was cut off goes on. The embedded one
 * is built beside its place and put there by renaming; in MongoDB the database is marked. Must not know where the contents come from.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { facetError } from '../../../schema/errors';
import { createMongoSubjectKeys } from '../seal/mongodb.subject-keys';
import type { StoreContents } from '../store/contents';
import { openCollections } from '../store/mongodb.collections';
import { connectMongo } from '../store/mongodb.connection';
import { openMongoContents } from '../store/mongodb.contents';
import { mongoFailure } from '../store/mongodb.errors';
import { beginFilling, endFilling, saveFilling } from '../store/mongodb.filling';
import { openStoredContents, withKeys } from '../store/open-contents';
import type { MongoPlace } from '../store/open-store';
import { exists } from './manifest';
import { beginSwap, BUILT, commitSwap, finishSwap } from './swap';

export interface Target {
  readonly contents: StoreContents;
  /** What `save` was given last, by a filling from the same source that was cut off. */
  readonly progress: string | null;
  /** After a page that was written. */
  save(progress: string): Promise<void>;
  /** From here on it is a store. */
  commit(): Promise<void>;
  close(): Promise<void>;
}

interface TargetOptions {
  readonly dataDir: string;
  readonly mongodb?: MongoPlace | undefined;
  /** Of what it is filled from. */
  readonly token: string;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}

/** Errors: BAD_REQUEST where there is a store already; STORE_*. */
export function openTarget({ mongodb, ...options }: TargetOptions): Promise<Target> {
  return mongodb === undefined ? openEmbeddedTarget(options) : openMongoTarget(mongodb, options.token);
}

async function openEmbeddedTarget({ dataDir, token, now }: Omit<TargetOptions, 'mongodb'>): Promise<Target> {
  await finishSwap(dataDir);
  if (await exists(path.join(dataDir, 'store'))) {
    throw facetError('BAD_REQUEST', 'Expected a data folder without a store; there is one. Nothing was written to it.');
  }
  const built = path.join(dataDir, BUILT);
  const mark = path.join(built, 'filling.json');
  const before = await readMark(mark);
  if (before?.token !== token) await beginSwap(dataDir);
  const save = async (progress: string | null) => {
    await writeFile(`${mark}.new`, JSON.stringify({ token, progress }));
    await rename(`${mark}.new`, mark);
  };
  if (before?.token !== token) await save(null);
  const folders = { store: path.join(built, 'store'), keys: path.join(built, 'keys') };
  await mkdir(folders.store, { recursive: true, mode: 0o700 });
  const contents = await openStoredContents({ ...folders, readOnly: false, now });
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= contents.close());
  return {
    contents,
    progress: before?.token === token ? before.progress : null,
    save,
    commit: async () => {
      await close();
      await rm(mark);
      await commitSwap(dataDir);
      await finishSwap(dataDir);
      // Nothing was in their place.
      await rm(path.join(dataDir, 'replaced'), { recursive: true, force: true });
    },
    close,
  };
}

async function readMark(file: string): Promise<{ token: string; progress: string | null } | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as { token: string; progress: string | null });
}

async function openMongoTarget(place: MongoPlace, token: string): Promise<Target> {
  const connection = await connectMongo(place);
  const { db } = connection;
  const run = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      throw mongoFailure('Expected to fill the profile store', error);
    }
  };
  try {
    const progress = await run(() => beginFilling(db, token));
    const collections = await openCollections(connection, { filling: true });
    const contents = withKeys(
      openMongoContents(collections, async () => {}),
      createMongoSubjectKeys(connection),
    );
    return {
      contents,
      progress,
      save: (at) => run(() => saveFilling(db, at)),
      commit: () => run(() => endFilling(db)),
      close: () => connection.close(),
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}
