/**
 * Errors of subgraphs as a client of the gateway reads them, over HTTP: whose word counts for what. A subgraph that shares a key with us
 * speaks the catalogue; of somebody else's only the codes are shown.
 */
import { buildSubgraphSchema } from '@apollo/subgraph';
import { graphql, GraphQLError, parse } from 'graphql';
import { connectSubgraph } from '../../gateway/execute/fetch';
import { composeSupergraph } from '../../gateway/supergraph';
import type { Principal } from '../../schema/request-policy';
import { EXPLORER, listen, openTestGraph, startGatewayOver } from './started-gateway';

const SDL = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
  type Query { stock(sku: ID!): Int shelf: [Int] }
`;

const closers: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const failing = (code: unknown, message = 'no such sku for ada@example.org') =>
  new GraphQLError(message, { extensions: { code, stacktrace: ['at db-7.internal'] } });
const MASKED = 'The subgraph warehouse could not resolve this field.';
const ASKED = '{ left: stock(sku: "1") }';

describe('An error of somebody else’s subgraph', () => {
  it.each([
    ['of its own', 'OUT_OF_STOCK', 'OUT_OF_STOCK'],
    ['of the catalogue', 'UNAUTHENTICATED', 'UNAUTHENTICATED'],
    ['that the gateway gives to documents', 'GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_VALIDATION_FAILED'],
    ['of one letter', 'X', 'X'],
    ['of 64 characters', 'A'.repeat(64), 'A'.repeat(64)],
    ['of 65 characters', 'A'.repeat(65), 'INTERNAL_SERVER_ERROR'],
    ['that is a sentence', 'No such sku for ada@example.org', 'INTERNAL_SERVER_ERROR'],
    ['with a line after it', 'OUT_OF_STOCK\n', 'INTERNAL_SERVER_ERROR'],
    ['that is empty', '', 'INTERNAL_SERVER_ERROR'],
    ['that is a number', 404, 'INTERNAL_SERVER_ERROR'],
    ['that is a list', ['OUT_OF_STOCK'], 'INTERNAL_SERVER_ERROR'],
    ['that is none', undefined, 'INTERNAL_SERVER_ERROR'],
  ])('with a code %s shows that code at most, and never the message', async (_name, code, shown) => {
    const { ask } = await started({ error: failing(code) });
    expect(await ask(ASKED)).toEqual({
      data: { left: null },
      errors: [{ message: MASKED, path: ['left'], extensions: { code: shown, serviceName: 'warehouse' } }],
    });
  });

  it('reads the same to a principal that may not read the schema, and asked again', async () => {
    const principal: Principal = { ...EXPLORER, scopes: ['operations:adhoc'] };
    const { ask } = await started({ error: failing('GRAPHQL_VALIDATION_FAILED'), principal });
    const shown = {
      data: { left: null },
      errors: [
        {
          message: MASKED,
          path: ['left'],
          extensions: { code: 'GRAPHQL_VALIDATION_FAILED', serviceName: 'warehouse' },
        },
      ],
    };
    for (const _time of [1, 2]) expect(await ask(ASKED)).toEqual(shown);
  });

  it('keeps its code where the answer’s status is not 200', async () => {
    const { ask } = await started({ error: failing('OVERLOADED'), status: 503 });
    expect(await ask('{ left: stock(sku: "1") shelf }')).toEqual({
      data: { left: null, shelf: null },
      errors: ['left', 'shelf'].map((field) => ({
        message: MASKED,
        path: [field],
        extensions: { code: 'OVERLOADED', serviceName: 'warehouse' },
      })),
    });
  });
});

describe('An error of a subgraph that shares a key with the gateway', () => {
  const shown = (message: string, code: string) => ({
    data: { left: null },
    errors: [{ message, path: ['left'], extensions: { code, serviceName: 'warehouse' } }],
  });

  it('shows code and message of the catalogue', async () => {
    const { ask } = await started({ error: failing('UPSTREAM_THROTTLED', 'Try later.'), key: 'k'.repeat(32) });
    expect(await ask(ASKED)).toEqual(shown('Try later.', 'UPSTREAM_THROTTLED'));
  });

  it.each([
    ['with 401 and a code', 401, failing('SUBGRAPH_UNAUTHENTICATED'), 'SUBGRAPH_UNAUTHENTICATED'],
    ['with 401 and no word of GraphQL', 401, '<html>401</html>', 'SUBGRAPH_UNAUTHENTICATED'],
    ['with 413 and a code', 413, failing('BODY_TOO_LARGE'), 'BODY_TOO_LARGE'],
    ['with 503 and a code', 503, failing('NOT_READY'), 'NOT_READY'],
    ['with 500 and a code of its own', 500, failing('OUT_OF_STOCK'), 'SUBGRAPH_UNAVAILABLE'],
    ['with 502 and no word of GraphQL', 502, '<html>db-7.internal</html>', 'SUBGRAPH_UNAVAILABLE'],
  ])('is told with its code, and not in its words, when it refuses the whole request: %s', async (...row) => {
    const [, status, error, code] = row;
    const { ask } = await started({ error, status, key: 'k'.repeat(32) });
    expect(await ask(ASKED)).toEqual(shown('The subgraph warehouse refused the request.', code));
  });

  it('shows neither where the code is not of the catalogue', async () => {
    const { ask } = await started({ error: failing('OUT_OF_STOCK'), key: 'k'.repeat(32) });
    expect(await ask(ASKED)).toEqual(shown(MASKED, 'INTERNAL_SERVER_ERROR'));
  });
});

async function started({
  error,
  status = 200,
  key = null,
  principal = EXPLORER,
}: {
  /** A text is the whole body, whatever it is. */
  readonly error: GraphQLError | string;
  /** Of the answer; where it is not 200 there is no data. */
  readonly status?: number;
  readonly key?: string | null;
  readonly principal?: Principal;
}) {
  const fail = () => {
    throw error as GraphQLError;
  };
  const schema = buildSubgraphSchema([
    { typeDefs: parse(SDL), resolvers: { Query: { stock: fail, shelf: fail } } as never },
  ]);
  const subgraph = await listen(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { query, variables } = JSON.parse(body) as { query: string; variables: Record<string, unknown> };
    const answer =
      status === 200 ? await graphql({ schema, source: query, variableValues: variables }) : { errors: [error] };
    const text = typeof error === 'string' ? error : JSON.stringify(answer);
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  });
  const remote = connectSubgraph({ name: 'warehouse', url: subgraph.url, key, now: Date.now });
  const graph = await openTestGraph({
    supergraphSdl: composeSupergraph([{ name: 'warehouse', sdl: SDL, url: subgraph.url }]),
    transports: { warehouse: remote.transport },
    subgraphTimeoutMs: 5_000,
  });
  const gateway = await startGatewayOver(graph, { principal });
  closers.push(
    () => subgraph.close(),
    () => remote.close(),
    () => gateway.close(),
  );
  return {
    ask: async (query: string): Promise<unknown> => {
      const response = await fetch(gateway.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      return response.json();
    },
  };
}
