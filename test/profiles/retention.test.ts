/** What is past its time leaves the store once a day, in one commit with its change and audit entry, and no source brings it back. */
import fc from 'fast-check';
import { CATEGORIES } from '../../schema/policy';
import { retentionTable } from '../../schema/retention-table';
import { retainAnalytics } from '../../subgraphs/analytics/analytics.retention';
import { retainCommerce } from '../../subgraphs/commerce/commerce.retention';
import { mergeCommerce } from '../../subgraphs/commerce/commerce.mapping';
import { createIngest } from '../../subgraphs/profiles/ingest';
import { createSweep } from '../../subgraphs/profiles/retention/sweep';
import type { SweepFigures } from '../../subgraphs/profiles/retention/sweep';
import type { ProfileStore } from '../../subgraphs/profiles/store/store';
import { keptFromAt } from '../../subgraphs/retention';
import type { Categories, Ingest } from '../../subgraphs/source';
import { retainSupport } from '../../subgraphs/support/support.mapping';
import { consent, contact, NOW, openProfiles, registry, shopper } from './opened-profiles';
import type { OpenedProfiles } from './opened-profiles';

const DAY_MS = 86_400_000;
const daysAgo = (days: number, now = NOW) => new Date(now - days * DAY_MS).toISOString();

const SOURCES = [
  { name: 'crm' },
  { name: 'commerce', merge: mergeCommerce, retain: retainCommerce },
  { name: 'support', retain: retainSupport },
];

const order = (id: string, placedAt: string) => ({ id, placedAt, total: null, items: [] });
const line = { title: 'Ointment', quantity: 1, price: null, imageUrl: null };
const bought = (...ages: number[]): Categories => ({
  PURCHASE_HISTORY: {
    orders: ages.map((age) => order(`o${age}`, daysAgo(age))),
    totalSpent: { amountMinor: 100, currency: 'EUR' },
    orderCount: 9,
  },
  BEHAVIOUR: { cart: { id: 'c', items: [], checkoutUrl: null, abandonedAt: daysAgo(700) } },
  SENSITIVE: { orders: Object.fromEntries(ages.map((age) => [`o${age}`, [line]])), cart: [line] },
});

