/**
 * Load on one server: a fixed number of connections that each send the next request when the last is answered, or at a given rate.
 * Measures what the client waits and what the server's processes burn. Must not start or judge a server.
 */
import { Pool } from 'undici';
import { cpuMicrosecondsOf, rssMegabytesOf } from './process-usage';
import { quantile } from './quantile';

/** Says which request this is to the yardsticks, which read no bodies; all others pass over it. */
export const REQUEST_HEADER = 'x-bench-request';

export interface LoadRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Measured {
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** From when a request was due to the last byte of its answer. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time per request, user and system, of each group of the server's processes; null where /proc is not there. */
  readonly cpuMicroseconds: Readonly<Record<string, number | null>>;
  /** Resident memory of each group at the end. */
  readonly rssMegabytes: Readonly<Record<string, number | null>>;
}

/** Errors: throws when an answer is not 200: a figure of refusals would be worth nothing. */
export async function load(options: {
  readonly url: string;
  /** Groups of processes by name; a process may be in several. */
  readonly processes: Readonly<Record<string, readonly number[]>>;
  readonly connections: number;
  readonly durationMs: number;
  /** As many as are answered when absent. */
  readonly requestsPerSecond?: number;
  /** The nth request; neighbours differ. */
  readonly request: (n: number) => LoadRequest;
}): Promise<Measured> {
  const { url, processes, connections, durationMs, requestsPerSecond, request } = options;
  const pool = new Pool(url, { connections, pipelining: 1 });
  const waits: number[] = [];
  let sent = 0;
  const cpuBefore = each(processes, cpuMicrosecondsOf);
  const startedAt = performance.now();
  const worker = async () => {
    while (performance.now() - startedAt < durationMs) {
      const n = sent++;
      // A request that had to wait for a connection has waited since it was due.
      const dueAt = requestsPerSecond === undefined ? performance.now() : startedAt + (n / requestsPerSecond) * 1000;
      const early = dueAt - performance.now();
      if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
      const { headers, ...rest } = request(n);
      const { statusCode, body } = await pool.request({ ...rest, headers: { ...headers } });
      await body.dump({ limit: 16 * 1024 * 1024 });
      if (statusCode !== 200) throw new Error(`Expected 200 of ${url}, but got ${statusCode}.`);
      waits.push(performance.now() - dueAt);
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, worker));
  } finally {
    await pool.close();
  }
  const tookMs = performance.now() - startedAt;
  const cpuAfter = each(processes, cpuMicrosecondsOf);
  return {
    requests: waits.length,
    requestsPerSecond: (waits.length / tookMs) * 1000,
    p50Ms: quantile(waits, 0.5),
    p99Ms: quantile(waits, 0.99),
    cpuMicroseconds: Object.fromEntries(
      Object.keys(processes).map((group) => {
        const [before, after] = [cpuBefore[group] ?? null, cpuAfter[group] ?? null];
        return [group, before === null || after === null ? null : (after - before) / waits.length];
      }),
    ),
    rssMegabytes: each(processes, rssMegabytesOf),
  };
}

function each<Value>(
  processes: Readonly<Record<string, readonly number[]>>,
  measure: (pids: readonly number[]) => Value,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(processes).map(([group, pids]) => [group, measure(pids)]));
}
