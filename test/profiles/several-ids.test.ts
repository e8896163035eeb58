// A source in whose namespace one person may have several ids: several browsers are one person, and no conflict.
import { createIdentityRegistry } from '../../subgraphs/profiles/identity';
import { createIngest } from '../../subgraphs/profiles/ingest';
import { openOwnRecord, OWN_SOURCE } from '../../subgraphs/profiles/own-record';
import type { ProfileStore } from '../../subgraphs/profiles/store/store';
import type { Ingest, MappedRecord } from '../../subgraphs/source';
import { openProfiles } from './opened-profiles';
import type { OpenedProfiles } from './opened-profiles';

const NOW = Date.parse('2026-11-24T08:00:00Z');
const sources = [
  { name: 'crm', namespace: 'hubspot.contact' },
  { name: 'analytics', namespace: 'posthog.distinct_id', multiValued: true },
];
const registry = createIdentityRegistry({ sources, senderNamespaces: [], secret: { version: 1, value: 'secret' } });

let opened: OpenedProfiles;
let store: ProfileStore;
let ingest: Ingest;
beforeEach(async () => {
  opened = await openProfiles();
  store = opened.store;
  ingest = createIngest({ store, registry, sources, now: () => NOW });
});
afterEach(() => opened.dispose());

const record = (...identities: Array<[namespace: string, value: string]>): MappedRecord => ({
  sourceId: identities[0]?.[1] ?? '',
  sourceVersion: 1,
  categories: {},
  identities: identities.map(([namespace, value]) => ({ namespace, value, verified: true })),
  consents: [],
  facts: { name: null, country: null, birthDate: null, suppressions: [], historicValue: null },
});
const contact = (id: string): [string, string] => ['hubspot.contact', id];
const browser = (id: string): [string, string] => ['posthog.distinct_id', id];

const take = async (source: string, ...records: MappedRecord[]) => ingest({ source, records, fetchedAt: NOW });
const keysOf = async (customerId: string | undefined) =>
  (await store.findProfiles([customerId ?? '']))[0]?.sourceKeys.map(({ key }) => key);
const idsOf = async (customerId: string | undefined) => {
  const [own] = await store.findRecords([{ customerId: customerId ?? '', source: OWN_SOURCE }]);
  return openOwnRecord(own).identities.analytics?.map(({ value }) => value);
};

describe('Several ids of one person', () => {
  it('are no conflict, and each finds the customer', async () => {
    await take('crm', record(contact('512')));
    const { customerIds, conflicts } = await take(
      'analytics',
      record(browser('phone'), browser('laptop'), contact('512')),
    );
    expect(conflicts).toBe(0);
    expect(await keysOf(customerIds[0])).toEqual(['laptop', 'phone', '512']);
    const found = await store.findCustomerIds(['phone', 'laptop'].map((key) => ({ namespace: browser('')[0], key })));
    expect(found).toEqual([customerIds, customerIds]);
  });

  it('may come one by one, and the earlier ones stay', async () => {
    const { customerIds } = await take('analytics', record(browser('phone'), contact('512')));
    const later = await take('analytics', record(browser('laptop'), contact('512')));
    expect(later).toEqual({ customerIds, bearsOnDecision: [expect.any(Boolean)], conflicts: 0, failures: [] });
    expect(await idsOf(customerIds[0])).toEqual(['512', 'laptop', 'phone']);
  });

  it('are the same identities, whichever of them came last', async () => {
    const records = ['phone', 'laptop'].map((id) => record(browser(id), contact('512')));
    const { customerIds } = await take('analytics', ...records);
    const [before] = await store.findProfiles(customerIds);
    await take('analytics', ...records);
    expect(await store.findProfiles(customerIds)).toEqual([before, before]);
  });

  it('join two customers whose only other ids do not contradict', async () => {
    const [first] = (await take('analytics', record(browser('phone'), contact('512')))).customerIds;
    const [second] = (await take('analytics', record(browser('laptop')))).customerIds;
    expect(second).not.toBe(first);
    const joined = await take('analytics', record(browser('phone'), browser('laptop'), contact('512')));
    expect(joined).toEqual({ customerIds: [first], bearsOnDecision: [true], conflicts: 0, failures: [] });
    expect((await store.findProfiles([second ?? '']))[0]?.id).toBe(first);
    expect(await keysOf(first)).toEqual(['laptop', 'phone', '512']);
  });

  it('stay with the customer when another record joins two who both have some', async () => {
    const [first] = (await take('analytics', record(browser('phone'), ['hubspot.contact', '512']))).customerIds;
    const [second] = (await take('analytics', record(browser('laptop')))).customerIds;
    await take('crm', record(contact('512'), browser('laptop')));
    expect((await store.findProfiles([second ?? '']))[0]?.id).toBe(first);
    expect(await keysOf(first)).toEqual(['laptop', 'phone', '512']);
  });

  it('do not join people whom a single-valued namespace tells apart', async () => {
    await take('crm', record(contact('512')), record(contact('777')));
    const [first] = (await take('analytics', record(browser('phone'), contact('512')))).customerIds;
    const [second] = (await take('analytics', record(browser('laptop'), contact('777')))).customerIds;
    const { customerIds, conflicts } = await take(
      'analytics',
      record(browser('phone'), browser('laptop'), contact('512')),
    );
    expect({ customerIds, conflicts }).toEqual({ customerIds: [first], conflicts: 1 });
    expect(await keysOf(second)).toEqual(['laptop', '777']);
  });
});

describe('Several ids in a namespace that gives each person one', () => {
  it('are a conflict as before', async () => {
    const [first] = (await take('crm', record(contact('512'), browser('phone')))).customerIds;
    const { customerIds, conflicts } = await take('crm', record(contact('777'), browser('phone')));
    expect(conflicts).toBe(1);
    expect(customerIds[0]).not.toBe(first);
  });
});
