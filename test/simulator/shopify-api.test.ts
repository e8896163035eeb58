import { startSimulator, type Simulator } from '../../simulator/simulator';
import { API_VERSIONS } from '../../simulator/shopify/sdl';
import { call, customerGid, example, handClock, shopify, shopifyToken } from './callers';

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

  describe('Refusals', () => {
    it.each([
      ['a field the schema lacks', '{ shop { nme } }', 'Cannot query field "nme" on type "Shop". Did you mean "name"?'],
      ['text that is not GraphQL', '{ shop {', 'Syntax Error: Expected Name, found <EOF>.'],
      [
        'another mutation',
        'mutation { customerDelete { id } }',
        'Cannot query field "customerDelete" on type "Mutation".',
      ],
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
});
