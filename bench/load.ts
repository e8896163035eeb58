/**
 * Load on one server: a fixed number of connections that each send the next request when the last is answered. Measures what the
 * client waits and what the server's process burns. Must not start or judge a server.
 */
import { readFileSync } from 'node:fs';
import { Pool } from 'undici';

export interface LoadRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

export interface Measured {
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time of the server's process per request, user and system; null where /proc is not there. */
  readonly cpuMicroseconds: number | null;
  /** Resident memory of the server's process at the end; null where /proc is not there. */
  readonly rssMegabytes: number | null;
}

/** Errors: throws when an answer is not 200: a figure of refusals would be worth nothing. */
export async function load(options: {
  readonly url: string;
  readonly pid: number;
  readonly connections: number;
  readonly durationMs: number;
  /** The nth request; neighbours differ. */
  readonly request: (n: number) => LoadRequest;
}): Promise<Measured> {
  const { url, pid, connections, durationMs, request } = options;
  const pool = new Pool(url, { connections, pipelining: 1 });
  const waits: number[] = [];
  let sent = 0;
  const cpuBefore = cpuMicrosecondsOf(pid);
  const startedAt = performance.now();
  const worker = async () => {
    while (performance.now() - startedAt < durationMs) {
      const begun = performance.now();
      const { statusCode, body } = await pool.request(request(sent++));
      await body.dump({ limit: 16 * 1024 * 1024 });
      if (statusCode !== 200) throw new Error(`Expected 200, but got ${statusCode}.`);
      waits.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  const tookMs = performance.now() - startedAt;
  const cpuAfter = cpuMicrosecondsOf(pid);
  await pool.close();
  waits.sort((a, b) => a - b);
  const at = (share: number) => waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] ?? Number.NaN;
  return {
    requests: waits.length,
    requestsPerSecond: (waits.length / tookMs) * 1000,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    cpuMicroseconds: cpuBefore === null || cpuAfter === null ? null : (cpuAfter - cpuBefore) / waits.length,
    rssMegabytes: rssMegabytesOf(pid),
  };
}

/** Clock ticks of user and system time, 100 a second on Linux (proc(5), fields 14 and 15). */
function cpuMicrosecondsOf(pid: number): number | null {
  const fields = readProc(`/proc/${pid}/stat`)
    ?.replace(/^.*\) /, '')
    .split(' ');
  return fields === undefined ? null : (Number(fields[11]) + Number(fields[12])) * 10_000;
}

function rssMegabytesOf(pid: number): number | null {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readProc(`/proc/${pid}/status`) ?? '')?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) / 1024;
}

function readProc(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
