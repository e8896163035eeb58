/**
 * `npm run bench:store -- --profiles 1000000`: load, `findProfiles` of 100 and durable upserts of the embedded store beside lmdb alone, in turn, so
 * that the ratio holds while the machine's speed drifts. With MONGODB_TEST_URI, on MongoDB beside the driver alone.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { quantile } from '../quantile';
import { openDriver, openEmbedded, openLmdb, openMongo } from './engines';
import type { Engine } from './engines';

const LOAD = 1_000;
const FOUND = 100;
const ROUNDS = 7;
const FINDS = 1_000;
const UPSERTS = 2_000;
/** Upserts under way at once: what shares a flush. */
const WRITERS = 32;

interface Figures {
  loadMs: number;
  /** Per round. */
  readonly findsPerSecond: number[];
  readonly upsertsPerSecond: number[];
  readonly findMs: number[];
  readonly upsertMs: number[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { profiles: { type: 'string', default: '1000000' } } });
  const count = Number(values.profiles);
  if (!Number.isInteger(count) || count < LOAD) throw new Error(`--profiles: expected ${LOAD} or more`);
  const uri = process.env.MONGODB_TEST_URI;
  const folder = await mkdtemp(path.join(tmpdir(), 'facet-bench-store-'));
  try {
    const engines: [Engine, Engine] =
      uri === undefined
        ? [await openEmbedded(folder), await openLmdb(folder)]
        : [await openMongo(databaseOf(uri, 'facet_bench')), await openDriver(databaseOf(uri, 'facet_bench_raw'))];
    await measure(engines, count);
    const memory = process.memoryUsage();
    console.log(`memory of this process, both open: ${mb(memory.heapUsed)} MB heap, ${mb(memory.rss)} MB resident`);
    for (const engine of engines) await engine.close();
    if (uri === undefined) await measureFiles(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(engines: readonly Engine[], count: number): Promise<void> {
  const figures = new Map(engines.map((engine) => [engine, empty()]));
  const of = (engine: Engine) => figures.get(engine) ?? empty();
  for (let start = 0; start < count; start += LOAD * 10) {
    for (const engine of inTurn(engines, start / (LOAD * 10))) {
      const began = performance.now();
      for (let from = start; from < Math.min(start + LOAD * 10, count); from += LOAD) {
        await engine.load(Array.from({ length: Math.min(LOAD, count - from) }, (_, index) => from + index));
      }
      of(engine).loadMs += performance.now() - began;
    }
    process.stderr.write(`\rloaded ${Math.min(start + LOAD * 10, count).toLocaleString('en')}`);
  }
  process.stderr.write('\n');
  const random = randomOf(1);
  for (let round = 0; round <= ROUNDS; round++) {
    // The same customers for each; a version rises by one at each round.
    const asked = Array.from({ length: FINDS }, () => Array.from({ length: FOUND }, () => random(count)));
    const written = [...new Set(Array.from({ length: UPSERTS }, () => random(count)))];
    for (const engine of inTurn(engines, round)) {
      const { findMs, upsertMs, findsPerSecond, upsertsPerSecond } = round === 0 ? empty() : of(engine);
      findsPerSecond.push(
        await perSecond(asked, 1, findMs, async (numbers) => {
          if ((await engine.find(numbers)) !== FOUND) throw new Error('Expected every customer.');
        }),
      );
      const versions = versionsOf(engine);
      upsertsPerSecond.push(
        await perSecond(written, WRITERS, upsertMs, async (number) => {
          const version = (versions.get(number) ?? 1) + 1;
          versions.set(number, version);
          await engine.upsert(number, version);
        }),
      );
    }
  }
  print(
    count,
    engines.map((engine) => [engine.name, of(engine)] as const),
  );
}

const VERSIONS = new Map<Engine, Map<number, number>>();
function versionsOf(engine: Engine): Map<number, number> {
  const known = VERSIONS.get(engine) ?? new Map<number, number>();
  VERSIONS.set(engine, known);
  return known;
}

/** Runs all, so many at once; notes how long each took. */
async function perSecond<Item>(
  items: readonly Item[],
  atOnce: number,
  tookMs: number[],
  work: (item: Item) => Promise<void>,
): Promise<number> {
  let next = 0;
  const began = performance.now();
  const worker = async () => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) {
      const start = performance.now();
      await work(item);
      tookMs.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return items.length / ((performance.now() - began) / 1_000);
}

function print(count: number, rows: ReadonlyArray<readonly [string, Figures]>): void {
  console.log(
    `${count.toLocaleString('en')} profiles; medians of ${ROUNDS} rounds of ${FINDS} reads and ${UPSERTS} upserts, ${WRITERS} at once`,
  );
  for (const [name, { loadMs, findsPerSecond, upsertsPerSecond, findMs, upsertMs }] of rows) {
    console.log(
      [
        name.padEnd(15),
        `load ${(loadMs / 1_000).toFixed(1)} s`,
        `find ${FOUND}: ${Math.round(quantile(findsPerSecond, 0.5)).toLocaleString('en')}/s, p50 ${quantile(findMs, 0.5).toFixed(2)} ms, p99 ${quantile(findMs, 0.99).toFixed(2)} ms`,
        `upsert: ${Math.round(quantile(upsertsPerSecond, 0.5)).toLocaleString('en')}/s, p50 ${quantile(upsertMs, 0.5).toFixed(1)} ms, p99 ${quantile(upsertMs, 0.99).toFixed(1)} ms`,
      ].join(' | '),
    );
  }
  const [port, raw] = rows.map(([, figures]) => figures) as [Figures, Figures];
  const cost = (ratios: readonly number[]) => `${((quantile(ratios, 0.5) - 1) * 100).toFixed(0)} %`;
  const ratios = (of: (figures: Figures) => readonly number[]) =>
    of(raw).map((each, round) => each / (of(port)[round] ?? each));
  console.log(
    `the port costs: load ${cost([port.loadMs / raw.loadMs])}, find ${cost(ratios((each) => each.findsPerSecond))}, upsert ${cost(ratios((each) => each.upsertsPerSecond))}`,
  );
}

/** Sizes, and how long it takes to open a store that is checked whole. */
async function measureFiles(folder: string): Promise<void> {
  for (const name of ['port', 'raw']) {
    console.log(`${name}: ${mb(statSync(path.join(folder, name, 'data.mdb')).size)} MB`);
  }
  const began = performance.now();
  const engine = await openEmbedded(folder);
  console.log(`opened and checked in ${((performance.now() - began) / 1_000).toFixed(1)} s`);
  await engine.close();
}

const empty = (): Figures => ({ loadMs: 0, findsPerSecond: [], upsertsPerSecond: [], findMs: [], upsertMs: [] });
const inTurn = <Item>(items: readonly Item[], round: number) => (round % 2 ? [...items].reverse() : items);
const mb = (bytes: number) => Math.round(bytes / 1024 / 1024).toLocaleString('en');

/** Lehmer's: the same customers in every run. */
function randomOf(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

function databaseOf(uri: string, database: string): string {
  const url = new URL(uri);
  url.pathname = `/${database}`;
  return url.href;
}

main().catch((error: unknown) => {
  console.error((error as Error).message);
  process.exitCode = 1;
});
