/**
 * `npm run bench`: one customer through a template, and 100 customers in one operation, each next to a bare node:http server that
 * returns the same bytes. One run, rounds in turn, so that the ratios hold while the machine's speed drifts.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { load } from './load';
import type { LoadRequest, Measured } from './load';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const ROUND_MS = Number(process.env.BENCH_ROUND_MS ?? 4_000);
const DIST = path.join(__dirname, '..');
const folder = mkdtempSync(path.join(tmpdir(), 'facet-bench-'));
const children: ChildProcess[] = [];

async function main(): Promise<void> {
  const facet = await startChild([path.join(DIST, 'deploy', 'main.js')], /^ready$/m, {
    PORT: '0',
    FACET_DATA_DIR: folder,
    FACET_LOG_LEVEL: 'silent',
    SIMULATOR_CUSTOMERS: '1000',
  });
  const { gateway } = readJson<{ gateway: string }>('endpoints.json');
  const { renderer, admin } = readJson<Record<string, string>>('dev-credentials.json');
  const ids = await customerIds(gateway, `Bearer ${admin}`);
  const authorization = `Bearer ${renderer}`;

  const scenarios: Array<{ name: string; request: (n: number) => LoadRequest }> = [
    {
      name: 'one customer, template order-follow-up',
      request: (n) => ({
        method: 'GET',
        path: `/v1/templates/order-follow-up/customers/${ids[n % ids.length]}`,
        headers: { authorization },
      }),
    },
    {
      name: '100 customers in one operation',
      request: (n) => ({
        method: 'POST',
        path: '/graphql',
        headers: { authorization, 'content-type': 'application/json', 'x-purpose': 'ESSENTIAL_SERVICE' },
        body: JSON.stringify({ query: HUNDRED, variables: { ids: rotate(ids, n * 7).slice(0, 100) } }),
      }),
    },
  ];
  console.log(
    `Node ${process.versions.node}, ${ROUNDS} rounds of ${ROUND_MS / 1000} s, 8 connections, records fresh in the store\n`,
  );
  for (const { name, request } of scenarios) {
    const { method, path: target, headers, body } = request(0);
    const answer = await fetch(`${gateway}${target}`, { method, headers, ...(body === undefined ? {} : { body }) });
    const file = path.join(folder, 'answer.json');
    writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
    const raw = await startChild([path.join(__dirname, 'raw', 'main.js'), file], /^http.*$/m, {});
    const servers = [
      { name: 'facet', url: gateway, pid: facet.pid },
      { name: 'raw node:http', url: raw.line, pid: raw.pid },
    ];
    const rounds = new Map<string, Measured[]>();
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const server of servers) {
        const measured = await load({ ...server, connections: 8, durationMs: ROUND_MS, request });
        // The first round warms up and does not count.
        if (round > 0) rounds.set(server.name, [...(rounds.get(server.name) ?? []), measured]);
      }
    }
    print(name, rounds);
    raw.child.kill();
  }
}

const HUNDRED = `query ($ids: [ID!]!) { customers(ids: $ids) {
  id contact { firstName email } address { city country } lastOrder { id placedAt total { amountMinor currency } }
} }`;

async function customerIds(gateway: string, authorization: string): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | null = null; ids.length < 500;) {
    const response = await fetch(`${gateway}/graphql`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({
        query:
          'query ($after: String) { searchCustomers(first: 100, after: $after) { edges { node { id } } pageInfo { endCursor } } }',
        variables: { after },
      }),
    });
    const { data } = (await response.json()) as {
      data: { searchCustomers: { edges: Array<{ node: { id: string } }>; pageInfo: { endCursor: string } } };
    };
    ids.push(...data.searchCustomers.edges.map(({ node }) => node.id));
    after = data.searchCustomers.pageInfo.endCursor;
  }
  return ids;
}

function print(name: string, rounds: ReadonlyMap<string, readonly Measured[]>): void {
  const rows = [...rounds].map(([server, measured]) => {
    const median = (pick: (each: Measured) => number | null) => {
      const values = measured
        .map(pick)
        .filter((value) => value !== null)
        .sort((a, b) => a - b);
      return values[Math.floor(values.length / 2)] ?? Number.NaN;
    };
    return {
      server,
      'requests/s': Math.round(median((each) => each.requestsPerSecond)),
      'p50 ms': median((each) => each.p50Ms).toFixed(2),
      'p99 ms': median((each) => each.p99Ms).toFixed(2),
      'CPU µs/request': Math.round(median((each) => each.cpuMicroseconds)),
      'RSS MB': Math.round(median((each) => each.rssMegabytes)),
    };
  });
  console.log(`${name} (medians)`);
  console.table(Object.fromEntries(rows.map(({ server, ...row }) => [server, row])));
}

async function startChild(args: string[], until: RegExp, environment: Record<string, string>) {
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  let output = '';
  const line = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${path.basename(args[0] ?? '')} ended with ${code}.`)));
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const match = until.exec(output);
      if (match) resolve(match[0]);
    });
  });
  return { child, line, pid: child.pid ?? 0 };
}

function readJson<Value>(name: string): Value {
  return JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Value;
}

function rotate<Value>(values: readonly Value[], by: number): Value[] {
  const start = by % values.length;
  return [...values.slice(start), ...values.slice(0, start)];
}

main()
  .catch((error: unknown) => {
    console.error((error as Error).message);
    process.exitCode = 1;
  })
  .finally(() => {
    for (const child of children) child.kill();
    rmSync(folder, { recursive: true, force: true });
  });
