// Migration of the embedded store: refused until it is done, done a step at a time, and undone by the backup taken before.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { open } from 'lmdb';
import { errorCodeOf } from '../../schema/errors';
import { COLLECTIONS, entriesOf } from '../../subgraphs/profiles/store/contents';
import { openDatabases, SCHEMA_VERSION } from '../../subgraphs/profiles/store/embedded.databases';
import { RECORD_VERSION } from '../../subgraphs/profiles/record-version';
import { migrateEmbedded, planEmbedded } from '../../subgraphs/profiles/store/embedded.migrations';
import { customerId, profile, storedRecord } from '../store/contract';
import { runStore } from './command-line';
import { killAt } from './killed';
import { AT, backUp, openSealed, restoreTo, sinceOf } from './data-folder';

const CUSTOMERS = 900;
const KEYS = Array.from({ length: 5 * CUSTOMERS }, (_, number) => `k${number}`);
const now = () => AT;

let parent: string;
let dataDir: string;
beforeEach(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'facet-migration-'));
  dataDir = path.join(parent, 'data');
  await makeOldStore();
});
afterEach(() => rm(parent, { recursive: true, force: true }));

/** A store of schema 1, as Facet wrote it before identities were kept by customer: every second identity is two people's. */
async function makeOldStore(): Promise<void> {
  const store = await openSealed(dataDir);
  const numbers = Array.from({ length: CUSTOMERS }, (_, number) => number);
  await store.commit({
    profiles: numbers.map((number) => profile(number)),
    records: [1, 2, 3].map((number) => storedRecord(number)),
    link: KEYS.flatMap((key, at) =>
      [at, at + 1].slice(0, 1 + (at % 2)).map((each) => ({
        ...{ namespace: 'email', key, customerId: customerId(each % CUSTOMERS) },
      })),
    ),
  });
  await store.close();
  await withEngine(async (root) => {
    await root.openDB('identitiesOf', {}).drop();
    const meta = root.openDB('meta', {});
    await meta.put('schemaVersion', 1);
    await meta.remove('checksums');
  });
}

async function withEngine(work: (root: ReturnType<typeof open>) => Promise<void>): Promise<void> {
  const options = { noSubdir: false, maxDbs: 24, overlappingSync: false };
  const root = open({ ...options, path: path.join(dataDir, 'store') });
  await work(root);
  await root.close();
}

/** Links both ways, as pairs. */
async function linksOf(folder: string) {
  const databases = await openDatabases({ path: path.join(folder, 'store'), readOnly: true, now });
  const forth = Array.from(databases.identities.getRange({}), ({ key, value }) =>
    value.map((id) => JSON.stringify([id, ...(key as string[])])),
  );
  const back = Array.from(databases.identitiesOf.getKeys({}), (key) => JSON.stringify(key));
  await databases.root.close();
  return { forth: forth.flat().toSorted(), back: back.toSorted() };
}

async function everythingIn(folder: string): Promise<Record<string, unknown[]>> {
  const { contents } = await sinceOf(folder);
  const all: Record<string, unknown[]> = {};
  for (const name of COLLECTIONS) {
    const entries: unknown[] = [];
    for await (const entry of entriesOf(contents, name)) entries.push(entry);
    all[name] = entries;
  }
  await contents.close();
  return all;
}

const store = () => path.join(dataDir, 'store');
const opening = () =>
  openSealed(dataDir).then(
    async (opened) => {
      await opened.close();
      return 'opened';
    },
    (error: Error) => `${errorCodeOf(error)}: ${error.message}`,
  );

