// Migration of the MongoDB store: refused until it is done, by whoever starts; stopped and begun again it ends as if it had not been.
import { randomUUID } from 'node:crypto';
import { errorCodeOf } from '../../schema/errors';
import { openMongoStore } from '../../subgraphs/profiles/store/mongodb';
import { MONGO_SCHEMA_VERSION } from '../../subgraphs/profiles/store/mongodb.collections';
import type { Meta } from '../../subgraphs/profiles/store/mongodb.collections';
import { connectMongo } from '../../subgraphs/profiles/store/mongodb.connection';
import type { MongoConnection } from '../../subgraphs/profiles/store/mongodb.connection';
import { migrateMongo, planMongo } from '../../subgraphs/profiles/store/mongodb.migrations';
import { MIGRATION_STEPS } from '../../subgraphs/profiles/store/migration';
import { findMongoServer, startMongoServer } from './mongodb-server';
import type { MongoServer } from './mongodb-server';

const found = findMongoServer();

(found === null ? describe.skip : describe)('A MongoDB store of an older schema', () => {
  const database = `facet_${randomUUID()}`;
  let server: MongoServer;
  let connection: MongoConnection;
  beforeAll(async () => {
    if (found !== null) server = await startMongoServer(found);
    connection = await connectMongo({ uri: server.uri(database) });
    const store = await openMongoStore(connection);
    await store.commit({ link: [{ namespace: 'email', key: 'h1', customerId: 'A' }] });
    await store.close();
    await connection.db.collection('identities').dropIndex('customerIds_1');
    await connection.db.collection<Meta>('meta').updateOne({ _id: 'schema' }, { $set: { version: 1 } });
  }, 60_000);
  afterAll(async () => {
    await connection.close();
    await server.dropDatabase(database);
    await server.stop();
  });

  const opening = () =>
    openMongoStore(connection).then(
      async (store) => {
        await store.close();
        return 'opened';
      },
      (error: unknown) => errorCodeOf(error),
    );
  const indexes = async () => (await connection.db.collection('identities').indexes()).map(({ name }) => name);

  it('is refused and left as it is, until each step was done', async () => {
    expect(await opening()).toBe('STORE_OLDER_SCHEMA');
    expect(await indexes()).not.toContain('customerIds_1');
    expect(await planMongo(connection)).toMatchObject({ from: 1, to: 2, migrations: [{ to: 2, isUnderWay: false }] });
    for (const stop of MIGRATION_STEPS.slice(0, -1)) {
      const onStep = (step: string) => {
        if (step === stop) throw new Error('stopped');
      };
      expect(await migrateMongo(connection, { onStep }).then(() => 'done', errorCodeOf)).not.toBe('done');
      expect(await opening()).toBe('STORE_OLDER_SCHEMA');
      expect(await planMongo(connection)).toMatchObject({ migrations: [{ isUnderWay: true }] });
    }
    await migrateMongo(connection);
    expect(await indexes()).toContain('customerIds_1');
    expect(await planMongo(connection)).toEqual({
      from: MONGO_SCHEMA_VERSION,
      to: MONGO_SCHEMA_VERSION,
      migrations: [],
    });
    expect(await opening()).toBe('opened');
  });
});