describe('Of a record is kept', () => {
  const keptFrom = keptFromAt(NOW);
  const { PURCHASE_HISTORY, BEHAVIOUR, SENSITIVE, SUPPORT_HISTORY } = retentionTable;

  it('what the table says, to the moment', () => {
    expect(keptFrom.BEHAVIOUR).toBe(daysAgo(760));
    expect(CATEGORIES.filter((category) => keptFrom[category] === '')).toEqual(['IDENTIFIER', 'CONSENT']);
  });

  it('an order, a cart, a page or a closed ticket that is not past its time, and nothing that is', () => {
    const age = fc.integer({ min: 0, max: 4 * 365 });
    fc.assert(
      fc.property(fc.uniqueArray(age, { maxLength: 6 }), age, age, (ages, cartAge, seenAge) => {
        const within = (days: number | null) => (each: number) => each <= (days ?? Infinity);
        const shop = retainCommerce(
          {
            ...bought(...ages),
            BEHAVIOUR: { cart: { id: 'c', items: [], checkoutUrl: null, abandonedAt: daysAgo(cartAge) } },
          },
          keptFrom,
        ) as { [category: string]: { orders: unknown; cart: { id: string } | null } };
        const orders = ages.filter(within(PURCHASE_HISTORY.days));
        expect(shop.PURCHASE_HISTORY?.orders).toEqual(orders.map((each) => order(`o${each}`, daysAgo(each))));
        expect(shop.BEHAVIOUR?.cart === null).toBe(!within(BEHAVIOUR.days)(cartAge));
        expect(shop.SENSITIVE).toEqual({
          orders: Object.fromEntries(orders.filter(within(SENSITIVE.days)).map((each) => [`o${each}`, [line]])),
          cart: within(SENSITIVE.days)(cartAge) ? [line] : [],
        });

        const viewed = ages.map((each) => ({ title: `${each}`, url: null, viewedAt: daysAgo(each) }));
        const seen = { lastSeenAt: daysAgo(seenAge), visitCount: 3, topCategories: ['Home'], recentlyViewed: viewed };
        const special = { topCategories: ['Pharmacy'], recentlyViewed: viewed };
        const site = retainAnalytics({ BEHAVIOUR: seen, SENSITIVE: special }, keptFrom);
        const kept = (days: number | null) => viewed.filter((_view, at) => within(days)(ages[at] ?? 0));
        const recent = kept(SENSITIVE.days);
        expect(site).toEqual({
          ...(within(BEHAVIOUR.days)(seenAge) && { BEHAVIOUR: { ...seen, recentlyViewed: kept(BEHAVIOUR.days) } }),
          ...(within(SENSITIVE.days)(seenAge) &&
            recent.length > 0 && { SENSITIVE: { ...special, recentlyViewed: recent } }),
        });

        const ticket = (each: number, status: string) => ({
          ...{ id: `${each}`, subject: null, status, rating: null },
          ...{ createdAt: daysAgo(each + 1), updatedAt: daysAgo(each) },
        });
        const tickets = ages.toSorted((a, b) => a - b).map((each) => ticket(each, each % 2 === 0 ? 'closed' : 'open'));
        const history = { tickets, openTickets: tickets.filter(({ status }) => status === 'open').length };
        const desk = retainSupport({ SUPPORT_HISTORY: { ...history, satisfaction: null } }, keptFrom);
        expect(desk.SUPPORT_HISTORY).toEqual({
          ...{ ...history, satisfaction: null },
          tickets: tickets.filter(({ id, status }) => status === 'open' || within(SUPPORT_HISTORY.days)(Number(id))),
        });

        for (const [retain, once] of [
          [retainCommerce, shop],
          [retainAnalytics, site],
          [retainSupport, desk],
        ] as const) {
          expect(retain(once as Categories, keptFrom)).toEqual(once);
        }
      }),
    );
  });
});

