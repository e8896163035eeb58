/**
 * With FACET_STORE=mongodb, the server on which the whole acceptance suite keeps its profiles, a database per Facet: started before the first
 * test, stopped after the last.
 */
import { randomUUID } from 'node:crypto';
import { findMongoServer, startMongoServer } from '../store/mongodb-server';
import type { MongoServer } from '../store/mongodb-server';

export interface StorePlace {
  /** Environment variables of a Facet. */
  readonly environment: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

/** Of one Facet. */
export async function createStorePlace(): Promise<StorePlace> {
  if (process.env.FACET_STORE !== 'mongodb') return { environment: {}, remove: async () => {} };
  const found = findMongoServer();
  if (found?.kind !== 'given') throw new Error('Expected the server that was started for all tests.');
  const server = await startMongoServer(found);
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

/** jest's `globalSetup`. */
export async function start(): Promise<void> {
  if (process.env.FACET_STORE !== 'mongodb') return;
  const found = findMongoServer();
  if (found === null) throw new Error('Expected a MongoDB server for FACET_STORE=mongodb; there is none.');
  const started = await startMongoServer(found);
  if (found.kind !== 'given') process.env.MONGODB_TEST_URI = started.uri('admin');
  (globalThis as { facetStoreServer?: MongoServer }).facetStoreServer = started;
}

/** jest's `globalTeardown`, which is loaded apart. */
export async function stop(): Promise<void> {
  await (globalThis as { facetStoreServer?: MongoServer }).facetStoreServer?.stop();
}
