// A backup of the embedded store, taken while others write, and restored elsewhere: whole, or not there.
import { appendFile, cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { errorCodeOf } from '../../schema/errors';
import { createKeyEncryption } from '../../subgraphs/profiles/seal/key-encryption';
import { breakOf } from '../../subgraphs/profiles/store/ledger-chain';
import type { ProfileStore } from '../../subgraphs/profiles/store/store';
import { BACKUP_STEPS } from '../../subgraphs/profiles/transfer/backup';
import { BACKUP_FILES } from '../../subgraphs/profiles/transfer/manifest';
import { RESTORE_STEPS } from '../../subgraphs/profiles/transfer/restore';
import { verifyAudit } from '../../deploy/audit-verify';
import { change, consentEvent, customerId, profile, storedRecord, suppression } from '../store/contract';
import { backUp, openSealed, restoreTo, signTrail } from './data-folder';
import { killAt } from './killed';

const CUSTOMERS = 40;
const ids = Array.from({ length: CUSTOMERS }, (_, number) => customerId(number));

let parent: string;
let dataDir: string;
let backupDir: string;
const opened: ProfileStore[] = [];
beforeEach(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'facet-backup-'));
  dataDir = path.join(parent, 'data');
  backupDir = path.join(parent, 'backup');
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
  await rm(parent, { recursive: true, force: true });
});

const open = async (folder: string) => {
  const store = await openSealed(folder);
  opened.push(store);
  return store;
};
const closed = async (store: ProfileStore) => {
  opened.splice(opened.indexOf(store), 1);
  await store.close();
};

/** Each commit of a customer changes everything that is stored of it, so that its version says what all of it must be. */
async function writeVersion(store: ProfileStore, number: number, version: number): Promise<void> {
  await store.commit({
    expect: [{ customerId: customerId(number), version: version - 1 }],
    profiles: [profile(number, { version })],
    records: [storedRecord(number, { sourceVersion: version, blobs: { CONTACT: Buffer.from(`version ${version}`) } })],
    link: [{ namespace: 'email', key: `h${number}-${version}`, customerId: customerId(number) }],
    consentEvents: [consentEvent(number, `r${version}`)],
    tombstones: [{ key: `t${number}-${version}`, erasedAt: 1 }],
    suppress: [suppression(`s${number}-${version}`)],
    audit: [{ chainId: 'profiles', text: JSON.stringify([number, version]) }],
    changes: [change(number, { version })],
  });
}

async function stateOf(store: ProfileStore) {
  const state: unknown[] = [];
  const profiles = await store.listProfiles({ limit: 1_000 });
  const records = await store.findRecords(profiles.map(({ id }) => ({ customerId: id, source: 'crm' })));
  const ledgers = await store.findConsentEvents(profiles.map(({ id }) => id));
  for (const [at, { id, version }] of profiles.entries()) {
    const number = ids.indexOf(id);
    const keys = Array.from({ length: version + 1 }, (_, v) => v + 1);
    const links = await store.findCustomerIds(keys.map((v) => ({ namespace: 'email', key: `h${number}-${v}` })));
    const tombstones = await store.findTombstones(keys.map((v) => `t${number}-${v}`));
    const suppressed = await store.findSuppressions(keys.map((v) => `s${number}-${v}`));
    state.push({
      ...{ id, version },
      contact: String(records[at]?.blobs.CONTACT),
      events: ledgers[at]?.length,
      isIntact: breakOf(ledgers[at] ?? []) === null,
      links: links.filter((linked) => linked.length > 0).length,
      tombstones: tombstones.filter((each) => each !== null).length,
      suppressed: suppressed.filter((each) => each.length === 1).length,
    });
  }
  return { state, changes: await store.findChanges({ after: null, limit: 100_000 }) };
}

