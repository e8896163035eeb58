/** An operation that was answered once is executed without Apollo from then on. Nobody can tell, but by the clock. */
import { request as httpRequest } from 'node:http';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { composeSupergraph } from '../../gateway/supergraph';
import { inProcessTransport } from '../../gateway/execute/fetch';
import type { SubgraphRequest } from '../../gateway/execute/fetch';
import type { Principal } from '../../schema/request-policy';
import { createEndpoint } from '../../subgraphs/endpoint';
import { EXPLORER, openTestGraph, startGatewayOver } from './started-gateway';

const SDL = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
  type Query { item(id: ID!): Item items(first: Int): [Item!] broken: String! }
  type Mutation { record(id: ID!): Item }
  type Item { id: ID! name: String }
`;

const closers: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

describe('An operation that is asked again', () => {
  it.each([
    ['no accept', {}],
    ['accept: */*', { accept: '*/*' }],
    ['accept: application/json', { accept: 'application/json' }],
    ['accept: application/graphql-response+json', { accept: 'application/graphql-response+json' }],
    ['an accept nobody serves', { accept: 'image/png' }],
  ])('is answered as the first time, with %s', async (_name, headers) => {
    const { ask } = await started();
    const answers = [];
    for (const id of ['1', '1', '1']) answers.push(await ask({ query: ITEM, variables: { id } }, headers));
    expect(answers[0]?.status).toBe('accept' in headers && headers.accept === 'image/png' ? 406 : 200);
    expect(answers.slice(1)).toEqual([answers[0], answers[0]]);
  });

  it('is answered by its own variables, operation and accept, not by those of the last', async () => {
    const { ask } = await started();
    const query = `query A($id: ID!) { item(id: $id) { id } } query B($id: ID!) { item(id: $id) { name } }`;
    const answers = [];
    for (const operationName of ['A', 'B', 'A', 'B', 'B']) {
      const { body } = await ask({ query, operationName, variables: { id: operationName } });
      answers.push(body);
    }
    const [a, b] = [{ data: { item: { id: 'A' } } }, { data: { item: { name: 'item B' } } }];
    expect(answers).toEqual([a, b, a, b, b]);
    const { headers } = await ask(
      { query, operationName: 'B', variables: { id: '1' } },
      { accept: 'application/json' },
    );
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
  });

  it('is refused over a limit its new variables exceed', async () => {
    const { ask } = await started();
    const query = 'query ($first: Int) { items(first: $first) { id } }';
    expect((await ask({ query, variables: { first: 2 } })).body).toEqual({
      data: { items: [{ id: '0' }, { id: '1' }] },
    });
    const first = await ask({ query: `${query} `, variables: { first: 5_000 } });
    expect(await ask({ query, variables: { first: 5_000 } })).toEqual(first);
    expect(first.body).toEqual({
      errors: [{ message: expect.stringContaining('cost'), extensions: { code: 'LIMIT_EXCEEDED' } }],
    });
  });

  it('is refused with variables of the wrong kind as if it were new', async () => {
    const { ask } = await started();
    await ask({ query: ITEM, variables: { id: '1' } });
    const refused = await ask({ query: `${ITEM} `, variables: { id: [] } });
    expect(refused.status).toBe(400);
    expect(await ask({ query: ITEM, variables: { id: [] } })).toEqual(refused);
    expect(await ask({ query: ITEM, variables: 'no object' })).toEqual(
      await ask({ query: `${ITEM}  `, variables: 'no object' }),
    );
  });

  it('has the errors of a new one, and asks its subgraph once', async () => {
    const { ask, asked } = await started();
    const first = await ask({ query: '{ broken }' });
    const before = asked.length;
    expect(await ask({ query: '{ broken }' })).toEqual(first);
    expect(asked.length - before).toBe(1);
    expect(first.body).toEqual({ data: null, errors: [expect.objectContaining({ path: ['broken'] })] });
  });

  it('is executed once when it is a mutation, with and without errors', async () => {
    const { ask, asked } = await started();
    const query = 'mutation ($id: ID!) { record(id: $id) { id } }';
    for (const id of ['1', '2', 'fails', 'fails']) await ask({ query, variables: { id } });
    expect(asked.map(({ variables }) => variables.id)).toEqual(['1', '2', 'fails', 'fails']);
  });

  it('shows the schema to nobody who may not read it', async () => {
    let principal: Principal = EXPLORER;
    const { ask } = await started(() => principal);
    const query = '{ __type(name: "Item") { name } }';
    for (const _time of [1, 2]) expect((await ask({ query })).body).toEqual({ data: { __type: { name: 'Item' } } });
    principal = { ...EXPLORER, scopes: ['operations:adhoc'] };
    expect((await ask({ query })).body).toEqual({
      errors: [{ message: expect.any(String), extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
    });
  });
});

describe('A body', () => {
  it('that grows over the limit as it comes is refused', async () => {
    const { url } = await started();
    const tooLarge = await new Promise<number | undefined>((resolve, reject) => {
      const sending = httpRequest(
        url,
        { method: 'POST', headers: { 'content-type': 'application/json' } },
        (response) => {
          resolve(response.statusCode);
          response.resume();
          sending.destroy();
        },
      );
      sending.once('error', reject);
      for (let part = 0; part < 8; part += 1) sending.write('x'.repeat(20_000));
    });
    expect(tooLarge).toBe(413);
  });
});

const RESOLVERS = {
  Query: {
    item: (_: unknown, { id }: { id: string }) => ({ id, name: `item ${id}` }),
    items: (_: unknown, { first }: { first: number }) => Array.from({ length: first }, (_each, n) => ({ id: n })),
    broken: () => {
      throw new Error('no');
    },
  },
  Mutation: {
    record: (_: unknown, { id }: { id: string }) => {
      if (id === 'fails') throw new Error('no');
      return { id };
    },
  },
};
const ITEM = 'query Item($id: ID!) { item(id: $id) { id name } }';

async function started(principalOf: () => Principal = () => EXPLORER) {
  const asked: SubgraphRequest[] = [];
  const real = inProcessTransport(
    createEndpoint({
      schema: buildSubgraphSchema([{ typeDefs: parse(SDL), resolvers: RESOLVERS as never }]),
      contextOf: (scope) => scope,
    }),
  );
  const graph = await openTestGraph({
    supergraphSdl: composeSupergraph([{ name: 'items', url: 'http://items.invalid', sdl: SDL }]),
    transports: {
      items: (request, context) => {
        asked.push(request);
        return real(request, context);
      },
    },
  });
  const gateway = await startGatewayOver(graph, { authenticate: () => Promise.resolve(principalOf()) });
  closers.push(() => gateway.close());
  return {
    url: gateway.url,
    asked,
    ask: async (body: unknown, headers: Record<string, string> = {}) => {
      const response = await fetch(gateway.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
      const { date: _date, 'x-request-id': _id, ...rest } = Object.fromEntries(response.headers);
      return { status: response.status, headers: rest, body: (await response.json()) as unknown };
    },
  };
}
