import { parse } from 'graphql';
import { createExecutor, dataOf } from '../../gateway/execute/executor';
import type { SubgraphResponse } from '../../gateway/execute/fetch';
import { composeSupergraph } from '../../gateway/supergraph';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@inaccessible"])`;
const A = `${LINK}
  type Query { us: [U!]! nn: [NN] find(f: F, e: E): String int: Int fl: Float s: String b: Boolean id: ID intnn: Int! }
  type U @key(fields: "id") { id: ID! }
  type NN { v: Int! }
  input F { x: String secret: String @inaccessible }
  enum E { OPEN HIDDEN @inaccessible }`;
const B = `${LINK}
  type U @key(fields: "id") { id: ID! score: Int }`;
const supergraphSdl = composeSupergraph([
  { name: 'a', sdl: A, url: 'http://a' },
  { name: 'b', sdl: B, url: 'http://b' },
]);
const CONTEXT = { deadlineAt: Number.MAX_SAFE_INTEGER, requestId: 'r' };

const run = async (
  query: string,
  a: (variables: Record<string, unknown>) => SubgraphResponse,
  b: () => SubgraphResponse = () => ({ data: null }),
  variables: Record<string, unknown> = {},
) => {
  const executor = createExecutor({
    supergraphSdl,
    transports: { a: async (request) => a(request.variables), b: async () => b() },
  });
  const { dataText, errors } = await executor.prepare(parse(query)).execute(variables, CONTEXT);
  return { data: dataOf({ dataText }), errors };
};

describe('A subgraph that answers badly, and a lot of it', () => {
  it('is not multiplied: errors about all entities are told once of each', async () => {
    const users = Array.from({ length: 100 }, (_, id) => ({ id: String(id), __typename: 'U' }));
    const errors = Array.from({ length: 200_000 }, () => ({ message: 'no' }));
    const result = await run(
      '{ us { id score } }',
      () => ({ data: { us: users } }),
      () => ({ data: null, errors }),
    );
    expect(result.errors?.length).toBe(100);
    expect((result.data?.us as unknown[]).length).toBe(100);
  });

  it('is looked through in time that grows with its size: 40,000 nulls where none is allowed', async () => {
    const list = Array.from({ length: 40_000 }, () => ({ v: null }));
    const startedAt = performance.now();
    const result = await run('{ nn { v } }', () => ({ data: { nn: list } }));
    expect(result.errors?.length).toBe(40_000);
    // Quadratic, it took over half a minute.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it.each([
    ['int', 'abc'],
    ['int', 1.5],
    ['int', 2 ** 31],
    ['int', true],
    ['fl', '1'],
    ['s', 5],
    ['b', 'x'],
    ['id', 1.5],
    ['s', { not: 'text' }],
  ])('shows no value that the scalar of %s cannot have: %j', async (field, value) => {
    const result = await run(`{ ${field} }`, () => ({ data: { [field]: value } }));
    expect(result.data).toEqual({ [field]: null });
    expect(result.errors?.map(({ path, extensions }) => [path, extensions.code])).toEqual([
      [[field], 'SUBGRAPH_UNAVAILABLE'],
    ]);
  });

  it('lets no wrong scalar stand in a non-null place', async () => {
    const result = await run('{ intnn }', () => ({ data: { intnn: 'nope' } }));
    expect(result.data).toBeNull();
    expect(result.errors).toHaveLength(1);
  });

  it.each([
    ['int', -(2 ** 31)],
    ['fl', 1.5],
    ['fl', 3],
    ['s', ''],
    ['b', false],
    ['id', 7],
    ['id', 'x'],
    ['int', null],
  ])('shows what the scalar of %s can have: %j', async (field, value) => {
    expect(await run(`{ ${field} }`, () => ({ data: { [field]: value } }))).toEqual({ data: { [field]: value } });
  });
});

describe('Variables', () => {
  it('carry nothing that is @inaccessible', async () => {
    const asked: unknown[] = [];
    const answer = (variables: Record<string, unknown>) => {
      asked.push(variables);
      return { data: { _0_find: 'found' } };
    };
    const query = 'query ($f: F, $e: E) { find(f: $f, e: $e) }';
    for (const variables of [{ f: { x: '1', secret: 'mine' } }, { e: 'HIDDEN' }]) {
      const result = await run(query, answer, undefined, variables);
      expect(result.errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
    }
    expect(asked).toEqual([]);
    const allowed = { f: { x: '1' }, e: 'OPEN' };
    expect((await run(query, answer, undefined, allowed)).errors).toBeUndefined();
    expect(asked).toEqual([allowed]);
  });
});
