/** Variables reach the subgraph as the client sent them, whatever they are called, or are refused in words. Each is asked twice, since the second time is without Apollo. */
import { connectSubgraph } from '../../gateway/execute/fetch';
import { composeSupergraph } from '../../gateway/supergraph';
import { listen, openTestGraph, startGatewayOver } from './started-gateway';

const SDL = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
  scalar Any
  input Filter { and: Filter, any: Any }
  type Query { echo(value: Any): Any find(filter: Filter, flag: Boolean): Any }
`;

const closers: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

describe('A variable', () => {
  test.each([['__proto__'], ['constructor'], ['toString'], ['hasOwnProperty'], ['proto']])(
    'named $%s arrives',
    async (name) => {
      const { ask, sent } = await started();
      const query = `query ($${name}: Any, $proto_: Boolean = true) { echo(value: $${name}) @include(if: $proto_) }`;
      for (const _time of [1, 2]) await ask(`{"query":"${query}","variables":{"${name}":{"__proto__":[1]}}}`);
      expect(sent.map(({ variables }) => JSON.stringify(Object.values(variables)))).toEqual([
        '[{"__proto__":[1]}]',
        '[{"__proto__":[1]}]',
      ]);
    },
  );

  test.each([['__proto__'], ['constructor']])(
    'named $%s that is not given is not sent, and decides no condition',
    async (name) => {
      const { ask, sent } = await started();
      const query = `query ($${name}: Any) { echo(value: $${name}) }`;
      for (const _time of [1, 2]) await ask(JSON.stringify({ query }));
      expect(sent.map(({ variables }) => variables)).toEqual([{}, {}]);
      const condition = `query ($${name}: Boolean!) { echo @include(if: $${name}) }`;
      expect(await ask(JSON.stringify({ query: condition }))).toEqual({
        status: 400,
        body: {
          errors: [{ message: expect.stringContaining('was not provided'), extensions: { code: 'BAD_USER_INPUT' } }],
        },
      });
      expect(await ask(`{"query":"${condition}","variables":{"${name}":false}}`)).toEqual({
        status: 200,
        body: { data: {} },
      });
    },
  );

  test('may be nested five hundred deep', async () => {
    const { ask, sent } = await started();
    for (const _time of [1, 2]) await ask(withValue(lists(500)));
    expect(sent.map(({ variables }) => JSON.stringify(variables))).toEqual([
      `{"v":${lists(500)}}`,
      `{"v":${lists(500)}}`,
    ]);
  });

  test.each([
    ['a custom scalar', 'v', (levels: number) => withValue(lists(levels))],
    ['an input object', 'f', (levels: number) => withFilter('{"and":'.repeat(levels) + 'null' + '}'.repeat(levels))],
    ['a custom scalar of an input object', 'f', (levels: number) => withFilter(`{"any":${lists(levels)}}`)],
  ])('nested deeper is refused, in %s', async (_kind, name, body) => {
    const { ask, sent } = await started();
    const refused = {
      status: 400,
      body: {
        errors: [
          {
            message: `Expected variable "$${name}" to be nested at most 500 levels deep.`,
            extensions: { code: 'BAD_USER_INPUT' },
          },
        ],
      },
    };
    for (const levels of [501, 10_000]) for (const _time of [1, 2]) expect(await ask(body(levels))).toEqual(refused);
    expect(sent).toEqual([]);
  });
});

test('An answer nested two hundred thousand deep is an error of its field', async () => {
  const { ask } = await started((key) => `{"data":{"${key}":${lists(200_000)}}}`);
  for (const _time of [1, 2]) {
    expect(await ask('{"query":"{ echo }"}')).toEqual({
      status: 200,
      body: {
        data: { echo: null },
        errors: [
          {
            message:
              'The subgraph a did not answer as expected: expected values nested at most 500 levels deep, got a deeper one.',
            path: ['echo'],
            extensions: { code: 'SUBGRAPH_UNAVAILABLE', serviceName: 'a' },
          },
        ],
      },
    });
  }
});

const lists = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const withValue = (value: string) => `{"query":"query ($v: Any) { echo(value: $v) }","variables":{"v":${value}}}`;
const withFilter = (value: string) => `{"query":"query ($f: Filter) { find(filter: $f) }","variables":{"f":${value}}}`;

interface Sent {
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

async function started(answerOf = (key: string) => `{"data":{"${key}":null}}`) {
  const sent: Sent[] = [];
  const subgraph = await listen(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const asked = JSON.parse(body) as Sent;
    sent.push(asked);
    const key = /\b(\w*(?:echo|find))\b/.exec(asked.query)?.[1] ?? '';
    response.writeHead(200, { 'content-type': 'application/json' }).end(answerOf(key));
  });
  const remote = connectSubgraph({ name: 'a', url: subgraph.url, key: null, now: Date.now });
  const graph = await openTestGraph({
    supergraphSdl: composeSupergraph([{ name: 'a', sdl: SDL, url: subgraph.url }]),
    transports: { a: remote.transport },
    subgraphTimeoutMs: 5_000,
  });
  const gateway = await startGatewayOver(graph);
  closers.push(
    () => subgraph.close(),
    () => remote.close(),
    () => gateway.close(),
  );
  const ask = async (body: string) => {
    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    return { status: response.status, body: (await response.json()) as unknown };
  };
  return { ask, sent };
}
