import { startSimulator, type Simulator } from '../../simulator/simulator';
import { customerGid, example, handClock, shopify, shopifyToken } from './callers';

describe('Shopify cost', () => {
  let simulator: Simulator;
  let token: string;
  beforeAll(async () => {
    simulator = await startSimulator({ customers: 200 });
    token = await shopifyToken(simulator);
  });
  afterAll(() => simulator.close());

  const run = (query: string, variables?: Record<string, unknown>) =>
    shopify({ simulator, token, query, ...(variables && { variables }) });

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
