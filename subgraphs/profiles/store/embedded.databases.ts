/**
 * The LMDB environment of the embedded store: opens it, makes it when absent, and refuses what it did not write.
 * Knows names and versions; must not know what a commit means.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { open, type Database, type DatabaseOptions, type RootDatabase } from 'lmdb';
import { facetError } from '../../../schema/errors';
import { corrupt, openingFailure } from './embedded.errors';
import { tellingKeys, valueCodec } from './embedded.codec';
import { checkEnvironment, checkSnapshot } from './embedded.file';
import type { EmbeddedKey } from './embedded.keys';
import type { AuditRecord, AuditRoot } from './audit';
import type { ErasureTask, Tombstone } from './erasure';
import type { Change } from './change';
import type { Checkpoint, ConsentEvent, InboxEntry, Profile, StoredRecord, SuppressionEntry } from './store';
import type { OnWriteStep } from './write-step';

/** Rises when what is stored changes its shape, with a step in embedded.migrations.ts. */
export const SCHEMA_VERSION = 2;

export const NAMES = [
  'profiles',
  'identities',
  'identitiesOf',
  'sourceRecords',
  'consentEvents',
  'changes',
  'checkpoints',
  'inbox',
  'suppressions',
  'erasures',
  'tombstones',
  'auditTrail',
  'auditRoots',
  'meta',
] as const;

export interface EmbeddedStoreOptions {
  /** A folder, made if absent. */
  readonly path: string;
  /** For processes beside the one that writes: commits are refused, and the store must exist. */
  readonly readOnly?: boolean;
  /** Of those who only read, and read everything: each page and value is looked at first, in one snapshot, as the writer does at its start. */
  readonly checkPages?: boolean;
  readonly now?: () => number;
  readonly onStep?: OnWriteStep | undefined;
}

export type Root = RootDatabase<unknown, EmbeddedKey>;

export interface Databases {
  /** Where it lies. */
  readonly folder: string;
  /** The environment itself: transactions and closing. */
  readonly root: Root;
  readonly profiles: Database<Profile, EmbeddedKey>;
  /** Customer ids in ascending order: one read answers an identity. */
  readonly identities: Database<string[], EmbeddedKey>;
  /** The same links by customer. */
  readonly identitiesOf: Database<true, EmbeddedKey>;
  readonly sourceRecords: Database<StoredRecord, EmbeddedKey>;
  /** A customer's ledger, its last `seq`, and the `seq` of each recordId. */
  readonly consentEvents: Database<ConsentEvent | number, EmbeddedKey>;
  readonly changes: Database<Change, EmbeddedKey>;
  readonly checkpoints: Database<Checkpoint, EmbeddedKey>;
  /** Entries by source and event; the pending ones once more, by source and time. */
  readonly inbox: Database<InboxEntry, EmbeddedKey>;
  /** Tasks by customer and source; the open ones once more, by source and time. */
  readonly erasures: Database<ErasureTask, EmbeddedKey>;
  readonly tombstones: Database<Tombstone, EmbeddedKey>;
  /** By chain and place. */
  readonly auditTrail: Database<AuditRecord, EmbeddedKey>;
  readonly auditRoots: Database<AuditRoot, EmbeddedKey>;
  /** All entries of an address under its key. */
  readonly suppressions: Database<SuppressionEntry[], EmbeddedKey>;
  /** `schemaVersion`, `createdAt`, `checksums` where every value has them, and `changeSequence`: the last number given in `changes`. */
  readonly meta: Database<number, EmbeddedKey>;
}

/** Of every environment of ours. */
export const ENVIRONMENT_OPTIONS = {
  // A folder, whatever its name looks like: lmdb takes a name with a dot for a file.
  noSubdir: false,
  maxDbs: 24,
  // Off: with it a commit can be seen, and reach the change feed, before it is durable, and be gone after a power cut.
  overlappingSync: false,
  // Off: with it lmdb makes a promise of its own for each turn's commits, which nobody can look at and which is rejected with them.
  eventTurnBatching: false,
};

/**
 * Errors: STORE_CORRUPT, STORE_OLDER_SCHEMA, STORE_NEWER_SCHEMA, STORE_READ_ONLY, STORE_FULL, STORE_UNAVAILABLE.
 */
export async function openDatabases(options: EmbeddedStoreOptions): Promise<Databases> {
  const root = await openEnvironment(options);
  try {
    requireMigrated(root);
    return openAll(root, options.path);
  } catch (error) {
    await root.close();
    throw openingFailure(error);
  }
}

/**
 * The environment of a store, of this schema or an older one, without a look at what its collections hold.
 *
 * Errors: as `openDatabases`, but for STORE_OLDER_SCHEMA.
 */
