/**
 * Restores a backup into a data folder: checks every file of it before anything is touched, copies it beside what is there, carries over what was
 * recorded since, and then puts it in place. What it replaces is kept. Must not run beside a Facet on this folder.
 */
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { facetError } from '../../../schema/errors';
import { auditOf, BY_FACET, CHAIN_ID, RESTORED } from '../audit/entry';
import type { KeyEncryption } from '../seal/key-encryption';
import { openSubjectKeys } from '../seal/subject-keys';
import type { StoreContents } from '../store/contents';
import { storeOver } from '../store/embedded';
import { openEmbeddedContents } from '../store/embedded.contents';
import { openDatabases, SCHEMA_VERSION } from '../store/embedded.databases';
import { isSystemError, storeFailure } from '../store/embedded.errors';
import { migrateEmbedded } from '../store/embedded.migrations';
import { withKeys } from '../store/open-contents';
import type { OnProgress } from './backup';
import { carryOver } from './carry-over';
import type { Carried } from './carry-over';
import { checkFiles, exists, flush, readManifest, secretIdOf } from './manifest';
import type { Manifest } from './manifest';
import { beginSwap, commitSwap, finishSwap } from './swap';

/** What a restore is made of, in this order; whoever is told of a step may stop there. From `commit` on the restored store is the store. */
export const RESTORE_STEPS = ['check', 'copy', 'carry', 'commit', 'keys', 'audit', 'store'] as const;
export type RestoreStep = (typeof RESTORE_STEPS)[number];

/** The store that the backup is of, as it is now. */
export interface SinceStore {
  readonly contents: StoreContents;
  /** Folder of the signed roots beside it; null where there is none. */
  readonly auditDir: string | null;
}

export interface RestoreOptions {
  readonly from: string;
  readonly dataDir: string;
  /** Opened after the backup was checked, and closed again. null: what was recorded since is lost, and so may be undone. */
  readonly openSince: (() => Promise<SinceStore>) | null;
  readonly encryption: KeyEncryption;
  /** FACET_IDENTITY_SECRET. */
  readonly identitySecret: string;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  readonly onProgress?: OnProgress | undefined;
  /** Called when a step is done. */
  readonly onStep?: ((step: RestoreStep) => void | Promise<void>) | undefined;
}

/**
 * How far the feed's numbers leap: those that were given since the backup are not given again, so that who saw them is told to read anew.
 */
export const FEED_LEAP = 2 ** 32;

/** Errors: STORE_CORRUPT for a backup that is damaged, STORE_NEWER_SCHEMA, STORE_UNAVAILABLE, BAD_REQUEST. */
export async function restoreBackup(options: RestoreOptions): Promise<{ manifest: Manifest; carried: Carried | null }> {
  const { from, dataDir, onProgress, onStep } = options;
  try {
    const manifest = await readManifest(from);
    checkSecrets(manifest, options);
    const total = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
    let done = 0;
    await checkFiles(from, manifest, (count) => onProgress?.({ what: 'check', done: (done += count), total }));
    await onStep?.('check');
    // What an earlier restore had begun to put in place is in place first.
    await finishSwap(dataDir);
    const built = await beginSwap(dataDir);
    await copyFiles(from, built, manifest, onProgress);
    await onStep?.('copy');
    const carried = await bringUpToDate(built, manifest, options);
    await onStep?.('carry');
    await commitSwap(dataDir);
    await onStep?.('commit');
    await finishSwap(dataDir, (folder) => onStep?.(folder as RestoreStep));
    return { manifest, carried };
  } catch (error) {
    throw isSystemError(error) ? storeFailure('Expected to restore a backup', error) : error;
  }
}

function checkSecrets(manifest: Manifest, { encryption, identitySecret }: RestoreOptions): void {
  if (manifest.schemaVersion > SCHEMA_VERSION) {
    throw facetError(
      'STORE_NEWER_SCHEMA',
      `Expected a backup of schema ${SCHEMA_VERSION} or older; this one has ${manifest.schemaVersion}. Restore it with a newer Facet.`,
    );
  }
  const missing = manifest.encryptionKeyIds.filter((id) => !encryption.keyIds.includes(id));
  if (missing.length > 0) {
    throw facetError(
      'BAD_REQUEST',
      `Expected FACET_ENCRYPTION_KEYS (in development secrets/encryption) to hold the keys the backup was sealed under; ${missing.length} of them are missing: ${missing.join(', ')}.`,
    );
  }
  if (manifest.identitySecretId !== secretIdOf(identitySecret)) {
    throw facetError(
      'BAD_REQUEST',
      'Expected FACET_IDENTITY_SECRET (in development secrets/identity) as it was when the backup was taken; under another one nobody is found, and who was erased or suppressed would be taken in again.',
    );
  }
}

async function copyFiles(from: string, to: string, manifest: Manifest, onProgress?: OnProgress): Promise<void> {
  const total = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  for (const { path: name, bytes } of manifest.files) {
    const target = path.join(to, name);
    await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
    await copyFile(path.join(from, name), target);
    await flush(target);
    onProgress?.({ what: 'copy', done: (done += bytes), total });
  }
  // What was checked is what was copied, and what the disk took.
  await checkFiles(to, manifest);
}

async function bringUpToDate(built: string, manifest: Manifest, options: RestoreOptions): Promise<Carried | null> {
  const { openSince, now } = options;
  await migrateEmbedded(path.join(built, 'store'), now, { onProgress: options.onProgress });
  const databases = await openDatabases({ path: path.join(built, 'store'), now });
  const keys = await openSubjectKeys({ path: path.join(built, 'keys') });
  const store = storeOver(databases, { readOnly: false });
  const contents = withKeys(openEmbeddedContents(databases, { snapshot: false }), keys);
  const since = openSince && (await openSince());
  try {
    await databases.meta.put('changeSequence', manifest.mark.change + FEED_LEAP);
    const carried = since && (await carryOver(since.contents, { store, contents, keys }, now));
    if (since?.auditDir) await copyRoots(since.auditDir, path.join(built, 'audit'));
    const { audit, change } = manifest.mark;
    const trailUpTo = audit.find(({ chainId }) => chainId === CHAIN_ID)?.seq ?? 0;
    const details = { takenAt: manifest.createdAt, change, trailUpTo, ...(carried ?? { since: 'lost' }) };
    await store.commit({
      audit: auditOf({
        ...{ kind: 'ADMINISTRATION', at: now(), ...BY_FACET, purpose: null },
        ...{ action: RESTORED, subjects: [], details },
      }),
    });
    return carried;
  } finally {
    await since?.contents.close();
    await contents.close();
  }
}

/** The roots go with the trail that was carried over. */
async function copyRoots(from: string, to: string): Promise<void> {
  for (const name of ['public-key.pem', 'roots.ndjson']) {
    const file = path.join(from, name);
    if (!(await exists(file))) continue;
    await mkdir(to, { recursive: true, mode: 0o700 });
    await copyFile(file, path.join(to, name));
  }
}
