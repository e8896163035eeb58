// What Shopify's GraphQL answers mean, and what our documents may cost.
import { refusalOf, throttleOf } from '../../subgraphs/commerce/commerce.api';
import { queryPoints } from '../../subgraphs/commerce/commerce.cost';
import * as documents from '../../subgraphs/commerce/commerce.queries';
import { createShopifyClient, shopifySettings } from '../../subgraphs/commerce/commerce.client';
import type { SourceClient } from '../../subgraphs/source';
import { errorText, failureOf } from '../upstream/bench';
import { inTurn, reply, startVendorDouble, type Script, type VendorDouble } from '../upstream/vendor-double';
import { readAllPages, soon } from './conversation';
import { checkout, customer, line, order, page } from './shopper';

const error = (code: string | null) => ({
  errors: [{ message: 'ada@example.com', ...(code && { extensions: { code } }) }],
});
const answer = (body: unknown, status = 200, headers = {}) => ({ status, headers, body });
const cost = (requestedQueryCost: number, currentlyAvailable: number) => ({
  extensions: {
    cost: { requestedQueryCost, throttleStatus: { maximumAvailable: 2_000, currentlyAvailable, restoreRate: 100 } },
  },
});

describe('A document for Shopify', () => {
  const { CUSTOMERS, CHECKOUTS, CHECKOUTS_AT_ONCE, MAX_QUERY_POINTS, MORE_LINES, ORDERS } = documents;
  const ids = Array.from({ length: CUSTOMERS }, (_, i) => String(i));

  it.each([
    ['CUSTOMERS_BY_ID', { ids, checkouts: CHECKOUTS_AT_ONCE }, 992],
    ['BARE_CUSTOMERS_BY_ID', { ids }, 125],
    ['CUSTOMERS_PAGE', { first: CUSTOMERS }, 127],
    ['ORDERS_PAGE', { first: ORDERS }, 992],
    ['CHECKOUTS_PAGE', { first: CHECKOUTS }, 962],
    ['LINES_PAGE', { first: MORE_LINES }, 503],
    ['CUSTOMERS_COUNT', {}, 1],
  ] as const)('%s costs at most a thousand points', (name, variables, points) => {
    expect(queryPoints(documents[name], variables)).toBe(points);
    expect(points).toBeLessThanOrEqual(MAX_QUERY_POINTS);
  });

  it.each([
    ['{ shop { name email } }', 1],
    ['{ order(id: "1") { customer { id } } }', 2],
    ['{ customers(first: 10) { nodes { id } pageInfo { endCursor } } }', 12],
    ['{ customers(first: 10) { nodes { orders(first: 5) { nodes { id } } } } }', 82],
    ['{ node(id: "1") { ... on Order { a { b } } ... on Customer { a { b { c { d } } } } } }', 4],
  ])('%s counts %d', (query, points) => expect(queryPoints(query, {})).toBe(points));
});

describe('Shopify’s errors with status 200', () => {
  it.each([
    ['as many points as are missing', { ...error('THROTTLED'), ...cost(752, 666) }, { waitMs: 860 }],
    ['a second when no cost is told', error('THROTTLED'), { waitMs: 1_000 }],
    ['nothing when it is another error', error('INTERNAL_SERVER_ERROR'), null],
    ['nothing when it is an answer', { data: {} }, null],
  ])('ask to wait for %s', (_, body, throttle) => expect(throttleOf(answer(body), 0)).toEqual(throttle));

  it('ask to wait as HTTP does, too', () => {
    expect(throttleOf(answer({}, 429, { 'retry-after': '2.0' }), 0)).toEqual({ waitMs: 2_000 });
  });

  it.each([
    ['MAX_COST_EXCEEDED', { code: 'UPSTREAM_INVALID', retryable: false }],
    ['ACCESS_DENIED', { code: 'UPSTREAM_UNAUTHENTICATED', retryable: false }],
    ['INTERNAL_SERVER_ERROR', { code: 'UPSTREAM_UNAVAILABLE', retryable: true }],
    ['undefinedField', { code: 'UPSTREAM_UNAVAILABLE', retryable: false }],
    [null, { code: 'UPSTREAM_UNAVAILABLE', retryable: false }],
  ])('%j mean %j', (code, expected) => {
    const refusal = refusalOf(answer({ data: {}, ...error(code) }));
    expect(refusal).toMatchObject(expected);
    expect(refusal?.reason).not.toContain('ada');
  });

  it('are none in an answer', () => expect(refusalOf(answer({ data: {} }))).toBeNull());
});

