/** Eight writers and eight readers over 200 customers, with faults: no update is lost, no read is stale, no change is told out of order. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { facetError } from '../../schema/errors';
import { openEmbeddedStore } from '../../subgraphs/profiles/store/embedded';
import type { Change } from '../../subgraphs/profiles/store/change';
import type { ProfileStore } from '../../subgraphs/profiles/store/store';
import { change } from './contract';
import { runHistory } from './histories';
import { findAnomalies } from './history';
import type { ReadOperation, WriteOperation } from './history';
import { openStoreApart } from './store-apart';
import { createDatabase } from './mongodb-opened';
import { findMongoServer, startMongoServer } from './mongodb-server';

/** Of each writer. More of them: `FACET_HISTORY_WRITES=1000 npm test -- test/store/history`. */
const WRITES = Number(process.env.FACET_HISTORY_WRITES ?? 60);
/** Each takes as long as the store's process to start. */
const MAX_KILLS = 8;
const found = findMongoServer();
const onOwnServer = found === null || found.kind === 'given' ? it.skip : it;

describe('The checker of histories', () => {
  const write = (
    id: number,
    version: number,
    startedAt: number,
    changed: Partial<WriteOperation> = {},
  ): WriteOperation => ({
    ...{
      kind: 'write',
      client: 'w',
      customer: 'c',
      id,
      version,
      outcome: 'acknowledged',
      startedAt,
      endedAt: startedAt + 1,
    },
    ...changed,
  });
  const read = (id: number, version: number, startedAt: number): ReadOperation => ({
    ...{ kind: 'read', client: 'r', customer: 'c', id, version, startedAt, endedAt: startedAt + 1 },
  });
  const feed = (...versions: number[]) => versions.map((version) => ({ customer: 'c', version }));

  it('finds nothing where there is nothing', () => {
    const refused = write(3, 2, 2, { outcome: 'refused' });
    const operations = [write(1, 1, 0), read(1, 1, 2), write(2, 2, 2), refused, read(2, 2, 4)];
    expect(findAnomalies({ operations, feed: feed(1, 2) })).toEqual([]);
    const overlapping = [write(1, 1, 0, { endedAt: 9 }), read(0, 0, 1), read(1, 1, 3)];
    expect(findAnomalies({ operations: overlapping, feed: feed(1) })).toEqual([]);
    const unknown = [write(1, 1, 0, { outcome: 'unknown' }), read(1, 1, 3)];
    expect(findAnomalies({ operations: unknown, feed: feed(1) })).toEqual([]);
  });

  it.each([
    ['lost update', [write(1, 1, 0), write(2, 1, 2)], feed(1)],
    ['lost update', [write(1, 1, 0), write(2, 1, 0, { outcome: 'unknown' }), read(2, 1, 3)], feed(1)],
    ['stale read', [write(1, 1, 0), read(0, 0, 2)], feed(1)],
    ['stale read', [write(1, 1, 0, { endedAt: 9 }), read(1, 1, 2), read(0, 0, 4)], feed(1)],
    ['which was refused', [write(1, 1, 0, { outcome: 'refused' }), read(1, 1, 2)], feed(1)],
    ['before it was written', [write(1, 1, 5), read(1, 1, 2)], feed(1)],
    ['which nobody wrote', [read(7, 1, 2)], feed(1)],
    ['lost change', [write(1, 1, 0)], feed()],
    ['reordered changes', [write(1, 1, 0), write(2, 2, 2)], feed(2, 1)],
    ['reordered changes', [write(1, 1, 0)], feed(1, 1)],
  ])('finds a planted %s', (what, operations, told) => {
    expect(findAnomalies({ operations, feed: told }).join('; ')).toContain(what);
  });
});

describe('Eight writers and eight readers', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'facet-history-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** `spoil`: puts something between the clients and the store. */
  async function onEmbedded(spoil = (store: ProfileStore) => store) {
    let opened = await openEmbeddedStore({ path: folder });
    let store = spoil(opened);
    let reopening = Promise.resolve();
    const unencodable = Object.defineProperty({}, 'at', {
      enumerable: true,
      get: () => {
        throw new Error('cannot be encoded');
      },
    }) as Change;
    const history = await runHistory({
      storeOf: () => store,
      writes: WRITES,
      onOperation: (count) => {
        // A commit that fails on its way, among others of its group.
        if (count % 50 === 0) opened.commit({ changes: [change(1), unencodable] }).catch(() => undefined);
        if (count % 700 !== 0) return;
        reopening = reopening.then(async () => {
          await opened.close();
          opened = await openEmbeddedStore({ path: folder });
          store = spoil(opened);
        });
      },
    });
    await reopening;
    await opened.close();
    return history;
  }

  it('on the embedded store, closed under them now and then, see no anomaly', async () => {
    const history = await onEmbedded();
    expect(findAnomalies(history)).toEqual([]);
    expect(history.feed.length).toBeGreaterThanOrEqual(8 * WRITES);
  });

  it('on the embedded store, whose process is killed under them and which some of them read beside it, see no anomaly', async () => {
    const apart = await openStoreApart(folder);
    const beside = await openEmbeddedStore({ path: folder, readOnly: true });
    const writing = apart.store as ProfileStore;
    let impatient = 0;
    /** Who does not wait for one answer in a while: what was asked goes on. */
    const hurried: ProfileStore['commit'] = (step) => {
      const committing = writing.commit(step);
      if (++impatient % 40 !== 0) return committing;
      committing.catch(() => undefined);
      return Promise.reject(facetError('STORE_UNAVAILABLE', 'Expected an answer in time.'));
    };
    let kills = 0;
    let killing = Promise.resolve();
    try {
      const history = await runHistory({
        // Every second one as a source does: reads beside the writer, and writes through its process.
        storeOf: (client) => ({
          ...writing,
          commit: hurried,
          findProfiles: client % 2 === 0 ? writing.findProfiles : beside.findProfiles,
        }),
        writes: WRITES,
        onOperation: (count) => {
          if (count < 500 * (kills + 1) || kills >= MAX_KILLS) return;
          kills++;
          killing = killing.then(apart.kill);
        },
      });
      await killing;
      expect(findAnomalies(history)).toEqual([]);
      expect(history.feed.length).toBeGreaterThanOrEqual(8 * WRITES);
      expect(kills).toBeGreaterThan(0);
    } finally {
      await killing;
      await beside.close();
      await apart.stop();
    }
  }, 120_000);

  it('see that a store does not look at what it was computed from', async () => {
    const spoiled = await onEmbedded((store) => ({
      ...store,
      commit: ({ expect: _expect, ...step }) => store.commit(step),
    }));
    expect(findAnomalies(spoiled).some((anomaly) => anomaly.includes('lost update'))).toBe(true);
  });

  onOwnServer(
    'on MongoDB, whose server is killed under them, see no anomaly',
    async () => {
      if (found === null) return;
      const server = await startMongoServer(found);
      const database = createDatabase(server);
      const stores = await Promise.all([0, 1, 2, 3].map(() => database.open()));
      let crashing: Promise<void> | undefined;
      const history = await runHistory({
        storeOf: (client) => stores[client % stores.length]?.store as ProfileStore,
        // SecantusDB is slow.
        writes: Math.ceil(WRITES / 10),
        onOperation: (count) => {
          if (count < 60) return;
          crashing ??= server.crash().then(({ restart }) => restart());
        },
      });
      await crashing;
      expect(findAnomalies(history)).toEqual([]);
      expect(crashing).toBeDefined();
      await database.dispose();
      await server.stop();
    },
    120_000,
  );
});
