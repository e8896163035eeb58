/**
 * The embedded store: the contract, and what LMDB adds to it: damaged files, full disks, groups of commits.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { open } from 'lmdb';
import { errorCodeOf } from '../../schema/errors';
import { openEmbeddedStore } from '../../subgraphs/profiles/store/embedded';
import { SCHEMA_VERSION } from '../../subgraphs/profiles/store/embedded.databases';
import type { Change } from '../../subgraphs/profiles/store/change';
import type { Commit, ProfileStore } from '../../subgraphs/profiles/store/store';
import {
  change,
  checkpoint,
  consentEvent,
  customerId,
  describeProfileStore,
  profile,
  storedRecord,
  type OpenedStore,
} from './contract';

const CHILD = path.join(__dirname, 'embedded.child.cjs');
const PAGE_BYTES = 4096;

/** A folder that does not exist yet, and its data file. */
function newFolder(): { folder: string; dataFile: string; remove(): void } {
  const parent = mkdtempSync(path.join(tmpdir(), 'facet-store-'));
  const folder = path.join(parent, 'a', 'store.v1');
  return {
    folder,
    dataFile: path.join(folder, 'data.mdb'),
    remove: () => rmSync(parent, { recursive: true, force: true }),
  };
}

describeProfileStore('the embedded store', async (): Promise<OpenedStore> => {
  const { folder, remove } = newFolder();
  let current = await openEmbeddedStore({ path: folder });
  return {
    store: current,
    async reopen() {
      await current.close();
      current = await openEmbeddedStore({ path: folder });
      return current;
    },
    async dispose() {
      await current.close();
      remove();
    },
  };
});