export async function openEnvironment(options: EmbeddedStoreOptions): Promise<Root> {
  const { path, readOnly = false, checkPages = false, now = Date.now } = options;
  let root: Root | undefined;
  try {
    if (readOnly && !existsSync(join(path, 'data.mdb'))) {
      throw facetError('STORE_UNAVAILABLE', 'Expected a profile store to read from; there is none yet.');
    }
    makeFolder(path);
    const { damage, unchecked } = checkEnvironment(path, { live: readOnly });
    if (damage) throw corrupt(damage);
    root = open<unknown, EmbeddedKey>({ ...ENVIRONMENT_OPTIONS, path, readOnly });
    const withoutChecksums = readOnly && checkPages ? requireSound(root, path) : unchecked;
    checkOrigin(root, readOnly, now);
    if (withoutChecksums > 0 && openOne<number>(root, 'meta').get('checksums') !== undefined) {
      throw corrupt('a value in it has lost its checksums');
    }
    return root;
  } catch (error) {
    await root?.close();
    throw openingFailure(error);
  }
}

/** Of an environment that was opened, before anything of it is read. Answers how many values carry no checksums. Errors: STORE_CORRUPT. */
export function requireSound(root: Pick<Root, 'useReadTransaction'>, folder: string): number {
  const held = root.useReadTransaction();
  try {
    const { damage, unchecked } = checkSnapshot(folder);
    if (damage) throw corrupt(damage);
    return unchecked;
  } finally {
    held.done();
  }
}

/** Where a store stands between schemas. `migrating`: to `version`, and not there yet. */
export function schemaOf(root: Root): { version: number; migrating: boolean } {
  const meta = openOne<number>(root, 'meta');
  return { version: meta.get('schemaVersion') ?? 0, migrating: meta.get('migratingTo') !== undefined };
}

function requireMigrated(root: Root): void {
  const { version, migrating } = schemaOf(root);
  if (version >= SCHEMA_VERSION && !migrating) return;
  throw facetError(
    'STORE_OLDER_SCHEMA',
    `Expected a store of schema ${SCHEMA_VERSION}; this one ${migrating ? 'was being migrated when that was cut off' : `has ${version}`}. Run \`npm run store -- migrate\`.`,
  );
}

/** Errors: what the file system says; on a read-only disk Node's own way to make several folders says that they are not there. */
function makeFolder(path: string): void {
  const above = dirname(path);
  if (!existsSync(above) && above !== path) makeFolder(above);
  if (!existsSync(path)) mkdirSync(path);
}

/**
 * Nothing is written before it is known whose file this is. `meta` is made first and in one transaction with its
 * version, so that a process killed while it makes a store leaves one that can still be opened.
 */
function checkOrigin(root: Root, readOnly: boolean, now: () => number): void {
  const entries = (root.getStats() as { entryCount: number }).entryCount;
  // By range, because lmdb ends the names of databases with a zero byte, which a look-up by key lacks.
  const [name] = root.getKeys({ start: 'meta', limit: 1 });
  if (entries > 0 && name !== 'meta') throw corrupt('this is another program’s LMDB environment');
  if (readOnly && entries === 0) throw facetError('STORE_UNAVAILABLE', 'Expected a profile store; it is still empty.');
  const meta = openOne<number>(root, 'meta');
  const version = meta.get('schemaVersion');
  if (version === undefined && !readOnly && entries <= 1) {
    meta.transactionSync(() => {
      meta.putSync('createdAt', now());
      meta.putSync('checksums', 1);
      meta.putSync('schemaVersion', SCHEMA_VERSION);
    });
    return;
  }
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    throw corrupt('it does not say which schema it has');
  }
  if (version > SCHEMA_VERSION) {
    throw facetError(
      'STORE_NEWER_SCHEMA',
      `Expected a store of schema ${SCHEMA_VERSION} or older; this one has ${version}. Start a newer Facet.`,
    );
  }
}

/** An older store lacks the collections that came later. */
export function namesIn(root: Root): Array<(typeof NAMES)[number]> {
  // lmdb ends the names of databases with a zero byte.
  const there = new Set(Array.from(root.getKeys(), (key) => String(key).replace(/\0$/, '')));
  return NAMES.filter((name) => there.has(name));
}

export function openOne<V>(root: Root, name: (typeof NAMES)[number]): Database<V, EmbeddedKey> {
  // Undefined, against its declaration, when a reader asks for what no writer has made.
  const options = { encoder: valueCodec } as DatabaseOptions;
  const database = root.openDB<V, EmbeddedKey>(name, options) as Database<V, EmbeddedKey> | undefined;
  if (!database) throw facetError('STORE_UNAVAILABLE', `Expected the collection ${name}; it is not made yet.`);
  return tellingKeys(database);
}

function openAll(root: Root, folder: string): Databases {
  return {
    folder,
    root,
    profiles: openOne(root, 'profiles'),
    identities: openOne(root, 'identities'),
    identitiesOf: openOne(root, 'identitiesOf'),
    sourceRecords: openOne(root, 'sourceRecords'),
    consentEvents: openOne(root, 'consentEvents'),
    changes: openOne(root, 'changes'),
    checkpoints: openOne(root, 'checkpoints'),
    inbox: openOne(root, 'inbox'),
    suppressions: openOne(root, 'suppressions'),
    erasures: openOne(root, 'erasures'),
    tombstones: openOne(root, 'tombstones'),
    auditTrail: openOne(root, 'auditTrail'),
    auditRoots: openOne(root, 'auditRoots'),
    meta: openOne(root, 'meta'),
  };
}
