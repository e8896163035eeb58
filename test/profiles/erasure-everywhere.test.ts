// One erasure over four sources and profiles, on the sealed store: who failed how often, and what is left anywhere afterwards.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { facetError } from '../../schema/errors';
import { createErasureWorker } from '../../subgraphs/erasure-worker';
import { createDoor } from '../../subgraphs/profiles/door';
import { isSigned } from '../../subgraphs/profiles/signing';
import type { ProfileStore } from '../../subgraphs/profiles/store/store';
import type { ErasureOutcome, MappedRecord } from '../../subgraphs/source';
import { backUp, openSealed, restoreTo, signTrail } from '../transfer/data-folder';
import { consent, contact, openProfiles, requester, shopper, visitor } from './opened-profiles';
import type { OpenedProfiles } from './opened-profiles';

const HOUR_MS = 3_600_000;
const officer = { id: 'officer', role: 'PRIVACY_OFFICER', scopes: [] } as const;
const SOURCES = ['analytics', 'commerce', 'crm', 'support'] as const;
const CANARIES = {
  email: 'ann@canary.example',
  phone: '+491701234567',
  name: 'Ann Canarywood',
  street: 'Canary Street 1',
  order: 'Canary cage, large',
  page: '/canaries/yellow',
  ticket: 'My canary does not sing',
};

let opened: OpenedProfiles;
let parent: string;
beforeEach(async () => {
  opened = await openProfiles((folder, now) => openSealed(folder, now));
  parent = await mkdtemp(path.join(tmpdir(), 'facet-everywhere-'));
});
afterEach(async () => {
  await opened.dispose();
  await rm(parent, { recursive: true });
});

function recordsOf(version: number): ReadonlyArray<readonly [source: (typeof SOURCES)[number], record: MappedRecord]> {
  const { email, phone, name, street, order, page, ticket } = CANARIES;
  const same = { version, email, ids: [['hubspot.contact', '5']] } as const;
  const withAddress = { ...same, phone, name, categories: { LOCATION: { address: { line: street } } } };
  return [
    ['crm', contact('5', { ...withAddress, ids: [], consents: [consent('GRANT', -60)] })],
    ['commerce', shopper('9', { ...same, categories: { PURCHASE_HISTORY: { lastOrder: { title: order } } } })],
    ['analytics', visitor('p-1', { ...same, categories: { BEHAVIOUR: { lastViewed: page } } })],
    ['support', requester('3', { ...same, categories: { SUPPORT_HISTORY: { openTickets: [{ subject: ticket }] } } })],
  ];
}
const takeAll = async (version = 1) => {
  const ids: string[] = [];
  for (const [source, record] of recordsOf(version)) ids.push(...(await opened.take(source, record)).customerIds);
  return ids;
};

/** The four workers, each answering as told, and all that they say of trouble. */
function workers(answers: Partial<Record<(typeof SOURCES)[number], () => ErasureOutcome>> = {}) {
  const now = () => opened.clock.now;
  const asked: string[] = [];
  const troubles: unknown[] = [];
  const door = createDoor({ ...opened, trail: { record: async () => undefined }, now });
  const all = SOURCES.map((source) =>
    createErasureWorker({
      ...{ source, door, now, onTrouble: (trouble: unknown) => troubles.push([source, trouble]) },
      client: {
        erase: async () => {
          asked.push(source);
          return answers[source]?.() ?? { outcome: 'ERASED' };
        },
      },
    }),
  );
  return { asked, troubles, poll: () => Promise.all(all.map((worker) => worker.poll())) };
}
const tasksOf = async (id: string) => opened.erasures.find(id);
const isOver = async (id: string) => (await tasksOf(id)).every(({ receipt }) => receipt !== null);

/** In the bytes of every file below, freed pages included. */
async function canariesIn(folder: string): Promise<string[]> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((file) => file.isFile());
  const found = await Promise.all(
    files.map(async (file) => {
      const bytes = await readFile(path.join(file.parentPath, file.name));
      return Object.values(CANARIES).filter((canary) => bytes.includes(canary));
    }),
  );
  expect(files.length).toBeGreaterThan(2);
  return found.flat();
}
/** What opens of the records of a customer. */
async function opensOf(store: ProfileStore, customerId: string): Promise<string[]> {
  const places = [...SOURCES, ...SOURCES.map((source) => `rectified/${source}`), 'profiles'];
  const records = await store.findRecords(places.map((source) => ({ customerId, source })));
  return records.flatMap((record) => (record === null ? [] : [record.source]));
}

