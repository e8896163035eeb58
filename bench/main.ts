/**
 * `npm run bench`: the whole of Facet in both modes, records fresh in the store, beside two yardsticks: `raw`, node:http that answers
 * the same bytes, and `fan-out`, the five calls a gateway makes with nothing around them. One customer through a template, and 100
 * customers in one operation; rounds in turn. BENCH_ROUNDS, BENCH_ROUND_MS.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createChildren } from './child';
import { CUSTOMERS, startFacet } from './facet';
import type { MeasuredFacet, Mode } from './facet';
import { OPERATIONS, requestOf } from './gateways/operations';
import { startFanOut, startRaw, startSubgraphs } from './gateways/servers';
import { REQUEST_HEADER } from './load';
import type { LoadRequest } from './load';
import { DISTINCT_HUNDREDS, hundredRequest, templateRequest } from './requests';
import { printRounds, runRounds } from './rounds';
import type { Server } from './rounds';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const ROUND_MS = Number(process.env.BENCH_ROUND_MS ?? 4_000);
const WARM_UP_MS = 8_000;
const CONNECTIONS = 8;
const MODES: readonly Mode[] = ['single', 'distributed'];
const DIST = path.join(__dirname, '..');
const scratch = mkdtempSync(path.join(tmpdir(), 'facet-bench-'));
const children = createChildren();

interface Scenario {
  readonly name: string;
  readonly yardstick: 'one' | 'hundred';
  request(facet: MeasuredFacet, n: number): LoadRequest;
}

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'one customer, template order-follow-up',
    yardstick: 'one',
    request: templateRequest,
  },
  {
    name: '100 customers in one operation',
    yardstick: 'hundred',
    request: hundredRequest,
  },
];

async function main(): Promise<void> {
  const places = { dist: DIST, peers: '', scratch, searchPath: process.env.PATH ?? '' };
  const facets: MeasuredFacet[] = [];
  for (const mode of MODES)
    facets.push(await startFacet(children, { ...places, mode, dataDir: path.join(scratch, mode) }));
  const graph = await startSubgraphs(children, places);
  console.log(
    `Node ${process.versions.node}, ${CUSTOMERS} customers, ${ROUNDS} rounds of ${ROUND_MS / 1000} s, ${CONNECTIONS} connections; ` +
      (children.pinned ? 'all processes of a server on one core, load on another' : 'processes not pinned to cores'),
  );
  for (const scenario of SCENARIOS) {
    const requests = new Map(
      facets.map((facet) => [
        facet.server.name,
        Array.from({ length: facet.customerIds.length }, (_, n) => scenario.request(facet, n)),
      ]),
    );
    const answers = await Promise.all(
      (requests.get('facet, single') ?? [])
        .slice(0, DISTINCT_HUNDREDS)
        .map((request) => answerOf(facets[0]?.server as Server, request)),
    );
    for (const { server } of facets) await answerOf(server, requests.get(server.name)?.[0] as LoadRequest);
    const yardstick = OPERATIONS[scenario.yardstick];
    const servers = [
      ...facets.map(({ server }) => server),
      await startFanOut(children, places, graph, scenario.yardstick),
      await startRaw(children, places, 'raw', answers),
    ];
    const rounds = await runRounds(servers, {
      rounds: ROUNDS,
      roundMs: ROUND_MS,
      warmUpMs: WARM_UP_MS,
      connections: CONNECTIONS,
      requestOf: ({ name }, n) => {
        const own = requests.get(name);
        if (own !== undefined) return own[n % own.length] as LoadRequest;
        const request = requestOf(yardstick, {}, n);
        return name === 'raw'
          ? { ...request, headers: { ...request.headers, [REQUEST_HEADER]: String(n % DISTINCT_HUNDREDS) } }
          : request;
      },
    });
    console.log(`\n${scenario.name} (medians)`);
    printRounds(rounds, 'fan-out');
  }
  for (const { server, takeVendorCalls } of facets) {
    console.log(`${server.name}: ${await takeVendorCalls()} calls of vendors while measured`);
  }
}

/** Errors: the answer is not one that a benchmark should count. */
async function answerOf({ name, url }: Server, { method, path: target, headers, body }: LoadRequest): Promise<string> {
  const response = await fetch(`${url}${target}`, {
    method,
    headers: { ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  if (!response.ok || 'errors' in (JSON.parse(text) as object)) {
    throw new Error(`${name} answers ${response.status} with ${text.slice(0, 400)}`);
  }
  return text;
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