describe('The sweep', () => {
  let profiles: OpenedProfiles;
  let ingest: Ingest;
  let told: SweepFigures[];
  beforeEach(async () => {
    profiles = await openProfiles();
    ingest = createIngest({ store: profiles.store, registry, sources: SOURCES, now: () => profiles.clock.now });
    told = [];
  });
  afterEach(() => profiles.dispose());

  const sweepOf = (store: ProfileStore = profiles.store) =>
    createSweep({
      ...{ store, registry, sources: SOURCES },
      now: () => profiles.clock.now,
      tell: (figures) => told.push(figures),
    });
  const take = async (source: string, ...records: Parameters<OpenedProfiles['take']>[1][]) => {
    const { customerIds } = await ingest({ source, records, fetchedAt: profiles.clock.now });
    return customerIds;
  };
  const audited = async () => {
    const records = await profiles.store.findAudit({ chainId: 'profiles', after: 0, limit: 1_000 });
    return records
      .map(({ text }) => JSON.parse(text) as { action: string; subjects: string[]; details: unknown })
      .filter(({ action }) => action === 'retention');
  };

  it('takes what is past its time out of the store, with one change and one audit entry, and leaves the rest', async () => {
    const [id = ''] = await take('commerce', shopper('1', { email: 'ada@example.com', categories: bought(10, 300) }));
    const [other = ''] = await take(
      'commerce',
      shopper('2', { categories: { PURCHASE_HISTORY: bought(5).PURCHASE_HISTORY } } as never),
    );
    const before = await profiles.profile(id);
    profiles.clock.now += 100 * DAY_MS;
    expect(await sweepOf().runIfDue()).toEqual({
      lost: { BEHAVIOUR: 1, SENSITIVE: 1 },
      completedAt: profiles.clock.now,
    });
    expect(await profiles.stored(id, 'commerce')).toEqual({
      contact: { email: 'ada@example.com' },
      orders: expect.anything(),
      totalSpent: { amountMinor: 100, currency: 'EUR' },
      orderCount: 9,
      cart: [],
    });
    const [record] = await profiles.store.findRecords([{ customerId: id, source: 'commerce' }]);
    const open = (category: 'PURCHASE_HISTORY' | 'BEHAVIOUR' | 'SENSITIVE') =>
      JSON.parse(Buffer.from(record?.blobs[category] ?? []).toString()) as { orders: unknown; cart: unknown };
    expect(open('PURCHASE_HISTORY').orders).toEqual([order('o10', daysAgo(10)), order('o300', daysAgo(300))]);
    expect(open('BEHAVIOUR')).toEqual({ cart: null });
    expect(open('SENSITIVE')).toEqual({ orders: { o10: [line] }, cart: [] });

    expect(await profiles.profile(id)).toMatchObject({
      version: before.version + 1,
      consentVersion: before.consentVersion,
    });
    expect((await profiles.changes()).at(-1)).toMatchObject({
      customerId: id,
      version: before.version + 1,
      kind: 'UPDATED',
      changedFields: ['cart', 'orders'],
    });
    expect(await audited()).toEqual([
      expect.objectContaining({ subjects: [id], details: { BEHAVIOUR: 1, SENSITIVE: 1 }, actor: 'facet' }),
    ]);
    expect((await profiles.profile(other)).version).toBe(1);
    expect(told).toHaveLength(1);
  });

  it('takes what has no date of its own when its source has not told it for so long', async () => {
    const told = { email: 'ada@example.com', name: 'Ada', consents: [consent('GRANT', -60)] };
    const [id = ''] = await take('crm', contact('1', told));
    profiles.clock.now += (retentionTable.NAME.days ?? 0) * DAY_MS;
    expect(await sweepOf().runIfDue()).toMatchObject({ lost: {} });
    profiles.clock.now += DAY_MS;
    expect(await sweepOf().runIfDue()).toMatchObject({ lost: { CONTACT: 1, NAME: 1 } });
    expect(await profiles.stored(id, 'crm')).toEqual({});
    // Ids, so that the person is found, and the ledger, as proof.
    expect(await profiles.linked('hubspot.contact', '1')).toEqual([id]);
    expect(await profiles.ledger(id)).toHaveLength(1);
  });

  it('forgets days of activity that lie too far back', async () => {
    const activities = [{ type: 'order', day: daysAgo(1).slice(0, 10), count: 1 }] as const;
    const [id = ''] = await take('commerce', shopper('1', { facts: { activities } }));
    expect(await profiles.stored(id, 'profiles')).toMatchObject({ activities: { commerce: [{ type: 'order' }] } });
    profiles.clock.now += 396 * DAY_MS;
    expect(await sweepOf().runIfDue()).toMatchObject({ lost: { DERIVED: 1 } });
    expect(await profiles.stored(id, 'profiles')).toMatchObject({ activities: { commerce: [] } });
  });

  it('leaves alone what is restricted, and what the person corrected', async () => {
    const ids = await take(
      'commerce',
      shopper('1', { categories: bought(1) }),
      shopper('2', { categories: bought(1) }),
    );
    const [restricted = '', corrected = ''] = ids;
    await profiles.ask(`mutation { restrictCustomer(id: "${restricted}", restricted: true) { version } }`);
    const input = `{ customerId: "${corrected}", fields: [{ path: "cart.checkoutUrl", value: "https://shop.example/mine" }] }`;
    expect((await profiles.ask(`mutation { rectifyCustomer(input: ${input}) { version } }`)).codes).toEqual([]);
    const before = await profiles.stored(restricted, 'commerce');
    profiles.clock.now += 5 * 365 * DAY_MS;
    expect(await sweepOf().runIfDue()).toMatchObject({ lost: { PURCHASE_HISTORY: 1, BEHAVIOUR: 1, SENSITIVE: 1 } });
    expect(await profiles.stored(restricted, 'commerce')).toEqual(before);
    expect(await profiles.stored(corrected, 'rectified/commerce')).toEqual({
      cart: { checkoutUrl: 'https://shop.example/mine' },
    });
  });

  it('is not undone by a source that still has it all: neither by a whole record nor by part of one', async () => {
    const record = shopper('1', { categories: bought(10, 300) });
    const [id = ''] = await take('commerce', record);
    profiles.clock.now += 900 * DAY_MS;
    await sweepOf().runIfDue();
    const past = /o300|Ointment|abandonedAt/;
    expect(JSON.stringify(await profiles.stored(id, 'commerce'))).not.toMatch(past);
    for (const partial of [false, true]) {
      await ingest({
        source: 'commerce',
        records: [{ ...record, sourceVersion: 2 }],
        fetchedAt: profiles.clock.now,
        partial,
      });
      expect(await profiles.stored(id, 'commerce')).toMatchObject({ orderCount: 9 });
      expect(JSON.stringify(await profiles.stored(id, 'commerce'))).not.toMatch(past);
    }
    expect(await sweepOf().runIfDue()).toBeNull();
    profiles.clock.now += DAY_MS;
    expect(await sweepOf().runIfDue()).toMatchObject({ lost: {} });
  });

  it('is due once a day', async () => {
    expect(await sweepOf().runIfDue()).not.toBeNull();
    profiles.clock.now += DAY_MS - 1;
    expect(await sweepOf().runIfDue()).toBeNull();
    profiles.clock.now += 1;
    expect(await sweepOf().runIfDue()).not.toBeNull();
  });

  it('goes on where it was killed, and does nothing twice', async () => {
    await take('commerce', ...Array.from({ length: 130 }, (_, at) => shopper(`${at}`, { categories: bought(1) })));
    profiles.clock.now += 800 * DAY_MS;
    let pages = 0;
    const dying: ProfileStore = {
      ...profiles.store,
      commit: (step) => {
        if (step.checkpoints?.[0]?.name === 'retention' && (pages += 1) > 1) return Promise.reject(new Error('killed'));
        return profiles.store.commit(step);
      },
    };
    await expect(sweepOf(dying).runIfDue()).rejects.toThrow('killed');
    // Another instance, once the lease of the dead one is over.
    expect(await sweepOf().runIfDue()).toBeNull();
    profiles.clock.now += 60_000;
    expect(await sweepOf().runIfDue()).toMatchObject({ lost: { BEHAVIOUR: 30, SENSITIVE: 30 } });
    const entries = await audited();
    expect(entries.map(({ details }) => details)).toEqual([
      { BEHAVIOUR: 100, SENSITIVE: 100 },
      { BEHAVIOUR: 30, SENSITIVE: 30 },
    ]);
    expect(new Set(entries.flatMap(({ subjects }) => subjects)).size).toBe(130);
  });

  it('meets a customer who is changed meanwhile as the customer is then', async () => {
    const [id = ''] = await take('commerce', shopper('1', { categories: bought(1) }));
    const before = await profiles.stored(id, 'commerce');
    profiles.clock.now += 800 * DAY_MS;
    let isFirst = true;
    const raced: ProfileStore = {
      ...profiles.store,
      commit: async (step) => {
        if (isFirst && (step.records?.length ?? 0) > 0) {
          isFirst = false;
          await profiles.ask(`mutation { restrictCustomer(id: "${id}", restricted: true) { version } }`);
        }
        return profiles.store.commit(step);
      },
    };
    expect(await sweepOf(raced).runIfDue()).toMatchObject({ lost: {} });
    expect(isFirst).toBe(false);
    expect(await profiles.stored(id, 'commerce')).toEqual(before);
  });
});
