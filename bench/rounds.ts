/**
 * Servers measured in turn, round after round, so that ratios hold while the machine's speed drifts, and the table of medians that
 * comes of it.
 */
import { load } from './load';
import type { LoadRequest, Measured } from './load';
import { quantile } from './quantile';

export interface Server {
  readonly name: string;
  readonly url: string;
  /** The process that answers and, where it is made of more, all of them. */
  readonly processes: { readonly front: readonly number[]; readonly all: readonly number[] };
}

export interface RoundsOptions {
  readonly rounds: number;
  readonly roundMs: number;
  /** One round before those that count: long enough for code that runs often to be compiled. */
  readonly warmUpMs: number;
  readonly connections: number;
  readonly requestOf: (server: Server, n: number) => LoadRequest;
}

/** By name of the server, in the order of the rounds: the values at one index were measured one after another. */
export type Rounds = ReadonlyMap<string, readonly Measured[]>;

export async function runRounds(servers: readonly Server[], options: RoundsOptions): Promise<Rounds> {
  const measured = new Map<string, Measured[]>(servers.map(({ name }) => [name, []]));
  for (let round = 0; round <= options.rounds; round += 1) {
    // Another one begins each round, so that none always follows the same neighbour.
    const start = round % servers.length;
    for (const server of [...servers.slice(start), ...servers.slice(0, start)]) {
      const one = await load({
        url: server.url,
        processes: { ...server.processes },
        connections: options.connections,
        durationMs: round === 0 ? options.warmUpMs : options.roundMs,
        request: (n) => options.requestOf(server, n),
      });
      if (round > 0) measured.get(server.name)?.push(one);
    }
  }
  return measured;
}

/** Prints medians. A ratio is the median of each round's own. `yardstick`: the server that is 1. */
export function printRounds(rounds: Rounds, yardstick: string): void {
  const reference = rounds.get(yardstick) ?? [];
  const rows = [...rounds].map(([server, measured]) => {
    const cpu = (group: string) => measured.map((one) => one.cpuMicroseconds[group] ?? Number.NaN);
    const ratios = cpu('all').map((value, at) => value / (reference[at]?.cpuMicroseconds.all ?? Number.NaN));
    const row = {
      'CPU µs/request': Math.round(median(cpu('all'))),
      [`× ${yardstick}`]: Number(median(ratios).toFixed(2)),
      'of it gateway': Math.round(median(cpu('front'))),
      'requests/s': Math.round(median(measured.map((one) => one.requestsPerSecond))),
      'p50 ms': Number(median(measured.map((one) => one.p50Ms)).toFixed(2)),
      'p99 ms': Number(median(measured.map((one) => one.p99Ms)).toFixed(2)),
      'RSS MB': Math.round(median(measured.map((one) => one.rssMegabytes.all ?? Number.NaN))),
    };
    return [server, row] as const;
  });
  console.table(Object.fromEntries(rows));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