describe('the embedded store', () => {
  let place: ReturnType<typeof newFolder>;
  const opened: ProfileStore[] = [];

  async function openStore(options: { readOnly?: boolean } = {}): Promise<ProfileStore> {
    const store = await openEmbeddedStore({ path: place.folder, ...options });
    opened.push(store);
    return store;
  }

  const openingCode = (options?: { readOnly?: boolean }) => openStore(options).then(() => 'opened', errorCodeOf);

  beforeEach(() => {
    place = newFolder();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
    place.remove();
  });

  async function fill(customers: number): Promise<void> {
    const store = await openStore();
    const numbers = Array.from({ length: customers }, (_, number) => number);
    const blobs = { CONTACT: new Uint8Array(900), PURCHASE_HISTORY: new Uint8Array(9_000) };
    await store.commit({
      profiles: numbers.map((number) => profile(number)),
      records: numbers.map((number) => storedRecord(number, number % 10 === 0 ? { blobs } : {})),
      changes: numbers.map((number) => change(number)),
    });
    await store.close();
  }

  describe('the change sequence', () => {
    it('runs from 1 without a gap, in commit order, and a commit in conflict takes no number', async () => {
      const store = await openStore();
      const steps = Array.from({ length: 60 }, (_, number) =>
        store.commit({
          changes: [change(number), change(number, { kind: 'MERGED' })],
          ...(number % 3 === 0 ? { expect: [{ customerId: customerId(1), version: 9 }] } : {}),
        }),
      );
      const outcomes = (await Promise.all(steps)).map(({ outcome }) => outcome);
      const committed = outcomes.flatMap((outcome, number) => (outcome === 'COMMITTED' ? [number] : []));
      expect(committed).toHaveLength(40);
      const changes = await store.findChanges({ after: null, limit: 1_000 });
      expect(changes.map(({ cursor }) => Number(cursor))).toEqual(Array.from({ length: 80 }, (_, i) => i + 1));
      expect(changes.map((entry) => entry.customerId)).toEqual(
        committed.flatMap((number) => [customerId(number), customerId(number)]),
      );
    });
  });

  describe('a store that was put back to an earlier state', () => {
    it('says to who had come further that changes are lost, and tells of what comes', async () => {
      const store = await openStore();
      await store.commit({ changes: [change(1)] });
      expect(await store.findChanges({ after: '2', limit: 10 }).then(() => 'answered', errorCodeOf)).toBe(
        'CHANGES_LOST',
      );
      const stop = new AbortController();
      const told = store.followChanges({ after: '2', signal: stop.signal })[Symbol.asyncIterator]();
      expect(await told.next()).toEqual({ done: false, value: null });
      await store.commit({ changes: [change(2)] });
      expect((await told.next()).value).toEqual({ ...change(2), cursor: '2' });
      stop.abort();
    });
  });

  describe('a commit that fails on its way', () => {
    /** The last thing a commit writes cannot be encoded: all before it is written already. */
    const failing: Commit = {
      profiles: [profile(1, { version: 9 }), profile(5)],
      records: [storedRecord(5)],
      removeRecords: [{ customerId: customerId(1), source: 'crm' }],
      link: [{ namespace: 'email', key: 'h5', customerId: customerId(5) }],
      unlink: [{ namespace: 'email', key: 'h1', customerId: customerId(1) }],
      consentEvents: [consentEvent(5, 'r1')],
      checkpoints: [checkpoint('crm')],
      changes: [
        change(5),
        Object.defineProperty({}, 'customerId', {
          enumerable: true,
          get: () => {
            throw new Error('jane@example.com cannot be encoded');
          },
        }) as Change,
      ],
    };

    async function everything(store: ProfileStore): Promise<unknown> {
      return {
        profiles: await store.listProfiles({ limit: 100 }),
        records: await store.findRecords([1, 5].map((number) => ({ customerId: customerId(number), source: 'crm' }))),
        links: await store.findCustomerIds(['h1', 'h5'].map((key) => ({ namespace: 'email', key }))),
        ledger: await store.findConsentEvents([customerId(5)]),
        checkpoint: await store.findCheckpoint('crm'),
        changes: await store.findChanges({ after: null, limit: 100 }),
      };
    }

    it('leaves nothing written, says no more than that, and does not touch the commits it shares a group with', async () => {
      const store = await openStore();
      await store.commit({
        profiles: [profile(1)],
        records: [storedRecord(1)],
        link: [{ namespace: 'email', key: 'h1', customerId: customerId(1) }],
      });
      const before = await everything(store);
      const error: Error = await store.commit(failing).then(
        () => new Error('committed'),
        (reason: Error) => reason,
      );
      expect(errorCodeOf(error)).toBe('STORE_UNAVAILABLE');
      expect(error.message).toBe('Expected to commit to the profile store; the engine said: engine error.');
      expect(await everything(store)).toEqual(before);

      const group = await Promise.allSettled([
        store.commit({ changes: [change(2)] }),
        store.commit(failing),
        store.commit({ changes: [change(3)] }),
      ]);
      expect(group.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      await store.close();
      const again = await openStore();
      expect(await everything(again)).toEqual({
        ...(before as object),
        changes: [
          { ...change(2), cursor: '1' },
          { ...change(3), cursor: '2' },
        ],
      });
    });

    it('refuses a customer id that no key can hold, before anything is written', async () => {
      const store = await openStore();
      for (const id of ['', 'x'.repeat(3_000), 'a\0b']) {
        const code = await store
          .commit({ changes: [change(1)], profiles: [profile(1, { id })] })
          .then(() => 'committed', errorCodeOf);
        expect(code).toBe('BAD_USER_INPUT');
      }
      expect(await store.findChanges({ after: null, limit: 10 })).toEqual([]);
    });
  });

  describe('groups of commits', () => {
    it('shares flushes between commits that wait at the same time', async () => {
      const store = await openStore();
      const commit = (number: number) => store.commit({ profiles: [profile(number)] });
      let at = performance.now();
      for (let number = 0; number < 100; number++) await commit(number);
      const oneByOneMs = performance.now() - at;
      at = performance.now();
      await Promise.all(Array.from({ length: 100 }, (_, number) => commit(number)));
      expect(performance.now() - at).toBeLessThan(oneByOneMs / 2);
    });
  });

  describe('opening', () => {
    it('makes the folder, and opens one that a killed process left empty', async () => {
      mkdirSync(place.folder, { recursive: true });
      writeFileSync(place.dataFile, '');
      const store = await openStore();
      expect(await store.listProfiles({ limit: 1 })).toEqual([]);
    });

    it('refuses a store of a newer schema, and leaves it as it is', async () => {
      await fill(3);
      const sound = readFileSync(place.dataFile);
      await withEngine(place.folder, (root) => root.openDB('meta', {}).putSync('schemaVersion', SCHEMA_VERSION + 1));
      const newer = readFileSync(place.dataFile);
      expect(await openingCode()).toBe('STORE_NEWER_SCHEMA');
      expect(await openingCode({ readOnly: true })).toBe('STORE_NEWER_SCHEMA');
      expect(readFileSync(place.dataFile).equals(newer)).toBe(true);
      writeFileSync(place.dataFile, sound);
      expect(await (await openStore()).listProfiles({ limit: 10 })).toHaveLength(3);
    });

    it.each([['none'], [0], [1.5]])('calls a store whose schema version is %p damaged', async (version) => {
      await fill(3);
      await withEngine(place.folder, (root) => {
        const meta = root.openDB('meta', {});
        if (version === 'none') meta.removeSync('schemaVersion');
        else meta.putSync('schemaVersion', version);
      });
      expect(await openingCode()).toBe('STORE_CORRUPT');
    });

    it('refuses the LMDB environment of another program, and writes nothing to it', async () => {
      await withEngine(place.folder, (root) => root.openDB('sessions', {}).putSync('a', 1));
      expect(await openingCode()).toBe('STORE_CORRUPT');
      await withEngine(place.folder, (root) => expect([...root.getKeys()]).toEqual(['sessions']));
    });

    it('answers STORE_UNAVAILABLE when the path is no folder, without naming it', async () => {
      mkdirSync(path.dirname(place.folder), { recursive: true });
      writeFileSync(place.folder, 'a file');
      const error: Error = await openStore().then(
        () => new Error('opened'),
        (reason: Error) => reason,
      );
      expect([errorCodeOf(error), error.message]).toEqual([
        'STORE_UNAVAILABLE',
        'Expected to open the profile store; the engine said: ENOTDIR.',
      ]);
    });
  });

  describe('a damaged file', () => {
    // In a process of its own: where the check misses something, the engine ends the process, and that must be seen.
    function openInChild(): string {
      const { stdout, signal } = spawnSync(process.execPath, [CHILD, 'open', place.folder], { encoding: 'utf8' });
      return signal ?? stdout.trim();
    }

    it('is told when it was cut off, wherever', async () => {
      await fill(300);
      const { size } = statSync(place.dataFile);
      for (const bytes of [1, PAGE_BYTES - 1, PAGE_BYTES + 100, 2 * PAGE_BYTES, size >> 1, size - 1]) {
        await fill(300);
        truncateSync(place.dataFile, bytes);
        expect([bytes, await openingCode()]).toEqual([bytes, 'STORE_CORRUPT']);
        expect([bytes, await openingCode({ readOnly: true })]).toEqual([bytes, 'STORE_CORRUPT']);
        rmSync(place.folder, { recursive: true });
      }
    });

    it('is told when it is another file, or one that was overwritten at its beginning', async () => {
      await fill(30);
      const sound = readFileSync(place.dataFile);
      const damages: Array<[string, Buffer]> = [
        ['text', Buffer.from('not a database\n'.repeat(2_000))],
        ['zeros', Buffer.alloc(sound.length)],
        ['SQLite', Buffer.concat([Buffer.from('SQLite format 3\0'), sound.subarray(16)])],
        ['first header page', Buffer.concat([Buffer.alloc(PAGE_BYTES, 7), sound.subarray(PAGE_BYTES)])],
        [
          'second header page',
          Buffer.concat([sound.subarray(0, PAGE_BYTES), Buffer.alloc(PAGE_BYTES, 7), sound.subarray(2 * PAGE_BYTES)]),
        ],
      ];
      for (const [what, bytes] of damages) {
        writeFileSync(place.dataFile, bytes);
        expect([what, await openingCode()]).toEqual([what, 'STORE_CORRUPT']);
      }
    });

    it('never ends the process, whichever pages were overwritten', async () => {
      await fill(300);
      const sound = readFileSync(place.dataFile);
      const answers = new Set<string>();
      const pages = sound.length / PAGE_BYTES;
      for (let round = 0; round < 6; round++) {
        const bytes = Buffer.from(sound);
        // A third of all pages behind the header, of which some are in use whatever the layout.
        for (let page = 2 + (round % 3); page < pages; page += 3) {
          bytes.fill(round < 3 ? 0xa5 : 0, page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
        }
        writeFileSync(place.dataFile, bytes);
        answers.add(openInChild());
      }
      expect([...answers]).toEqual(['STORE_CORRUPT']);
      writeFileSync(place.dataFile, sound);
      expect(openInChild()).toBe('OK');
    });
  });

  describe('a reader beside the writer', () => {
    it('sees what was committed, and commits nothing', async () => {
      const store = await openStore();
      await store.commit({ profiles: [profile(1)] });
      const reader = spawnReader(place.folder);
      expect(reader).toEqual({ profiles: 1, commit: 'STORE_READ_ONLY' });
      expect(await store.listProfiles({ limit: 10 })).toHaveLength(1);
    });

    it('is refused, and makes nothing, where there is no store yet', async () => {
      expect(await openingCode({ readOnly: true })).toBe('STORE_UNAVAILABLE');
      expect(existsSync(place.folder)).toBe(false);
    });
  });
});

/** Opens the environment past the adapter, to lay out what a foreign or future program would. */
async function withEngine(folder: string, work: (root: ReturnType<typeof open>) => void): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const root = open({ path: folder, noSubdir: false, overlappingSync: false });
  try {
    work(root);
  } finally {
    await root.close();
  }
}

function spawnReader(folder: string): unknown {
  const { stdout, stderr } = spawnSync(process.execPath, [CHILD, 'read', folder], { encoding: 'utf8' });
  if (!stdout) throw new Error(stderr);
  return JSON.parse(stdout);
}
