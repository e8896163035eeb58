import { HOGQL } from '../../simulator/posthog/queries';
import { startSimulator, type Simulator } from '../../simulator/simulator';
import { example, handClock, posthog } from './callers';

const DAY_MS = 86_400_000;

describe('PostHog queries', () => {
  let simulator: Simulator;
  const clock = handClock();
  beforeAll(async () => {
    simulator = await startSimulator({ customers: 100, now: clock.now });
  });
  afterAll(() => simulator.close());

  const ask = (name: string, ids: unknown, query: string = HOGQL[name as keyof typeof HOGQL]) =>
    posthog(simulator, 'POST', 'query/', {
      query: { kind: 'HogQLQuery', query, values: { ids } },
      name,
      refresh: 'blocking',
    });
  /** All events of a person, whatever the distinct id, taken from the population. */
  const eventsOf = (uuid: string | null) =>
    simulator.population.posthog.records.find(({ person }) => person.uuid === uuid)!.events();

  it('facet_engagement counts per distinct id and day what was done in the last thirty days', async () => {
    const ref = example(simulator, 'severalDistinctIds', 'activeLately');
    const { status, body } = await ask('facet_engagement', [...ref.posthogDistinctIds, 'nobody']);
    expect(status).toBe(200);
    const { results, ...rest } = body;
    const at = new Date(clock.now()).toISOString();
    const count = (name: string) => [name, 'UInt64'];
    expect(rest).toEqual({
      columns: [
        ...['distinct_id', 'day', 'last_seen', 'pageviews', 'sessions', 'product_views', 'add_to_carts', 'orders'],
        ...['email_clicks', 'form_submits'],
      ],
      types: [
        ['distinct_id', 'String'],
        ['day', 'Date'],
        ['last_seen', "DateTime64(6, 'UTC')"],
        ...['pageviews', 'sessions', 'product_views', 'add_to_carts', 'orders', 'email_clicks', 'form_submits'].map(
          count,
        ),
      ],
      hasMore: false,
      limit: 50_000,
      offset: 0,
      hogql: HOGQL.facet_engagement,
      error: null,
      timings: [],
      is_cached: false,
      cache_key: expect.stringMatching(/^cache_[0-9a-f]{32}$/),
      last_refresh: at,
      next_allowed_client_refresh: at,
    });
    // Counted anew from the events, as the documented HogQL says.
    const sinceMs = Math.floor(clock.now() / DAY_MS) * DAY_MS - 29 * DAY_MS;
    const groups = new Map<string, ReturnType<typeof eventsOf>>();
    for (const event of eventsOf(ref.posthogId).filter(({ atMs }) => atMs >= sinceMs)) {
      const key = `${event.distinctId} ${new Date(event.atMs).toISOString().slice(0, 10)}`;
      groups.set(key, [...(groups.get(key) ?? []), event]);
    }
    const expected = [...groups.keys()].sort().map((key) => {
      const events = groups.get(key)!;
      const of = (name: string) => events.filter((event) => event.name === name).length;
      return [
        ...key.split(' '),
        new Date(Math.max(...events.map(({ atMs }) => atMs))).toISOString().replace('Z', '000Z'),
        of('$pageview'),
        new Set(events.map(({ sessionId }) => sessionId)).size,
        of('product_viewed'),
        of('product_added_to_cart'),
        of('order_completed'),
        of('email_link_clicked'),
        of('form_submitted'),
      ];
    });
    expect(results).toEqual(expected);
    expect(results.length).toBeGreaterThan(0);
  });

  it('facet_engagement has no rows for those who did nothing lately', async () => {
    const quiet = simulator.population.people.filter(
      ({ cases }) => cases.includes('inPosthog') && !cases.includes('activeLately'),
    );
    const ids = quiet.flatMap(({ posthogDistinctIds }) => posthogDistinctIds);
    expect((await ask('facet_engagement', ids)).body.results).toEqual([]);
  });

  it('facet_recent answers the last ten products viewed, the latest first, and the top categories', async () => {
    const ref = example(simulator, 'readyForCartMail');
    const { body } = await ask('facet_recent', ref.posthogDistinctIds);
    expect(body.columns).toEqual(['distinct_id', 'product_views', 'top_categories']);
    const sinceMs = clock.now() - 90 * DAY_MS;
    const views = eventsOf(ref.posthogId).filter(
      ({ name, distinctId, atMs }) =>
        name === 'product_viewed' && distinctId === ref.posthogDistinctIds[0] && atMs >= sinceMs,
    );
    const [, shown, categories] = body.results[0];
    expect(shown.map(([title]: [string]) => title)).toEqual(
      views
        .reverse()
        .slice(0, 10)
        .map(({ product }) => product!.title),
    );
    for (const [, url, category, viewedAt] of shown) {
      expect(url).toMatch(/^https:\/\/shop\.example\/products\/[a-z0-9-]+$/);
      expect(category === null || typeof category === 'string').toBe(true);
      expect(viewedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    }
    const times = (category: string) => views.filter(({ product }) => product!.productType === category).length;
    expect(categories.length).toBeLessThanOrEqual(3);
    expect(categories.map(times)).toEqual(categories.map(times).sort((a: number, b: number) => b - a));
  });

  it.each([
    [{ name: 'other', query: { kind: 'HogQLQuery', query: 'select {ids}', values: { ids: [] } } }, 'name'],
    [{ query: { kind: 'HogQLQuery', query: 'select {ids}', values: { ids: [] } } }, 'name'],
    [{ name: 'facet_recent', query: { kind: 'TrendsQuery' } }, 'query'],
    [{ name: 'facet_recent', query: { kind: 'HogQLQuery', values: { ids: [] } } }, 'query'],
    [{ name: 'facet_recent', query: { kind: 'HogQLQuery', query: 'select {ids}', values: {} } }, 'query'],
    [{ name: 'facet_recent', query: { kind: 'HogQLQuery', query: 'select 1', values: { ids: [] } } }, 'values'],
    [{ name: 'facet_recent', query: { kind: 'HogQLQuery', query: 'select {ids}', values: { ids: 'a' } } }, 'values'],
    [{ name: 'facet_recent', query: { kind: 'HogQLQuery', query: '{ids}', values: { ids: [], x: 1 } } }, 'values'],
  ])('refuses %j as invalid', async (body, attr) => {
    expect(await posthog(simulator, 'POST', 'query/', body)).toMatchObject({
      status: 400,
      body: { type: 'validation_error', code: 'invalid_input', attr },
    });
  });
});
