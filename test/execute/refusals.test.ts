import { parse } from 'graphql';
import { parsePlan } from '../../gateway/execute/plan';
import { composed } from './composed';
import { customerGraph } from './customer-graph';

const refused = (part: string) => ({
  message: `Expected an operation this gateway executes completely, got ${part}.`,
  extensions: { code: 'OPERATION_UNSUPPORTED' },
});

const thrownBy = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    const { message, extensions } = error as { message: string; extensions: { code: string } };
    return { message, extensions: { code: extensions.code } };
  }
  return undefined;
};

const narrowed = (type: string) =>
  `a fragment on ${type} where a subgraph may know no more than the interface object Media`;

describe('What is not supported is refused before anything is fetched', () => {
  const { executor, asked } = composed({
    a: {
      typeDefs: `
        type Query { feed: [Media] book: Book any: Any plain: Int }
        union Any = Book | Film
        interface Printed { isbn: String }
        type Film implements Media @key(fields: "id") { id: ID! title: String }
        type Subscription { ticks: Int }
        interface Media @key(fields: "id") { id: ID! title: String }
        type Book implements Media & Printed @key(fields: "id") { id: ID! title: String isbn: String }`,
    },
    b: {
      typeDefs: `
        type Query { best: Media }
        type Media @key(fields: "id") @interfaceObject { id: ID! stars: Int similar: [Media] }`,
    },
  });

  test.each([
    ['subscription { ticks }', 'a subscription'],
    ['{ plain ... @defer { plain } }', 'the directive @defer'],
    ['query @template(purpose: X) { plain }', 'the directive @template'],
    ['{ best { id ... on Book { stars } } }', narrowed('Book')],
    ['{ best { id ... { ...F } } } fragment F on Book { title }', narrowed('Book')],
    ['{ best { ... on Printed { isbn } } }', narrowed('Printed')],
    ['{ feed { ... on Book { similar { ... on Film { title } } } } }', narrowed('Film')],
    ['{ ...F } fragment F on Query { book { ... on Media { similar { ... on Book { title } } } } }', narrowed('Book')],
  ])('%s', (query, part) => {
    expect(thrownBy(() => executor.prepare(parse(query)))).toEqual(refused(part));
    expect(asked).toEqual([]);
  });

  test.each([
    ['{ feed { ... on Book { stars isbn } ... on Printed { isbn } } any { ... on Film { stars } } }'],
    ['{ best { ... on Media { stars } ... { title } } }'],
  ])('but not where the types are known, or none is picked out: %s', (query) => {
    expect(() => executor.prepare(parse(query))).not.toThrow();
  });

  test('a plan that joins fetches whose @requires have other arguments', () => {
    const { executor } = composed({
      a: {
        typeDefs: `
          type Query { products: [Product] product(id: ID!): Product }
          type Product @key(fields: "id") { id: ID! price(in: String): Int }`,
      },
      b: {
        typeDefs: `
          type Product @key(fields: "id") {
            id: ID!
            price(in: String): Int @external
            ship: Int @requires(fields: "price(in: \\"EUR\\")")
            tax: Int @requires(fields: "price(in: \\"CHF\\")")
          }`,
      },
    });
    expect(thrownBy(() => executor.prepare(parse('{ x: products { tax } y: products { ship tax } }')))).toEqual(
      refused('a plan that asks b without the field price it requires'),
    );
    // Here it names one that was asked for, of the same field, but with the other's arguments.
    const swapped = '{ x: product(id: 1) { a: tax price tax } y: products { tax ship } }';
    expect(thrownBy(() => executor.prepare(parse(swapped)))).toEqual(
      refused('a plan that asks b without the field price it requires'),
    );
  });

  test('an operation whose conditions have too many outcomes', () => {
    const names = Array.from({ length: 31 }, (_, index) => `v${index}`);
    const variables = names.map((name) => `$${name}: Boolean!`).join(' ');
    const fields = names.map((name) => `${name}: shop @skip(if: $${name})`).join(' ');
    expect(thrownBy(() => customerGraph().executor.prepare(parse(`query (${variables}) { ${fields} }`)))).toEqual(
      refused('31 variables in @skip and @include, more than 30'),
    );
  });

  test('an operation the native planner finds no plan for', () => {
    const refusal = thrownBy(() => customerGraph().executor.prepare(parse('{ nothing }'))) as ReturnType<
      typeof refused
    >;
    expect(refusal.extensions).toEqual({ code: 'OPERATION_UNSUPPORTED' });
    expect(refusal.message).toContain('got an operation without a plan');
  });

  test('an operation the document does not have, or not one alone', () => {
    const document = parse('query A { shop } query B { shop }');
    const invalid = (message: string) => ({ message, extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
    const { executor } = customerGraph();
    expect(thrownBy(() => executor.prepare(document))).toEqual(
      invalid('Expected one operation or an operationName, got 2 to choose from.'),
    );
    expect(thrownBy(() => executor.prepare(document, 'C'))).toEqual(
      invalid('Expected an operation named "C", got 0 to choose from.'),
    );
  });
});

describe('A plan part that is not known is refused by its name', () => {
  const fetch = { kind: 'Fetch', serviceName: 'a', operationKind: 'query', operation: '{x}' };
  const field = { kind: 'Field', name: 'id' };
  const requires = [{ kind: 'InlineFragment', typeCondition: 'T', selections: [field] }];
  const IS_T = { TypenameEquals: ['T'] };
  const flatten = (node: unknown, path: unknown = [{ Field: 'x' }]) => ({ kind: 'Flatten', path, node });
  const batch = (alias: object) => ({
    ...fetch,
    kind: 'BatchFetch',
    entityBatch: {
      aliases: [{ alias: '_e0', representationsVariableName: 'r', paths: [[{ Field: 'x' }]], requires, ...alias }],
    },
  });

  test.each<[unknown, string]>([
    [{ kind: 'Defer', primary: {}, deferred: [] }, 'the plan node "Defer"'],
    [{ kind: 'Subscription', primary: fetch }, 'the operation kind "query" in Fetch'],
    [{ kind: 'Subscription', primary: { ...fetch, requires } }, 'the plan key "requires" in Fetch'],
    [{ kind: 'Subscription', primary: fetch, rest: [] }, 'the plan key "rest" in Subscription'],
    [flatten({ kind: 'Subscription', primary: fetch }), 'the plan node "Subscription" below Flatten'],
    [{ kind: 'Condition', condition: 'v', ifClause: fetch }, 'the plan node "Condition"'],
    [{ kind: 'Loop', nodes: [fetch] }, 'the plan node "Loop"'],
    [{ ...fetch, outputRewrites: [] }, 'the plan key "outputRewrites" in Fetch'],
    [{ ...fetch, inputRewrites: [{ KeyRenamer: {} }] }, 'the plan key "KeyRenamer" in inputRewrites[]'],
    [{ ...fetch, requires }, 'the plan key "requires" in Fetch'],
    [{ ...fetch, operationKind: 'subscription' }, 'the operation kind "subscription" in Fetch'],
    [{ ...fetch, operation: 1 }, '1 as Fetch.operation of the plan'],
    [{ ...fetch, variableUsages: 'id' }, '"id" as Fetch.variableUsages of the plan'],
    [{ kind: 'Sequence', nodes: [fetch], hint: 1 }, 'the plan key "hint" in Sequence'],
    [{ kind: 'Parallel', nodes: 'none' }, '"none" as Parallel.nodes of the plan'],
    [flatten({ kind: 'Sequence', nodes: [] }), 'the plan node "Sequence" below Flatten'],
    [flatten({ ...fetch }), 'undefined as requires of the plan'],
    [flatten({ ...fetch, requires }, [{ Index: 1 }]), 'the plan key "Index" in Flatten.path'],
    [flatten({ ...fetch, requires }, ['*']), '"*" as Flatten.path of the plan'],
    [
      flatten({ ...fetch, requires: [{ kind: 'FragmentSpread', value: 'F' }] }),
      'the required selection "FragmentSpread"',
    ],
    [
      flatten({ ...fetch, requires: [{ ...requires[0], skipIf: 'v' }] }),
      'the plan key "skipIf" in requires.InlineFragment',
    ],
    [flatten({ ...fetch, requires: [{ ...field, args: {} }] }), 'the plan key "args" in requires.Field'],
    [batch({ outputRewrites: [] }), 'the plan key "outputRewrites" in BatchFetch.entityBatch.aliases[]'],
    [
      flatten({ ...fetch, requires, inputRewrites: [{ KeyRenamer: { path: [], renameKeyTo: 'x' } }] }),
      'the plan key "KeyRenamer" in inputRewrites[]',
    ],
    [
      flatten({ ...fetch, requires, inputRewrites: [{ ValueSetter: { path: [{ Key: 'x' }], setValueTo: 'y' } }] }),
      'undefined as ValueSetter.path[1] of the plan',
    ],
    [
      flatten({
        ...fetch,
        requires,
        inputRewrites: [{ ValueSetter: { path: [IS_T, { Key: 'x' }], setValueTo: 'y' } }],
      }),
      'the rewrite of "x"',
    ],
    [flatten({ ...fetch, requires, outputRewrites: [] }), 'the plan key "outputRewrites" in Fetch'],
    [batch({ paths: [{}] }), '{} as Flatten.path of the plan'],
  ])('%j', (node, part) => {
    expect(thrownBy(() => parsePlan({ kind: 'QueryPlan', node }))).toEqual(refused(part));
  });

  test('the plan itself', () => {
    expect(thrownBy(() => parsePlan('x'))).toEqual(refused('"x" as QueryPlan of the plan'));
    expect(thrownBy(() => parsePlan({ kind: 'Plan' }))).toEqual(refused('the plan kind "Plan"'));
    expect(thrownBy(() => parsePlan({ kind: 'QueryPlan', cost: 1 }))).toEqual(
      refused('the plan key "cost" in QueryPlan'),
    );
  });
});