it('One source fails twice, another is down for an hour: five of five receipts, signed, and exactly two failures of the one', async () => {
  const ids = await takeAll();
  const [id = ''] = ids;
  expect(new Set(ids).size).toBe(1);
  const upAt = opened.clock.now + HOUR_MS;
  let failures = 0;
  const { asked, troubles, poll } = workers({
    crm: () => {
      if (failures === 2) return { outcome: 'ERASED' };
      failures += 1;
      throw facetError('UPSTREAM_TIMEOUT', `crm took too long over ${CANARIES.email}.`);
    },
    commerce: () => ({ outcome: 'RETAINED', basis: 'Orders are kept.', until: upAt + HOUR_MS }),
    support: () => {
      if (opened.clock.now >= upAt) return { outcome: 'ERASED' };
      throw facetError('UPSTREAM_UNAVAILABLE', 'support is down.');
    },
  });
  await opened.erasures.begin(officer, id);
  expect((await opened.ask(`{ customer(id: "${id}") { consents { state } identities { value } } }`)).data).toEqual({
    customer: { consents: null, identities: null },
  });
  for (const second of [0, 1, 2, 3, 4, 5]) {
    await poll();
    if (second === 5) break;
    opened.clock.now += 1_000;
  }
  const open = (await tasksOf(id)).filter(({ receipt }) => receipt === null).map(({ source }) => source);
  expect(open).toEqual(['support']);
  while (!(await isOver(id))) {
    opened.clock.now += 60_000;
    await poll();
  }
  const tasks = await tasksOf(id);
  expect(tasks.map(({ source, receipt }) => `${source} ${receipt?.outcome}`)).toEqual([
    ...['analytics ERASED', 'commerce RETAINED', 'crm ERASED', 'profiles ERASED', 'support ERASED'],
  ]);
  const failed = Object.fromEntries(tasks.map((task) => [task.source, [task.failures, task.lastFailure]]));
  expect(failed).toEqual({
    analytics: [0, null],
    commerce: [0, null],
    crm: [2, 'UPSTREAM_TIMEOUT'],
    profiles: [0, null],
    support: [expect.any(Number), 'UPSTREAM_UNAVAILABLE'],
  });
  const times = (source: string) => asked.filter((each) => each === source).length;
  expect([times('analytics'), times('commerce'), times('crm')]).toEqual([1, 1, 3]);
  expect(times('support')).toBe(1 + Number(failed.support?.[0]));
  const { publicKey } = opened.rights;
  for (const { receipt } of tasks) {
    expect(isSigned(publicKey, receipt?.statement ?? '', receipt?.signature ?? '')).toBe(true);
  }
  // What goes to the log of the troubles: a source and a code.
  expect(new Set(troubles.map((trouble) => JSON.stringify(trouble)))).toEqual(
    new Set([
      '["crm",{"what":"erasure","code":"UPSTREAM_TIMEOUT"}]',
      '["support",{"what":"erasure","code":"UPSTREAM_UNAVAILABLE"}]',
    ]),
  );
});

it('All are well: each place is asked once, and the first poll brings the last of five receipts', async () => {
  const [id = ''] = await takeAll();
  const { asked, poll } = workers();
  await opened.erasures.begin(officer, id);
  await poll();
  expect([asked.toSorted(), (await tasksOf(id)).length, await isOver(id)]).toEqual([[...SOURCES], 5, true]);
});

it('Nothing of the person is left in files, trail or a restored backup; no webhook, resync or restore brings her back', async () => {
  const [id = ''] = await takeAll();
  await opened.rights.rectifyCustomer(officer, id, [{ path: 'contact.firstName', value: CANARIES.name }]);
  expect(await opensOf(opened.store, id)).toEqual([...SOURCES, 'rectified/crm', 'profiles']);
  await backUp(opened.folder, path.join(parent, 'backup'));
  await opened.erasures.begin(officer, id);
  await workers().poll();
  expect(await isOver(id)).toBe(true);

  // Late webhooks, and a resync from the start that tells of everybody the vendors still have.
  expect(await takeAll(9)).toEqual(['', '', '', '']);
  for (const [source, record] of recordsOf(10)) {
    const checkpoint = {
      name: `sync:${source}`,
      position: null,
      complete: true,
      startedAt: opened.clock.now,
      changedSince: null,
      count: 1,
    };
    expect((await opened.takeBatch({ source, records: [record], checkpoint })).customerIds).toEqual(['']);
  }
  expect((await opened.profiles()).map(({ status }) => status)).toEqual(['ERASED']);
  expect([await opensOf(opened.store, id), await canariesIn(opened.folder)]).toEqual([[], []]);
  const trail = (await opened.store.findAudit({ chainId: 'profiles', limit: 1_000 })).map(({ text }) => text).join('');
  expect(Object.values(CANARIES).filter((canary) => trail.includes(canary))).toEqual([]);

  const target = path.join(parent, 'target');
  await signTrail(opened.folder, opened.store);
  await restoreTo(target, path.join(parent, 'backup'), opened.folder);
  const restored = await openSealed(target);
  expect(await restored.findProfiles([id])).toMatchObject([{ status: 'ERASED', sourceKeys: [], facts: {} }]);
  expect(await opensOf(restored, id)).toEqual([]);
  await restored.close();
  expect(await canariesIn(target)).toEqual([]);
  expect(await canariesIn(path.join(parent, 'backup'))).toEqual([]);
});
