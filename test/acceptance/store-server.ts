/**
 * The MongoDB server on which the acceptance suite keeps its profiles, a database per Facet, where its project is on MongoDB: one for all,
 * started before the first test and stopped after the last.
 */
import { randomUUID } from 'node:crypto';
import { findMongoServer, startMongoServer } from '../store/mongodb-server';
import type { MongoServer } from '../store/mongodb-server';

/** Told to the tests' processes; not MONGODB_TEST_URI, since the store's own suites start servers of theirs. */
const SERVER = 'FACET_ACCEPTANCE_MONGODB';

export interface StorePlace {
  /** Environment variables of a Facet. */
  readonly environment: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

/** The project's, as jest.config.cjs says. */
export const STORE = (globalThis as { FACET_STORE?: string }).FACET_STORE ?? 'embedded';

/** Of one Facet. */
export async function createStorePlace(): Promise<StorePlace> {
  if (STORE !== 'mongodb') return { environment: {}, remove: async () => {} };
  const uri = process.env[SERVER] ?? process.env.MONGODB_TEST_URI;
  if (uri === undefined) throw new Error('Expected the server that was started for all tests.');
  const server = await startMongoServer({ kind: 'given', uri });
  const database = `facet_${randomUUID()}`;
  return {
    environment: {
      FACET_STORE: 'mongodb',
      MONGODB_URI: server.uri(database),
      // How fast a test tool answers is not what is tested.
      FACET_SUBGRAPH_TIMEOUT_MS: '4000',
    },
    remove: () => server.dropDatabase(database),
  };
}

/** jest's `globalSetup`, of each project. */
export async function start(): Promise<void> {
  const kept = globalThis as { facetStoreServer?: MongoServer };
  if (kept.facetStoreServer !== undefined) return;
  const found = findMongoServer();
  if (found === null) throw new Error('Expected a MongoDB server for the acceptance suite; there is none.');
  const started = await startMongoServer(found, [], { syncs: false });
  if (found.kind !== 'given') process.env[SERVER] = started.uri('admin');
  kept.facetStoreServer = started;
}

/** jest's `globalTeardown`, which is loaded apart. */
export async function stop(): Promise<void> {
  await (globalThis as { facetStoreServer?: MongoServer }).facetStoreServer?.stop();
}
