/**
 * The store of a deployment: the adapter, encryption at rest before it, and before that the upgrade of older records. Everyone who opens a
 * store opens it here. Must not know what is stored.
 */
import { statSync } from 'node:fs';
import path from 'node:path';
import { facetError } from '../../../schema/errors';
import { upgradeRecords } from '../record-upgrades';
import { createKeyEncryption } from '../seal/key-encryption';
import { destroyMergedKeys } from '../seal/merged-keys';
import { createMongoSubjectKeys } from '../seal/mongodb.subject-keys';
import { rotateSubjectKeys } from '../seal/rotate';
import type { RotationFigures } from '../seal/rotate';
import { sealStore } from '../seal/sealed-store';
import { openSubjectKeys } from '../seal/subject-keys';
import type { SubjectKeys } from '../seal/subject-keys';
import { finishSwap, isSwapOpen } from '../transfer/swap';
import { openEmbeddedStore } from './embedded';
import { corrupt } from './embedded.errors';
import { openMongoStore } from './mongodb';
import { connectMongo } from './mongodb.connection';
import type { StoreObserver } from './mongodb.figures';
import type { ProfileStore } from './store';
import type { OnWriteStep } from './write-step';

/** Where the MongoDB store is. */
export interface MongoPlace {
  /** Holds a credential: shown nowhere. */
  readonly uri: string;
  /** Takes a standalone server, too. */
  readonly allowStandalone: boolean;
}

export interface OpenStoreOptions {
  /** Folder that holds the embedded store's `store/` and `keys/`. */
  readonly dataDir: string;
  /** The store is there instead. */
  readonly mongodb?: MongoPlace | undefined;
  /** base64 of 32 bytes each, the current one first. */
  readonly encryptionKeys: readonly string[];
  /** For processes beside the one that writes; any number of processes may write to MongoDB. */
  readonly readOnly?: boolean;
  /** Unix time in milliseconds. */
  readonly now?: () => number;
  /** Told, as the writer, how wrapping the subjects' keys anew stands. */
  readonly onRotation?: ((figures: RotationFigures) => void) | undefined;
  /** Told of MongoDB's commands and connections. */
  readonly observe?: StoreObserver;
  /** Told of the steps of the embedded store's writes. */
  readonly onStep?: OnWriteStep;
}

interface Opened {
  readonly store: ProfileStore;
  readonly keys: SubjectKeys;
  close(): Promise<void>;
}

/**
 * In the background the writer destroys keys that a killed process left of merged customers; and, with a new current key, wraps the subjects'
 * keys again: the earlier key may go when it is through.
 *
 * Errors: TypeError for a key that is none; STORE_UNAVAILABLE, STORE_READ_ONLY, STORE_FULL, STORE_CORRUPT, STORE_NEWER_SCHEMA, with
 * everything closed again.
 */
export async function openStore(options: OpenStoreOptions): Promise<ProfileStore> {
  const { dataDir, mongodb, readOnly = false } = options;
  const encryption = createKeyEncryption(options.encryptionKeys);
  const { store, keys, close } = await (mongodb === undefined
    ? openEmbedded({ ...options, dataDir, readOnly })
    : openMongo({ ...mongodb, readOnly, observe: options.observe }));
  const stop = new AbortController();
  // What cannot be destroyed or wrapped again stays as it is, and is tried at the next start.
  const tidied = readOnly
    ? undefined
    : destroyMergedKeys({ store, keys }, stop.signal)
        .catch(() => 0)
        .then(() => rotateSubjectKeys({ keys, encryption }, stop.signal, options.onRotation))
        .catch(() => 0);
  return {
    ...upgradeRecords(sealStore(store, { keys, encryption })),
    close: async () => {
      stop.abort();
      await tidied;
      await close();
    },
  };
}

/** The adapter alone, to read what is not sealed: the audit trail. Errors: as `openStore`. */
export async function openUnsealed({
  dataDir,
  mongodb,
}: Pick<OpenStoreOptions, 'dataDir' | 'mongodb'>): Promise<ProfileStore> {
  if (mongodb === undefined) {
    await settleRestore(dataDir, true);
    return openEmbeddedStore({ path: path.join(dataDir, 'store'), readOnly: true });
  }
  const { store, close } = await openMongo({ ...mongodb, readOnly: true });
  return { ...store, close };
}

async function openEmbedded(options: OpenStoreOptions & { readonly readOnly: boolean }): Promise<Opened> {
  const { dataDir, readOnly, onStep } = options;
  await settleRestore(dataDir, readOnly);
  const folders = { store: path.join(dataDir, 'store'), keys: path.join(dataDir, 'keys') };
  // Made in this order, whatever ends the process meanwhile.
  const hasStore = isMade(folders.store, 'data.mdb');
  const hasKeys = isMade(folders.keys, 'index', 'data.mdb');
  if (hasKeys && !hasStore) throw corrupt('the subjects’ keys are there, and the profiles are gone');
  const store = await openEmbeddedStore({ ...options, path: folders.store });
  try {
    if (hasStore && !hasKeys && (await store.listProfiles({ limit: 1 })).length > 0) {
      throw corrupt('the profiles are there, and the subjects’ keys are gone');
    }
    const keys = await openSubjectKeys({ path: folders.keys, readOnly, onStep });
    const close = async () => {
      await store.close();
      await keys.close();
    };
    return { store, keys, close };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** A restore that a killed process left half in place: the writer goes on with it, who only reads waits. */
async function settleRestore(dataDir: string, readOnly: boolean): Promise<void> {
  if (!readOnly) return finishSwap(dataDir);
  if (!(await isSwapOpen(dataDir))) return undefined;
  throw facetError(
    'STORE_UNAVAILABLE',
    'Expected a store in its place; a restore was cut off. Start Facet, or restore again.',
  );
}

/** There and not empty. */
function isMade(...file: string[]): boolean {
  const stats = statSync(path.join(...file), { throwIfNoEntry: false });
  return stats !== undefined && stats.size > 0;
}

async function openMongo(options: Parameters<typeof connectMongo>[0]): Promise<Opened> {
  const connection = await connectMongo(options);
  try {
    const store = await openMongoStore(connection);
    const close = async () => {
      await store.close();
      await connection.close();
    };
    return { store, keys: createMongoSubjectKeys(connection), close };
  } catch (error) {
    await connection.close();
    throw error;
  }
}
