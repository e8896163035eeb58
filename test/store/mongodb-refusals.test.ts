/** Where a MongoDB store does not open: a coded error that says what to do, holds no host and no credential, and leaves nothing behind. */
import { parseGatewayConfig } from '../../gateway/config';
import { errorCodeOf } from '../../schema/errors';
import { openStore } from '../../subgraphs/profiles/store/open-store';
import { storePlaceOf } from '../../subgraphs/profiles/store/store-place';
import { change, profile } from './contract';
import { createDatabase } from './mongodb-opened';
import { findMongoServer, startMongoServer } from './mongodb-server';
import type { MongoServer } from './mongodb-server';

const found = findMongoServer();
const onSecantus = found?.kind === 'secantus' ? describe : describe.skip;
const encryptionKeys = [Buffer.alloc(32, 7).toString('base64')];

async function refusal(uri: string, options: { allowStandalone?: boolean; readOnly?: boolean } = {}) {
  const { readOnly = false, allowStandalone = false } = options;
  const opening = openStore({ dataDir: '/nowhere', mongodb: { uri, allowStandalone }, encryptionKeys, readOnly });
  const error = await opening.then(
    async (store) => {
      await store.close();
      return new Error('It was opened.');
    },
    (refused: Error) => refused,
  );
  return [errorCodeOf(error), error.message];
}

describe('Without a server a MongoDB store', () => {
  it('is configured by FACET_STORE and MONGODB_URI, which no message shows', () => {
    const place = (environment: Record<string, string>) => storePlaceOf(parseGatewayConfig(environment), '/data');
    const uri = 'mongodb://user:hunter2@db/facet';
    expect(place({ MONGODB_URI: uri })).toEqual({ dataDir: '/data' });
    expect(place({ FACET_STORE: 'mongodb', MONGODB_URI: uri, MONGODB_ALLOW_STANDALONE: 'true' })).toEqual({
      dataDir: '/data',
      mongodb: { uri, allowStandalone: true },
    });
    expect(() => place({ FACET_STORE: 'mongodb' })).toThrow('MONGODB_URI: required with FACET_STORE=mongodb');
    expect(() => place({ MONGODB_URI: 'http://user:hunter2@db' })).toThrow(
      'MONGODB_URI: expected mongodb://… or mongodb+srv://…; came a value not shown here',
    );
  });

  it('says that the connection string is none', async () => {
    for (const uri of ['mongodb://', 'mongodb://user:hunter2@host:port/x', 'redis://hunter2']) {
      const [code, message] = await refusal(uri);
      expect([code, message]).toEqual([
        'STORE_UNAVAILABLE',
        'Expected to connect to MongoDB; MONGODB_URI is no connection string.',
      ]);
    }
  });

  it('says that no primary was found', async () => {
    expect(await refusal('mongodb://user:hunter2@127.0.0.1:1/facet?serverSelectionTimeoutMS=200')).toEqual([
      'STORE_UNAVAILABLE',
      'Expected to connect to MongoDB; no primary was found in time at MONGODB_URI.',
    ]);
  });
});

(found === null ? describe.skip : describe)('On a server a MongoDB store', () => {
  let server: MongoServer;
  beforeAll(async () => {
    if (found !== null) server = await startMongoServer(found);
  }, 60_000);
  afterAll(() => server.stop());

  it('of a newer Facet is refused, and left as it is', async () => {
    const database = createDatabase(server);
    await database.db.collection<{ _id: string }>('meta').insertOne({ _id: 'schema', version: 9 } as { _id: string });
    expect(await refusal(database.uri)).toEqual([
      'STORE_NEWER_SCHEMA',
      'Expected a store of schema 2 or older; this one has 9. Start a newer Facet.',
    ]);
    expect((await database.db.listCollections().toArray()).map(({ name }) => name)).toEqual(['meta']);
    await database.dispose();
  });

  it('with an index of ours under other options is refused', async () => {
    const database = createDatabase(server);
    await database.db.collection('auditTrail').createIndex({ chainId: 1, seq: 1 }, { unique: false });
    const [code, message] = await refusal(database.uri);
    expect([code, message]).toEqual(['STORE_UNAVAILABLE', expect.stringMatching(/an index .* \(8[56]\)\.$/)]);
    await database.dispose();
  });

  it('is not made by who only reads', async () => {
    const database = createDatabase(server);
    expect(await refusal(database.uri, { readOnly: true })).toEqual([
      'STORE_UNAVAILABLE',
      'Expected a profile store to read from; there is none yet.',
    ]);
    expect(await database.db.listCollections().toArray()).toEqual([]);
    const { store } = await database.open();
    const { store: reader } = await database.open({ readOnly: true });
    await store.commit({ profiles: [profile(1)] });
    expect(await reader.listProfiles({ limit: 1 })).toEqual([profile(1)]);
    expect(await reader.commit({ profiles: [profile(2)] }).then(() => 'committed', errorCodeOf)).toBe(
      'STORE_READ_ONLY',
    );
    await database.dispose();
  });
});

onSecantus('On a server that is not as it must be a MongoDB store', () => {
  let server: MongoServer;
  afterEach(() => server.stop());
  const start = async (flag: string) => {
    if (found !== null) server = await startMongoServer(found, [flag]);
  };

  it('with the wrong credentials is refused', async () => {
    await start('--auth');
    const uri = server.uri('facet').replace('//', '//user:hunter2@');
    expect(await refusal(`${uri}&authSource=admin`)).toEqual([
      'STORE_UNAVAILABLE',
      'Expected to connect to MongoDB; the server said: it refuses the credentials of MONGODB_URI (18).',
    ]);
  });

  it('standalone is refused with what is lost, and taken when that is allowed', async () => {
    await start('--standalone');
    const database = createDatabase(server);
    const [code, message] = await refusal(database.uri);
    expect([code, message]).toEqual([
      'STORE_UNAVAILABLE',
      'Expected a replica set or a sharded cluster at MONGODB_URI; the server is standalone. It has no transactions, so that a crash can leave half of a commit, ' +
        'and no change streams, so that subscriptions hear nothing. MONGODB_ALLOW_STANDALONE=true takes it nevertheless.',
    ]);
    const { store } = await database.open({ allowStandalone: true });
    await store.commit({ profiles: [profile(1)], changes: [change(1)] });
    expect(await store.listProfiles({ limit: 9 })).toEqual([profile(1)]);
    const told = store.followChanges({ signal: new AbortController().signal })[Symbol.asyncIterator]();
    expect(await told.next().then(() => 'told', errorCodeOf)).toBe('STORE_UNAVAILABLE');
    await database.dispose();
  });
});
