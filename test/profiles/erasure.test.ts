// The saga of erasure over the real store: reads blocked at once, a signed receipt from every place, and nobody who comes back.
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { errorCodeOf, facetError } from '../../schema/errors';
import { createErasureWorker } from '../../subgraphs/erasure-worker';
import { createDoor } from '../../subgraphs/profiles/door';
import { countErasures } from '../../subgraphs/profiles/erase/deadlines';
import { createErasures } from '../../subgraphs/profiles/erase/erasures';
import type { Erasures } from '../../subgraphs/profiles/erase/erasures';
import { createIngest } from '../../subgraphs/profiles/ingest';
import { createSigning, isSigned } from '../../subgraphs/profiles/signing';
import { openStore } from '../../subgraphs/profiles/store/open-store';
import type { ProfileStore } from '../../subgraphs/profiles/store/store';
import type { ErasureOutcome, SourceClient } from '../../subgraphs/source';
import { contact, openProfiles, privacyOfficer, registry, requester, shopper } from './opened-profiles';
import type { OpenedProfiles } from './opened-profiles';

const HOUR_MS = 3_600_000;
const PLACES = ['commerce', 'crm', 'profiles', 'support'];
const officer = { id: 'officer', role: 'PRIVACY_OFFICER', scopes: [] } as const;
const signing = createSigning('signing secret of the tests');
const trail = { record: async () => undefined };

