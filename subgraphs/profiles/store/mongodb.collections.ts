/**
 * The collections of the MongoDB store: what a document of each holds, under which indexes, and made when absent. Knows names and versions;
 * must not know what a commit means.
 */
import type { Collection, CreateIndexesOptions, Db, IndexSpecification, ObjectId } from 'mongodb';
import { facetError } from '../../../schema/errors';
import type { AuditRecord, AuditRoot } from './audit';
import type { ErasureTask, Tombstone } from './erasure';
import type { MongoConnection } from './mongodb.connection';
import { mongoFailure } from './mongodb.errors';
import { requireFilled } from './mongodb.filling';
import { VALIDATORS } from './mongodb.validators';
import type { Change } from './change';
import type { Checkpoint, ConsentEvent, InboxEntry, Profile, StoredRecord, SuppressionEntry } from './store';

/** Rises when what is stored changes its shape, with a step in mongodb.migrations.ts. */
export const MONGO_SCHEMA_VERSION = 2;

/** How long the feed can be followed from a place. */
const CHANGES_KEPT_SECONDS = 7 * 24 * 3600;
/** Vendors send an event again for less long; the port's own `forgetInboxBefore` comes first. */
const INBOX_KEPT_SECONDS = 31 * 24 * 3600;

/** `revision` only makes two commits that depend on the same document conflict. */
interface Guarded {
  _id: string;
  revision?: number;
}
export type ProfileDocument = Guarded & Omit<Profile, 'id'>;
export type IdentityDocument = Guarded & { customerIds: string[] };
export interface SuppressionDocument {
  _id: string;
  /** In order of reason. */
  entries: SuppressionEntry[];
}
/** `writtenAt` is the clock that the server's own removal of old documents goes by, whatever time the entry tells. */
export type ChangeDocument = Change & { _id: ObjectId; writtenAt: Date };
export type InboxDocument = InboxEntry & { _id: string; isPending: boolean; receivedOn: Date };
export type ErasureDocument = ErasureTask & { isOpen: boolean };

export interface Collections {
  readonly profiles: Collection<ProfileDocument>;
  readonly identities: Collection<IdentityDocument>;
  readonly sourceRecords: Collection<StoredRecord>;
  readonly consentEvents: Collection<ConsentEvent>;
  readonly suppressions: Collection<SuppressionDocument>;
  readonly changes: Collection<ChangeDocument>;
  readonly checkpoints: Collection<Checkpoint & { _id: string }>;
  readonly inbox: Collection<InboxDocument>;
  readonly erasures: Collection<ErasureDocument>;
  readonly tombstones: Collection<Tombstone & { _id: string }>;
  readonly auditTrail: Collection<AuditRecord>;
  readonly auditRoots: Collection<AuditRoot>;
}

type Index = readonly [keys: IndexSpecification, options?: CreateIndexesOptions];

export const INDEXES: Readonly<Record<keyof Collections | 'subjectKeys', readonly Index[]>> = {
  profiles: [],
  // What leads to a customer, when all of it is to go.
  identities: [[{ customerIds: 1 }]],
  sourceRecords: [[{ customerId: 1, source: 1 }, { unique: true }], [{ source: 1, sourceVersion: 1 }]],
  consentEvents: [
    [{ customerId: 1, seq: 1 }, { unique: true }],
    [{ customerId: 1, recordId: 1 }, { unique: true }],
  ],
  suppressions: [],
  changes: [[{ customerId: 1, version: 1 }], [{ writtenAt: 1 }, { expireAfterSeconds: CHANGES_KEPT_SECONDS }]],
  checkpoints: [],
  inbox: [
    [{ source: 1, receivedAt: 1 }, { partialFilterExpression: { isPending: true } }],
    [{ receivedOn: 1 }, { expireAfterSeconds: INBOX_KEPT_SECONDS, partialFilterExpression: { isPending: false } }],
  ],
  erasures: [
    [{ customerId: 1, source: 1 }, { unique: true }],
    [{ nextAttemptAt: 1 }, { partialFilterExpression: { isOpen: true } }],
  ],
  tombstones: [],
  auditTrail: [[{ chainId: 1, seq: 1 }, { unique: true }]],
  auditRoots: [[{ chainId: 1, seq: 1 }, { unique: true }]],
  subjectKeys: [],
};

