/**
 * A backup of the embedded store, beside whoever writes to it: one snapshot of the store, then the key of everybody in it, then what the audit
 * trail is verified by. It has its name once it is whole. Records stay sealed and keys wrapped; no secret is in it.
 *
 * Must not keep the key of somebody erased while it is made: it is made again.
 */
import { chmod, copyFile, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { RootDatabase } from 'lmdb';
import { facetError } from '../../../schema/errors';
import { readRootsFile } from '../audit/roots-file';
import { keyIdOf } from '../seal/key-encryption';
import type { KeyEncryption } from '../seal/key-encryption';
import { openSubjectKeys } from '../seal/subject-keys';
import { findAuditHeads } from '../store/embedded.audit';
import { namesIn, openEnvironment, openOne } from '../store/embedded.databases';
import { isSystemError, storeFailure } from '../store/embedded.errors';
import type { EmbeddedKey } from '../store/embedded.keys';
import type { Change } from '../store/change';
import { BACKUP_FILES, exists, flush, MANIFEST, secretIdOf, sha256Of } from './manifest';
import type { Manifest } from './manifest';

/** What a backup is made of, in this order; whoever is told of a step may stop there. */
export const BACKUP_STEPS = ['begin', 'store', 'keys', 'audit', 'manifest', 'name'] as const;
export type BackupStep = (typeof BACKUP_STEPS)[number];

/** `total` is null where it is not known. Units: bytes, or subjects where keys are copied. */
export type OnProgress = (progress: {
  readonly what: string;
  readonly done: number;
  readonly total: number | null;
}) => void;

export interface BackupOptions {
  readonly dataDir: string;
  /** A folder that does not exist yet. */
  readonly to: string;
  readonly encryption: KeyEncryption;
  /** FACET_IDENTITY_SECRET. */
  readonly identitySecret: string;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  readonly onProgress?: OnProgress | undefined;
  /** Called when a step is done. */
  readonly onStep?: ((step: BackupStep) => void | Promise<void>) | undefined;
}

const PAGE = 5_000;
const MAX_TRIES = 3;
const PARTS = ['audit', 'keys', MANIFEST, 'store'];

/** Errors: STORE_UNAVAILABLE, STORE_CORRUPT, STORE_NEWER_SCHEMA; BAD_REQUEST when there is something at `to`. */
export async function takeBackup(options: BackupOptions): Promise<Manifest> {
  const { to, onStep } = options;
  if (await exists(to)) throw facetError('BAD_REQUEST', 'Expected a folder that does not exist yet to back up to.');
  const folder = `${to}.partial`;
  const at = path.join(options.dataDir, 'store');
  const live = await openEnvironment({ path: at, readOnly: true, checkPages: true, now: options.now });
  try {
    await removePartial(folder);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await onStep?.('begin');
    const copied = await copyStoreAndKeys(live, folder, options);
    await copyAudit(path.join(options.dataDir, 'audit'), path.join(folder, 'audit'), copied.mark.audit);
    await onStep?.('audit');
    const manifest: Manifest = {
      ...{ format: 'facet backup', formatVersion: 1, createdAt: new Date(options.now()).toISOString() },
      ...copied,
      identitySecretId: secretIdOf(options.identitySecret),
      files: await describeFiles(folder, options.onProgress),
    };
    await writeFile(path.join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
    await flush(path.join(folder, MANIFEST));
    await flush(folder);
    await onStep?.('manifest');
    await rename(folder, to);
    await flush(path.dirname(path.resolve(to)));
    await onStep?.('name');
    return manifest;
  } catch (error) {
    throw isSystemError(error) ? storeFailure('Expected to write a backup', error) : error;
  } finally {
    await live.close();
  }
}

type Copied = Pick<Manifest, 'schemaVersion' | 'mark' | 'entries' | 'encryptionKeyIds'>;

/** A record's key is there before the record, so that keys are copied after the store. Whoever was erased in between has lost theirs: again. */
async function copyStoreAndKeys(
  live: RootDatabase<unknown, EmbeddedKey>,
  folder: string,
  options: BackupOptions,
): Promise<Copied> {
  for (let tries = 1; tries <= MAX_TRIES; tries++) {
    for (const part of ['store', 'keys']) await rm(path.join(folder, part), { recursive: true, force: true });
    await copyStore(live, path.join(folder, 'store'), options);
    const described = await describeStore(path.join(folder, 'store'), options.now);
    await options.onStep?.('store');
    const encryptionKeyIds = await copyKeys(path.join(options.dataDir, 'keys'), path.join(folder, 'keys'), options);
    if (hasErasureAfter(live, described.mark.change)) continue;
    await options.onStep?.('keys');
    return { ...described, encryptionKeyIds };
  }
  throw facetError(
    'STORE_UNAVAILABLE',
    `Expected ${MAX_TRIES} tries to be enough; each time somebody was erased meanwhile. Back up again.`,
  );
}

/** Compact, because freed pages still hold what was in them. */
async function copyStore(live: RootDatabase<unknown, EmbeddedKey>, to: string, options: BackupOptions): Promise<void> {
  await mkdir(to, { mode: 0o700 });
  const file = path.join(to, 'data.mdb');
  const sizeOf = (at: string) =>
    stat(at).then(
      ({ size }) => size,
      () => 0,
    );
  const total = await sizeOf(path.join(options.dataDir, 'store', 'data.mdb'));
  const tell = (done: number) => options.onProgress?.({ what: 'store', done, total });
  const look = setInterval(() => void sizeOf(file).then(tell), 200);
  try {
    await live.backup(to, true).catch((error: unknown) => {
      throw storeFailure('Expected to copy the profile store', error);
    });
    await chmod(file, 0o600);
    tell(total);
  } finally {
    clearInterval(look);
  }
}

/** The copy says what it holds: a writer has gone on since. */
async function describeStore(folder: string, now: () => number): Promise<Omit<Copied, 'encryptionKeyIds'>> {
  const root = await openEnvironment({ path: folder, readOnly: true, now });
  try {
    const meta = openOne<number>(root, 'meta');
    return {
      schemaVersion: meta.get('schemaVersion') ?? 0,
      mark: {
        change: meta.get('changeSequence') ?? 0,
        audit: findAuditHeads({ auditTrail: openOne(root, 'auditTrail') }).map(({ chainId, seq, hash }) => ({
          chainId,
          seq,
          hash,
        })),
      },
      entries: Object.fromEntries(
        namesIn(root).map((name) => [name, (openOne(root, name).getStats() as { entryCount: number }).entryCount]),
      ),
    };
  } finally {
    await root.close();
    await rm(path.join(folder, 'lock.mdb'), { force: true });
  }
}

function hasErasureAfter(live: RootDatabase<unknown, EmbeddedKey>, mark: number): boolean {
  const changes = openOne<Change>(live, 'changes');
  for (const { value } of changes.getRange({ start: mark + 1 })) if (value.kind === 'ERASED') return true;
  return false;
}

/** One after another into new slots, those that were destroyed left out; each is opened first. Answers who wrapped them. */
async function copyKeys(from: string, to: string, { encryption, onProgress }: BackupOptions): Promise<string[]> {
  const [source, target] = [
    await openSubjectKeys({ path: from, readOnly: true, checkPages: true }),
    await openSubjectKeys({ path: to }),
  ];
  const ids = new Set<string>();
  let done = 0;
  try {
    for (let after: string | undefined; ;) {
      const page = await source.list({ limit: PAGE, ...(after === undefined ? {} : { after }) });
      const wrapped = await source.find(page);
      const present = page.flatMap((id, at) => (wrapped[at] ? [[id, wrapped[at]] as const] : []));
      // Also shows what was read while rotation wrote it.
      for (const [id, bytes] of present) await encryption.unwrap(id, bytes);
      for (const [, bytes] of present) ids.add(keyIdOf(bytes));
      await target.add(present);
      done += page.length;
      onProgress?.({ what: 'keys', done, total: null });
      if (page.length < PAGE) return [...ids].toSorted();
      after = page.at(-1);
    }
  } finally {
    await source.close();
    await target.close();
    await rm(path.join(to, 'index', 'lock.mdb'), { force: true });
  }
}

/** Roots that were signed since would say that the trail was cut off. */
async function copyAudit(from: string, to: string, heads: Manifest['mark']['audit']): Promise<void> {
  if (!(await exists(path.join(from, 'public-key.pem')))) return;
  await mkdir(to, { mode: 0o700 });
  await copyFile(path.join(from, 'public-key.pem'), path.join(to, 'public-key.pem'));
  const roots = (await readRootsFile(from)).filter(({ chainId, seq }) =>
    heads.some((head) => head.chainId === chainId && seq <= head.seq),
  );
  const lines = roots.map((root) => `${JSON.stringify(root)}\n`).join('');
  await writeFile(path.join(to, 'roots.ndjson'), lines, { mode: 0o600 });
}

async function describeFiles(folder: string, onProgress?: OnProgress): Promise<Manifest['files']> {
  const files: Manifest['files'] = [];
  let done = 0;
  for (const name of BACKUP_FILES) {
    const at = path.join(folder, name);
    if (!(await exists(at))) continue;
    await flush(at);
    const sha256 = await sha256Of(at, (count) =>
      onProgress?.({ what: 'checksums', done: (done += count), total: null }),
    );
    files.push({ path: name, bytes: (await stat(at)).size, sha256 });
  }
  for (const name of ['store', 'keys/index', 'keys', 'audit']) {
    if (await exists(path.join(folder, name))) await flush(path.join(folder, name));
  }
  return files;
}

/** What a backup that was cut off left, and nothing else. */
async function removePartial(folder: string): Promise<void> {
  const found = await readdir(folder).catch(() => []);
  const foreign = found.find((name) => !PARTS.includes(name));
  if (foreign !== undefined) {
    throw facetError(
      'BAD_REQUEST',
      `Expected ${path.basename(folder)} to be free; it holds something that is no part of a backup.`,
    );
  }
  await rm(folder, { recursive: true, force: true });
}
