/** Stores of one MongoDB database, as many as a test opens: each with a connection of its own, as processes have. */
import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import type { Db } from 'mongodb';
import { createMongoSubjectKeys } from '../../subgraphs/profiles/seal/mongodb.subject-keys';
import type { SubjectKeys } from '../../subgraphs/profiles/seal/subject-keys';
import { openMongoStore } from '../../subgraphs/profiles/store/mongodb';
import { connectMongo } from '../../subgraphs/profiles/store/mongodb.connection';
import type { MongoConnectionOptions } from '../../subgraphs/profiles/store/mongodb.connection';
import type { ProfileStore } from '../../subgraphs/profiles/store/store';
import type { MongoServer } from './mongodb-server';

export interface OpenedDatabase {
  readonly uri: string;
  /** What is stored, past the store. */
  readonly db: Db;
  open(
    options?: Partial<MongoConnectionOptions>,
  ): Promise<{ readonly store: ProfileStore; readonly keys: SubjectKeys }>;
  dispose(): Promise<void>;
}

export function createDatabase(server: MongoServer): OpenedDatabase {
  const name = `facet_${randomUUID()}`;
  const uri = server.uri(name);
  const client = new MongoClient(uri);
  const closers: Array<() => Promise<void>> = [() => client.close()];
  return {
    uri,
    db: client.db(name),
    open: async (options = {}) => {
      const connection = await connectMongo({ uri, ...options });
      closers.push(() => connection.close());
      const store = await openMongoStore(connection);
      closers.push(() => store.close());
      return { store, keys: createMongoSubjectKeys(connection) };
    },
    dispose: async () => {
      for (const close of closers.splice(0).reverse()) await close();
      await server.dropDatabase(name);
    },
  };
}
