/**
 * Run by hand: how the cost of one operation grows with its customers, from 1 to 1,000. The executor with its calls over HTTP in this
 * process, without the front, whose limit for one operation is 100. Units: microseconds of this process's CPU.
 *
 *     node dist/bench/growth/main.js
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'graphql';
import { createExecutor } from '../../gateway/execute/executor';
import { connectSubgraph } from '../../gateway/execute/fetch';
import type { RequestPolicy } from '../../schema/request-policy';
import { createChildren } from '../child';
import { IDS } from '../gateways/customers';
import { OPERATIONS } from '../gateways/operations';
import { startSubgraphs } from '../gateways/servers';
import { median } from '../rounds';

const SIZES = [1, 3, 10, 30, 100, 300, 1_000];
/** Customers asked for in each sample, whatever the size. */
const CUSTOMERS_PER_SAMPLE = 2_000;
const SAMPLES = 5;
const scratch = mkdtempSync(path.join(tmpdir(), 'facet-growth-'));
const children = createChildren();

async function main(): Promise<void> {
  const dist = path.join(__dirname, '..', '..');
  const graph = await startSubgraphs(children, { dist, peers: '', scratch, searchPath: process.env.PATH ?? '' });
  children.moveTo('measured');
  const remotes = Object.entries(graph.urls).map(
    ([name, url]) => [name, connectSubgraph({ name, url, key: 'k'.repeat(32), now: Date.now })] as const,
  );
  const executor = createExecutor({
    supergraphSdl: readFileSync(graph.supergraphFile, 'utf8'),
    transports: Object.fromEntries(remotes.map(([name, { transport }]) => [name, transport])),
    subgraphTimeoutMs: 5_000,
  });
  const operation = executor.prepare(parse(OPERATIONS.hundred.query), 'Hundred');
  const ask = async (size: number, start: number) => {
    const ids = Array.from({ length: size }, (_, at) => IDS[(start + at) % IDS.length]);
    const deadlineAt = Date.now() + 10_000;
    const { errors } = await operation.execute(
      { ids },
      { requestId: 'growth', deadlineAt, policy: policyUntil(deadlineAt) },
    );
    if (errors !== undefined) throw new Error(`Expected no errors, but got ${errors[0]?.message}.`);
  };
  const sample = async (size: number) => {
    const operations = Math.ceil(CUSTOMERS_PER_SAMPLE / size);
    const before = process.cpuUsage();
    for (let n = 0; n < operations; n += 1) await ask(size, n * 37);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / operations;
  };

  const samples = new Map<number, number[]>(SIZES.map((size) => [size, []]));
  for (let round = 0; round <= SAMPLES; round += 1) {
    for (const size of SIZES) {
      const cost = await sample(size);
      // The first round warms up.
      if (round > 0) samples.get(size)?.push(cost);
    }
  }
  console.table(
    Object.fromEntries(
      SIZES.map((size) => {
        const cost = median(samples.get(size) ?? []);
        return [size, { 'CPU µs/operation': Math.round(cost), 'CPU µs/customer': Number((cost / size).toFixed(1)) }];
      }),
    ),
  );
  await Promise.all(remotes.map(([, remote]) => remote.close()));
}

function policyUntil(deadlineAt: number): RequestPolicy {
  return {
    principal: { id: 'growth', role: 'RENDERER', scopes: [] },
    purpose: 'ESSENTIAL_SERVICE',
    maxAgeSeconds: 300,
    deadlineAt,
    requestId: 'growth',
  };
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
