/**
 * `npm run bench:gateways`: Facet's gateway, others' and two yardsticks on one supergraph, in turn in one run. Every answer is compared
 * with what it must be before the first round and after the last.
 *
 *     --only facet,fan-out      some of them; fan-out is always there, since ratios are to it
 *     --extra '{"name":"…","cmd":["…","{supergraph}"],"port":4100}'      another gateway, any number of times
 *     BENCH_ROUNDS, BENCH_ROUND_MS
 */
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createChildren } from '../child';
import { printRounds, runRounds } from '../rounds';
import type { Server } from '../rounds';
import { expectedOf, OPERATIONS, requestOf } from './operations';
import type { Operation } from './operations';
import {
  answersOf,
  PEERS,
  startExtra,
  startFacetGateway,
  startFanOut,
  startPeer,
  startRaw,
  startSubgraphs,
} from './servers';
import type { Extra } from './servers';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const ROUND_MS = Number(process.env.BENCH_ROUND_MS ?? 4_000);
const WARM_UP_MS = 8_000;
const CONNECTIONS = 8;
/** Answers compared with what they must be, of each server, before and after. */
const COMPARED = 20;
const DIST = path.join(__dirname, '..', '..');
const scratch = mkdtempSync(path.join(tmpdir(), 'facet-bench-'));
const children = createChildren();

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { only: { type: 'string' }, extra: { type: 'string', multiple: true } } });
  const only = values.only?.split(',');
  const isWanted = (name: string) => only === undefined || only.includes(name);
  const extras = (values.extra ?? []).map((text) => JSON.parse(text) as Extra);
  const places = {
    dist: DIST,
    peers: path.join(DIST, '..', 'bench', 'gateways', 'peers'),
    scratch,
    searchPath: process.env.PATH ?? '',
  };

  const graph = await startSubgraphs(children, places);
  const facet = await startFacetGateway(children, places, graph);
  const gateways = isWanted('facet') ? [facet.server] : [];
  for (const name of PEERS.filter(isWanted)) gateways.push(await startPeer(children, places, graph, name));
  for (const extra of extras) gateways.push(await startExtra(children, places, graph, extra));
  const headers = { authorization: `Bearer ${facet.token}`, 'x-purpose': 'ESSENTIAL_SERVICE' };

  console.log(
    `Node ${process.versions.node}, ${ROUNDS} rounds of ${ROUND_MS / 1000} s, ${CONNECTIONS} connections; ` +
      (children.pinned ? 'gateways on one core, load and subgraphs on another' : 'processes not pinned to cores'),
  );
  for (const [key, operation] of Object.entries(OPERATIONS)) {
    const servers = [
      ...(isWanted('raw') ? [await startRaw(children, places, 'raw', answersOf(operation))] : []),
      await startFanOut(children, places, graph, key as keyof typeof OPERATIONS),
      ...gateways,
    ];
    const requests = Array.from({ length: operation.distinct }, (_, n) => requestOf(operation, headers, n));
    const ask = (server: Server, n: number) => askOnce(server, requests[n % requests.length] as (typeof requests)[0]);
    for (const server of servers) await compare(server, operation, ask);
    const rounds = await runRounds(servers, {
      rounds: ROUNDS,
      roundMs: ROUND_MS,
      warmUpMs: WARM_UP_MS,
      connections: CONNECTIONS,
      requestOf: (_server, n) => requests[n % requests.length] as (typeof requests)[0],
    });
    for (const server of servers) await compare(server, operation, ask);
    console.log(`\n${operation.name} (medians)`);
    printRounds(rounds, 'fan-out');
  }
}

/** Errors: an answer that is not, deeply, what it must be. */
async function compare(
  server: Server,
  operation: Operation,
  ask: (server: Server, n: number) => Promise<unknown>,
): Promise<void> {
  for (let n = 0; n < COMPARED; n += 1) {
    const answer = await ask(server, n);
    if (!isDeepStrictEqual(answer, expectedOf(operation, n))) {
      throw new Error(`${server.name} answers request ${n} with ${JSON.stringify(answer).slice(0, 400)}`);
    }
  }
}

async function askOnce({ name, url }: Server, request: ReturnType<typeof requestOf>): Promise<unknown> {
  const { method, headers, body = null } = request;
  const response = await fetch(`${url}${request.path}`, { method, headers: { ...headers }, body });
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${name} answers ${response.status} with ${text.slice(0, 400)}`);
  }
}

main()
  .catch((error: unknown) => {
    console.error((error as Error).message);
    process.exitCode = 1;
  })
  .finally(async () => {
    await children.stop();
    rmSync(scratch, { recursive: true, force: true });
  });
