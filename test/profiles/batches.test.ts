/** Many records at once: a few commits, each whole; one record that cannot be stored keeps no other out. On both stores. */
import path from 'node:path';
import { errorCodeOf, facetError } from '../../schema/errors';
import { openEmbeddedStore } from '../../subgraphs/profiles/store/embedded';
import type { Commit, ProfileStore } from '../../subgraphs/profiles/store/store';
import type { MappedRecord } from '../../subgraphs/source';
import { checkpoint } from '../store/contract';
import { createDatabase } from '../store/mongodb-opened';
import type { OpenedDatabase } from '../store/mongodb-opened';
import { findMongoServer, startMongoServer } from '../store/mongodb-server';
import type { MongoServer } from '../store/mongodb-server';
import { consent, contact, openProfiles } from './opened-profiles';
import type { OpenedProfiles } from './opened-profiles';

const found = findMongoServer();
let server: MongoServer | undefined;
let database: OpenedDatabase | undefined;
afterAll(() => server?.stop());

const stores: ReadonlyArray<readonly [name: string, open: (folder: string) => Promise<ProfileStore>]> = [
  ['embedded store', (folder) => openEmbeddedStore({ path: path.join(folder, 'store') })],
  ...(found === null
    ? []
    : [
        [
          'MongoDB store',
          async () => {
            server ??= await startMongoServer(found, [], { syncs: false });
            database = createDatabase(server);
            return (await database.open()).store;
          },
        ] as const,
      ]),
];

describe.each(stores)('A batch on the %s', (_name, open) => {
  let opened: OpenedProfiles;
  /** Commits that were asked for. `refuse`: those that the store does not take now. */
  let commits: Commit[];
  let refuse: (step: Commit) => boolean;

  beforeEach(async () => {
    commits = [];
    refuse = () => false;
    opened = await openProfiles(async (folder) => {
      const store = await open(folder);
      return {
        ...store,
        commit: (step) => {
          commits.push(step);
          return refuse(step) ? Promise.reject(facetError('STORE_UNAVAILABLE', 'Gone.')) : store.commit(step);
        },
      };
    });
  }, 60_000);
  afterEach(async () => {
    await opened.dispose();
    await database?.dispose();
    database = undefined;
  });

  const numbers = Array.from({ length: 60 }, (_, index) => index + 1);
  const records = (version = 1) =>
    numbers.map((number) =>
      contact(`${number}`, {
        ...{ version, name: `Name ${number} ${version}`, email: `${number}@example.com` },
        consents: [consent('GRANT', -number)],
      }),
    );
  /** Of a namespace that is not registered. */
  const unstorable: MappedRecord = contact('99', { ids: [['myspace.friend', '1']] });
  const names = async () => (await opened.profiles()).map(({ sourceKeys }) => sourceKeys[0]?.key).toSorted();

  it('of sixty records is three commits, each with its changes and audit entries', async () => {
    const { customerIds, failures } = await opened.takeBatch({ source: 'crm', records: records() });
    expect([new Set(customerIds).size, failures]).toEqual([60, []]);
    expect(
      commits
        .map(({ profiles, changes, audit, consentEvents }) =>
          [profiles, changes, audit, consentEvents].map((list) => list?.length),
        )
        // Side by side: they end in any order.
        .sort(([one = 0], [other = 0]) => other - one),
    ).toEqual([Array(4).fill(25), Array(4).fill(25), Array(4).fill(10)]);

    commits = [];
    const again = await opened.takeBatch({ source: 'crm', records: records(2) });
    expect([again.customerIds, commits.length]).toEqual([customerIds, 3]);
    expect((await opened.profiles()).map(({ version }) => version)).toEqual(Array(60).fill(2));
    expect(await opened.stored(customerIds[59], 'crm')).toMatchObject({ contact: { firstName: 'Name 60 2' } });
  });

  it('keeps those together that share an identity, so that none is computed twice', async () => {
    const family = numbers.map((number) =>
      contact(`${number}`, { name: `Name ${number}`, email: `${number % 2}@example.com` }),
    );
    await opened.takeBatch({ source: 'crm', records: family });
    expect(commits.map(({ profiles }) => profiles?.length)).toEqual([60]);
  });

  it('leaves out the one record that cannot be stored, and says why', async () => {
    const { customerIds, failures } = await opened.takeBatch({
      source: 'crm',
      records: [...records(), unstorable],
      checkpoint: checkpoint('sync:crm'),
    });
    expect([customerIds.filter((id) => id !== '').length, customerIds[60], failures]).toEqual([
      60,
      '',
      ['NAMESPACE_UNKNOWN'],
    ]);
    expect(await names()).toEqual(numbers.map(String).toSorted());
    expect(await opened.store.findCheckpoint('sync:crm')).toEqual(checkpoint('sync:crm'));
  });

  it('of which no record can be stored is refused, and its place is not kept', async () => {
    const taken = opened.takeBatch({
      source: 'crm',
      records: [unstorable, unstorable],
      checkpoint: checkpoint('sync:crm'),
    });
    expect(await taken.then(() => 'taken', errorCodeOf)).toBe('NAMESPACE_UNKNOWN');
    expect([await names(), await opened.store.findCheckpoint('sync:crm')]).toEqual([[], null]);
  });

  it('that is cut off keeps its place for the next time, and then nothing of it is there twice', async () => {
    const batch = { source: 'crm', records: records(), checkpoint: checkpoint('sync:crm') };
    refuse = ({ profiles }) => profiles?.length === 10;
    await opened.store.commit({ received: [{ source: 'crm', eventId: 'e', key: '1', receivedAt: 1 }] });
    const cut = opened.takeBatch({ ...batch, applied: [{ source: 'crm', eventId: 'e' }] });
    expect(await cut.then(() => 'taken', errorCodeOf)).toBe('STORE_UNAVAILABLE');
    expect(await opened.store.findCheckpoint('sync:crm')).toBeNull();
    expect(await opened.store.findPending('crm', 9)).toHaveLength(1);

    refuse = () => false;
    await opened.takeBatch({ ...batch, applied: [{ source: 'crm', eventId: 'e' }] });
    expect([(await names()).length, (await opened.changes()).length]).toEqual([60, 60]);
    expect([await opened.store.findCheckpoint('sync:crm'), await opened.store.findPending('crm', 9)]).toEqual([
      checkpoint('sync:crm'),
      [],
    ]);
  });
});
