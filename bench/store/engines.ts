/**
 * The port's adapters, each beside a loop that does the same with the engine alone: what the port costs. A raw loop checks nothing: no
 * version, no checksum, no error of the catalogue.
 */
import path from 'node:path';
import { open } from 'lmdb';
import { MongoClient } from 'mongodb';
import type { Change } from '../../subgraphs/profiles/store/change';
import { openEmbeddedStore } from '../../subgraphs/profiles/store/embedded';
import { openMongoStore } from '../../subgraphs/profiles/store/mongodb';
import { connectMongo } from '../../subgraphs/profiles/store/mongodb.connection';
import type { Profile, ProfileStore } from '../../subgraphs/profiles/store/store';
import { changeOf, idOf, profileOf } from './profiles';

export interface Engine {
  readonly name: string;
  load(numbers: readonly number[]): Promise<void>;
  /** Answers how many were found. */
  find(numbers: readonly number[]): Promise<number>;
  /** The next version of one customer and its change, durable. */
  upsert(number: number, version: number): Promise<void>;
  close(): Promise<void>;
}

function portOver(name: string, store: ProfileStore, close: () => Promise<void>): Engine {
  return {
    name,
    close,
    load: async (numbers) => {
      await store.commit({ profiles: numbers.map((number) => profileOf(number, 1)) });
    },
    find: async (numbers) => (await store.findProfiles(numbers.map(idOf))).filter((found) => found !== null).length,
    upsert: async (number, version) => {
      const { outcome } = await store.commit({
        expect: [{ customerId: idOf(number), version: version - 1 }],
        profiles: [profileOf(number, version)],
        changes: [changeOf(number, version)],
      });
      if (outcome !== 'COMMITTED') throw new Error('Expected no conflict.');
    },
  };
}

export async function openEmbedded(folder: string): Promise<Engine> {
  const store = await openEmbeddedStore({ path: path.join(folder, 'port') });
  return portOver('embedded store', store, () => store.close());
}

/** lmdb with the settings of the embedded store. */
export async function openLmdb(folder: string): Promise<Engine> {
  const root = open({ path: path.join(folder, 'raw'), noSubdir: false, maxDbs: 24, overlappingSync: false });
  const profiles = root.openDB<Omit<Profile, 'id'>, string>('profiles', {});
  const changes = root.openDB<Change, number>('changes', {});
  let sequence = 0;
  return {
    name: 'lmdb alone',
    load: async (numbers) => {
      await root.transaction(() => {
        for (const number of numbers) void profiles.put(idOf(number), profileOf(number, 1));
      });
    },
    find: async (numbers) => numbers.map((number) => profiles.get(idOf(number))).filter(Boolean).length,
    upsert: async (number, version) => {
      await root.transaction(() => {
        void profiles.put(idOf(number), profileOf(number, version));
        void changes.put(++sequence, changeOf(number, version));
      });
    },
    close: () => root.close(),
  };
}

export async function openMongo(uri: string): Promise<Engine> {
  const connection = await connectMongo({ uri });
  const store = await openMongoStore(connection);
  return portOver('MongoDB store', store, async () => {
    await connection.db.dropDatabase();
    await store.close();
    await connection.close();
  });
}

/** The driver alone, with the write concern of the store. */
export async function openDriver(uri: string): Promise<Engine> {
  const client = new MongoClient(uri, { writeConcern: { w: 'majority', journal: true }, maxPoolSize: 50 });
  const profiles = client.db().collection<Omit<Profile, 'id'> & { _id: string }>('profiles');
  const changes = client.db().collection<Change>('changes');
  const documentOf = (number: number, version: number) => {
    const { id: _id, ...profile } = profileOf(number, version);
    return { _id, ...profile };
  };
  return {
    name: 'driver alone',
    load: async (numbers) => {
      await profiles.insertMany(numbers.map((number) => documentOf(number, 1)));
    },
    find: async (numbers) => (await profiles.find({ _id: { $in: numbers.map(idOf) } }).toArray()).length,
    upsert: async (number, version) => {
      await client.withSession((session) =>
        session.withTransaction(async () => {
          const { _id, ...replacement } = documentOf(number, version);
          await profiles.replaceOne({ _id }, replacement, { session });
          await changes.insertOne(changeOf(number, version), { session });
        }),
      );
    },
    close: async () => {
      await client.db().dropDatabase();
      await client.close();
    },
  };
}
