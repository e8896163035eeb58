// From a PostHog person, and what the person did, to what web analytics says of a Customer.
import { isIdentified, mapVisitor, personSchema } from '../../subgraphs/analytics/analytics.mapping';
import type { RawPerson } from '../../subgraphs/analytics/analytics.mapping';
import type { RawDay, RawViews } from '../../subgraphs/analytics/analytics.queries';

const ASKED_AT = Date.parse('2026-11-24T08:00:00Z');

const person = (properties: Record<string, unknown> = {}, over: Partial<RawPerson> = {}): RawPerson => ({
  distinct_ids: ['usr_1'],
  properties,
  last_seen_at: null,
  ...over,
});
const day = (date: string, over: Partial<RawDay> = {}): RawDay => ({
  distinct_id: 'usr_1',
  day: date,
  last_seen: `${date}T10:00:00.000000Z`,
  ...{ pageviews: 0, sessions: 0, product_views: 0, add_to_carts: 0, email_clicks: 0, form_submits: 0 },
  ...over,
});
type Viewed = RawViews['product_views'][number];
const viewed = (title: string | null, at: string, category: string | null = 'Home', url?: string | null): Viewed => [
  title,
  url === undefined ? `https://shop.example/products/${title?.toLowerCase() ?? ''}` : url,
  category,
  `${at}:00.000000Z`,
];
const views = (product_views: Viewed[], top_categories: string[] = [], distinct_id = 'usr_1'): RawViews => ({
  distinct_id,
  product_views,
  top_categories,
});
const map = (raw: RawPerson, days: RawDay[] = [], looked: RawViews[] = []) =>
  mapVisitor({ person: raw, days, views: looked }, ASKED_AT);
const behaviour = (...parts: Parameters<typeof map>) => map(...parts).categories.BEHAVIOUR;

describe('A PostHog person', () => {
  it('is mapped whole', () => {
    const raw = person(
      { email: ' Ada@Example.com', name: 'Ada Lovelace', hubspot_contact_id: '512', $geoip_country_code: 'US' },
      { distinct_ids: ['usr_1', '0188f8b0-aaaa'], last_seen_at: '2026-11-23T09:00:00Z' },
    );
    const days = [
      day('2026-11-22', { pageviews: 4, sessions: 1, product_views: 2, add_to_carts: 1 }),
      day('2026-11-23', { pageviews: 1, sessions: 2, email_clicks: 1, form_submits: 1 }),
      day('2026-11-22', { distinct_id: '0188f8b0-aaaa', pageviews: 3, sessions: 1 }),
    ];
    const looked = [
      views(
        [viewed('Blanket', '2026-11-22T10:00'), viewed('Lamp', '2026-11-20T10:00', 'Lighting')],
        ['Home', 'Lighting'],
      ),
    ];
    expect(map(raw, days, looked)).toEqual({
      sourceId: 'usr_1',
      sourceVersion: ASKED_AT,
      categories: {
        BEHAVIOUR: {
          lastSeenAt: '2026-11-23T10:00:00.000Z',
          visitCount: 4,
          topCategories: ['Home', 'Lighting'],
          recentlyViewed: [
            { title: 'Blanket', url: 'https://shop.example/products/blanket', viewedAt: '2026-11-22T10:00:00.000Z' },
            { title: 'Lamp', url: 'https://shop.example/products/lamp', viewedAt: '2026-11-20T10:00:00.000Z' },
          ],
        },
      },
      identities: [
        { namespace: 'posthog.distinct_id', value: 'usr_1', verified: true },
        { namespace: 'posthog.distinct_id', value: '0188f8b0-aaaa', verified: true },
        { namespace: 'hubspot.contact', value: '512', verified: true },
        { namespace: 'email', value: 'ada@example.com', verified: true },
      ],
      consents: [],
      facts: {
        name: 'Ada Lovelace',
        country: null,
        birthDate: null,
        suppressions: [],
        historicValue: null,
        activities: [
          { type: 'add_to_cart', day: '2026-11-22', count: 1 },
          { type: 'pageview', day: '2026-11-22', count: 7 },
          { type: 'product_view', day: '2026-11-22', count: 2 },
          { type: 'session', day: '2026-11-22', count: 2 },
          { type: 'email_click', day: '2026-11-23', count: 1 },
          { type: 'form_submit', day: '2026-11-23', count: 1 },
          { type: 'pageview', day: '2026-11-23', count: 1 },
          { type: 'session', day: '2026-11-23', count: 2 },
        ],
      },
    });
  });

  it('of whom nothing is known beyond an address has done nothing', () => {
    const { categories, facts } = map(person({ email: 'ada@example.com' }));
    expect(categories).toEqual({
      BEHAVIOUR: { lastSeenAt: null, visitCount: 0, topCategories: [], recentlyViewed: [] },
    });
    expect(facts).toMatchObject({ name: null, activities: [] });
  });

  it.each([
    [{}, false],
    [{ email: 'not an address' }, false],
    [{ email: 7 }, false],
    [{ hubspot_contact_id: 'me' }, false],
    [{ name: 'Ada Lovelace' }, false],
    [{ email: 'ada@example.com' }, true],
    [{ hubspot_contact_id: '512' }, true],
    [{ hubspot_contact_id: 512 }, true],
  ])('with %j is identified: %j', (properties, identified) => {
    expect(isIdentified(person(properties))).toBe(identified);
  });

  it.each([[['']], [[' ']], [['x'.repeat(401)]]])('known by no usable id (%j) is not identified', (distinct_ids) => {
    expect(isIdentified(person({ email: 'ada@example.com' }, { distinct_ids }))).toBe(false);
  });

  it.each([
    [{ distinct_ids: [], properties: {} }],
    [{ distinct_ids: ['a'] }],
    [{ distinct_ids: [7], properties: {} }],
    [null],
  ])('as %j is unreadable', (raw) => expect(personSchema.safeParse(raw).success).toBe(false));
});

