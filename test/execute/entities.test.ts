import { buildSchema, parse } from 'graphql';
import type { Subgraph } from '../../gateway/execute/call';
import { compilePlan } from '../../gateway/execute/compile';
import type { SubgraphTransport } from '../../gateway/execute/fetch';
import { readOperation } from '../../gateway/execute/operation';
import type { PlanNode } from '../../gateway/execute/plan';
import { createRun } from '../../gateway/execute/run';
import { collectSelection } from '../../gateway/execute/selection';
import { composed, requestContext } from './composed';
import { customerGraph } from './customer-graph';

const representationsOf = (
  asked: readonly { subgraph: string; variables: Record<string, unknown> }[],
  subgraph: string,
) =>
  asked
    .filter((request) => request.subgraph === subgraph)
    .map(({ variables }) => variables.representations as { id: string }[]);

const incomplete = (serviceName: string, ...path: (string | number)[]) => ({
  message: `The subgraph ${serviceName} did not answer as expected: expected each field that was asked for, got some of them.`,
  path,
  extensions: { code: 'SUBGRAPH_UNAVAILABLE', serviceName },
});

describe('Asking for entities', () => {
  test('sends an equal representation once and writes the answer to every place it came from', async () => {
    const { run, asked } = customerGraph();
    expect(await run('{ customers(ids: [1, 2, 1]) { contact { email } friends { name } } }')).toEqual({
      data: {
        customers: [
          { contact: { email: 'c1@example.org' }, friends: [{ name: 'Grace' }, { name: null }] },
          { contact: { email: 'c2@example.org' }, friends: [{ name: 'Ada' }] },
          { contact: { email: 'c1@example.org' }, friends: [{ name: 'Grace' }, { name: null }] },
        ],
      },
    });
    expect(representationsOf(asked, 'crm').map((list) => list.map(({ id }) => id))).toEqual([['1', '2']]);
  });

  test('sends fetches side by side that require the same one list, and others their own', async () => {
    const { run, asked } = customerGraph();
    expect(
      await run('{ customers(ids: [1, 2]) { contact { email } lastOrder { id } friends { company { name } } } }'),
    ).toEqual({
      data: {
        customers: [
          {
            contact: { email: 'c1@example.org' },
            lastOrder: { id: 'order of c1' },
            friends: [{ company: { name: 'Company 2' } }, { company: { name: 'Company 3' } }],
          },
          {
            contact: { email: 'c2@example.org' },
            lastOrder: { id: 'order of c2' },
            friends: [{ company: { name: 'Company 1' } }],
          },
        ],
      },
    });
    const [crm, commerce] = ['crm', 'commerce'].map((name) => asked.filter(({ subgraph }) => subgraph === name));
    const listsOf = (requests = asked) => requests.flatMap(({ variables }) => Object.values(variables));
    expect(listsOf(commerce)).toHaveLength(1);
    expect(listsOf(crm).filter((list) => list === listsOf(commerce)[0])).toHaveLength(1);
    expect(new Set(listsOf(crm)).size).toBe(2);
  });

  test('finds representations anew once an answer has come', async () => {
    const schema = buildSchema('type Query { customer: Customer } type Customer { id: ID name: String }');
    const sent: unknown[] = [];
    const ids = ['1', '2'];
    const subgraph = (name: string, transport: SubgraphTransport): Subgraph => ({
      name,
      isOurs: true,
      transport,
      timeoutMs: 5_000,
    });
    const subgraphs = new Map([
      [
        'profiles',
        subgraph('profiles', () =>
          Promise.resolve({ data: { customer: { __typename: 'Customer', id: ids.shift() } } }),
        ),
      ],
      [
        'crm',
        subgraph('crm', ({ variables }) => {
          sent.push(variables.representations);
          return Promise.resolve({ data: { _entities: [{ name: 'Ada' }] } });
        }),
      ],
    ]);
    const profiles: PlanNode = {
      kind: 'fetch',
      serviceName: 'profiles',
      operation: '{ customer { __typename id } }',
      isMutation: false,
      variableUsages: [],
    };
    const crm: PlanNode = {
      kind: 'entityFetch',
      serviceName: 'crm',
      operation:
        'query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Customer { name } } }',
      variableUsages: [],
      entities: [
        {
          answerKey: '_entities',
          representationsVariable: 'representations',
          paths: [[{ kind: 'field', key: 'customer' }]],
          requires: ['__typename', 'id'].map((key) => ({ kind: 'field', from: key, to: key })),
          renames: [],
        },
      ],
    };
    const step = compilePlan(
      { kind: 'sequence', nodes: [profiles, crm, profiles, crm] },
      { schema, subgraphs, maxRepresentations: 100, compileVerbatim: () => undefined },
    );
    const schemas = {
      full: schema,
      public: schema,
      subgraphNames: new Set(subgraphs.keys()),
      interfaceObjects: undefined,
    };
    const operation = readOperation(parse('{ customer { name } }'), undefined, schemas);
    await step(createRun({}, requestContext(), collectSelection(operation, schema)));
    expect(sent).toEqual([[{ __typename: 'Customer', id: '1' }], [{ __typename: 'Customer', id: '2' }]]);
  });

  test('keeps two representations apart that differ only in a long or nested value', async () => {
    const long = 'x'.repeat(100);
    const { run, asked } = customerGraph({
      answers: {
        profiles: () => ({
          data: {
            _0_customers: [`${long}a`, `${long}b`, `${long}a`].map((access) => ({
              __typename: 'Customer',
              id: '1',
              access,
              sourceKeys: [],
            })),
          },
        }),
        crm: () => ({ data: { _entities: [{ contact: { email: 'first' } }, { contact: { email: 'second' } }] } }),
      },
    });
    expect(await run('{ customers(ids: [1]) { contact { email } } }')).toEqual({
      data: {
        customers: [{ contact: { email: 'first' } }, { contact: { email: 'second' } }, { contact: { email: 'first' } }],
      },
    });
    expect(representationsOf(asked, 'crm').map((list) => list.length)).toEqual([2]);
  });

  test('sends at most maxRepresentations at once, the slices side by side', async () => {
    let open = 0;
    let most = 0;
    const { run, asked } = customerGraph({
      maxRepresentations: 2,
      answers: {
        crm: async (_request, real) => {
          most = Math.max(most, ++open);
          const answer = await real();
          open--;
          return answer;
        },
      },
    });
    expect(await run('{ customers(ids: [1, 2, 3]) { contact { email } } }')).toEqual({
      data: {
        customers: [
          { contact: { email: 'c1@example.org' } },
          { contact: { email: 'c2@example.org' } },
          { contact: { email: 'c3@example.org' } },
        ],
      },
    });
    expect(representationsOf(asked, 'crm').map((list) => list.map(({ id }) => id))).toEqual([['1', '2'], ['3']]);
    expect(most).toBe(2);
  });

  test('slices each list of a batch on its own', async () => {
    const { run, asked } = customerGraph({ maxRepresentations: 2 });
    expect(
      await run('{ customers(ids: [1, 2, 3]) { contact { email } } customer(id: 1) { contact { tags } } }'),
    ).toEqual({
      data: {
        customers: [
          { contact: { email: 'c1@example.org' } },
          { contact: { email: 'c2@example.org' } },
          { contact: { email: 'c3@example.org' } },
        ],
        customer: { contact: { tags: ['a', 'b'] } },
      },
    });
    const lengths = asked
      .filter(({ subgraph }) => subgraph === 'crm')
      .map(({ variables }) =>
        Object.values(variables)
          .map((list) => (list as unknown[]).length)
          .sort(),
      );
    expect(lengths).toEqual([
      [1, 2],
      [0, 1],
    ]);
  });

  test('skips null entities, and asks no one when none is left', async () => {
    const { run, asked } = customerGraph();
    expect(await run('{ customers(ids: [8, 9]) { contact { email } } }')).toEqual({
      data: { customers: [null, null] },
    });
    expect(asked.map(({ subgraph }) => subgraph)).toEqual(['profiles']);
  });

  test('skips an entity of which something required was not answered, and sends null where null is the answer', async () => {
    const { run, asked } = customerGraph({
      answers: {
        profiles: () => ({
          data: {
            _0_customers: [
              { __typename: 'Customer', id: '1', sourceKeys: [] },
              { __typename: 'Customer', id: '2', access: null, sourceKeys: null },
              { id: '3', access: 'a', sourceKeys: [] },
            ],
          },
        }),
        crm: () => ({ data: { _entities: [{ contact: { email: 'two' } }] } }),
      },
    });
    expect(await run('{ customers(ids: [1]) { contact { email } } }')).toEqual({
      data: { customers: [{ contact: null }, { contact: { email: 'two' } }, { contact: null }] },
      errors: [0, 2].map((index) => incomplete('profiles', 'customers', index)),
    });
    expect(representationsOf(asked, 'crm')).toEqual([
      [{ __typename: 'Customer', access: null, sourceKeys: null, id: '2' }],
    ]);
  });

  test('names an entity by a compound key', async () => {
    const { run, asked } = customerGraph();
    expect(await run('{ customer(id: 1) { company { revenue } } }')).toEqual({
      data: { customer: { company: { revenue: 5 } } },
    });
    expect(representationsOf(asked, 'commerce')).toEqual([
      [{ __typename: 'Company', code: 'co1', country: { iso: 'DE' } }],
    ]);
  });

  test('tells the type of what is required by fragments, within lists too', async () => {
    const { run, asked } = composed({
      a: {
        typeDefs: `
          type Query { box: Box }
          type Box @key(fields: "id") { id: ID! things: [Thing!] }
          union Thing = Book | Cup
          type Book { title: String } type Cup { size: Int }`,
        resolvers: {
          Query: {
            box: () => ({
              id: '1',
              things: [
                { __typename: 'Cup', size: 3 },
                { __typename: 'Book', title: 'Emma' },
              ],
            }),
          },
        },
      },
      b: {
        typeDefs: `
          type Box @key(fields: "id") {
            id: ID!
            things: [Thing!] @external
            label: String @requires(fields: "things { ... on Book { title } ... on Cup { size } }")
          }
          union Thing = Book | Cup
          type Book { title: String @external } type Cup { size: Int @external }`,
        resolvers: { Box: { label: ({ things }: { things: unknown[] }) => `${things.length} things` } },
      },
    });
    expect(await run('{ box { label } }')).toEqual({ data: { box: { label: '2 things' } } });
    expect(representationsOf(asked, 'b')).toEqual([
      [
        {
          __typename: 'Box',
          id: '1',
          things: [
            { __typename: 'Cup', size: 3 },
            { __typename: 'Book', title: 'Emma' },
          ],
        },
      ],
    ]);
  });
});