describe('A customer is erased', () => {
  let opened: OpenedProfiles;
  let erasures: Erasures;
  beforeEach(async () => {
    opened = await openProfiles();
    erasures = erasuresOver(opened.store);
  });
  afterEach(() => opened.dispose());

  const erasuresOver = (store: ProfileStore) =>
    createErasures({ store, registry, sources: ['crm', 'commerce', 'support'], signing, now: () => opened.clock.now });

  /** The three sources, each answering as told; what each was asked to erase. */
  const workers = (answers: Partial<Record<string, () => Promise<ErasureOutcome>>> = {}) => {
    const asked: string[] = [];
    const door = createDoor({ ...opened, erasures, trail, now: () => opened.clock.now });
    const all = ['crm', 'commerce', 'support'].map((source) => {
      const client: Pick<SourceClient, 'erase'> = {
        erase: async (keys) => {
          asked.push(`${source} ${keys.join(' ')}`);
          return (await answers[source]?.()) ?? { outcome: 'ERASED' };
        },
      };
      return createErasureWorker({ source, client, door, now: () => opened.clock.now, onTrouble: () => undefined });
    });
    return { asked, poll: () => Promise.all(all.map((worker) => worker.poll())) };
  };
  const known = () => [
    contact('5', { email: 'ann@canary.example', name: 'Ann Canary' }),
    shopper('9', { email: 'ann@canary.example', ids: [['hubspot.contact', '5']] }),
    requester('3', { email: 'ann@canary.example', ids: [['hubspot.contact', '5']] }),
  ];
  const take = async (): Promise<string> => {
    const [crm, commerce, support] = known();
    if (!crm || !commerce || !support) throw new Error('Expected three records.');
    const [id = ''] = (await opened.take('crm', crm)).customerIds;
    await opened.take('commerce', commerce);
    await opened.take('support', support);
    return id;
  };
  const openPlaces = async (id: string) =>
    (await erasures.find(id)).filter(({ receipt }) => receipt === null).map(({ source }) => source);

  it('with reads blocked by the first commit, and nothing of the person left in the records', async () => {
    const id = await take();
    await erasures.begin(officer, id);
    const query = `{ customer(id: "${id}") { id consents { state } identities { value } } }`;
    expect(await opened.ask(query, privacyOfficer)).toEqual({
      data: { customer: { id, consents: null, identities: null } },
      codes: [],
    });
    expect(await opened.profile(id)).toMatchObject({ status: 'ERASED', sourceKeys: [], facts: {}, consents: [] });
    for (const place of ['crm', 'commerce', 'support', 'profiles']) {
      expect(await opened.store.findRecords([{ customerId: id, source: place }])).toEqual([null]);
    }
    const { key } = registry.keyOf({ namespace: 'email', value: 'ann@canary.example' });
    expect(await opened.store.findSuppressions([key])).toEqual([[expect.objectContaining({ reason: 'ERASED' })]]);
    expect(await opened.linked('email', 'ann@canary.example')).toEqual([]);
    expect(await opened.linked('shopify.customer', '9')).toEqual([]);
    expect((await opened.changes()).at(-1)).toMatchObject({ customerId: id, kind: 'ERASED', changedFields: [] });
  });

  it('with a signed receipt of every place, and the record’s ids kept by none of them', async () => {
    const id = await take();
    const { poll, asked } = workers({
      commerce: async () => ({ outcome: 'RETAINED', basis: 'Orders are kept.', until: opened.clock.now + HOUR_MS }),
    });
    await erasures.begin(officer, id);
    await poll();
    expect(asked.sort()).toEqual(['commerce 9', 'crm 5', 'support 3']);
    const tasks = await erasures.find(id);
    expect(tasks.map(({ source, keys }) => [source, keys])).toEqual(PLACES.map((place) => [place, []]));
    expect(tasks.map(({ receipt }) => receipt?.outcome)).toEqual(['RETAINED', 'ERASED', 'ERASED', 'ERASED']);
    for (const { source, receipt } of tasks) {
      const { statement = '', signature = '' } = receipt ?? {};
      expect(JSON.parse(statement)).toMatchObject({ customerId: id, source, outcome: receipt?.outcome });
      expect(isSigned(signing.publicKey, statement, signature)).toBe(true);
      expect(isSigned(signing.publicKey, statement.replace('ED"', 'EX"'), signature)).toBe(false);
      expect(isSigned(createSigning('another').publicKey, statement, signature)).toBe(false);
    }
  });

  it('when one source fails twice and another is down for an hour: receipts from all, each asked no more than it takes', async () => {
    const id = await take();
    const upAt = opened.clock.now + HOUR_MS;
    let failures = 0;
    const { poll, asked } = workers({
      crm: async () => {
        if (++failures <= 2) throw facetError('UPSTREAM_TIMEOUT', 'crm took too long.');
        return { outcome: 'ERASED' };
      },
      support: async () => {
        if (opened.clock.now < upAt) throw facetError('UPSTREAM_UNAVAILABLE', 'support is down.');
        return { outcome: 'ERASED' };
      },
    });
    await erasures.begin(officer, id);
    for (let second = 0; second < 10; second += 1) {
      await poll();
      opened.clock.now += 1_000;
    }
    expect(await openPlaces(id)).toEqual(['support']);
    while (opened.clock.now < upAt + HOUR_MS / 3) {
      await poll();
      opened.clock.now += 60_000;
    }
    expect(await openPlaces(id)).toEqual([]);
    expect(asked.filter((call) => call.startsWith('crm'))).toHaveLength(3);
    // Doubling from a second to a quarter of an hour.
    expect(asked.filter((call) => call.startsWith('support')).length).toBeLessThan(20);
    expect((await erasures.find(id)).find(({ source }) => source === 'support')).toMatchObject({
      lastFailure: 'UPSTREAM_UNAVAILABLE',
    });
  });

  it('and a late webhook, a resync and a record made before do not bring anybody back', async () => {
    const id = await take();
    await erasures.begin(officer, id);
    await workers().poll();
    const count = (await opened.profiles()).length;
    for (const [source, record] of [
      ['crm', contact('5', { version: 9, email: 'ann@canary.example', name: 'Ann Canary' })],
      ['commerce', shopper('9', { version: 9 })],
      ['support', requester('3', { version: 9, ids: [['hubspot.contact', '5']] })],
      // A record that Facet had never seen, of the same address or with the same person's id elsewhere.
      ['crm', contact('77', { email: 'ANN@canary.example ' })],
      ['support', requester('78', { ids: [['shopify.customer', '9']] })],
      ['commerce', shopper('79', { email: 'ann@canary.example', unverified: true })],
    ] as const) {
      expect(await opened.take(source, record)).toEqual({
        customerIds: [''],
        bearsOnDecision: [false],
        conflicts: 0,
        failures: [],
      });
    }
    await opened.takeBatch({ source: 'crm', absent: ['5'] });
    expect((await opened.profiles()).length).toBe(count);
    expect(await opened.linked('email', 'ann@canary.example')).toEqual([]);
  });

  it('and a record that is being taken in at the same moment is not taken in', async () => {
    const id = await take();
    const racing = Array.from({ length: 12 }, (_, index) =>
      opened.take('crm', contact('5', { version: 10 + index, email: 'ann@canary.example' })),
    );
    await Promise.all([erasures.begin(officer, id), ...racing]);
    expect(await opened.store.findRecords([{ customerId: id, source: 'crm' }])).toEqual([null]);
    expect(await opened.linked('hubspot.contact', '5')).toEqual([]);
    expect((await opened.profiles()).filter(({ status }) => status !== 'ERASED')).toEqual([]);
  });

  it('alone: who shares the address stays, and is updated as before', async () => {
    const id = await take();
    const [other] = (await opened.take('crm', contact('6', { email: 'ann@canary.example', name: 'Bob' }))).customerIds;
    expect(other).not.toBe(id);
    await erasures.begin(officer, id);
    const { key } = registry.keyOf({ namespace: 'email', value: 'ann@canary.example' });
    expect(await opened.store.findSuppressions([key])).toEqual([[]]);
    await opened.take('crm', contact('6', { version: 2, email: 'ann@canary.example', name: 'Robert' }));
    expect(await opened.stored(other, 'crm')).toEqual({
      contact: { email: 'ann@canary.example', firstName: 'Robert' },
    });
  });

  it('with those who were merged into them: by either id, and nothing is left under the other', async () => {
    const [crm = ''] = (await opened.take('crm', contact('50', { name: 'Ann Canary' }))).customerIds;
    const [shop = ''] = (await opened.take('commerce', shopper('51'))).customerIds;
    await opened.take(
      'support',
      requester('52', {
        ids: [
          ['shopify.customer', '51'],
          ['hubspot.contact', '50'],
        ],
      }),
    );
    const { id } = await opened.profile(crm);
    const other = id === crm ? shop : crm;
    await erasures.begin(officer, other);
    expect((await erasures.find(other)).map(({ customerId, source }) => [customerId, source])).toEqual(
      PLACES.map((place) => [id, place]),
    );
    expect(await opened.profile(other)).toMatchObject({ id, status: 'ERASED', facts: {} });
  });

  it('once: asked again, the same erasure is answered, and nobody is erased by an id that nobody has', async () => {
    const id = await take();
    const first = await erasures.begin(officer, id);
    opened.clock.now += HOUR_MS;
    expect(await erasures.begin(officer, id)).toEqual(first);
    expect(errorCodeOf(await erasures.begin(officer, 'nobody').catch((error: unknown) => error))).toBe(
      'CUSTOMER_UNKNOWN',
    );
  });

  it('to the end, when the process ends between the first commit and the key’s destruction', async () => {
    const id = await take();
    const killed = {
      ...opened.store,
      destroyKeys: () => Promise.reject(new Error('killed')),
    };
    await expect(erasuresOver(killed).begin(officer, id)).rejects.toThrow('killed');
    expect((await opened.profile(id)).status).toBe('ERASED');
    expect(await openPlaces(id)).toEqual(PLACES);
    await erasuresOver(opened.store).resume();
    expect(await openPlaces(id)).toEqual(['commerce', 'crm', 'support']);
  });

  it('and a source that offers no way to erase stays open', async () => {
    const id = await take();
    await erasures.begin(officer, id);
    const door = createDoor({ ...opened, erasures, trail, now: () => opened.clock.now });
    const now = () => opened.clock.now;
    await createErasureWorker({ source: 'crm', client: {}, door, now, onTrouble: () => undefined }).poll();
    expect((await erasures.find(id)).find(({ source }) => source === 'crm')).toMatchObject({
      receipt: null,
      lastFailure: 'OPERATION_UNSUPPORTED',
    });
  });

  it('and every place is counted until it is done, and as overdue after 30 days', async () => {
    const id = await take();
    const figures = () => countErasures(opened.store, opened.clock.now);
    expect(await figures()).toEqual({ open: 0, overdue: 0, dueInSeconds: null });
    await erasures.begin(officer, id);
    expect(await figures()).toEqual({ open: 3, overdue: 0, dueInSeconds: 30 * 86_400 });
    opened.clock.now += 31 * 24 * HOUR_MS;
    expect(await figures()).toEqual({ open: 3, overdue: 3, dueInSeconds: -86_400 });
    await workers().poll();
    expect(await figures()).toEqual({ open: 0, overdue: 0, dueInSeconds: null });
  });
});

