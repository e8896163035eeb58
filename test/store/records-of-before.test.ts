/** Records of an earlier version: read as of now whether they were migrated or not, one and the same, and written so at their next change. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { errorCodeOf } from '../../schema/errors';
import { CATEGORIES } from '../../schema/policy';
import type { DataCategory } from '../../schema/policy';
import { openAll, sealBlob } from '../../subgraphs/blob';
import { openOwnRecord, OWN_SOURCE } from '../../subgraphs/profiles/own-record';
import { upgradeBlob } from '../../subgraphs/profiles/record-upgrades';
import { RECORD_VERSION } from '../../subgraphs/profiles/record-version';
import { createKeyEncryption } from '../../subgraphs/profiles/seal/key-encryption';
import { openContents } from '../../subgraphs/profiles/store/open-contents';
import { openStore } from '../../subgraphs/profiles/store/open-store';
import type { OpenStoreOptions } from '../../subgraphs/profiles/store/open-store';
import type { ProfileStore, StoredRecord } from '../../subgraphs/profiles/store/store';
import { countOlderRecords, migrateRecords } from '../../subgraphs/profiles/transfer/record-migration';
import { findFaults } from '../../subgraphs/profiles/transfer/verify';
import { customerId, profile, storedRecord } from './contract';
import { createDatabase } from './mongodb-opened';
import { findMongoServer, startMongoServer } from './mongodb-server';
import type { MongoServer } from './mongodb-server';

const ENCRYPTION_KEYS = [Buffer.alloc(32, 7).toString('base64')];
const encryption = createKeyEncryption(ENCRYPTION_KEYS);
const now = () => Date.UTC(2036, 2, 1);
const found = findMongoServer();

const activity = fc.record({ type: fc.constant('open'), at: fc.integer({ min: 0 }), count: fc.nat() });
/** As any Facet may have written it: of derived traits the first one kept no activities, and those before had no sum. */
const own = fc.record(
  {
    historic: fc.option(fc.record({ amountMinor: fc.nat(), currency: fc.constant('EUR') }), { nil: null }),
    activities: fc.dictionary(fc.constantFrom('crm', 'commerce'), fc.array(activity, { maxLength: 2 })),
  },
  { requiredKeys: [] },
);
const record = fc
  .record({
    number: fc.integer({ min: 1, max: 6 }),
    isOwn: fc.boolean(),
    version: fc.integer({ min: 1, max: RECORD_VERSION }),
    own,
    note: fc.string(),
  })
  .map(({ number, isOwn, version, own: traits, note }) => {
    const whole = version === RECORD_VERSION ? { historic: null, activities: {}, ...traits } : traits;
    return storedRecord(number, {
      source: isOwn ? OWN_SOURCE : 'crm',
      schemaVersion: version,
      blobs: isOwn
        ? { DERIVED: sealBlob(whole), IDENTIFIER: sealBlob({ crm: [] }) }
        : { CONTACT: sealBlob({ contact: { note } }), DERIVED: sealBlob(traits) },
    });
  });
const records = fc.uniqueArray(record, {
  selector: (each) => `${each.customerId} ${each.source}`,
  minLength: 1,
  maxLength: 8,
});

const keysOf = (all: readonly StoredRecord[]) => all.map(({ customerId: id, source }) => ({ customerId: id, source }));
const opened = (all: ReadonlyArray<StoredRecord | null>) =>
  all.map((each) => each && { ...each, blobs: undefined, opened: openAll(each) });