describe('A backup', () => {
  it('taken under load is the store at its mark, and restored elsewhere is so again', async () => {
    const live = await open(dataDir);
    await Promise.all(ids.map((_, number) => writeVersion(live, number, 1)));
    const stop = new AbortController();
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let version = 2; !stop.signal.aborted; version++) {
        const own = ids.flatMap((_id, number) => (number % 8 === writer ? [number] : []));
        await Promise.all(own.map((number) => writeVersion(live, number, version)));
      }
    });
    const { mark } = await backUp(dataDir, backupDir);
    stop.abort();
    await Promise.all(writers);
    await signTrail(dataDir, live);
    const after = await live.findChanges({ after: null, limit: 100_000 });
    expect(after.length).toBeGreaterThan(mark.change);

    const elsewhere = path.join(parent, 'elsewhere');
    await restoreTo(elsewhere, backupDir, null);
    const restored = await open(elsewhere);
    const told = after.slice(0, mark.change);
    const versionAtMark = new Map(told.map((each) => [each.customerId, each.version]));
    expect(await stateOf(restored)).toEqual({
      state: ids.map((id) => {
        const version = versionAtMark.get(id) ?? 0;
        const counts = { events: version, links: version, tombstones: version, suppressed: version };
        return { id, version, contact: `version ${version}`, isIntact: true, ...counts };
      }),
      changes: told,
    });

    // With what was recorded since: every tombstone and suppression, and the whole trail, which its roots still hold.
    const again = path.join(parent, 'again');
    const { carried } = await restoreTo(again, backupDir, dataDir);
    expect(carried).toMatchObject({ auditEntries: after.length - mark.change, changed: 0, erased: 0 });
    const kept = await open(again);
    const all = after.map((each) => `t${ids.indexOf(each.customerId)}-${each.version}`);
    expect((await kept.findTombstones(all)).filter((each) => each === null)).toEqual([]);
    const suppressed = await kept.findSuppressions(all.map((key) => key.replace('t', 's')));
    expect(suppressed.filter((each) => each.length !== 1)).toEqual([]);
    const { chains } = await verifyAudit({ dataDir: again, auditDir: path.join(again, 'audit') });
    expect(chains).toEqual([{ chainId: 'profiles', entries: after.length + 1, signed: after.length, faults: [] }]);
  });

  it('is refused with its file named when a byte of it changed, is missing or came, and nothing is touched', async () => {
    const store = await open(dataDir);
    await writeVersion(store, 1, 1);
    await signTrail(dataDir, store);
    await backUp(dataDir, backupDir);
    const target = path.join(parent, 'target');
    const damaged = path.join(parent, 'damaged');
    const damages: Array<[string, (file: string) => Promise<unknown>]> = [
      ['does not have its SHA-256', flipLastByte],
      ['has \\d+ bytes, not', (file) => truncate(file, 10)],
      ['has \\d+ bytes, not', (file) => appendFile(file, 'x')],
      ['is missing', (file) => rm(file)],
    ];
    for (const file of BACKUP_FILES) {
      for (const [what, damage] of damages) {
        await cp(backupDir, damaged, { recursive: true });
        await damage(path.join(damaged, file));
        const error: Error = (await restoreTo(target, damaged, null).catch((reason: Error) => reason)) as Error;
        expect([file, errorCodeOf(error)]).toEqual([file, 'STORE_CORRUPT']);
        expect(error.message).toMatch(new RegExp(`${file} ${what}`));
        expect(await readdir(parent)).not.toContain('target');
        await rm(damaged, { recursive: true });
      }
    }
    for (const text of [
      '',
      '{}',
      '{"format":"facet backup"',
      (await manifestText()).replace('keys/slots', '../../x'),
    ]) {
      await cp(backupDir, damaged, { recursive: true });
      await writeFile(path.join(damaged, 'manifest.json'), text);
      expect([text.slice(0, 9), await codeOf(restoreTo(target, damaged, null))]).toEqual([
        text.slice(0, 9),
        'STORE_CORRUPT',
      ]);
      await rm(damaged, { recursive: true });
    }
    expect(await codeOf(restoreTo(target, dataDir, null))).toBe('STORE_UNAVAILABLE');
  });

  it('goes where nothing is, and opens under the secrets it was taken with only', async () => {
    await writeVersion(await open(dataDir), 1, 1);
    await backUp(dataDir, backupDir);
    expect(await codeOf(backUp(dataDir, backupDir))).toBe('BAD_REQUEST');
    const encryption = createKeyEncryption([Buffer.alloc(32, 8).toString('base64')]);
    const target = path.join(parent, 'target');
    const refused = [
      await codeOf(restoreTo(target, backupDir, null, { encryption })),
      await codeOf(restoreTo(target, backupDir, null, { identitySecret: 'another secret' })),
      await codeOf(backUp(dataDir, path.join(parent, 'other'), { encryption })),
    ];
    expect(refused).toEqual(['BAD_REQUEST', 'BAD_REQUEST', 'STORE_CORRUPT']);
    expect(await readdir(parent)).not.toContain('target');
  });

  it('killed at any step is no backup, and the next one is whole', async () => {
    await writeVersion(await open(dataDir), 1, 1);
    for (const [at, step] of BACKUP_STEPS.slice(0, -1).entries()) {
      expect(await killAt(at + 1, 'backup', dataDir, backupDir)).toBe(step);
      expect(await codeOf(restoreTo(path.join(parent, 'x'), backupDir, null))).toBe('STORE_UNAVAILABLE');
    }
    await backUp(dataDir, backupDir);
    expect((await readdir(parent)).toSorted()).toEqual(['backup', 'data']);
    await restoreTo(path.join(parent, 'x'), backupDir, null);
    // The last step is that it has its name: killed then, it is there.
    await rm(backupDir, { recursive: true });
    expect(await killAt(BACKUP_STEPS.length, 'backup', dataDir, backupDir)).toBe(BACKUP_STEPS.at(-1));
    await restoreTo(path.join(parent, 'y'), backupDir, null);
  });
});

describe('A restore killed at any step', () => {
  it.each(RESTORE_STEPS)('%s: leaves the old store or the new one, and can be done again', async (step) => {
    const before = await open(dataDir);
    await writeVersion(before, 1, 1);
    await signTrail(dataDir, before);
    await backUp(dataDir, backupDir);
    await writeVersion(before, 1, 2);
    await closed(before);
    expect(await killAt(RESTORE_STEPS.indexOf(step) + 1, 'restore', dataDir, backupDir)).toBe(step);

    const isNew = RESTORE_STEPS.indexOf(step) >= RESTORE_STEPS.indexOf('commit');
    const store = await open(dataDir);
    const [found] = await store.findProfiles([customerId(1)]);
    const [record] = await store.findRecords([{ customerId: customerId(1), source: 'crm' }]);
    const version = isNew ? 1 : 2;
    expect([found?.version, String(record?.blobs.CONTACT)]).toEqual([version, `version ${version}`]);
    await closed(store);

    if (isNew) await rm(path.join(dataDir, 'replaced'), { recursive: true });
    await restoreTo(dataDir, backupDir, dataDir);
    expect((await readdir(dataDir)).toSorted()).toEqual(['audit', 'keys', 'replaced', 'store']);
    expect((await (await open(dataDir)).findProfiles([customerId(1)]))[0]?.version).toBe(1);
  });
});

const codeOf = (work: Promise<unknown>) => work.then(() => 'done', errorCodeOf);
const manifestText = () => readFile(path.join(backupDir, 'manifest.json'), 'utf8');

async function flipLastByte(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  await writeFile(file, bytes);
}
