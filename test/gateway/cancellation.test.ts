/** What the gateway asks of a subgraph ends with whoever waits for it: the client, the deadline, the size an answer may have. */
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import { connectSubgraph } from '../../gateway/execute/fetch';
import type { RemoteSubgraph } from '../../gateway/execute/fetch';
import { composeSupergraph } from '../../gateway/supergraph';
import type { Principal } from '../../schema/request-policy';
import { listen, openTestGraph, startGatewayOver } from './started-gateway';
import type { StartedGateway } from './started-gateway';

const SDL = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
  type Query { now: String, later: String }
  type Mutation { record: String }
`;

const SENDER: Principal = { id: 'sender', role: 'RENDERER', scopes: [] };
/** Puts the deadline of every request so far away that none of these tests passes because of it. */
const inAnHour = () => Date.now() + 3_600_000;

/** A request that reached the subgraph and is not answered yet. */
interface Waiting {
  readonly response: ServerResponse;
  /** How it ended: with an answer, or because the gateway hung up. */
  readonly ended: Promise<'answered' | 'abandoned'>;
}

const closers: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

describe('What nobody waits for any more', () => {
  it('is given up in the subgraph when the client of a query goes away', async () => {
    const { ask, nextWaiting } = await started();
    const client = new AbortController();
    const asked = ask('{ later }', client.signal);
    const waiting = await nextWaiting();
    client.abort();
    await expect(asked).rejects.toThrow('abort');
    expect(await waiting.ended).toBe('abandoned');
  });

  it('is given up in the subgraph when the sender that called a template goes away', async () => {
    const { subgraph, nextWaiting } = await slowSubgraph();
    const folder = path.join(__dirname, '..', '..', 'schema');
    const key = 'k'.repeat(32);
    const transports = ['analytics', 'commerce', 'crm', 'profiles', 'support'].map((name) => {
      const remote = connectSubgraph({ name, url: subgraph.url, key, now: Date.now });
      closers.push(() => remote.close());
      return [name, remote.transport] as const;
    });
    const graph = await openTestGraph({
      supergraphSdl: readFileSync(path.join(folder, 'generated', 'supergraph.graphql'), 'utf8'),
      transports: Object.fromEntries(transports),
      templatesDir: path.join(folder, 'templates'),
      subgraphTimeoutMs: 60_000,
    });
    const gateway = await startGatewayOver(graph, { principal: SENDER, now: inAnHour });
    closers.push(() => gateway.close());

    const client = new AbortController();
    const url = gateway.url.replace('/graphql', '/v1/templates/abandoned-cart/customers/01ARZ3NDEKTSV4RRFFQ69G5FAV');
    const asked = fetch(url, { signal: client.signal });
    const waiting = await nextWaiting();
    client.abort();
    await expect(asked).rejects.toThrow('abort');
    expect(await waiting.ended).toBe('abandoned');
  });

  it('is carried out all the same when it is a mutation', async () => {
    const { ask, nextWaiting } = await started();
    const client = new AbortController();
    const asked = ask('mutation { record }', client.signal);
    const waiting = await nextWaiting();
    client.abort();
    await expect(asked).rejects.toThrow('abort');
    // By the time this is answered the gateway has seen the other client leave.
    expect((await ask('{ now }')).body).toEqual({ data: { now: 'now' } });
    answer(waiting, { record: 'recorded' });
    expect(await waiting.ended).toBe('answered');
  });

  it('is given up in the subgraph when its time is up, and the client is told', async () => {
    const { ask, nextWaiting } = await started({ subgraphTimeoutMs: 60 });
    const [{ body }, waiting] = await Promise.all([ask('{ now later }'), nextWaiting()]);
    expect(await waiting.ended).toBe('abandoned');
    expect(body).toEqual({
      data: { now: null, later: null },
      errors: ['now', 'later'].map((field) => ({
        message: 'The subgraph slow did not answer in time: waited 60 ms.',
        path: [field],
        extensions: { code: 'SUBGRAPH_TIMEOUT', serviceName: 'slow' },
      })),
    });
  });

  it('holds no connection that others wait for', async () => {
    const { ask, nextWaiting, connections } = await started();
    const clients = Array.from({ length: 100 }, () => new AbortController());
    const asked = clients.map(({ signal }) => ask('{ later }', signal));
    const hung = await Promise.all(Array.from({ length: 64 }, () => nextWaiting()));
    clients.forEach((client) => client.abort());
    await Promise.allSettled(asked);
    expect((await ask('{ now }')).body).toEqual({ data: { now: 'now' } });
    expect(new Set(await Promise.all(hung.map(({ ended }) => ended)))).toEqual(new Set(['abandoned']));
    expect(connections()).toBeGreaterThanOrEqual(64);
  });

  it('is cut off in the middle of an answer that is too large, with a coded error', async () => {
    const { ask, nextWaiting } = await started();
    const asked = ask('{ later }');
    const waiting = await nextWaiting();
    const mebibyte = 'x'.repeat(1024 * 1024);
    waiting.response.writeHead(200, { 'content-type': 'application/json' });
    waiting.response.write('{"data":{"later":"');
    // Never ends by itself: it writes on for as long as somebody reads.
    const writeOn = () => {
      while (!waiting.response.destroyed && waiting.response.write(mebibyte));
    };
    waiting.response.on('drain', writeOn);
    writeOn();
    expect(await waiting.ended).toBe('abandoned');
    expect((await asked).body).toEqual({
      data: { later: null },
      errors: [
        {
          message:
            'The subgraph slow did not answer as expected: expected an answer of at most 8 MiB, got a larger one.',
          path: ['later'],
          extensions: { code: 'SUBGRAPH_UNAVAILABLE', serviceName: 'slow' },
        },
      ],
    });
  });
});

it('One connection to a subgraph serves one request after the other', async () => {
  const { ask, connections } = await started();
  for (let round = 0; round < 5; round += 1) expect((await ask('{ now }')).body).toEqual({ data: { now: 'now' } });
  expect(connections()).toBe(1);
});

interface Body {
  data?: unknown;
  errors?: Array<{ message: string; extensions: { code: string } }>;
}

async function started({ subgraphTimeoutMs = 60_000 } = {}) {
  const { subgraph, nextWaiting, connections } = await slowSubgraph();
  const remote: RemoteSubgraph = connectSubgraph({ name: 'slow', url: subgraph.url, key: null, now: Date.now });
  closers.push(() => remote.close());
  const graph = await openTestGraph({
    supergraphSdl: composeSupergraph([{ name: 'slow', sdl: SDL, url: subgraph.url }]),
    transports: { slow: remote.transport },
    subgraphTimeoutMs,
  });
  const gateway: StartedGateway = await startGatewayOver(graph, { now: inAnHour });
  closers.push(() => gateway.close());
  const ask = async (query: string, signal?: AbortSignal) => {
    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
      ...(signal === undefined ? {} : { signal }),
    });
    return { status: response.status, body: (await response.json()) as Body };
  };
  return { ask, nextWaiting, connections };
}

/** Answers `now` at once; anything else waits until the test answers it. */
async function slowSubgraph() {
  const arrived: Waiting[] = [];
  const wanted: Array<(waiting: Waiting) => void> = [];
  const sockets = new Set<unknown>();
  const subgraph = await listen(async (request, response) => {
    sockets.add(request.socket);
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const ended = new Promise<'answered' | 'abandoned'>((resolve) => {
      response.on('close', () => resolve(response.writableFinished ? 'answered' : 'abandoned'));
    });
    const waiting: Waiting = { response, ended };
    if (!/later|record|customer/.test((JSON.parse(body) as { query: string }).query)) {
      return answer(waiting, { now: 'now' });
    }
    const take = wanted.shift();
    if (take === undefined) arrived.push(waiting);
    else take(waiting);
  });
  closers.push(() => subgraph.close());
  const nextWaiting = async () => arrived.shift() ?? new Promise<Waiting>((resolve) => wanted.push(resolve));
  return { subgraph, nextWaiting, connections: () => sockets.size };
}

function answer({ response }: Waiting, data: Record<string, unknown>): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data }));
}