describe('A store of an older schema', () => {
  it('is refused with what to run, and left as it is', async () => {
    const before = await readFile(path.join(store(), 'data.mdb'));
    expect(await opening()).toBe(
      'STORE_OLDER_SCHEMA: Expected a store of schema 2; this one has 1. Run `npm run store -- migrate`.',
    );
    expect(await sinceOf(dataDir).then(() => 'opened', errorCodeOf)).toBe('STORE_OLDER_SCHEMA');
    expect(await planEmbedded(store(), now)).toMatchObject({
      ...{ from: 1, to: 2 },
      migrations: [{ to: 2, entries: KEYS.length, isUnderWay: false }],
    });
    expect(Buffer.compare(await readFile(path.join(store(), 'data.mdb')), before)).toBe(0);
  });

  it('killed at any step is served by nobody, and goes on where it stood', async () => {
    const steps: string[] = [];
    // Each start comes one step further: the last was done, and its end told.
    for (let number = 1; ; number++) {
      const step = await killAt(number, 'migrate', dataDir);
      if (step === null) break;
      steps.push(step);
      if (step !== 'end') expect(await opening()).toMatch(/^STORE_OLDER_SCHEMA.*cut off/);
    }
    expect(steps[0]).toBe('begin');
    expect(steps.filter((step) => step === 'page').length).toBeGreaterThanOrEqual(2);
    const { forth, back } = await linksOf(dataDir);
    expect(back).toEqual(forth);
    expect(forth).toHaveLength(1.5 * KEYS.length);
    expect(await planEmbedded(store(), now)).toEqual({ from: 2, to: 2, migrations: [] });
    expect(await opening()).toBe('opened');
  });

  it('has a way back: the backup taken before, restored, reads as before', async () => {
    const backupDir = path.join(parent, 'backup');
    expect(await backUp(dataDir, backupDir)).toMatchObject({ schemaVersion: 1 });
    await migrateEmbedded(store(), now);
    const before = await everythingIn(dataDir);
    const migrated = await openSealed(dataDir);
    await migrated.commit({ profiles: [profile(1, { version: 2 })], unlinkAll: [customerId(2)] });
    await migrated.close();
    expect(await everythingIn(dataDir)).not.toEqual(before);

    await restoreTo(dataDir, backupDir, dataDir);
    const { auditTrail, ...restored } = await everythingIn(dataDir);
    expect(restored).toEqual({ ...before, auditTrail: undefined });
    expect(auditTrail).toHaveLength(1);
    expect((await linksOf(dataDir)).back).toEqual((await linksOf(dataDir)).forth);
    // What the Facet of before restores with a command of its own: not a byte of it is this one's.
    expect(await planEmbedded(path.join(backupDir, 'store'), now)).toMatchObject({ from: 1 });
  });

  it('migrates by command: the plan, a backup, and then it opens', async () => {
    const secrets = {
      FACET_ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
      FACET_IDENTITY_SECRET: 'secret of the tests, long enough for all',
    };
    const run = (...args: string[]) => runStore(['migrate', '--data-dir', dataDir, ...args], secrets);
    const plan = `Schema 1, to be ${SCHEMA_VERSION}:\n  1 → 2  identities by customer, so that an erasure takes out every one that leads to the person, about 4500 entries\n`;
    expect(await run('--dry-run')).toEqual({ code: 0, stdout: plan, stderr: '' });
    expect(await opening()).toMatch(/^STORE_OLDER_SCHEMA/);
    const backupDir = path.join(parent, 'before');
    expect(await run('--backup', backupDir)).toEqual({
      code: 0,
      stdout: `${plan}Backed up to ${backupDir}\nMigrated to schema 2\nRecords written anew as of version ${RECORD_VERSION}: 3\n`,
      stderr: '',
    });
    expect(await opening()).toBe('opened');
    expect(await planEmbedded(path.join(backupDir, 'store'), now)).toMatchObject({ from: 1 });
    expect(await run()).toEqual({ code: 0, stdout: 'Schema 2: up to date.\n', stderr: '' });

    // One that came by a restore, say: it is served as it is, and written anew here.
    const live = await openSealed(dataDir);
    await live.commit({ records: [storedRecord(4)] });
    await live.close();
    const due = `Schema 2: up to date.\nRecords: 1 of a version before ${RECORD_VERSION}, to be written anew.\n`;
    expect(await run('--dry-run')).toEqual({ code: 0, stdout: due, stderr: '' });
    const again = path.join(parent, 'again');
    expect(await run('--backup', again)).toEqual({
      code: 0,
      stdout: `${due}Backed up to ${again}\nRecords written anew as of version ${RECORD_VERSION}: 1\n`,
      stderr: '',
    });
    expect(await run('--dry-run')).toEqual({ code: 0, stdout: 'Schema 2: up to date.\n', stderr: '' });
  });
});
