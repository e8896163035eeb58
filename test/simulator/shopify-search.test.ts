import { startSimulator, type Simulator } from '../../simulator/simulator';
import { type Answer, example, shopify, shopifyToken } from './callers';

describe('Shopify search and pages', () => {
  let simulator: Simulator;
  let token: string;
  beforeAll(async () => {
    simulator = await startSimulator({ customers: 200 });
    token = await shopifyToken(simulator);
  });
  afterAll(() => simulator.close());

  const run = (query: string, variables?: Record<string, unknown>) =>
    shopify({ simulator, token, query, ...(variables && { variables }) });
  const customers = () => simulator.population.shopify.customers;

  const ids = async (query: string) => {
    const answer = await run(
      'query C($q: String) { customers(first: 250, query: $q) { nodes { legacyResourceId } } }',
      { q: query },
    );
    return {
      ids: answer.body.data.customers.nodes.map((node: { legacyResourceId: string }) => node.legacyResourceId),
      extensions: answer.body.extensions,
    };
  };

  it('finds by e-mail, several at once', async () => {
    const [a, b] = simulator.population.examples('emailJoinOnly');
    expect((await ids(`email:'${a!.email}' OR email:"${b!.email!.toUpperCase()}"`)).ids).toEqual([
      a!.shopifyId,
      b!.shopifyId,
    ]);
  });

  it('compares ids and times, joins by AND, negates, groups', async () => {
    const middle = customers()[90]!;
    const expected = (test: (customer: typeof middle) => boolean) =>
      customers()
        .filter(test)
        .map(({ id }) => id);
    expect((await ids(`id:>=${middle.id}`)).ids).toEqual(expected(({ id }) => Number(id) >= Number(middle.id)));
    expect((await ids(`updated_at:>='${middle.updatedAt}'`)).ids).toEqual(
      expected(({ updatedAt }) => updatedAt >= middle.updatedAt),
    );
    expect((await ids(`state:ENABLED id:<${middle.id}`)).ids).toEqual(
      expected(({ state, id }) => state === 'ENABLED' && Number(id) < Number(middle.id)),
    );
    expect((await ids(`-state:ENABLED AND NOT (id:<${middle.id} OR id:${middle.id})`)).ids).toEqual(
      expected(({ state, id }) => state !== 'ENABLED' && Number(id) > Number(middle.id)),
    );
  });

  it('ignores a field that cannot be searched, with a warning', async () => {
    const { ids: found, extensions } = await ids('shoe_size:46');
    expect(found).toHaveLength(customers().length);
    expect(extensions.search).toEqual([
      {
        path: ['customers'],
        query: 'shoe_size:46',
        warnings: [{ field: 'shoe_size', message: 'Invalid search field for this query.', code: 'invalid_field' }],
      },
    ]);
  });

  it('searches orders by customer but not abandoned checkouts, which Shopify cannot', async () => {
    const { shopifyId } = example(simulator, 'openCart');
    const query = `{ orders(first: 50, query: "customer_id:${shopifyId}") { nodes { customer { legacyResourceId } } }
      abandonedCheckouts(first: 250, query: "status:open customer_id:${shopifyId}") { nodes { completedAt } } }`;
    const answer = await run(query);
    const owners = answer.body.data.orders.nodes.map(
      (order: { customer: { legacyResourceId: string } }) => order.customer.legacyResourceId,
    );
    expect(new Set(owners)).toEqual(new Set([shopifyId]));
    expect(answer.body.data.abandonedCheckouts.nodes).toHaveLength(simulator.population.counts.openCart);
    expect(answer.body.extensions.search).toMatchObject([
      { path: ['abandonedCheckouts'], warnings: [{ field: 'customer_id' }] },
    ]);
  });

  it('pages forward and backward without gaps, in both directions', async () => {
    const query = `query C($first: Int, $after: String, $last: Int, $before: String, $reverse: Boolean) {
      customers(first: $first, after: $after, last: $last, before: $before, reverse: $reverse, sortKey: UPDATED_AT) {
        edges { cursor node { id updatedAt } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
    for (const reverse of [false, true]) {
      const seen: { id: string; updatedAt: string }[] = [];
      let after: string | null = null;
      let first = 0;
      do {
        const answer: Answer = await run(query, { first: 70, after, reverse });
        const page = answer.body.data.customers;
        seen.push(...page.edges.map((edge: { node: { id: string; updatedAt: string } }) => edge.node));
        after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
        expect(page.pageInfo.hasPreviousPage).toBe(first > 0);
        first += 1;
      } while (after !== null);
      expect(seen).toHaveLength(customers().length);
      expect(new Set(seen.map(({ id }) => id)).size).toBe(customers().length);
      const times = seen.map(({ updatedAt }) => updatedAt);
      expect(times).toEqual(reverse ? [...times].sort().reverse() : [...times].sort());
    }
    const { customers: end } = (await run(query, { last: 2 })).body.data;
    const { customers: previous } = (await run(query, { last: 2, before: end.pageInfo.startCursor })).body.data;
    expect(previous.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    expect(previous.edges[1].node.updatedAt <= end.edges[0].node.updatedAt).toBe(true);
  });

  it('counts', async () => {
    const answer = await run(
      '{ all: customersCount { count precision } some: customersCount(limit: 10) { count precision } }',
    );
    expect(answer.body.data).toEqual({
      all: { count: customers().length, precision: 'EXACT' },
      some: { count: 10, precision: 'AT_LEAST' },
    });
  });
});
