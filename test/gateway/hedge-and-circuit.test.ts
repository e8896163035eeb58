/** A subgraph over HTTP that is slow or loses a query is asked a second time; one that keeps failing is left alone for a while. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connectSubgraph } from '../../gateway/execute/fetch';
import { createMetrics } from '../../gateway/metrics';
import { composeSupergraph } from '../../gateway/supergraph';
import { listen, openTestGraph, startGatewayOver } from './started-gateway';

const SDL = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
  type Query { stock: Int }
  type Mutation { order: Int }
`;

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

const closers: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const answers: Handle = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"stock":7,"order":1}}');
};
const hangs: Handle = () => {};
const breaks: Handle = (request) => void request.socket.destroy();
const garbles: Handle = (_request, response) => void response.end('<html>');
const fails: Handle = (_request, response) => void response.writeHead(503).end('{"errors":[{"message":"busy"}]}');

const failed = (what: string, field = 'stock', code = 'SUBGRAPH_UNAVAILABLE', how = 'as expected') => ({
  data: { [field]: null },
  errors: [
    {
      message: `The subgraph shop did not answer ${how}: ${what}.`,
      path: [field],
      extensions: { code, serviceName: 'shop' },
    },
  ],
});
const NONE = failed('expected an answer, got none');
const NOT_ASKED = failed('not asked, since it failed too often just now');
const ANSWER = { data: { stock: 7 } };

describe('A query over HTTP', () => {
  it('that is not answered by half of its time is asked again, and the first is given up', async () => {
    const { ask, handled, metricOf } = await started([hangs, answers], { subgraphTimeoutMs: 1_000 });
    expect(await ask('{ stock }')).toEqual(ANSWER);
    expect(await Promise.all(handled)).toEqual(['abandoned', 'answered']);
    expect(await metricOf('facet_subgraph_hedges_total')).toBe(1);
  });

  it('is answered by the first where that is the sooner', async () => {
    let late: (() => void) | undefined;
    const first: Handle = (request, response) => (late = () => answers(request, response));
    const second: Handle = () => late?.();
    const { ask, handled } = await started([first, second], { subgraphTimeoutMs: 1_000 });
    expect(await ask('{ stock }')).toEqual(ANSWER);
    expect(await Promise.all(handled)).toEqual(['answered', 'abandoned']);
  });

  it('that the connection lost is asked again at once, once', async () => {
    const { ask, handled } = await started([breaks, answers, breaks, breaks, answers]);
    expect(await ask('{ stock }')).toEqual(ANSWER);
    expect(await ask('{ stock }')).toEqual(NONE);
    expect(handled).toHaveLength(4);
  });

  it('that was answered is not asked again, however badly', async () => {
    const { ask, handled } = await started([garbles, answers]);
    expect(await ask('{ stock }')).toEqual(NONE);
    expect(handled).toHaveLength(1);
  });

  it('ends at its time, though it was asked again', async () => {
    const { ask, handled } = await started([hangs, hangs], { subgraphTimeoutMs: 100 });
    expect(await ask('{ stock }')).toEqual(failed('waited 100 ms', 'stock', 'SUBGRAPH_TIMEOUT', 'in time'));
    expect(await Promise.all(handled)).toEqual(['abandoned', 'abandoned']);
  });
});

describe('A mutation over HTTP', () => {
  it('is asked once, be it slow or lost', async () => {
    const { ask, handled } = await started([hangs, breaks, answers], { subgraphTimeoutMs: 100 });
    expect(await ask('mutation { order }')).toEqual(failed('waited 100 ms', 'order', 'SUBGRAPH_TIMEOUT', 'in time'));
    expect(await ask('mutation { order }')).toEqual(failed('expected an answer, got none', 'order'));
    expect(handled).toHaveLength(2);
  });
});

describe('A subgraph over HTTP', () => {
  const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

  it.each([
    ['answers garbage', garbles, 20],
    ['breaks the connection, twice each', breaks, 10],
  ])('that %s is not asked for five seconds, then once', async (_name, handle, queries) => {
    const { ask, handled, clock, metricOf } = await started([...times(20, handle), garbles, answers]);
    for (let query = 0; query < queries; query += 1) expect(await ask('{ stock }')).toEqual(NONE);
    expect(handled).toHaveLength(20);
    expect(await metricOf('facet_subgraph_circuit_open')).toBe(1);
    clock.now += 4_999;
    expect(await ask('{ stock }')).toEqual(NOT_ASKED);
    expect(handled).toHaveLength(20);
    clock.now += 1;
    expect(await ask('{ stock }')).toEqual(NONE);
    expect(await ask('{ stock }')).toEqual(NOT_ASKED);
    clock.now += 5_000;
    expect(await ask('{ stock }')).toEqual(ANSWER);
    expect(await ask('{ stock }')).toEqual(ANSWER);
    expect(await metricOf('facet_subgraph_circuit_open')).toBe(0);
  });

  it('that answers errors of GraphQL, or whose client goes away, is asked on', async () => {
    const { ask, handled } = await started(times(25, fails));
    for (let query = 0; query < 25; query += 1) expect(await ask('{ stock }')).toMatchObject({ data: { stock: null } });
    expect(handled).toHaveLength(25);
  });
});

/** The last of the handlers takes all that come after. */
async function started(handlers: readonly Handle[], { subgraphTimeoutMs = 10_000 } = {}) {
  const handled: Promise<string>[] = [];
  const subgraph = await listen((request, response) => {
    request.resume();
    request.once('end', () => {
      const handle = handlers[Math.min(handled.length, handlers.length - 1)] as Handle;
      handled.push(
        new Promise((resolve) => {
          response.once('close', () => resolve(response.writableFinished ? 'answered' : 'abandoned'));
        }),
      );
      handle(request, response);
    });
  });
  const clock = { now: Date.UTC(2036, 0, 1) };
  const remote = connectSubgraph({ name: 'shop', url: subgraph.url, key: null, now: () => clock.now });
  const graph = await openTestGraph({
    supergraphSdl: composeSupergraph([{ name: 'shop', sdl: SDL, url: subgraph.url }]),
    transports: { shop: remote.transport },
    subgraphTimeoutMs,
  });
  // So far away that no deadline but the subgraph's own ends anything here.
  const gateway = await startGatewayOver(graph, { now: () => Date.now() + 3_600_000 });
  closers.push(
    () => subgraph.close(),
    () => remote.close(),
    () => gateway.close(),
  );
  const metrics = createMetrics();
  metrics.watchExecutor(() => graph.executor);
  return {
    handled,
    clock,
    ask: async (query: string): Promise<unknown> => {
      const response = await fetch(gateway.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      return response.json();
    },
    metricOf: async (name: string) => {
      const line = (await metrics.text()).split('\n').find((each) => each.startsWith(`${name}{subgraph="shop"}`));
      return Number(line?.split(' ').at(-1));
    },
  };
}
