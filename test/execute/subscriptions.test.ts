/** Subscriptions over subgraphs: a source stream of one, and for each event what the others know. */
import { parse } from 'graphql';
import type { RequestContext, SubgraphResponse } from '../../gateway/execute/fetch';
import type { SourceStream } from '../../gateway/execute/subscription';
import { composed, requestContext, shown } from './composed';

const GRAPH = {
  shop: {
    typeDefs: `
      type Query { none: Int }
      type Subscription { priceChanged(id: ID): Product ticks: Int! }
      type Product @key(fields: "id") { id: ID! price: Int }`,
  },
  reviews: {
    typeDefs: `
      type Product @key(fields: "id") { id: ID! price: Int @external stars: Int offer: String @requires(fields: "price") }`,
    resolvers: {
      Product: {
        __resolveReference: ({ id, price }: { id: string; price?: number }) => ({ id, price }),
        stars: ({ id }: { id: string }) => Number(id) * 2,
        offer: ({ price }: { price: number }) => `only ${price}`,
      },
    },
  },
};

const product = (id: string, price: number | null): SubgraphResponse => ({
  data: { _0_p: { __typename: 'Product', id, price, _0_cost: price } },
});
const QUERY =
  'subscription ($id: ID, $yes: Boolean!) { p: priceChanged(id: $id) { cost: price offer stars @include(if: $yes) } }';

function subscribed(source: SourceStream, query = QUERY, variables: Record<string, unknown> = { id: '1', yes: true }) {
  const graph = composed(GRAPH, { sourceStreams: { shop: source } });
  const contexts: RequestContext[] = [];
  const contextOf = () => {
    const context = { ...requestContext(), requestId: String(contexts.length) };
    contexts.push(context);
    return context;
  };
  return {
    ...graph,
    made: contexts,
    stream: graph.executor.prepareSubscription(parse(query)).subscribe(variables, contextOf),
  };
}

async function all(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const results: unknown[] = [];
  for await (const result of stream) results.push(shown(result as never));
  return results;
}

test('each event is completed by the other subgraphs, in a context of its own', async () => {
  const requests: unknown[] = [];
  const { stream, contexts } = subscribed(async function* (request) {
    requests.push(request);
    yield product('1', 5);
    yield product('2', 7);
  });
  expect(await all(stream)).toEqual([
    { data: { p: { cost: 5, offer: 'only 5', stars: 2 } } },
    { data: { p: { cost: 7, offer: 'only 7', stars: 4 } } },
  ]);
  expect(requests).toEqual([{ query: expect.stringMatching(/^subscription/) as string, variables: { id: '1' } }]);
  expect(contexts.map(({ requestId }) => requestId)).toEqual(['1', '2']);
});

test('conditions are decided when it begins', async () => {
  const { stream } = subscribed(
    async function* () {
      yield product('1', 5);
    },
    QUERY,
    { yes: false },
  );
  expect(await all(stream)).toEqual([{ data: { p: { cost: 5, offer: 'only 5' } } }]);
});

test('errors and nulls of an event are that event’s alone', async () => {
  const { stream } = subscribed(async function* () {
    yield {
      data: { _0_p: null },
      errors: [{ message: 'gone', path: ['_0_p'], extensions: { code: 'STORE_UNAVAILABLE' } }],
    };
    yield 'no answer' as never;
    yield product('1', 5);
  });
  const error = (code: string, message: string) => ({
    message,
    path: ['p'],
    extensions: { code, serviceName: 'shop' },
  });
  expect(await all(stream)).toEqual([
    { data: { p: null }, errors: [error('STORE_UNAVAILABLE', 'gone')] },
    {
      data: { p: null },
      errors: [
        error(
          'SUBGRAPH_UNAVAILABLE',
          'The subgraph shop did not answer as expected: expected a GraphQL answer, got something else.',
        ),
      ],
    },
    { data: { p: { cost: 5, offer: 'only 5', stars: 2 } } },
  ]);
});

test('a stream that breaks gives one last result that says so, and no reason', async () => {
  const { stream } = subscribed(async function* () {
    yield { data: { ticks: 1 } };
    await Promise.resolve();
    throw new Error('connect ECONNREFUSED 10.0.0.1:4001');
  }, 'subscription { t: ticks }');
  const [, last] = (await all(stream)) as [unknown, { data: unknown; errors: unknown[] }];
  expect(last).toEqual({
    data: null,
    errors: [
      {
        message: 'The subgraph shop did not answer as expected: the source stream broke.',
        path: ['t'],
        extensions: { code: 'SUBGRAPH_UNAVAILABLE', serviceName: 'shop' },
      },
    ],
  });
});

test('the source stream is asked for the next event when the last has been taken, and told when nobody takes more', async () => {
  let given = 0;
  let isTold = false;
  const { stream } = subscribed(async function* () {
    try {
      for (;;) yield product(String(++given), given);
    } finally {
      isTold = true;
    }
  });
  await stream.next();
  await stream.next();
  expect(given).toBe(2);
  await stream.return();
  expect(isTold).toBe(true);
});

test('variables of the wrong kind end it before it begins', async () => {
  let isOpened = false;
  const { stream } = subscribed(
    async function* () {
      isOpened = true;
    },
    QUERY,
    { id: {} },
  );
  expect(await all(stream)).toMatchObject([{ data: null, errors: [{ extensions: { code: 'BAD_USER_INPUT' } }, {}] }]);
  expect(isOpened).toBe(false);
});

describe('What is not supported is refused by name', () => {
  const { executor } = composed(GRAPH);
  test.each([
    ['subscription { ticks }', 'a subscription of shop, which has no source stream'],
    ['{ none }', 'a query instead of a subscription'],
  ])('%s', (query, part) => {
    expect(() => executor.prepareSubscription(parse(query))).toThrow(`got ${part}.`);
  });

  test('a subscription where an answer is wanted', () => {
    expect(() => executor.prepare(parse('subscription { ticks }'))).toThrow('got a subscription.');
  });
});
