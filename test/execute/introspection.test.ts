import { getIntrospectionQuery, graphqlSync, parse, printSchema, validateSchema } from 'graphql';
import { createExecutor } from '../../gateway/execute/executor';
import { composed, composeSupergraph, requestContext } from './composed';
import { CUSTOMER_GRAPH, customerGraph } from './customer-graph';

describe('The public schema', () => {
  const { executor } = customerGraph();

  test('holds no @inaccessible element and nothing federation added', () => {
    const sdl = printSchema(executor.publicSchema);
    expect(sdl).not.toMatch(
      /sourceKeys|SourceKey|access|ContactPermission|contactPermission|join__|link__|inaccessible/,
    );
    expect(sdl).toContain('greeting(word: String = "Hi"): String');
    expect(validateSchema(executor.publicSchema)).toEqual([]);
  });

  test('leaves out inaccessible arguments, input fields, enum values, union members and interfaces', () => {
    const { executor } = composed({
      a: {
        typeDefs: `
          type Query { find(by: By, secret: Int @inaccessible): Found level: Level }
          input By { name: String secret: Int @inaccessible }
          enum Level { LOW SECRET @inaccessible }
          union Found = Open | Closed
          interface Hidden @inaccessible { name: String }
          type Open implements Hidden { name: String }
          type Closed @inaccessible { name: String }`,
      },
    });
    expect(printSchema(executor.publicSchema)).toBe(
      [
        'type Query {\n  find(by: By): Found\n  level: Level\n}',
        'type Open {\n  name: String\n}',
        'union Found = Open',
        'enum Level {\n  LOW\n}',
        'input By {\n  name: String\n}',
      ].join('\n\n'),
    );
  });
});

describe('Introspection', () => {
  test('is answered from the public schema without asking a subgraph', async () => {
    const { executor, run, asked } = customerGraph();
    const result = await run(getIntrospectionQuery());
    const expected = graphqlSync({ schema: executor.publicSchema, source: getIntrospectionQuery() });
    expect(result).toEqual(JSON.parse(JSON.stringify(expected)));
    expect(asked).toEqual([]);
  });

  test('stands beside other fields, with aliases, variables, fragments and conditions', async () => {
    const { run } = customerGraph();
    const query = `query ($name: String!, $no: Boolean!) {
      shop
      ... on Query { it: __type(name: $name) { ...N fields { name } } none: __type(name: "SourceKey") { name } }
      customer(id: 1) { name }
      kind: __typename
      __schema @skip(if: $no) { queryType { name } }
    }
    fragment N on __Type { name }`;
    const { data } = await run(query, { name: 'Money', no: true });
    expect(JSON.stringify(data)).toBe(
      '{"shop":"open","it":{"name":"Money","fields":[{"name":"amountMinor"},{"name":"currency"}]},"none":null,"customer":{"name":"Ada"},"kind":"Query"}',
    );
    expect((await run(query, { name: 'Nope', no: false })).data).toMatchObject({
      it: null,
      __schema: { queryType: { name: 'Query' } },
    });
  });

  test('of root type names needs no subgraph', async () => {
    const { run, asked } = customerGraph();
    expect(await run('{ __typename a: __typename }')).toEqual({ data: { __typename: 'Query', a: 'Query' } });
    expect(await run('mutation { __typename }')).toEqual({ data: { __typename: 'Mutation' } });
    expect(asked).toEqual([]);
  });
});

describe('createExecutor', () => {
  const supergraphSdl = composeSupergraph(CUSTOMER_GRAPH);
  const transport = async () => ({ data: { shop: 'open' } });
  const transports = { profiles: transport, crm: transport, commerce: transport };

  test.each([
    [
      { transports: { profiles: transport, crm: transport } },
      'Expected transports["commerce"] to be a function, got undefined.',
    ],
    [{ maxRepresentations: 0 }, 'Expected maxRepresentations to be a positive integer, got 0.'],
    [{ subgraphTimeoutMs: Infinity }, 'Expected subgraphTimeoutMs to be a positive integer, got Infinity.'],
    [{ planCacheSize: 1.5 }, 'Expected planCacheSize to be a positive integer, got 1.5.'],
    [
      { supergraphSdl: 'type Query { a: Int }' },
      'Expected a federation 2 supergraph with the enum join__Graph, got a schema without it.',
    ],
  ])('says what was expected and what came: %j', (options, message) => {
    expect(() => createExecutor({ supergraphSdl, transports, ...(options as object) })).toThrow(message);
  });

  test('takes more transports than the supergraph has subgraphs', async () => {
    const executor = createExecutor({ supergraphSdl, transports: { ...transports, other: transport } });
    const result = await executor.prepare(parse('{ shop }')).execute({}, requestContext());
    expect(result).toEqual({ dataText: '{"shop":"open"}' });
  });
});
