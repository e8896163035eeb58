// What profiles keeps of activities told by the sources: each speaks for itself, and only for what its call brings.
import { createIdentityRegistry } from '../../subgraphs/profiles/identity';
import { createIngest } from '../../subgraphs/profiles/ingest';
import { openOwnRecord, OWN_SOURCE } from '../../subgraphs/profiles/own-record';
import type { ProfileStore } from '../../subgraphs/profiles/store/store';
import type { Activity, Ingest, MappedRecord } from '../../subgraphs/source';
import { openProfiles } from './opened-profiles';
import type { OpenedProfiles } from './opened-profiles';

const DAY_MS = 86_400_000;
const START = Date.parse('2026-11-24T08:00:00Z');
const sources = [
  { name: 'crm', namespace: 'hubspot.contact' },
  { name: 'commerce', namespace: 'shopify.customer' },
];
const registry = createIdentityRegistry({ sources, senderNamespaces: [], secret: { version: 1, value: 'secret' } });

let opened: OpenedProfiles;
let store: ProfileStore;
let ingest: Ingest;
let now: number;
beforeEach(async () => {
  now = START;
  opened = await openProfiles();
  store = opened.store;
  ingest = createIngest({ store, registry, sources, now: () => now });
});
afterEach(() => opened.dispose());

const order = (day: string, count = 1): Activity => ({ type: 'order', day, count });
const record = (namespace: string, id: string, activities?: Activity[], crossId?: string): MappedRecord => ({
  sourceId: id,
  sourceVersion: 1,
  categories: {},
  identities: [
    { namespace, value: id, verified: true },
    ...(crossId === undefined ? [] : [{ namespace: 'shopify.customer', value: crossId, verified: true }]),
  ],
  consents: [],
  facts: {
    ...{ name: null, country: null, birthDate: null, suppressions: [], historicValue: null },
    ...(activities !== undefined && { activities }),
  },
});
const tell = async (source: string, told: MappedRecord) =>
  (await ingest({ source, records: [told], fetchedAt: now })).customerIds[0] ?? '';
const activitiesOf = async (customerId: string) => {
  const [own] = await store.findRecords([{ customerId, source: OWN_SOURCE }]);
  return openOwnRecord(own).activities;
};

describe('Activities', () => {
  it('are kept by source, and told anew by their own source only', async () => {
    const id = await tell(
      'crm',
      record('hubspot.contact', '512', [{ type: 'form_submit', day: '2026-11-20', count: 1 }], '7700'),
    );
    await tell('commerce', record('shopify.customer', '7700', [order('2026-11-20')]));
    await tell('commerce', record('shopify.customer', '7700', [order('2026-11-20'), order('2026-11-24')]));
    expect(await activitiesOf(id)).toEqual({
      crm: [{ type: 'form_submit', day: '2026-11-20', count: 1 }],
      commerce: [order('2026-11-20'), order('2026-11-24')],
    });
  });

  it('stand when a call does not tell of them, and go when it tells that there are none', async () => {
    const id = await tell('commerce', record('shopify.customer', '7700', [order('2026-11-20')]));
    await tell('commerce', record('shopify.customer', '7700'));
    expect(await activitiesOf(id)).toEqual({ commerce: [order('2026-11-20')] });
    await tell('commerce', record('shopify.customer', '7700', []));
    expect(await activitiesOf(id)).toEqual({ commerce: [] });
  });

  it('too old to count are not kept', async () => {
    const id = await tell('commerce', record('shopify.customer', '7700', [order('2026-01-01'), order('2026-11-01')]));
    expect(await activitiesOf(id)).toEqual({ commerce: [order('2026-11-01')] });
    now += 20 * DAY_MS;
    await tell('commerce', record('shopify.customer', '7700', [order('2026-01-01'), order('2026-11-01')]));
    expect(await activitiesOf(id)).toEqual({ commerce: [] });
  });

  it('change the customer’s engagement, once', async () => {
    await tell('commerce', record('shopify.customer', '7700'));
    const after = (await store.findChanges({ after: null, limit: 10 })).at(-1)?.cursor ?? null;
    await tell('commerce', record('shopify.customer', '7700', [order('2026-11-20')]));
    await tell('commerce', record('shopify.customer', '7700', [order('2026-11-20')]));
    const changes = await store.findChanges({ after, limit: 10 });
    expect(changes.map(({ changedFields }) => changedFields)).toEqual([['engagement']]);
  });

  it('go with the record that the source no longer has', async () => {
    const id = await tell('commerce', record('shopify.customer', '7700', [order('2026-11-20')]));
    await ingest({ source: 'commerce', records: [], absent: ['7700'], fetchedAt: now });
    expect(await activitiesOf(id)).toEqual({});
    const changes = await store.findChanges({ after: null, limit: 10 });
    expect(changes.at(-1)?.changedFields).toEqual(['engagement']);
  });

  it('of two customers who turn out to be one are joined', async () => {
    const shopper = await tell('commerce', record('shopify.customer', '7700', [order('2026-11-20')]));
    await tell('crm', record('hubspot.contact', '512', [{ type: 'email_click', day: '2026-11-21', count: 2 }]));
    const id = await tell(
      'crm',
      record('hubspot.contact', '512', [{ type: 'email_click', day: '2026-11-21', count: 2 }], '7700'),
    );
    expect(await activitiesOf(id)).toEqual({
      commerce: [order('2026-11-20')],
      crm: [{ type: 'email_click', day: '2026-11-21', count: 2 }],
    });
    expect((await store.findProfiles([shopper]))[0]?.id).toBe(id);
  });
});
