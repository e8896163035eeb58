/** What a subgraph at the other end of a socket is sent. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { connectSubgraph, type RemoteSubgraph } from '../../gateway/execute/fetch';
import { requestContext } from './composed';

let server: Server;
let remote: RemoteSubgraph;
let received: unknown;

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      received = JSON.parse(Buffer.concat(chunks).toString());
      response.setHeader('content-type', 'application/json').end('{"data":null}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  remote = connectSubgraph({ name: 'crm', url: `http://127.0.0.1:${port}/graphql`, key: null, now: Date.now });
});

afterAll(async () => {
  await remote.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('A subgraph is sent query and variables as JSON has them, lists that were sent before included', async () => {
  const list = fc.array(fc.jsonValue());
  const variables = fc.dictionary(fc.string(), fc.oneof(list, fc.jsonValue(), fc.constant(undefined)));
  const request = fc.record(
    { query: fc.string(), operationName: fc.string(), variables },
    { requiredKeys: ['query', 'variables'] },
  );
  await fc.assert(
    fc.asyncProperty(request, async (sent) => {
      for (let time = 0; time < 2; time++) {
        await remote.transport(sent, requestContext());
        expect(received).toEqual(JSON.parse(JSON.stringify(sent)));
      }
    }),
  );
});