describe('A conversation with Shopify', () => {
  let double: VendorDouble;
  let client: SourceClient;
  beforeEach(async () => {
    double = await startVendorDouble();
    client = createShopifyClient(
      shopifySettings.parse({ SHOPIFY_URL: double.url, SHOPIFY_CLIENT_ID: 'id', SHOPIFY_CLIENT_SECRET: 'secret' }),
      { now: Date.now },
    );
  });
  afterEach(async () => {
    await client.close();
    await double.close();
  });

  const token: Script = (_, r) => reply(r, 200, { access_token: 'shpat_1', expires_in: 86_399 });
  const data =
    (body: object): Script =>
    (_, r) =>
      reply(r, 200, { data: body });
  /** Answers each document by its name, the token first. */
  const byQuery =
    (answers: Record<string, object>): Script =>
    (asked, response) => {
      const name = /query (\w+)/.exec(asked.body)?.[1];
      if (name === undefined) token(asked, response);
      else reply(response, 200, { data: answers[name] });
    };
  const byId = (nodes: unknown[], checkouts = page<unknown>([])) => ({ nodes, abandonedCheckouts: checkouts });
  const fetchOne = () => client.fetchMany(['7700'], { ...soon(), changedSince: null });

  it('goes on after the wait that a throttled query asks for', async () => {
    const throttled: Script = (_, r) => reply(r, 200, { ...error('THROTTLED'), ...cost(100, 99) });
    double.script = inTurn(token, throttled, data(byId([{ ...customer(), lastOrder: null }])));
    expect([...(await fetchOne()).keys()]).toEqual(['7700']);
    expect(double.asked.map(({ path }) => path)).toEqual([
      '/admin/oauth/access_token',
      '/admin/api/2026-07/graphql.json',
      '/admin/api/2026-07/graphql.json',
    ]);
    expect(double.asked[1]?.headers).toMatchObject({ 'x-shopify-access-token': 'shpat_1' });
  });

  it('fails when a customer of a batch is unreadable, since a missing one would count as deleted', async () => {
    double.script = inTurn(token, data(byId([{ ...customer(), lastOrder: null, updatedAt: 'ada@example.com' }, null])));
    await expect(failureOf(fetchOne())).resolves.toEqual({
      code: 'UPSTREAM_INVALID',
      message: 'Shopify, customers by id: expected customers, got 1 unreadable',
    });
    expect(await errorText(fetchOne())).not.toContain('ada@example.com');
  });

  it('keeps a page’s good customers and counts the others', async () => {
    double.script = inTurn(
      token,
      data({ abandonedCheckouts: page([]) }),
      data({ customers: page([customer(), { legacyResourceId: 7 }, customer({ updatedAt: 'soon' })]) }),
      data({ orders: page([]) }),
    );
    const { records, invalid, next } = await client.fetchPage(null, { ...soon(), changedSince: null });
    expect({ ids: records.map(({ sourceId }) => sourceId), invalid, next }).toEqual({
      ids: ['7700'],
      invalid: 2,
      next: null,
    });
  });

  it('does not take a cart for known when more checkouts were touched than came along', async () => {
    double.script = inTurn(token, data(byId([{ ...customer(), lastOrder: null }], page<unknown>([], true))));
    expect((await fetchOne()).get('7700')?.categories).not.toHaveProperty('BEHAVIOUR');
  });

  it('brings, of what changed, the owner of a touched cart of whom nothing else changed', async () => {
    const since = Date.parse('2026-03-02T00:00:00Z');
    double.script = byQuery({
      CheckoutsPage: { abandonedCheckouts: page([checkout('new', '2026-03-03')]) },
      CustomersPage: { customers: page([]) },
      BareCustomersById: { nodes: [customer()] },
      OrdersPage: { orders: page([]) },
    });
    const { records } = await readAllPages(client, since);
    expect(records.map(({ sourceId, categories }) => [sourceId, categories.BEHAVIOUR])).toMatchObject([
      ['7700', { cart: { id: 'new' } }],
    ]);
  });

  it('fetches the lines of an order and of a cart that did not come at once', async () => {
    double.script = inTurn(
      token,
      data({ abandonedCheckouts: page([checkout('gid://shopify/AbandonedCheckout/1', '2026-03-03', { cut: true })]) }),
      data({ customers: page([customer()]) }),
      data({ orders: page([order('1', '2026-01-01', { cut: true })]) }),
      data({ node: { orderLines: page([line('Second')], true) } }),
      data({ node: { orderLines: page([line('Third')]) } }),
      data({ node: { checkoutLines: page([line('In the cart')]) } }),
    );
    const { records } = await client.fetchPage(null, { ...soon(), changedSince: null });
    expect(records[0]?.categories).toMatchObject({
      PURCHASE_HISTORY: { orders: [{ items: [{ title: 'Line of 1' }, { title: 'Second' }, { title: 'Third' }] }] },
      BEHAVIOUR: {
        cart: { items: [{ title: 'Line of gid://shopify/AbandonedCheckout/1' }, { title: 'In the cart' }] },
      },
    });
  });
});