describe('The files of the store after an erasure', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'facet-erased-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const CANARIES = ['ann@canary.example', 'Ann Canary', 'Canary Street 1', '+491701234567'];
  const openHere = (dataDir = folder) =>
    openStore({ dataDir, encryptionKeys: [Buffer.alloc(32, 7).toString('base64')] });
  const options = { registry, sources: [{ name: 'crm' }], now: Date.now };

  /** What is in the bytes of every file below the folder, freed pages included. */
  const canariesIn = async (place: string): Promise<string[]> => {
    const files = await readdir(place, { recursive: true, withFileTypes: true });
    const found = await Promise.all(
      files
        .filter((file) => file.isFile())
        .map(async (file) => {
          const bytes = await readFile(path.join(file.parentPath, file.name));
          return CANARIES.filter((canary) => bytes.includes(canary)).map((canary) => `${file.name}: ${canary}`);
        }),
    );
    return found.flat();
  };

  it('hold no canary, and a backup of the store made before opens for nobody with the keys that are left', async () => {
    const store = await openHere();
    const ingest = createIngest({ ...options, store });
    const record = contact('5', {
      email: 'ann@canary.example',
      phone: '+491701234567',
      name: 'Ann Canary',
      categories: { LOCATION: { address: { line: 'Canary Street 1' } } },
    });
    const { customerIds } = await ingest({ source: 'crm', records: [record], fetchedAt: Date.now() });
    const [id = ''] = customerIds;
    const place = [{ customerId: id, source: 'crm' }];
    const backup = path.join(folder, 'restored');
    await cp(path.join(folder, 'store'), path.join(backup, 'store'), { recursive: true });

    const erasures = createErasures({ ...options, store, sources: ['crm'], signing });
    await erasures.begin(officer, id);
    await erasures.settle({ source: 'crm', customerId: id, outcome: { outcome: 'ERASED' } });
    await store.close();
    expect(await canariesIn(folder)).toEqual([]);

    // Keys are backed up apart, or not at all: they are what erasure destroys.
    await cp(path.join(folder, 'keys'), path.join(backup, 'keys'), { recursive: true });
    const restored = await openHere(backup);
    const [found] = await restored.findRecords(place);
    expect(found?.found).toBe(true);
    expect(() => found?.blobs.CONTACT).toThrow('do not open');
    await restored.close();
  });

  it('know who is not to come back, after a restart too', async () => {
    const store = await openHere();
    const ingest = createIngest({ ...options, store });
    const batch = { source: 'crm', records: [contact('5', { email: 'ann@canary.example' })], fetchedAt: Date.now() };
    const [id = ''] = (await ingest(batch)).customerIds;
    await createErasures({ ...options, store, sources: ['crm'], signing }).begin(officer, id);
    await store.close();
    const again = await openHere();
    expect((await createIngest({ ...options, store: again })(batch)).customerIds).toEqual(['']);
    await again.close();
  });
});
