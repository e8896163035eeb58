/**
 * What a subgraph may do at the other end of a socket: each gives the others' data, a coded error at each place that has none, and
 * never another customer's data. What the bodies may hold is in abuse.test.ts.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connectSubgraph, type RemoteSubgraph, type SubgraphTransport } from '../../gateway/execute/fetch';
import { customerGraph } from './customer-graph';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

let server: Server;
let remote: RemoteSubgraph;
let handle: Handler;

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => handle(request, response, Buffer.concat(chunks).toString()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

// What one test's subgraph did is not held against the next one's.
beforeEach(() => {
  const { port } = server.address() as AddressInfo;
  remote = connectSubgraph({ name: 'crm', url: `http://127.0.0.1:${port}/graphql`, key: null, now: Date.now });
});

afterEach(() => remote.close());

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const QUERY = '{ customers(ids: [1, 2]) { name contact { email } lastOrder { id } } }';
const ask = (subgraphTimeoutMs = 5_000, transport: SubgraphTransport = remote.transport) =>
  customerGraph({
    subgraphTimeoutMs,
    answers: { crm: (request, _real, context, whenUnwanted) => transport(request, context, whenUnwanted) },
  }).run(QUERY);

/** Everything but what the subgraph owns, and one error at each customer. */
const without = (what: string, code = 'SUBGRAPH_UNAVAILABLE', outcome = 'as expected') => ({
  data: {
    customers: [
      { name: 'Ada', contact: null, lastOrder: { id: 'order of c1' } },
      { name: 'Grace', contact: null, lastOrder: { id: 'order of c2' } },
    ],
  },
  errors: [0, 1].map((index) => ({
    message: `The subgraph crm did not answer ${outcome}: ${what}.`,
    path: ['customers', index],
    extensions: { code, serviceName: 'crm' },
  })),
});
const NONE = 'expected an answer, got none';

const sends =
  (
    body: string | Buffer,
    status = 200,
    headers: Record<string, string> = { 'content-type': 'application/json' },
  ): Handler =>
  (_request, response) =>
    response.writeHead(status, headers).end(body);
const answer = (entities: unknown) => JSON.stringify({ data: { _entities: entities } });
const contact = (email: string) => ({ contact: { email } });

test('a subgraph that answers is read', async () => {
  handle = sends(answer([contact('one'), contact('two')]));
  expect(await ask()).toEqual({
    data: {
      customers: [
        { name: 'Ada', contact: { email: 'one' }, lastOrder: { id: 'order of c1' } },
        { name: 'Grace', contact: { email: 'two' }, lastOrder: { id: 'order of c2' } },
      ],
    },
  });
});

describe('Instead of a GraphQL answer', () => {
  const HTML = '<html><title>502 Bad Gateway</title><p>crm-7.internal</p></html>';
  test.each<[string, Handler, string]>([
    ['garbage', sends('\u0000\ufffd}{'), NONE],
    ['bytes that are no text', sends(Buffer.from([0xff, 0xfe, 0x7b, 0x00])), NONE],
    ['HTML that says it went well', sends(HTML, 200, { 'content-type': 'text/html' }), NONE],
    ['HTML of a proxy', sends(HTML, 502, { 'content-type': 'text/html' }), NONE],
    ['nothing', sends(''), NONE],
    ['no content', (_request, response) => void response.writeHead(204).end(), NONE],
    ['another address', sends('', 302, { location: 'http://127.0.0.1:1/' }), NONE],
    ['JSON that is no answer', sends('"ok"'), 'expected a GraphQL answer, got something else'],
    ['half a body', sends(answer([contact('one'), contact('two')]).slice(0, 40)), NONE],
    [
      'less than was announced',
      (_request, response) => {
        const body = answer([contact('one'), contact('two')]);
        response.writeHead(200, { 'content-length': String(body.length * 2) });
        response.write(body, () => response.destroy());
      },
      NONE,
    ],
    ['a closed connection', (request) => void request.socket.destroy(), NONE],
    ['fewer entities', sends(answer([contact('of whom?')])), 'expected 2 entities, got 1'],
    ['more entities', sends(answer([contact('1'), contact('2'), contact('3')])), 'expected 2 entities, got 3'],
    ['entities of the wrong type', sends(answer({ 0: contact('1') })), 'expected 2 entities, got no list'],
  ])('%s is an error at each customer', async (_name, handler, what) => {
    handle = handler;
    expect(await ask()).toEqual(without(what));
  });
});

test('a body of 10 MB is cut off while it comes', async () => {
  const megabyte = Buffer.alloc(1024 * 1024, 0x20);
  let sent = 0;
  const cut = new Promise((resolve) => {
    handle = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = (): void => {
        if (response.destroyed) return;
        if (++sent > 64) response.end(answer([]));
        else response.write(megabyte, more);
      };
      response.on('close', resolve);
      more();
    };
  });
  expect(await ask()).toEqual(without('expected an answer of at most 8 MiB, got a larger one'));
  await cut;
  expect(sent).toBeLessThan(64);
});

test('a subgraph that does not answer in time is left, and told so', async () => {
  const left = new Promise((resolve) => {
    handle = (_request, response) => void response.on('close', resolve);
  });
  expect(await ask(50)).toEqual(without('waited 50 ms', 'SUBGRAPH_TIMEOUT', 'in time'));
  await left;
});

test('one that begins to answer and then stops is as late as one that does not', async () => {
  const left = new Promise((resolve) => {
    handle = (_request, response) => {
      response.writeHead(200).write('{"data":');
      response.on('close', resolve);
    };
  });
  expect(await ask(50)).toEqual(without('waited 50 ms', 'SUBGRAPH_TIMEOUT', 'in time'));
  await left;
});

test('a subgraph that is not there', async () => {
  const gone = createServer();
  await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
  const { port } = gone.address() as AddressInfo;
  await new Promise((resolve) => gone.close(resolve));
  const nobody = connectSubgraph({ name: 'crm', url: `http://127.0.0.1:${port}/graphql`, key: null, now: Date.now });
  expect(await ask(5_000, nobody.transport)).toEqual(without(NONE));
  await nobody.close();
});

test('answers go to the request that asked, however they come in', async () => {
  const waiting: (() => void)[] = [];
  handle = (_request, response, body) => {
    const { representations } = (JSON.parse(body) as { variables: { representations: { id: string }[] } }).variables;
    waiting.push(() => response.end(answer(representations.map(({ id }) => contact(`mail of ${id}`)))));
    // The last to ask is the first to be answered.
    if (waiting.length === 10) for (const send of waiting.reverse()) send();
  };
  const { run } = customerGraph({
    subgraphTimeoutMs: 5_000,
    answers: { crm: (request, _real, context) => remote.transport(request, context) },
  });
  const ids = Array.from({ length: 10 }, (_, index) => (index % 3) + 1);
  const answers = await Promise.all(
    ids.map((id) => run('query ($id: ID!) { customer(id: $id) { id contact { email } } }', { id })),
  );
  expect(answers).toEqual(
    ids.map((id) => ({ data: { customer: { id: String(id), contact: { email: `mail of ${id}` } } } })),
  );
});
