import { startSimulator, type Simulator } from '../../simulator/simulator';
import { API_VERSIONS } from '../../simulator/shopify/sdl';
import { type Answer, call, customerGid, example, handClock, shopify, shopifyToken } from './callers';

const SHOP = '{ shop { name } }';

describe('Shopify', () => {
  let simulator: Simulator;
  let token: string;
  const clock = handClock();
  beforeAll(async () => {
    simulator = await startSimulator({ customers: 200, now: clock.now });
    token = await shopifyToken(simulator);
  });
  afterAll(() => simulator.close());

  const run = (query: string, variables?: Record<string, unknown>) =>
    shopify({ simulator, token, query, ...(variables && { variables }) });
  const customers = () => simulator.population.shopify.customers;

  describe('Credentials', () => {
    const ask = (body: string | URLSearchParams, headers: Record<string, string> = {}) =>
      call(`${simulator.urls.shopify}/admin/oauth/access_token`, { method: 'POST', body, headers });
    const form = () => ({
      grant_type: 'client_credentials',
      client_id: simulator.credentials.shopify.clientId,
      client_secret: simulator.credentials.shopify.clientSecret,
    });

    it('gives a token for the client credentials, as form or as JSON', async () => {
      const granted = {
        access_token: expect.stringMatching(/^shpat_[0-9a-f]{32}$/),
        scope: expect.stringContaining('read_customers'),
        expires_in: 86_399,
      };
      expect((await ask(new URLSearchParams(form()))).body).toEqual(granted);
      expect((await ask(JSON.stringify(form()), { 'content-type': 'application/json' })).body).toEqual(granted);
    });

    it.each([
      [{ client_secret: 'wrong' }, 'invalid_client'],
      [{ client_id: 'wrong' }, 'application_cannot_be_found'],
      [{ grant_type: 'password' }, 'unsupported_grant_type'],
    ])('refuses %p', async (change, error) => {
      const answer = await ask(new URLSearchParams({ ...form(), ...change }));
      expect(answer.status).toBe(400);
      expect(answer.body).toEqual({ error, error_description: expect.any(String) });
    });

    it('answers a wrong token with 401 and its request id', async () => {
      const answer = await shopify({ simulator, query: SHOP, token: 'shpat_wrong' });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('x-request-id')).not.toBeNull();
      expect(answer.body).toEqual({
        errors: '[API] Invalid API key or access token (unrecognized login or wrong password)',
      });
    });

    it('lets a token live for a day', async () => {
      const mine = await shopifyToken(simulator);
      clock.advance(86_398_000);
      expect((await shopify({ simulator, query: SHOP, token: mine })).status).toBe(200);
      clock.advance(2000);
      expect((await shopify({ simulator, query: SHOP, token: mine })).status).toBe(401);
      token = await shopifyToken(simulator);
    });
  });

  describe('Versions', () => {
    it.each(API_VERSIONS)('serves %s', async (version) => {
      const answer = await shopify({ simulator, token, query: SHOP, version });
      expect(answer.body.data).toEqual({ shop: { name: 'Facet demo shop' } });
      expect(answer.headers.get('x-shopify-api-version')).toBe(version);
    });

    it('knows no other', async () => {
      const answer = await shopify({ simulator, token, query: SHOP, version: '2019-04' });
      expect(answer.status).toBe(404);
      expect(answer.body).toEqual({ errors: 'Not Found' });
    });
  });

  describe('Records', () => {
    it('shows an order with its money, lines and product types', async () => {
      const person = example(simulator, 'pharmacyOrder');
      const bag = '{ shopMoney { amount currencyCode } presentmentMoney { currencyCode } }';
      const query = `query O($id: ID!) { customer(id: $id) { orders(first: 1, sortKey: PROCESSED_AT) { nodes {
        id legacyResourceId name processedAt currencyCode displayFinancialStatus totalPriceSet ${bag}
        lineItems(first: 10) { edges { node { quantity product { productType } originalUnitPriceSet ${bag} } } } } } } }`;
      const answer = await run(query, { id: customerGid(person) });
      const order = customers().find(({ id }) => id === person.shopifyId)!.orders[0]!;
      const shopMoney = { amount: expect.stringMatching(/^\d+\.\d+$/), currencyCode: order.shopCurrency };
      const money = { shopMoney, presentmentMoney: { currencyCode: order.presentmentCurrency } };
      expect(answer.body.data.customer.orders.nodes).toEqual([
        {
          id: `gid://shopify/Order/${order.id}`,
          legacyResourceId: order.id,
          name: order.name,
          processedAt: order.processedAt,
          currencyCode: order.shopCurrency,
          displayFinancialStatus: order.financialStatus,
          totalPriceSet: money,
          lineItems: {
            edges: order.items.map(({ quantity, product: { productType } }) => ({
              node: { quantity, product: { productType }, originalUnitPriceSet: money },
            })),
          },
        },
      ]);
    });

    it('adds up: lines and shipping make the total, spending is the sum of real orders', async () => {
      const query = `query O($id: ID!) { customer(id: $id) { amountSpent { amount } numberOfOrders
        orders(first: 50) { nodes { test netPaymentSet { shopMoney { amount } } } } } }`;
      const answer = await run(query, { id: customerGid(example(simulator, 'readyForCartMail')) });
      const { amountSpent, numberOfOrders, orders } = answer.body.data.customer;
      const real = orders.nodes.filter((order: { test: boolean }) => !order.test);
      const cents = (amount: string) => Math.round(Number(amount) * 100);
      const net = real.reduce(
        (sum: number, order: { netPaymentSet: { shopMoney: { amount: string } } }) =>
          sum + cents(order.netPaymentSet.shopMoney.amount),
        0,
      );
      expect(cents(amountSpent.amount)).toBe(net);
      expect(numberOfOrders).toBe(String(real.length));
    });

    it('has yen without decimals and rupiah in millions', async () => {
      const answer = await run(
        '{ orders(first: 250) { nodes { currentTotalPriceSet { presentmentMoney { amount currencyCode } } } } }',
      );
      const money: { amount: string; currencyCode: string }[] = answer.body.data.orders.nodes.map(
        (order: { currentTotalPriceSet: { presentmentMoney: unknown } }) => order.currentTotalPriceSet.presentmentMoney,
      );
      const of = (code: string) =>
        money.filter(({ currencyCode }) => currencyCode === code).map(({ amount }) => amount);
      expect(of('JPY').every((amount) => amount.endsWith('.0'))).toBe(true);
      expect(Math.max(...of('IDR').map(Number))).toBeGreaterThan(1_000_000);
    });

    it.each([
      ['emailAddress', (email: string) => email.toUpperCase()],
      ['id', (_: string, id: string) => id],
    ])('finds a customer by identifier %s', async (name, value) => {
      const person = example(simulator, 'emailJoinOnly');
      const query = 'query I($i: CustomerIdentifierInput!) { customerByIdentifier(identifier: $i) { id } }';
      const answer = await run(query, { i: { [name]: value(person.email!, customerGid(person)) } });
      expect(answer.body.data).toEqual({ customerByIdentifier: { id: customerGid(person) } });
    });
  });

  describe('Search and pages', () => {
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

  describe('Refusals', () => {
    it.each([
      ['a field the schema lacks', '{ shop { nme } }', 'Cannot query field "nme" on type "Shop". Did you mean "name"?'],
      ['text that is not GraphQL', '{ shop {', 'Syntax Error: Expected Name, found <EOF>.'],
      ['a mutation', 'mutation { customerDelete { id } }', 'Schema is not configured to execute mutation operation.'],
      ['a page without a size', '{ customers { nodes { id } } }', 'you must provide one of first or last'],
      ['a page above 250', '{ customers(first: 251) { nodes { id } } }', 'first must be between 1 and 250'],
      [
        'a cursor that is none',
        '{ customers(first: 1, after: "x") { nodes { id } } }',
        'Invalid cursor for current pagination sort.',
      ],
      ['an id that is none', '{ customer(id: "7") { id } }', "Invalid global id '7'"],
    ])('answers %s with 200 and errors', async (_, query, message) => {
      const answer = await run(query);
      expect(answer.status).toBe(200);
      expect(answer.body.errors.map((error: { message: string }) => error.message)).toEqual([message]);
    });

    it('takes at most 250 ids', async () => {
      const ids = Array.from({ length: 251 }, (_, i) => `gid://shopify/Customer/${i}`);
      const answer = await run('query N($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids });
      expect(answer.body.errors).toMatchObject([
        {
          message: 'The input array size of 251 is greater than the maximum allowed of 250.',
          extensions: { code: 'MAX_INPUT_SIZE_EXCEEDED' },
        },
      ]);
    });

    it.each(['{}', '{', '[]'])('answers the body %s with 400', async (body) => {
      const url = `${simulator.urls.shopify}/admin/api/2026-07/graphql.json`;
      const answer = await call(url, { method: 'POST', body, headers: { 'x-shopify-access-token': token } });
      expect(answer.status).toBe(400);
      expect(answer.body).toEqual({ errors: { query: 'Required parameter missing or invalid' } });
    });
  });

  describe('Cost', () => {
    const cost = async (query: string, variables?: Record<string, unknown>) =>
      (await run(query, variables)).body.extensions.cost.requestedQueryCost;

    it.each([
      ['scalars of an object', '{ shop { name email } }', 1],
      ['an object in an object', '{ order(id: "gid://shopify/Order/1") { customer { id } } }', 2],
      // 2 + 2 objects × ⌊2 ln 250⌋ + the product itself: Shopify answered 25 to a query of this shape.
      [
        'a page of 250 objects with an object each',
        '{ customer(id: "gid://shopify/Customer/1") { orders(first: 250) { nodes { customer { id } } } } }',
        25,
      ],
      [
        'edges as nodes',
        '{ customer(id: "gid://shopify/Customer/1") { orders(first: 250) { edges { node { customer { id } } } pageInfo { endCursor } } } }',
        25,
      ],
      [
        'both branches of an interface: the dearer',
        '{ node(id: "gid://shopify/Customer/1") { ... on Customer { amountSpent { amount } lastOrder { id } } ... on Order { customer { id } } } }',
        3,
      ],
      ['what is skipped', '{ shop { name } customers(first: 250) @skip(if: true) { nodes { id } } }', 1],
    ])('prices %s', async (_, query, expected) => {
      expect(await cost(query)).toBe(expected);
    });

    it('prices nodes by the number of ids, and charges what came back', async () => {
      const person = example(simulator, 'readyForCartMail');
      const ids = [customerGid(person), 'gid://shopify/Customer/1'];
      const answer = await run(
        'query N($ids: [ID!]!) { nodes(ids: $ids) { ... on Customer { amountSpent { amount } } } }',
        { ids },
      );
      expect(answer.body.extensions.cost).toMatchObject({ requestedQueryCost: 4, actualQueryCost: 3 });
    });

    it('refuses a query above 1,000 points', async () => {
      const deep =
        '{ customers(first: 250) { nodes { orders(first: 250) { nodes { lineItems(first: 250) { nodes { id } } } } } } }';
      const answer = await run(deep);
      expect(answer.status).toBe(200);
      expect(answer.body.errors).toMatchObject([
        {
          message: 'Query cost is 1729, which exceeds the single query max cost limit (1000).',
          extensions: { code: 'MAX_COST_EXCEEDED', cost: 1729, maxCost: 1000 },
        },
      ]);
    });
  });
});

describe("Shopify's bucket", () => {
  it('reserves, refunds, throttles with 200, and restores with time', async () => {
    const clock = handClock();
    const rateLimits = { shopifyRestorePerSecond: 10 };
    const simulator = await startSimulator({ customers: 50, now: clock.now, rateLimits });
    try {
      const token = await shopifyToken(simulator);
      const dear = {
        simulator,
        token,
        query:
          '{ customers(first: 250) { nodes { lastOrder { customer { id } } orders(first: 250) { nodes { id } } } } }',
      };
      const first = (await shopify(dear)).body.extensions.cost;
      const { requestedQueryCost: requested, actualQueryCost: actual } = first;
      expect(actual).toBeLessThan(requested);
      expect(first.throttleStatus).toEqual({
        maximumAvailable: 200,
        currentlyAvailable: 200 - actual,
        restoreRate: 10,
      });
      const second = await shopify(dear);
      expect(second.status).toBe(200);
      expect(second.body).toEqual({
        errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED', documentation: expect.any(String) } }],
        extensions: {
          cost: {
            requestedQueryCost: requested,
            actualQueryCost: null,
            throttleStatus: { maximumAvailable: 200, currentlyAvailable: 200 - actual, restoreRate: 10 },
          },
        },
      });
      clock.advance(Math.ceil((requested - (200 - actual)) / 10) * 1000);
      expect((await shopify(dear)).body.data).toBeDefined();
    } finally {
      await simulator.close();
    }
  });
});
