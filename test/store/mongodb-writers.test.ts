/** Several processes on one MongoDB database, and what a transaction keeps together. */
import { errorCodeOf } from '../../schema/errors';
import type { Commit, ProfileStore } from '../../subgraphs/profiles/store/store';
import { change, customerId, profile, storedRecord } from './contract';
import { createDatabase } from './mongodb-opened';
import type { OpenedDatabase } from './mongodb-opened';
import { findMongoServer, startMongoServer } from './mongodb-server';
import type { MongoServer } from './mongodb-server';

const found = findMongoServer();

(found === null ? describe.skip : describe)('Several processes on one MongoDB', () => {
  let server: MongoServer;
  let database: OpenedDatabase;

  beforeAll(async () => {
    if (found !== null) server = await startMongoServer(found);
  }, 60_000);
  afterAll(() => server.stop());
  beforeEach(() => {
    database = createDatabase(server);
  });
  afterEach(() => database.dispose());

  const two = async (): Promise<[ProfileStore, ProfileStore]> => {
    const [{ store: one }, { store: other }] = await Promise.all([database.open(), database.open()]);
    return [one, other];
  };

  it('start at the same time, and see what the other wrote at once', async () => {
    const [one, other] = await two();
    await one.commit({ profiles: [profile(1)] });
    expect(await other.findProfiles([customerId(1)])).toEqual([profile(1)]);
  });

  it('lose no update and no audit entry when they change the same customer', async () => {
    const stores = await two();
    const ROUNDS = 8;
    const raise = async (store: ProfileStore): Promise<void> => {
      for (let done = 0; done < ROUNDS;) {
        const [current] = await store.findProfiles([customerId(1)]);
        const version = current?.version ?? 0;
        const { outcome } = await store.commit({
          expect: [{ customerId: customerId(1), version }],
          profiles: [profile(1, { version: version + 1 })],
          changes: [change(1, { version: version + 1 })],
          audit: [{ chainId: 'a', text: `${version + 1}` }],
        });
        if (outcome === 'COMMITTED') done++;
      }
    };
    await Promise.all(stores.map(raise));
    const [one] = stores;
    const versions = Array.from({ length: stores.length * ROUNDS }, (_, index) => index + 1);
    expect(await one.findProfiles([customerId(1)])).toMatchObject([{ version: versions.length }]);
    expect((await one.findChanges({ after: null, limit: 99 })).map(({ version }) => version)).toEqual(versions);
    expect((await one.findAudit({ chainId: 'a', limit: 99 })).map(({ text }) => text)).toEqual(versions.map(String));
  });

  it('let one of two take an identity that nobody had', async () => {
    const stores = await two();
    const identity = { namespace: 'email', key: 'h1' };
    const take = (store: ProfileStore, number: number) =>
      store.commit({
        expectIdentities: [{ ...identity, customerIds: [] }],
        profiles: [profile(number)],
        link: [{ ...identity, customerId: customerId(number) }],
      });
    const outcomes = await Promise.all(stores.map((store, index) => take(store, index + 1)));
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['COMMITTED', 'CONFLICT']);
    const [one] = stores;
    const [customerIds] = await one.findCustomerIds([identity]);
    expect(customerIds).toEqual((await one.listProfiles({ limit: 9 })).map(({ id }) => id));
  });

  it('let one of two commits go through when each writes what the other rests on', async () => {
    const stores = await two();
    await stores[0].commit({ profiles: [profile(1), profile(2)] });
    const write = (store: ProfileStore, written: number, restsOn: number) =>
      store.commit({
        expect: [
          { customerId: customerId(written), version: 1 },
          { customerId: customerId(restsOn), version: 1 },
        ],
        profiles: [profile(written, { version: 2 })],
      });
    const outcomes = await Promise.all([write(stores[0], 1, 2), write(stores[1], 2, 1)]);
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['COMMITTED', 'CONFLICT']);
  });

  it('undo the whole commit when the last thing in it is refused by the collection’s schema', async () => {
    const { store } = await database.open();
    const broken = { ...change(1), version: 'one' as unknown as number };
    const commit: Commit = {
      profiles: [profile(1)],
      records: [storedRecord(1)],
      link: [{ namespace: 'email', key: 'h1', customerId: customerId(1) }],
      audit: [{ chainId: 'a', text: '1' }],
      changes: [broken],
    };
    const error: Error = await store.commit(commit).then(
      () => new Error('It was committed.'),
      (refused: Error) => refused,
    );
    expect([errorCodeOf(error), error.message]).toEqual([
      'INTERNAL_SERVER_ERROR',
      'Expected to commit to the profile store; the server said: a document does not fit its collection’s schema (121).',
    ]);
    const names = ['profiles', 'sourceRecords', 'identities', 'auditTrail', 'changes'];
    const left = await Promise.all(names.map((name) => database.db.collection(name).countDocuments()));
    expect(left).toEqual([0, 0, 0, 0, 0]);
  });

  it('make one data key per customer, whoever is first, and bring none back that was destroyed', async () => {
    const [{ keys: one }, { keys: other }] = await Promise.all([database.open(), database.open()]);
    const key = (byte: number) => Buffer.alloc(64, byte);
    const made = await Promise.all([one.add([[customerId(1), key(1)]]), other.add([[customerId(1), key(2)]])]);
    expect(made[0]).toEqual(made[1]);
    expect(await other.add([[customerId(1), key(9)]])).toEqual(made[0]);
    await one.add([[customerId(2), key(3)]]);
    await other.destroy([customerId(1)]);
    await one.replace([
      [customerId(1), key(4)],
      [customerId(2), key(5)],
    ]);
    expect(await other.find([customerId(2), customerId(1)])).toEqual([key(5), null]);
    expect(await other.list({ limit: 9 })).toEqual([customerId(2)]);
    expect(await other.list({ limit: 9, after: customerId(2) })).toEqual([]);
  });

  it('tell of their commands and connections, never of what is in them', async () => {
    const told: Array<{ name: string; outcome: string; durationMs: number }> = [];
    const connections: Array<{ open: number; inUse: number }> = [];
    const observe = {
      command: (command: (typeof told)[number]) => void told.push(command),
      connections: (figures: (typeof connections)[number]) => void connections.push(figures),
    };
    const { store } = await database.open({ observe });
    await store.commit({ profiles: [profile(1)] });
    expect(told.filter(({ name }) => name === 'commitTransaction')).toEqual([
      { name: 'commitTransaction', outcome: 'ok', durationMs: expect.any(Number) },
    ]);
    expect(connections.at(-1)?.open).toBeGreaterThan(0);
    expect(connections.at(-1)?.inUse).toBe(0);
  });
});
