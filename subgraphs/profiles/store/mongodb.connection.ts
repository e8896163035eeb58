/**
 * The connection to MongoDB that store and subject keys share: opens it, and refuses a server that cannot hold a store. Must not
 * know what is stored.
 */
import { MongoClient } from 'mongodb';
import type { Db, MongoClientOptions } from 'mongodb';
import { facetError } from '../../../schema/errors';
import { mongoFailure } from './mongodb.errors';
import { observeCommands } from './mongodb.figures';
import type { StoreObserver } from './mongodb.figures';

export interface MongoConnectionOptions {
  /** Connection string. Its database is used, `facet` when it names none; options in it win over those below. */
  readonly uri: string;
  /** Takes a server that is no member of a replica set, too. */
  readonly allowStandalone?: boolean;
  /** For processes beside the one that writes. */
  readonly readOnly?: boolean;
  readonly observe?: StoreObserver | undefined;
}

export interface MongoConnection {
  readonly client: MongoClient;
  readonly db: Db;
  readonly readOnly: boolean;
  /** False on a standalone server: a commit is not one step, and there are no change streams. */
  readonly hasTransactions: boolean;
  close(): Promise<void>;
}

const DATABASE = 'facet';

const OPTIONS: MongoClientOptions = {
  appName: 'facet',
  maxPoolSize: 50,
  maxIdleTimeMS: 60_000,
  connectTimeoutMS: 5_000,
  serverSelectionTimeoutMS: 5_000,
  waitQueueTimeoutMS: 2_000,
  // Longer than any command, change streams' waiting included; a server that says nothing for so long is gone.
  socketTimeoutMS: 20_000,
  retryWrites: true,
  retryReads: true,
  readPreference: 'primary',
  readConcernLevel: 'majority',
};
/** Not for an operator to loosen: an acknowledged commit survives the primary. */
const FIXED: MongoClientOptions = {
  writeConcern: { w: 'majority', journal: true },
  ignoreUndefined: true,
  promoteBuffers: true,
  monitorCommands: true,
};

/** Errors: STORE_UNAVAILABLE, also for a standalone server that is not allowed; the client is closed again. */
export async function connectMongo(options: MongoConnectionOptions): Promise<MongoConnection> {
  const { uri, allowStandalone = false, readOnly = false } = options;
  const client = createClient(uri);
  try {
    observeCommands(client, options.observe);
    await client.connect();
    const db = client.db(/^mongodb(\+srv)?:\/\/[^/]+\/[^?]/.test(uri) ? undefined : DATABASE);
    const { setName, msg } = (await db.command({ hello: 1 })) as { setName?: string; msg?: string };
    const hasTransactions = setName !== undefined || msg === 'isdbgrid';
    if (!hasTransactions && !allowStandalone) throw standalone();
    // Authentication is tried by the first command that needs it: here, not in the middle of the first commit.
    await db.listCollections({}, { nameOnly: true }).toArray();
    return { client, db, readOnly, hasTransactions, close: () => client.close() };
  } catch (error) {
    await client.close();
    throw mongoFailure('Expected to connect to MongoDB', error);
  }
}

function createClient(uri: string): MongoClient {
  try {
    return new MongoClient(uri, { ...unlessIn(uri, OPTIONS), ...FIXED });
  } catch {
    throw facetError('STORE_UNAVAILABLE', 'Expected to connect to MongoDB; MONGODB_URI is no connection string.');
  }
}

function standalone(): Error {
  return facetError(
    'STORE_UNAVAILABLE',
    'Expected a replica set or a sharded cluster at MONGODB_URI; the server is standalone. It has no transactions, so that a crash can leave half of a commit, ' +
      'and no change streams, so that subscriptions hear nothing. MONGODB_ALLOW_STANDALONE=true takes it nevertheless.',
  );
}

function unlessIn(uri: string, options: MongoClientOptions): MongoClientOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !new RegExp(`[?&]${name}=`, 'i').test(uri)));
}
