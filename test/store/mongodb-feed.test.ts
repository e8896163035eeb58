/** The change feed over MongoDB's change streams: told across processes, kept over a crash of the server, explicit where it cannot go on. */
import { performance } from 'node:perf_hooks';
import { MongoClient } from 'mongodb';
import { errorCodeOf } from '../../schema/errors';
import type { PlacedChange } from '../../subgraphs/profiles/store/change';
import type { ProfileStore } from '../../subgraphs/profiles/store/store';
import { change, customerId, profile } from './contract';
import { createDatabase } from './mongodb-opened';
import type { OpenedDatabase } from './mongodb-opened';
import { findMongoServer, startMongoServer } from './mongodb-server';
import type { MongoServer } from './mongodb-server';

const found = findMongoServer();
/** What only a server of our own, or only SecantusDB's arguments, can show. */
const itOnOwn = found === null || found.kind === 'given' ? it.skip : it;
const itOnSecantus = found?.kind === 'secantus' ? it : it.skip;

(found === null ? describe.skip : describe)('The change feed on MongoDB', () => {
  let server: MongoServer;
  let database: OpenedDatabase;
  let stop: AbortController;

  const start = async (flags: readonly string[] = []) => {
    if (found !== null) server = await startMongoServer(found, flags);
    database = createDatabase(server);
  };
  beforeEach(() => {
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await database.dispose();
    await server.stop();
  });

  /** Follows from now on: resolves when a first commit was heard. */
  async function follow(store: ProfileStore, other: ProfileStore) {
    const told = store.followChanges({ signal: stop.signal })[Symbol.asyncIterator]();
    let first: PlacedChange | undefined;
    const heard = told.next().then(({ value }) => (first = value as PlacedChange));
    while (first === undefined) await other.commit({ changes: [change(0)] });
    await heard;
    const next = async (): Promise<PlacedChange> => {
      for (;;) {
        const { done, value } = await told.next();
        if (done === true) throw new Error('Expected the feed to go on.');
        if ((value as PlacedChange).customerId !== customerId(0)) return value as PlacedChange;
      }
    };
    return { next };
  }

  it('tells a process of what another wrote, soon', async () => {
    await start();
    const [{ store: one }, { store: other }] = await Promise.all([database.open(), database.open()]);
    const { next } = await follow(other, one);
    const tookMs: number[] = [];
    for (let version = 1; version <= 30; version++) {
      await one.commit({ changes: [change(1, { version })] });
      const committedAt = performance.now();
      expect((await next()).version).toBe(version);
      tookMs.push(performance.now() - committedAt);
    }
    // The median: the rest is this machine's business, and SecantusDB's.
    expect(tookMs.sort((a, b) => a - b)[15]).toBeLessThan(100);
  }, 60_000);

  itOnOwn(
    'goes on after the server was killed, without loss or repeat, and no acknowledged commit is lost',
    async () => {
      await start();
      // The follower's driver gives up long before the server is there again.
      const hasty = { uri: `${database.uri}&serverSelectionTimeoutMS=100` };
      const [{ store: one }, { store: other }] = await Promise.all([database.open(), database.open(hasty)]);
      const { next } = await follow(other, one);
      const acknowledged: number[] = [];
      let isStopped = false;
      const writing = (async () => {
        for (let number = 1; !isStopped; number++) {
          const commit = one.commit({
            // As every writer does: what is tried again after it was done is found out.
            expect: [{ customerId: customerId(number), version: 0 }],
            profiles: [profile(number)],
            changes: [change(number)],
          });
          await commit.then(
            () => acknowledged.push(number),
            () => undefined,
          );
        }
      })();
      const seen: string[] = [];
      while (seen.length < 10) seen.push((await next()).customerId);
      const { restart } = await server.crash();
      for (let reads = 0; reads < 5; reads++) {
        expect(await other.findProfiles([customerId(1)]).then(() => 'read', errorCodeOf)).toBe('STORE_UNAVAILABLE');
      }
      await restart();
      const before = acknowledged.length;
      while (acknowledged.length < before + 10) seen.push((await next()).customerId);
      isStopped = true;
      await writing;
      const all = (await one.listProfiles({ limit: 100_000 })).map(({ id }) => id);
      expect(acknowledged.map(customerId).filter((id) => !all.includes(id))).toEqual([]);
      while (seen.length < all.length) seen.push((await next()).customerId);
      expect([...seen].sort()).toEqual(all);
    },
    60_000,
  );

  itOnSecantus(
    'goes on where the driver itself gives up to resume',
    async () => {
      await start();
      const [{ store: one }, { store: other }] = await Promise.all([database.open(), database.open()]);
      const { next } = await follow(other, one);
      const client = new MongoClient(database.uri);
      await client.db('admin').command({
        configureFailPoint: 'failCommand',
        mode: { times: 8 },
        data: { failCommands: ['getMore', 'aggregate'], closeConnection: true },
      });
      await client.close();
      for (const number of [1, 2, 3]) await one.commit({ changes: [change(number)] });
      const told = [await next(), await next(), await next()];
      expect(told.map((entry) => entry.customerId)).toEqual([1, 2, 3].map(customerId));
    },
    60_000,
  );

  itOnSecantus(
    'reads the entries again when the log no longer reaches back, and says when they are gone, too',
    async () => {
      await start(['--oplog-max-entries', '50']);
      const { store } = await database.open();
      const { next } = await follow(store, store);
      await store.commit({ changes: [change(1)] });
      const { cursor } = await next();
      // SecantusDB shortens its log with every thousandth entry.
      const numbers = Array.from({ length: 1_100 }, (_, index) => index + 2);
      await store.commit({ changes: numbers.map((number) => change(number)) });
      const later = numbers.map(customerId);
      const replayed: string[] = [];
      for await (const entry of store.followChanges({ after: cursor, signal: stop.signal })) {
        if (entry === null) throw new Error('Expected the entries, which are still kept.');
        if (later.includes(entry.customerId)) replayed.push(entry.customerId);
        if (replayed.length === later.length) break;
      }
      expect(replayed).toEqual(later);

      // The same by page: what the entries tell first, then the log behind them.
      await store.commit({ changes: [change(3_000)] });
      const paged: string[] = [];
      for (let after = cursor; ;) {
        const page = await store.findChanges({ after, limit: 400 });
        paged.push(...page.map(({ customerId: id }) => id).filter((id) => id !== customerId(0)));
        after = page.at(-1)?.cursor ?? after;
        if (page.length < 400) break;
      }
      expect(paged.filter((id) => id !== customerId(1))).toEqual([...later, customerId(3_000)]);

      const client = new MongoClient(database.uri);
      await client
        .db()
        .collection('changes')
        .deleteMany({ customerId: customerId(1) });
      await client.close();
      const lost = store.followChanges({ after: cursor, signal: stop.signal })[Symbol.asyncIterator]();
      expect(await lost.next()).toEqual({ done: false, value: null });
      await store.commit({ changes: [change(2_000)] });
      expect((await lost.next()).value).toMatchObject(change(2_000));
      expect(await store.findChanges({ after: cursor, limit: 1 }).then(() => 'found', errorCodeOf)).toBe(
        'CHANGES_LOST',
      );
      expect(await store.findChange(cursor)).toBeNull();
    },
    60_000,
  );
});
