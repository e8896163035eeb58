import { buildSchema, GraphQLError } from 'graphql';
import { inProcessTransport } from '../../gateway/execute/fetch';
import { requestContext } from './composed';

describe('The transport within one process', () => {
  const schema = buildSchema('type Query { who(word: String): String fails: Int }');
  Object.assign(schema.getQueryType()?.getFields().who as object, {
    resolve: (_: unknown, { word }: { word?: string }, context: { requestId: string; notes?: unknown[] }) => {
      context.notes?.push({ path: ['who'] });
      return `${word} ${context.requestId}`;
    },
  });
  Object.assign(schema.getQueryType()?.getFields().fails as object, {
    resolve: () => {
      throw new GraphQLError('no', { extensions: { code: 'STORE_UNAVAILABLE' } });
    },
  });

  test('gives the resolvers the request context itself', async () => {
    const send = inProcessTransport({ schema });
    const request = { query: 'query ($w: String) { who(word: $w) }', variables: { w: 'hi' } };
    expect(await send(request, requestContext())).toEqual({ data: { who: 'hi test' } });
    expect(await send({ ...request, variables: { w: 'ho' } }, requestContext())).toEqual({ data: { who: 'ho test' } });
  });

  test('makes one context value per request, and reads the answer’s extensions from it', async () => {
    const send = inProcessTransport({
      schema,
      createContext: ({ requestId }) => ({ requestId, notes: [] as { path: string[] }[] }),
      extensionsOf: ({ notes }) => (notes.length === 0 ? undefined : { privacy: { stale: notes } }),
    });
    expect(await send({ query: '{ who(word: "a") }', variables: {} }, requestContext())).toEqual({
      data: { who: 'a test' },
      extensions: { privacy: { stale: [{ path: ['who'] }] } },
    });
    const failed = await send({ query: '{ fails }', variables: {} }, requestContext());
    expect(JSON.parse(JSON.stringify(failed))).toMatchObject({
      data: { fails: null },
      errors: [{ message: 'no', path: ['fails'], extensions: { code: 'STORE_UNAVAILABLE' } }],
    });
    expect(failed.extensions).toBeUndefined();
  });

  test('picks the operation by name', async () => {
    const send = inProcessTransport({ schema });
    const query = 'query A { a: __typename } query B { b: __typename }';
    expect(await send({ query, operationName: 'B', variables: {} }, requestContext())).toEqual({
      data: { b: 'Query' },
    });
  });
});
