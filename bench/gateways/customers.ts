/** The customers of the measured graph, always the same, and what each subgraph knows of them. */

const CUSTOMER_COUNT = 1_000;
const SOURCES = ['crm', 'commerce', 'analytics', 'support'];
const FIRST_NAMES = ['Ada', 'Bruno', 'Chloé', 'Dmitri', 'Emília', 'Farid', 'Grete', 'Hiro', 'Inés', 'Jörg'];
const LAST_NAMES = ['Abt', 'Brandão', 'Cheng', 'Dupont', 'Eriksen', 'Fischer', 'Garcia', 'Huber', 'Ito', 'Jansen'];
const CITIES = ['Berlin', 'Lisboa', 'Lyon', 'Oslo', 'Osaka', 'Porto', 'Sevilla', 'Wien', 'York', 'Zürich'];
const ARTICLES = ['Rain jacket', 'Trail shoes', 'Water bottle', 'Wool socks', 'Head torch', 'Tent pegs', 'Mug'];

/** Every object carries its `__typename`, which some gateways ask for and others do not. */
export type SubgraphRecord = Readonly<Record<string, unknown>> & { readonly __typename: 'Customer' };

/** The nth customer's id, as long as the ULIDs of Facet. */
export function idOf(n: number): string {
  return `01KAVB${String(n).padStart(6, '0')}0000000000FACE`.slice(0, 26);
}

export const IDS: readonly string[] = Array.from({ length: CUSTOMER_COUNT }, (_, n) => idOf(n));

/** Name of the subgraph → id → what it answers. */
export function recordsOf(subgraph: string): ReadonlyMap<string, SubgraphRecord> {
  const describe = DESCRIBE[subgraph];
  if (describe === undefined) throw new Error(`Expected a subgraph of the measured graph, but got ${subgraph}.`);
  return new Map(IDS.map((id, n) => [id, { __typename: 'Customer', id, ...describe(n) }]));
}

/** What a subgraph is sent to name this customer, `__typename` apart. */
export function representationOf(id: string): Record<string, unknown> {
  const n = IDS.indexOf(id);
  return { __typename: 'Customer', id, access: accessOf(n), sourceKeys: sourceKeysOf(n).map(withoutTypename) };
}

/** One letter for each of Facet's eleven categories. */
function accessOf(n: number): string {
  return n % 3 === 0 ? 'CCCCCCCCCCp' : 'CCCCoCooCCp';
}

function sourceKeysOf(n: number) {
  return SOURCES.map((source, at) => ({
    __typename: 'SourceKey',
    source,
    key: String(7_000_000_000 + n * 13 + at),
  }));
}

function withoutTypename({ __typename, ...rest }: { readonly __typename: string }): Record<string, unknown> {
  return rest;
}

const DESCRIBE: Readonly<Record<string, (n: number) => Record<string, unknown>>> = {
  profiles: (n) => ({
    access: accessOf(n),
    sourceKeys: sourceKeysOf(n),
    segments: ['newsletter', `decile-${n % 10}`],
    engagement: {
      __typename: 'Engagement',
      score: (n % 100) + 0.5,
      components: ['recency', 'frequency', 'value'].map((name, at) => ({
        __typename: 'EngagementComponent',
        name,
        value: ((n + at) % 20) / 2,
      })),
    },
  }),
  crm: (n) => ({
    contact: {
      __typename: 'Contact',
      firstName: pick(FIRST_NAMES, n),
      lastName: pick(LAST_NAMES, n * 3 + 1),
      email: `person.${n}@example.org`,
      phone: `+49301234${String(n).padStart(4, '0')}`,
      language: 'en',
    },
    address: {
      __typename: 'Address',
      line: `${n + 1} Main Street`,
      city: pick(CITIES, n * 7),
      region: null,
      postcode: String(10_000 + n),
      country: pick(['DE', 'PT', 'FR', 'NO', 'JP'], n),
    },
    lifecycleStage: pick(['lead', 'customer', 'evangelist'], n),
  }),
  commerce: (n) => ({
    lastOrder: {
      __typename: 'Order',
      id: `gid://shop/Order/${450_000 + n}`,
      placedAt: new Date(Date.UTC(2026, 9, 1) + n * 3_600_000).toISOString(),
      total: money(4_900 + n * 10),
      items: Array.from({ length: 1 + (n % 3) }, (_, at) => ({
        __typename: 'Item',
        title: pick(ARTICLES, n + at),
        quantity: 1 + (at % 2),
        price: money(1_900 + at * 100 + n),
        imageUrl: `https://cdn.example.org/articles/${(n + at) % 7}.jpg`,
      })),
    },
    orderCount: 1 + (n % 12),
  }),
  analytics: (n) => ({
    lastSeenAt: new Date(Date.UTC(2026, 10, 20) + n * 60_000).toISOString(),
    topCategories: ['outdoor', pick(['shoes', 'jackets', 'camping'], n)],
    visitCount: 3 + (n % 40),
  }),
  support: (n) => ({ openTickets: n % 4, satisfaction: n % 5 === 0 ? null : 0.5 + (n % 5) / 10 }),
};

function money(amountMinor: number) {
  return { __typename: 'Money', amountMinor, currency: 'EUR' };
}

function pick<Value>(values: readonly Value[], n: number): Value {
  return values[n % values.length] as Value;
}
