/**
 * The manifest of a backup: which files it has, with what in them, and which secrets open it. Written last, so that a folder with a manifest
 * is a whole backup. Must not restore.
 */
import { createHash, createHmac } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { facetError } from '../../../schema/errors';

export const MANIFEST = 'manifest.json';

/** Where a backup's files may lie: whatever a manifest says, nothing outside is read or written. */
export const BACKUP_FILES = [
  'store/data.mdb',
  'keys/index/data.mdb',
  'keys/slots',
  'audit/public-key.pem',
  'audit/roots.ndjson',
] as const;
export type BackupFile = (typeof BACKUP_FILES)[number];
const NEEDED: readonly BackupFile[] = ['store/data.mdb', 'keys/index/data.mdb', 'keys/slots'];

const manifestSchema = z.object({
  format: z.literal('facet backup'),
  formatVersion: z.literal(1),
  /** ISO 8601. */
  createdAt: z.iso.datetime(),
  /** Of the store. */
  schemaVersion: z.int().min(1),
  /** Up to where it reaches: the last change, and the last entry of each audit chain. */
  mark: z.object({
    change: z.int().min(0),
    audit: z.array(z.object({ chainId: z.string(), seq: z.int().min(1), hash: z.string() })),
  }),
  /** Entries of each collection, those that only serve look-ups included. */
  entries: z.record(z.string(), z.int().min(0)),
  /** Which of FACET_ENCRYPTION_KEYS wrap the subjects' keys. */
  encryptionKeyIds: z.array(z.string()),
  /** Of FACET_IDENTITY_SECRET, under which identities, suppressions and tombstones are found. */
  identitySecretId: z.string(),
  files: z.array(z.object({ path: z.enum(BACKUP_FILES), bytes: z.int().min(0), sha256: z.string().length(64) })),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** A short name of a secret that tells nothing of it but whether another one is the same. */
export function secretIdOf(secret: string): string {
  return createHmac('sha256', secret).update('facet backup').digest('hex').slice(0, 8);
}

/** Errors: STORE_UNAVAILABLE where there is no backup; STORE_CORRUPT for a manifest that cannot be read. */
export async function readManifest(folder: string): Promise<Manifest> {
  const text = await readFile(path.join(folder, MANIFEST), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (!['ENOENT', 'ENOTDIR'].includes(error.code ?? '')) throw error;
    throw facetError(
      'STORE_UNAVAILABLE',
      `Expected a backup; the folder has no ${MANIFEST}, so it is none, or a part of one.`,
    );
  });
  const parsed = manifestSchema.safeParse(parseJson(text));
  if (!parsed.success) throw corrupt(`its ${MANIFEST} cannot be read`);
  const paths = parsed.data.files.map((file) => file.path);
  const missing = NEEDED.find((file) => !paths.includes(file));
  if (missing !== undefined) throw corrupt(`its ${MANIFEST} does not name ${missing}`);
  return parsed.data;
}

/**
 * Compares every file of a folder with the manifest. `onBytes` is told how much was read, in steps.
 *
 * Errors: STORE_CORRUPT, which names the file.
 */
export async function checkFiles(folder: string, manifest: Manifest, onBytes?: (count: number) => void): Promise<void> {
  for (const file of manifest.files) {
    const at = path.join(folder, file.path);
    const bytes = await stat(at).then(
      ({ size }) => size,
      () => null,
    );
    if (bytes === null) throw corrupt(`${file.path} is missing`);
    if (bytes !== file.bytes) throw corrupt(`${file.path} has ${bytes} bytes, not ${file.bytes}`);
    if ((await sha256Of(at, onBytes)) !== file.sha256) throw corrupt(`${file.path} does not have its SHA-256`);
  }
}

export async function sha256Of(file: string, onBytes?: (count: number) => void): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer);
    onBytes?.((chunk as Buffer).length);
  }
  return hash.digest('hex');
}

/** On the disk, a file or what a folder lists. */
export async function flush(at: string): Promise<void> {
  const handle = await open(at, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Not every system flushes folders.
    if (!['EPERM', 'EISDIR', 'EINVAL'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await handle.close();
  }
}

export async function exists(at: string): Promise<boolean> {
  return stat(at).then(
    () => true,
    () => false,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function corrupt(what: string): Error {
  return facetError('STORE_CORRUPT', `Expected a sound backup; ${what}.`);
}
