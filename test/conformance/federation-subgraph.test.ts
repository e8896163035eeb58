/**
 * The test files of Apollo's federation subgraph compatibility suite, run as they are published, on a `products` subgraph made with our
 * `defineSubgraph`. Where they ask a router, they ask our gateway, over the three subgraphs by HTTP. Only their client is replaced,
 * since it names fixed ports. Apollo Server puts `products` on HTTP, as our own server takes only what a gateway of ours has signed;
 * the trace that `ftv1` reads is its.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import type { GraphQLSchema } from 'graphql';
import { connectSubgraph } from '../../gateway/execute/fetch';
import { composeSupergraph } from '../../gateway/supergraph';
import { createEndpoint } from '../../subgraphs/endpoint';
import { openTestGraph, startGatewayOver } from '../gateway/started-gateway';
import { inventory, SUITE, users } from './products/counterparts';
import { products } from './products/subgraph';

const urls = { products: '', gateway: '' };
const closers: Array<() => Promise<unknown>> = [];

beforeAll(async () => {
  const served = await Promise.all(
    [products, users, inventory].map(async (subgraph) => ({ ...subgraph, url: await serve(subgraph.schema) })),
  );
  const transports = served.map(({ name, url }) => {
    const remote = connectSubgraph({ name, url, key: null, now: Date.now });
    closers.push(() => remote.close());
    return [name, remote.transport] as const;
  });
  const supergraphSdl = composeSupergraph(served);
  const gateway = await startGatewayOver(
    await openTestGraph({ supergraphSdl, transports: Object.fromEntries(transports) }),
  );
  closers.push(() => gateway.close());
  urls.products = served[0]?.url ?? '';
  urls.gateway = gateway.url;
});
afterAll(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

jest.doMock(path.join(SUITE, 'dist', 'utils', 'client.js'), () => ({
  productsRequest: (request: unknown, headers?: Record<string, string>) => ask(urls.products, request, headers),
  routerRequest: (request: unknown, headers?: Record<string, string>) => ask(urls.gateway, request, headers),
}));

describe('The products subgraph of the compatibility suite', () => {
  const folder = path.join(SUITE, 'dist', 'tests');
  const files = readdirSync(folder).filter((name) => name.endsWith('.test.js'));
  for (const file of files) {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    describe(file.replace('.test.js', ''), () => void require(path.join(folder, file)));
  }

  it('is all of 12 files', () => {
    expect(files).toHaveLength(12);
  });
});

describe('A subgraph without policy', () => {
  it('cannot be served, neither in one process with the others nor by itself', () => {
    expect(() => createEndpoint({ schema: products.schema, contextOf: (scope) => scope })).toThrow(
      'Expected an enforced schema, but this one is defined with policy: none, which is for tests.',
    );
  });
});

const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

async function serve(schema: GraphQLSchema): Promise<string> {
  const server = new ApolloServer({ schema, logger: SILENT });
  const { url } = await startStandaloneServer(server, { listen: { port: 0, host: '127.0.0.1' } });
  closers.push(() => server.stop());
  return url;
}

async function ask(url: string, request: unknown, headers: Record<string, string> = {}): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
    body: JSON.stringify(request),
  });
  return response.json();
}
