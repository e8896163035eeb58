import { buildSchema, parse } from 'graphql';
import { refuseUnorderedMutations } from '../../gateway/execute/mutation-order';
import { readOperation } from '../../gateway/execute/operation';
import type { FetchNode } from '../../gateway/execute/plan';
import { customerGraph } from './customer-graph';

describe('Mutations', () => {
  test('run in the document’s order, across subgraphs', async () => {
    const { run, asked } = customerGraph();
    expect(
      await run(`mutation {
        first: callBack(id: 1) { email }
        rename(id: 1, name: "Ada L.") { name lastOrder { id } }
        callBack(id: 2) { email }
        again: rename(id: 1, name: "Ada") { name }
        count __typename
      }`),
    ).toEqual({
      data: {
        first: { email: 'called 1' },
        rename: { name: 'Ada L.', lastOrder: { id: 'order of c1' } },
        callBack: { email: 'called 2' },
        again: { name: 'Ada' },
        count: 7,
        __typename: 'Mutation',
      },
    });
    expect(
      asked.map(({ subgraph, query }) => `${subgraph} ${query.startsWith('mutation') ? 'writes' : 'reads'}`),
    ).toEqual(['crm writes', 'profiles writes', 'commerce reads', 'crm writes', 'profiles writes']);
  });

  test('wait until all the one before selected has been read', async () => {
    const order: string[] = [];
    const { run } = customerGraph({
      answers: {
        commerce: async (_request, real) => {
          const answer = await real();
          await new Promise(setImmediate);
          order.push('read');
          return answer;
        },
        crm: (_request, real) => {
          order.push('written');
          return real();
        },
      },
    });
    await run('mutation { rename(id: 1) { lastOrder { id } } callBack(id: 2) { email } }');
    expect(order).toEqual(['read', 'written']);
  });

  test.each([
    [true, { callBack: { email: 'called 1' } }, ['crm']],
    [false, { rename: { name: null } }, ['profiles']],
  ])('do not happen when they are skipped: %s', async (yes, data, subgraphs) => {
    const { run, asked } = customerGraph();
    const query = `mutation ($yes: Boolean!) {
      rename(id: 1) @skip(if: $yes) { name }
      ... @include(if: $yes) { callBack(id: 1) { email } }
      count @include(if: false)
    }`;
    expect(await run(query, { yes })).toEqual({ data });
    expect(asked.map(({ subgraph }) => subgraph)).toEqual(subgraphs);
  });

  describe('whose plan has another order are refused', () => {
    const full = buildSchema('type Query { a: Int } type Mutation { a: Int b: Int c(n: Int): Int }');
    const schemas = { full, public: full, subgraphNames: new Set<string>(), interfaceObjects: undefined };
    const operation = readOperation(parse('mutation { a b c(n: 1) a }'), undefined, schemas);
    const fetch = (text: string, isMutation = true): FetchNode => ({
      kind: 'fetch',
      serviceName: 's',
      operation: text,
      isMutation,
      variableUsages: [],
    });
    const check = (...nodes: FetchNode[]) => refuseUnorderedMutations({ kind: 'sequence', nodes }, operation);

    test('swapped, missing or added', () => {
      expect(() =>
        check(fetch('mutation { a b }'), fetch('{ z }', false), fetch('mutation { _0_c: c }')),
      ).not.toThrow();
      expect(() => check(fetch('mutation { b a _0_c: c }'))).toThrow(
        'a plan that runs the mutations a, b, _0_c as b, a, _0_c',
      );
      expect(() => check(fetch('mutation { a b }'))).toThrow('a, b, _0_c as a, b');
      expect(() => check(fetch('mutation { a b _0_c: c d }'))).toThrow('a, b, _0_c as a, b, _0_c, d');
    });
  });
});
