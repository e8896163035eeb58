/** `_entities` resolved without a promise each: what fails is null at its own place, and what is loaded is loaded once. */
import { buildSubgraphSchema } from '@apollo/subgraph';
import { graphql, parse } from 'graphql';
import { resolveEntities } from '../../subgraphs/entities';
import type { LoadEntities } from '../../subgraphs/entities';

const typeDefs = parse('type Query { ready: Boolean } type Customer @key(fields: "id") { id: ID! }');
const DOCUMENT = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Customer { id } } }`;
const named = (...ids: string[]) => ids.map((id) => ({ __typename: 'Customer', id }));

async function answerOf(
  representations: unknown[],
  resolve: (id: string) => unknown,
  load?: LoadEntities,
): Promise<unknown> {
  const schema = buildSubgraphSchema({
    typeDefs,
    resolvers: { Customer: { __resolveReference: ({ id }: { id: string }) => resolve(id) } },
  });
  resolveEntities(schema, load);
  const { data, errors = [] } = await graphql({ schema, source: DOCUMENT, variableValues: { of: representations } });
  return {
    data: data?._entities,
    errors: errors.map(({ path, message }) => ({ path, message })),
  };
}

const fail = (id: string) => {
  throw new Error(`no ${id}`);
};
const LOADS: Array<[string, LoadEntities | undefined]> = [
  ['nothing is loaded', undefined],
  ['all are loaded at once', () => Promise.resolve()],
];

describe.each(LOADS)('Where %s', (_what, load) => {
  it.each<[string, (id: string) => unknown]>([
    ['at once', (id) => (id === 'b' ? fail(id) : { id })],
    ['later', async (id) => (id === 'b' ? fail(id) : { id })],
    ['as an Error that is returned', (id) => (id === 'b' ? new Error(`no ${id}`) : { id })],
  ])('an entity that fails %s is null with its path, and the others are answered', async (_when, resolve) => {
    expect(await answerOf(named('a', 'b', 'c'), resolve, load)).toEqual({
      data: [{ id: 'a' }, null, { id: 'c' }],
      errors: [{ path: ['_entities', 1], message: 'no b' }],
    });
  });

  it('an unknown one is null, and a type that has no keys is refused', async () => {
    expect(await answerOf(named('a', 'b'), (id) => (id === 'b' ? null : { id }), load)).toEqual({
      data: [{ id: 'a' }, null],
      errors: [],
    });
    expect(await answerOf([{ __typename: 'Order', id: 'a' }], fail, load)).toMatchObject({
      errors: [{ path: ['_entities'] }],
    });
  });
});

it('All that were found are loaded by one call', async () => {
  const loaded: unknown[] = [];
  const load: LoadEntities = (entities) => {
    loaded.push(entities.map((entity) => (entity as { id: string }).id));
    return undefined;
  };
  await answerOf(named('a', 'b', 'c'), async (id) => (id === 'b' ? fail(id) : { id }), load);
  expect(loaded).toEqual([['a', 'c']]);
});
