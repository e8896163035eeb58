/**
 * The store of a deployment: the adapter, and encryption at rest before it. Everyone who opens a store opens it here. Must not know what
 * is stored.
 */
import path from 'node:path';
import { createKeyEncryption } from '../seal/key-encryption';
import { rotateSubjectKeys } from '../seal/rotate';
import { sealStore } from '../seal/sealed-store';
import { openSubjectKeys } from '../seal/subject-keys';
import { openEmbeddedStore } from './embedded';
import type { ProfileStore } from './store';

export interface OpenStoreOptions {
  /** Folder that holds `store/` and `keys/`. */
  readonly dataDir: string;
  /** base64 of 32 bytes each, the current one first. */
  readonly encryptionKeys: readonly string[];
  /** For processes beside the one that writes. */
  readonly readOnly?: boolean;
  /** Unix time in milliseconds. */
  readonly now?: () => number;
}

/**
 * With a new current key, the writer wraps the subjects' keys again in the background; the earlier key may go when it is through.
 *
 * Errors: TypeError for a key that is none; as `openEmbeddedStore`.
 */
export async function openStore(options: OpenStoreOptions): Promise<ProfileStore> {
  const { dataDir, readOnly = false } = options;
  const encryption = createKeyEncryption(options.encryptionKeys);
  const store = await openEmbeddedStore({ ...options, readOnly, path: path.join(dataDir, 'store') });
  const keys = await openSubjectKeys({ path: path.join(dataDir, 'keys'), readOnly }).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const stop = new AbortController();
  // What cannot be wrapped again stays as it is, and is tried at the next start.
  const rotated = readOnly ? undefined : rotateSubjectKeys({ keys, encryption }, stop.signal).catch(() => 0);
  return {
    ...sealStore(store, { keys, encryption }),
    close: async () => {
      stop.abort();
      await rotated;
      await store.close();
      await keys.close();
    },
  };
}
