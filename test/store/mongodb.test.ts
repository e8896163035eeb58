/** The MongoDB store: the contract, on whichever server there is. */
import { randomUUID } from 'node:crypto';
import { openMongoStore } from '../../subgraphs/profiles/store/mongodb';
import { connectMongo } from '../../subgraphs/profiles/store/mongodb.connection';
import { describeProfileStore } from './contract';
import { findMongoServer, startMongoServer } from './mongodb-server';
import type { MongoServer } from './mongodb-server';

const found = findMongoServer();

(found === null ? describe.skip : describe)('On a MongoDB server', () => {
  let server: MongoServer;

  beforeAll(async () => {
    if (found !== null) server = await startMongoServer(found);
  }, 60_000);
  afterAll(() => server.stop());

  describeProfileStore('the MongoDB store', async () => {
    const database = `facet_${randomUUID()}`;
    const open = async () => {
      const connection = await connectMongo({ uri: server.uri(database) });
      return { connection, store: await openMongoStore(connection) };
    };
    let current = await open();
    const close = async () => {
      await current.store.close();
      await current.connection.close();
    };
    return {
      store: current.store,
      reopen: async () => {
        await close();
        current = await open();
        return current.store;
      },
      dispose: async () => {
        await close();
        await server.dropDatabase(database);
      },
    };
  });
});
