/**
 * The yardstick of what transport alone costs: takes a request, makes the five calls a federation gateway makes for it, one and then
 * four side by side, with bodies that are ready, and answers bytes that are ready. Parses nothing.
 * Arguments: the operation (`one`, `hundred`), the subgraphs' URLs as JSON.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import { REQUEST_HEADER } from '../../load';
import { SUBGRAPHS } from '../contracts';
import { representationOf } from '../customers';
import { expectedOf, OPERATIONS, SELECTED } from '../operations';

const operation = OPERATIONS[process.argv[2] as keyof typeof OPERATIONS];
const urls = JSON.parse(process.argv[3] ?? '{}') as Record<string, string>;

interface Call {
  readonly pool: Pool;
  readonly path: string;
  readonly body: Buffer;
}
interface Ready {
  readonly calls: readonly Call[];
  readonly answer: Buffer;
}

const HEADERS = {
  'content-type': 'application/json',
  accept: 'application/graphql-response+json, application/json',
};
const pools = new Map(SUBGRAPHS.map((name) => [name, new Pool(new URL(urls[name] ?? '').origin, { connections: 64 })]));
const ready = Array.from({ length: operation.distinct }, (_, n) => prepare(n));

function prepare(n: number): Ready {
  const representations = operation.idsOf(n).map(representationOf);
  const [root] = Object.keys(operation.rootOf([])) as [string];
  const [variable] = Object.keys(operation.variablesOf(0)) as [string];
  const asked = `${root}(${variable}: $${variable}) { __typename id access sourceKeys { source key } ${SELECTED.profiles} }`;
  const calls = SUBGRAPHS.map((name): Call => {
    const body =
      name === 'profiles'
        ? { query: `query(${typeOf(variable)}) { ${asked} }`, variables: operation.variablesOf(n) }
        : {
            query: `query($representations: [_Any!]!) { _entities(representations: $representations) { ... on Customer { ${SELECTED[name]} } } }`,
            variables: { representations },
          };
    return {
      pool: pools.get(name) as Pool,
      path: new URL(urls[name] ?? '').pathname,
      body: Buffer.from(JSON.stringify(body)),
    };
  });
  return { calls, answer: Buffer.from(JSON.stringify(expectedOf(operation, n))) };
}

function typeOf(variable: string): string {
  return variable === 'id' ? '$id: ID!' : '$ids: [ID!]!';
}

function exchange({ pool, path, body }: Call): Promise<number> {
  return new Promise((resolve, reject) => {
    let length = 0;
    pool.dispatch(
      { method: 'POST', path, headers: HEADERS, body },
      {
        // Without these, undici takes it for a handler of its older kind.
        onRequestStart: () => {},
        onResponseStart: () => {},
        onResponseData: (_controller, chunk) => {
          length += chunk.length;
        },
        onResponseEnd: () => resolve(length),
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });
}

const server = createServer((request, response) => {
  const { calls, answer } = ready[Number(request.headers[REQUEST_HEADER])] as Ready;
  const [first, ...others] = calls as [Call, ...Call[]];
  request.resume();
  request.on('end', () => {
    exchange(first)
      .then(() => Promise.all(others.map(exchange)))
      .then(
        () => {
          response.writeHead(200, {
            'content-type': 'application/json; charset=utf-8',
            'content-length': answer.length,
          });
          response.end(answer);
        },
        () => response.writeHead(502).end(),
      );
  });
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