export interface Meta {
  _id: 'schema';
  version: number;
  /** A migration to `version` has begun, and is not through. */
  migrating?: true;
  createdAt: Date;
}

/** Errors: STORE_UNAVAILABLE, STORE_OLDER_SCHEMA, STORE_NEWER_SCHEMA, STORE_CORRUPT; of a newer or foreign database nothing was changed. */
export async function openCollections(
  { db, readOnly }: MongoConnection,
  { filling = false }: { /** By who fills it; nobody else opens it meanwhile. */ readonly filling?: boolean } = {},
): Promise<Collections> {
  try {
    if (!filling) await requireFilled(db);
    const isMade = await checkSchema(db, readOnly);
    if (!readOnly) await makeCollections(db);
    // Last, so that a start which is cut off is done again from the beginning.
    if (!isMade) {
      const made = { version: MONGO_SCHEMA_VERSION, createdAt: new Date() };
      await db.collection<Meta>('meta').updateOne({ _id: 'schema' }, { $setOnInsert: made }, { upsert: true });
    }
    return Object.fromEntries(
      Object.keys(INDEXES).map((name) => [name, db.collection(name)]),
    ) as unknown as Collections;
  } catch (error) {
    throw mongoFailure('Expected to open the profile store', error);
  }
}

async function checkSchema(db: Db, readOnly: boolean): Promise<boolean> {
  const schema = await readSchema(db);
  if (schema === null) {
    if (readOnly) throw facetError('STORE_UNAVAILABLE', 'Expected a profile store to read from; there is none yet.');
    return false;
  }
  const { version, migrating } = schema;
  if (version >= MONGO_SCHEMA_VERSION && !migrating) return true;
  throw facetError(
    'STORE_OLDER_SCHEMA',
    `Expected a store of schema ${MONGO_SCHEMA_VERSION}; this one ${migrating ? 'was being migrated when that was cut off' : `has ${version}`}. Run \`npm run store -- migrate\`.`,
  );
}

/** Where a store stands between schemas; null: there is none. Errors: STORE_CORRUPT, STORE_NEWER_SCHEMA. */
export async function readSchema(db: Db): Promise<{ version: number; migrating: boolean } | null> {
  const meta = await db.collection<Meta>('meta').findOne({ _id: 'schema' });
  if (meta === null) return null;
  const { version } = meta;
  if (!Number.isInteger(version) || version < 1) {
    throw facetError('STORE_CORRUPT', 'Expected a profile store; the database does not say which schema it has.');
  }
  if (version > MONGO_SCHEMA_VERSION) {
    throw facetError(
      'STORE_NEWER_SCHEMA',
      `Expected a store of schema ${MONGO_SCHEMA_VERSION} or older; this one has ${version}. Start a newer Facet.`,
    );
  }
  return { version, migrating: meta.migrating === true };
}

/** Several processes may start at once: each step is done, or was. */
async function makeCollections(db: Db): Promise<void> {
  const there = new Set((await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name));
  for (const [name, indexes] of Object.entries(INDEXES)) {
    const validator = { $jsonSchema: VALIDATORS[name as keyof typeof VALIDATORS] };
    if (there.has(name)) await db.command({ collMod: name, validator });
    else await db.createCollection(name, { validator }).catch(unlessExists);
    for (const [keys, options = {}] of indexes) await db.collection(name).createIndex(keys, options);
  }
}

const NAMESPACE_EXISTS = 48;

function unlessExists(error: unknown): void {
  if ((error as { code?: unknown }).code !== NAMESPACE_EXISTS) throw error;
}