async function withStore<Result>(
  place: OpenStoreOptions,
  work: (store: ProfileStore) => Promise<Result>,
): Promise<Result> {
  const store = await openStore(place);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

describe('A record of an earlier version', () => {
  let folder: string;
  let server: MongoServer | undefined;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'facet-before-'));
    if (found !== null) server = await startMongoServer(found);
  }, 60_000);
  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const places: Array<[string, number, (round: number) => { place: OpenStoreOptions; dispose: () => Promise<void> }]> =
    [
      [
        'the embedded store',
        20,
        (round) => ({
          place: { dataDir: path.join(folder, `embedded-${round}`), encryptionKeys: ENCRYPTION_KEYS, now },
          dispose: async () => {},
        }),
      ],
      ...(found === null
        ? []
        : ([
            [
              'MongoDB',
              3,
              () => {
                const database = createDatabase(server as MongoServer);
                const mongodb = { uri: database.uri, allowStandalone: false };
                const dataDir = path.join(folder, 'beside');
                return { place: { dataDir, mongodb, encryptionKeys: ENCRYPTION_KEYS, now }, dispose: database.dispose };
              },
            ],
          ] as typeof places)),
    ];

  it.each(places)(
    'in %s is read as if it had been migrated, before a migration, in the midst of one and after',
    async (_name, numRuns, placeOf) => {
      let round = 0;
      await fc.assert(
        fc.asyncProperty(records, fc.nat(), async (all, pick) => {
          const { place, dispose } = placeOf(++round);
          try {
            await withStore(place, async (store) => {
              await store.commit({ profiles: [1, 2, 3, 4, 5, 6].map((number) => profile(number)), records: all });
            });
            const read = () => withStore(place, async (store) => opened(await store.findRecords(keysOf(all))));
            const before = await read();
            expect(before.map((each) => each?.schemaVersion)).toEqual(all.map(() => RECORD_VERSION));
            for (const each of all.filter(({ source }) => source === OWN_SOURCE)) {
              const traits = JSON.parse(String(Buffer.from(each.blobs.DERIVED ?? []))) as object;
              const at = before[all.indexOf(each)];
              expect(at?.opened.DERIVED).toEqual({ historic: null, activities: {}, ...traits });
            }

            // Written at its next change: here one, as it was read.
            const changed = all[pick % all.length] as StoredRecord;
            await withStore(place, async (store) => {
              const [mine] = await store.findRecords(keysOf([changed]));
              await store.commit({ records: [mine as StoredRecord] });
            });
            expect(await read()).toEqual(before);

            const contents = await openContents({ ...place, readOnly: false, now });
            const older = all.filter((each) => each !== changed && each.schemaVersion < RECORD_VERSION).length;
            expect(await countOlderRecords({ contents })).toBe(older);
            expect(await migrateRecords({ contents, encryption })).toBe(older);
            expect(await migrateRecords({ contents, encryption })).toBe(0);
            const faults: unknown[] = [];
            for await (const fault of findFaults({ contents, encryption })) faults.push(fault);
            await contents.close();
            expect(faults).toEqual([]);
            expect(await read()).toEqual(before);
          } finally {
            await dispose();
          }
        }),
        { numRuns },
      );
    },
    120_000,
  );

  it('is upgraded the same in steps as at once, and what is of now stays as it is', () => {
    fc.assert(
      fc.property(record, fc.constantFrom(...CATEGORIES), (each, category: DataCategory) => {
        const blob = each.blobs[category];
        fc.pre(blob !== undefined);
        if (blob === undefined) return;
        const once = upgradeBlob(each, category, blob);
        expect(upgradeBlob({ ...each, schemaVersion: RECORD_VERSION }, category, once)).toBe(once);
        expect(Buffer.compare(upgradeBlob(each, category, once), once)).toBe(0);
      }),
    );
  });

  it('opens for nobody who has not the key; one of a newer Facet is refused when it is opened, and only then', async () => {
    const place = { dataDir: path.join(folder, 'newer'), encryptionKeys: ENCRYPTION_KEYS, now };
    await withStore(place, async (store) => {
      await store.commit({ profiles: [profile(1)], records: [storedRecord(1, { schemaVersion: RECORD_VERSION + 1 })] });
      const [newer] = await store.findRecords([{ customerId: customerId(1), source: 'crm' }]);
      expect(newer).toMatchObject({ found: true, sourceId: 'contact-1' });
      const opening = await Promise.resolve()
        .then(() => newer?.blobs.CONTACT)
        .then(() => 'opened', errorCodeOf);
      expect(opening).toBe('STORE_NEWER_SCHEMA');
      await store.destroyKeys?.([customerId(1)]);
    });
    await withStore(place, async (store) => {
      await store.commit({
        records: [storedRecord(2, { schemaVersion: 1, source: OWN_SOURCE, blobs: { DERIVED: sealBlob({}) } })],
      });
      await store.destroyKeys?.([customerId(2)]);
      const [closed] = await store.findRecords([{ customerId: customerId(2), source: OWN_SOURCE }]);
      const opening = await Promise.resolve()
        .then(() => openOwnRecord(closed))
        .then(() => 'opened', errorCodeOf);
      expect(opening).toBe('STORE_CORRUPT');
    });
  });
});
