/**
 * `npm run bench:policy`: what the whole policy costs. Facet as it is beside the same Facet with every field public, in turn, and with `--parts`
 * also with one part of the policy taken out at a time: one customer through a template, and 100 in one operation. Then how long a withdrawal
 * takes to show, with nothing else to do and under load. `--mode distributed`; BENCH_ROUNDS, BENCH_ROUND_MS, BENCH_WITHDRAWALS.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createChildren } from '../child';
import { CUSTOMERS, startFacet } from '../facet';
import type { MeasuredFacet, Mode } from '../facet';
import { load } from '../load';
import { hundredRequest, templateRequest } from '../requests';
import { printRounds, runRounds } from '../rounds';
import { isMailed, measureWithdrawals } from './withdrawals';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const ROUND_MS = Number(process.env.BENCH_ROUND_MS ?? 4_000);
const { values: given } = parseArgs({
  options: { parts: { type: 'boolean', default: false }, mode: { type: 'string', default: 'single' } },
});
const MODE: Mode = given.mode === 'distributed' ? 'distributed' : 'single';
const WITHDRAWALS = Number(process.env.BENCH_WITHDRAWALS ?? 1_000);
const WARM_UP_MS = 8_000;
const CONNECTIONS = 8;
/** Of the load beside which withdrawals are measured. */
const BESIDE = { connections: 4, requestsPerSecond: 300 };
const PARTS = ['decision', 'wrapper', 'decryption', 'audit'] as const;
const DIST = path.join(__dirname, '..', '..');
const PRELOADED = path.join(DIST, '..', 'bench', 'policy', 'without.cjs');
const AS_IT_IS = 'facet';
const PUBLIC = 'every field public';

const scratch = mkdtempSync(path.join(tmpdir(), 'facet-bench-policy-'));
const children = createChildren();

async function start(name: string, without: readonly string[]): Promise<MeasuredFacet> {
  const dataDir = path.join(scratch, name.replaceAll(' ', '-'));
  mkdirSync(dataDir);
  writeFileSync(path.join(dataDir, 'without.json'), JSON.stringify(without));
  const nodeFlags = without.length === 0 ? [] : ['--require', PRELOADED];
  const searchPath = process.env.PATH ?? '';
  const facet = await startFacet(children, { mode: MODE, dist: DIST, dataDir, searchPath, nodeFlags });
  return { ...facet, server: { ...facet.server, name } };
}

async function main(): Promise<void> {
  const facet = await start(AS_IT_IS, []);
  const open = await start(PUBLIC, PARTS);
  const facets = [facet, open];
  for (const part of given.parts ? PARTS : []) facets.push(await start(`without ${part}`, [part]));
  console.log(
    `Node ${process.versions.node}, ${MODE}, ${CUSTOMERS} customers, ${ROUNDS} rounds of ${ROUND_MS / 1000} s, ${CONNECTIONS} connections; ` +
      (children.pinned ? 'all servers on one core, load on another' : 'processes not pinned to cores'),
  );
  // Of whom the policy withholds nothing: else it would save work, and the answers would not be the same.
  const clear = new Map<string, MeasuredFacet>();
  for (const each of facets)
    clear.set(each.server.name, { ...each, customerIds: await mailedOf(each, 'order-follow-up') });
  for (const [title, requestOf] of [
    ['one customer, template order-follow-up', templateRequest],
    ['100 customers in one operation', hundredRequest],
  ] as const) {
    const rounds = await runRounds(
      facets.map(({ server }) => server),
      {
        ...{ rounds: ROUNDS, roundMs: ROUND_MS, warmUpMs: WARM_UP_MS, connections: CONNECTIONS },
        requestOf: ({ name }, n) => requestOf(clear.get(name) as MeasuredFacet, n),
      },
    );
    console.log(`\n${title} (medians)`);
    printRounds(rounds, PUBLIC);
  }
  for (const { server, takeVendorCalls } of facets) {
    console.log(`${server.name}: ${await takeVendorCalls()} calls of vendors while measured`);
  }

  const consenting = await mailedOf(facet, 'win-back');
  const asked = clear.get(AS_IT_IS) as MeasuredFacet;
  const idle = await measureWithdrawals(facet, consenting, WITHDRAWALS);
  const beside = load({
    ...BESIDE,
    url: facet.server.url,
    processes: {},
    durationMs: WITHDRAWALS * 30,
    request: (n) => templateRequest(asked, n),
  });
  const loaded = await measureWithdrawals(facet, consenting, WITHDRAWALS);
  await beside;
  console.log(`\nwithdrawal to the first read that obeys it, ${WITHDRAWALS} each`);
  console.table({ 'nothing else': idle, [`beside ${BESIDE.requestsPerSecond} requests/s`]: loaded });
}

async function mailedOf({ server, token, customerIds }: MeasuredFacet, template: string): Promise<string[]> {
  const ids: string[] = [];
  for (const id of customerIds) if (await isMailed(server.url, token, id, template)) ids.push(id);
  return ids;
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
