/**
 * Run by hand: half of what Facet can answer, for as long as it takes to see whether memory or open handles grow.
 *
 *     node dist/bench/soak/main.js --minutes 30 [--mode single|distributed]
 *
 * Nine of ten requests ask for one customer through a template, one for 100 customers. Records grow old meanwhile and are synced, as they
 * are in use.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createChildren } from '../child';
import { startFacet } from '../facet';
import { load } from '../load';
import { openHandlesOf, rssMegabytesOf } from '../process-usage';
import { hundredRequest, templateRequest } from '../requests';
import { median } from '../rounds';

const CONNECTIONS = 8;
const WARM_UP_MS = 10_000;
const CAPACITY_MS = 10_000;
const SAMPLE_MS = 5_000;
const MINUTE_MS = 60_000;
/** Requests over which one of 100 customers comes once. */
const MIX = 10;
const scratch = mkdtempSync(path.join(tmpdir(), 'facet-soak-'));
const children = createChildren();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { minutes: { type: 'string', default: '30' }, mode: { type: 'string', default: 'single' } },
  });
  const mode = values.mode === 'distributed' ? 'distributed' : 'single';
  const minutes = Number(values.minutes);
  const facet = await startFacet(children, {
    mode,
    dist: path.join(__dirname, '..', '..'),
    dataDir: scratch,
    searchPath: process.env.PATH ?? '',
  });
  const { url, processes } = facet.server;
  const loaded = (durationMs: number, requestsPerSecond?: number) =>
    load({
      url,
      processes: { ...processes },
      connections: CONNECTIONS,
      durationMs,
      ...(requestsPerSecond === undefined ? {} : { requestsPerSecond }),
      request: (n) => (n % MIX === 0 ? hundredRequest(facet, n / MIX) : templateRequest(facet, n)),
    });
  await loaded(WARM_UP_MS);
  const capacity = (await loaded(CAPACITY_MS)).requestsPerSecond;
  const rate = capacity / 2;
  console.log(`facet, ${mode}: ${Math.round(capacity)} requests/s at most, ${Math.round(rate)} from now on`);

  const perMinute: Array<{ readonly rssMegabytes: number; readonly openHandles: number }> = [];
  for (let minute = 1; minute <= minutes; minute += 1) {
    const samples: Array<{ readonly rss: number; readonly handles: number }> = [];
    const sampling = setInterval(() => {
      const [rss, handles] = [rssMegabytesOf(processes.all), openHandlesOf(processes.all)];
      if (rss !== null && handles !== null) samples.push({ rss, handles });
    }, SAMPLE_MS);
    const measured = await loaded(MINUTE_MS, rate).finally(() => clearInterval(sampling));
    const rssMegabytes = median(samples.map(({ rss }) => rss));
    const openHandles = median(samples.map(({ handles }) => handles));
    perMinute.push({ rssMegabytes, openHandles });
    console.log(
      `minute ${minute}: ${Math.round(measured.requestsPerSecond)} requests/s, p50 ${measured.p50Ms.toFixed(1)} ms, ` +
        `p99 ${measured.p99Ms.toFixed(1)} ms, RSS ${Math.round(rssMegabytes)} MB, ${openHandles} open handles`,
    );
  }
  const rss = perMinute.map(({ rssMegabytes }) => rssMegabytes);
  const handles = perMinute.map(({ openHandles }) => openHandles);
  console.log(
    `per minute, by least squares: RSS ${slopeOf(rss).toFixed(2)} MB, ${slopeOf(handles).toFixed(2)} open handles; ` +
      `${await facet.takeVendorCalls()} calls of vendors`,
  );
}

/** By how much the values grow from one to the next. */
function slopeOf(values: readonly number[]): number {
  const meanAt = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const covariance = values.reduce((sum, value, at) => sum + (at - meanAt) * (value - mean), 0);
  const variance = values.reduce((sum, _value, at) => sum + (at - meanAt) ** 2, 0);
  return variance === 0 ? 0 : covariance / variance;
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
