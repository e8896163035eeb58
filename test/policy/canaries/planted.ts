/** One person in whose every classified field a value was planted that is nowhere else, and the category it is of. */
import type { DataCategory } from '../../../schema/policy';
import type { MappedRecord } from '../../../subgraphs/source';

export interface Canary {
  readonly value: string;
  readonly category: DataCategory;
}

export const canaries: Canary[] = [];

/** Distinct at a glance for the person who reads a failure, and by more than a digit for the search. */
function plant(category: DataCategory, shape: (mark: string) => string): string {
  const mark = `${category.toLowerCase().replace('_', '')}${String(canaries.length).padStart(2, '0')}zq`;
  const value = shape(mark);
  canaries.push({ value, category });
  return value;
}
const word = (category: DataCategory) => plant(category, (mark) => mark);
const url = (category: DataCategory) => plant(category, (mark) => `https://canary.example/${mark}`);
let lastMinute = 10;
const instant = (category: DataCategory) =>
  plant(category, () => `2031-0${1 + (canaries.length % 9)}-17T0${canaries.length % 10}:${(lastMinute += 1)}:37.000Z`);
const number = (category: DataCategory) => Number(plant(category, () => String(730_411_000 + canaries.length * 7)));
const money = (category: DataCategory) => ({ amountMinor: number(category), currency: 'EUR' });
const item = (category: DataCategory) => ({
  title: word(category),
  quantity: number(category),
  price: money(category),
  imageUrl: url(category),
});

const HISTORY = 'PURCHASE_HISTORY';
const email = plant('CONTACT', (mark) => `${mark}@canary.example`);
const orderId = word(HISTORY);

const facts = { name: null, country: 'DE', birthDate: null, suppressions: [], historicValue: null } as const;
const recordOf = (namespace: string, rest: Pick<MappedRecord, 'categories'> & Partial<MappedRecord>): MappedRecord => {
  const sourceId = plant('IDENTIFIER', (mark) => `${namespace}-${mark}`);
  return {
    sourceId,
    sourceVersion: 1,
    consents: [],
    facts,
    ...rest,
    identities: [
      { namespace, value: sourceId, verified: true },
      { namespace: 'canary.same_person', value: 'one', verified: true },
      ...(rest.identities ?? []),
    ],
  };
};

export const planted: Readonly<Record<string, MappedRecord>> = {
  crm: recordOf('hubspot.contact', {
    identities: [{ namespace: 'email', value: email, verified: true }],
    categories: {
      NAME: { contact: { firstName: word('NAME'), lastName: word('NAME') } },
      CONTACT: { contact: { email, phone: plant('CONTACT', () => '+4915730411973') } },
      DEMOGRAPHIC: {
        contact: { language: word('DEMOGRAPHIC') },
        birthDate: plant('DEMOGRAPHIC', () => '1961-04-07'),
        company: { name: word('DEMOGRAPHIC') },
      },
      LOCATION: {
        address: {
          line: word('LOCATION'),
          city: word('LOCATION'),
          // Its mask is itself: a region is coarse enough.
          region: 'Region of Everybody',
          postcode: plant('LOCATION', () => '88239'),
          country: 'DE',
        },
      },
      DERIVED: { lifecycleStage: word('DERIVED') },
    },
  }),
  commerce: recordOf('shopify.customer', {
    categories: {
      PURCHASE_HISTORY: {
        orders: [
          { id: orderId, placedAt: instant(HISTORY), total: money(HISTORY), items: [item(HISTORY)] },
          { id: word(HISTORY), placedAt: instant(HISTORY), total: money(HISTORY), items: [item(HISTORY)] },
        ],
        totalSpent: money(HISTORY),
        orderCount: number(HISTORY),
      },
      BEHAVIOUR: {
        cart: { items: [item('BEHAVIOUR')], checkoutUrl: url('BEHAVIOUR'), abandonedAt: instant('BEHAVIOUR') },
      },
      SENSITIVE: { orders: { [orderId]: [item('SENSITIVE')] }, cart: [item('SENSITIVE')] },
    },
  }),
  analytics: recordOf('posthog.distinct_id', {
    categories: {
      BEHAVIOUR: {
        lastSeenAt: instant('BEHAVIOUR'),
        visitCount: number('BEHAVIOUR'),
        topCategories: [word('BEHAVIOUR')],
        recentlyViewed: [{ title: word('BEHAVIOUR'), url: url('BEHAVIOUR'), viewedAt: instant('BEHAVIOUR') }],
      },
      SENSITIVE: {
        topCategories: [word('SENSITIVE')],
        recentlyViewed: [{ title: word('SENSITIVE'), url: url('SENSITIVE'), viewedAt: instant('SENSITIVE') }],
      },
    },
  }),
  support: recordOf('zendesk.user', {
    categories: {
      SUPPORT_HISTORY: {
        openTickets: number('SUPPORT_HISTORY'),
        satisfaction: word('SUPPORT_HISTORY'),
        tickets: [
          {
            id: word('SUPPORT_HISTORY'),
            subject: word('SUPPORT_HISTORY'),
            status: word('SUPPORT_HISTORY'),
            createdAt: instant('SUPPORT_HISTORY'),
            updatedAt: instant('SUPPORT_HISTORY'),
            rating: null,
          },
        ],
      },
    },
  }),
};

/** Everything that can be selected of a customer. */
export const EVERYTHING = `id
  identities { namespace value }
  consents { purpose state since }
  lifetimeValue { historic { amountMinor currency } }
  engagement { score }
  contact { firstName lastName email phone language }
  address { line city region postcode country }
  birthDate company { name } lifecycleStage
  orders(first: 10) { edges { cursor node { ...Ordered } } }
  lastOrder { ...Ordered }
  cart { items { ...Line } checkoutUrl abandonedAt }
  totalSpent { amountMinor } orderCount
  lastSeenAt topCategories recentlyViewed { title url viewedAt } visitCount
  openTickets satisfaction tickets(first: 10) { edges { node { id subject status createdAt updatedAt } } }`;

export const FRAGMENTS = `
  fragment Line on Item { title quantity price { amountMinor currency } imageUrl }
  fragment Ordered on Order { id placedAt total { amountMinor currency } items { ...Line } }`;