describe('When a person was seen last', () => {
  it.each([
    ['the person’s own time', '2026-11-01T00:00:00Z', [], [], '2026-11-01T00:00:00.000Z'],
    ['the last event', '2026-11-01T00:00:00Z', [day('2026-11-20')], [], '2026-11-20T10:00:00.000Z'],
    ['the last event where the person has no time', null, [day('2026-11-20')], [], '2026-11-20T10:00:00.000Z'],
    ['the last view', null, [], [views([viewed('Lamp', '2026-10-01T10:00')])], '2026-10-01T10:00:00.000Z'],
    ['not known from what cannot be read', 'soon', [day('2026-11-20', { last_seen: '' })], [], null],
  ])('is %s', (_what, last_seen_at, days, looked, expected) => {
    expect(behaviour(person({}, { last_seen_at }), days, looked)).toMatchObject({ lastSeenAt: expected });
  });
});

describe('What was looked at', () => {
  const titles = (looked: RawViews[]) =>
    (behaviour(person(), [], looked) as { recentlyViewed: Array<{ title: string | null }> }).recentlyViewed.map(
      ({ title }) => title,
    );

  it('is the latest first over all ids, each page once, ten at most', () => {
    const many = Array.from({ length: 12 }, (_, i) => viewed(`P${i}`, `2026-11-${10 + i}T10:00`));
    const looked = [views(many), views([viewed('P0', '2026-11-23T10:00')], [], '0188f8b0-aaaa')];
    expect(titles(looked)).toEqual(['P0', ...Array.from({ length: 9 }, (_, i) => `P${11 - i}`)]);
  });

  it('is a page without what follows its path', () => {
    const url = 'https://shop.example/products/lamp?email=ada%40example.com&utm_source=mail#top';
    expect(behaviour(person(), [], [views([viewed('Lamp', '2026-11-20T10:00', 'Home', url)])])).toMatchObject({
      recentlyViewed: [{ url: 'https://shop.example/products/lamp' }],
    });
  });

  it.each([['http://shop.example/'], ['javascript:alert(1)'], ['/products/lamp'], [null]])(
    'has no address where %j stands',
    (url) => {
      expect(behaviour(person(), [], [views([viewed('Lamp', '2026-11-20T10:00', 'Home', url)])])).toMatchObject({
        recentlyViewed: [{ title: 'Lamp', url: null }],
      });
    },
  );

  it('leaves out what has neither name nor address, or no time', () => {
    expect(titles([views([viewed(null, '2026-11-20T10:00', 'Home', null), ['Lamp', null, null, 'soon']])])).toEqual([]);
  });

  it('ranks categories over all ids, three at most', () => {
    const looked = [views([], ['Home', 'Sport', 'Garden']), views([], ['Sport', 'Kitchen'], '0188f8b0-aaaa')];
    expect(behaviour(person(), [], looked)).toMatchObject({ topCategories: ['Sport', 'Home', 'Kitchen'] });
  });
});

describe('What was looked at of a special category', () => {
  const { categories } = map(
    person(),
    [],
    [
      views(
        [viewed('Lamp', '2026-11-20T10:00'), viewed('Iron tablets', '2026-11-21T10:00', 'Pharmacy')],
        ['Pharmacy', 'Home'],
      ),
    ],
  );

  it('lies with SENSITIVE only, its category too', () => {
    expect(categories).toMatchObject({
      BEHAVIOUR: { topCategories: ['Home'], recentlyViewed: [{ title: 'Lamp' }] },
      SENSITIVE: { topCategories: ['Pharmacy'], recentlyViewed: [{ title: 'Iron tablets' }] },
    });
  });

  it('is named nowhere else', () => {
    expect(JSON.stringify(categories.BEHAVIOUR)).not.toMatch(/iron|pharmacy/i);
  });
});
