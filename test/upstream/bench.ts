// An upstream over a vendor double, with a clock turned by hand: what it sleeps, the clock moves, and no test waits.
import { z } from 'zod';
import { errorCodeOf } from '../../schema/errors';
import type { Upstream, UpstreamOptions, UpstreamRequest } from '../../subgraphs/upstream/call';
import { createUpstream } from '../../subgraphs/upstream/pipeline';
import { unlimited } from '../../subgraphs/upstream/rate-limit';
import { startVendorDouble, type VendorDouble } from './vendor-double';

export const START = Date.UTC(2026, 10, 24, 6);
export const answerSchema = z.object({ ok: z.boolean() });
export const READ = {
  name: 'things read',
  method: 'POST',
  path: '/things/4711',
  effect: 'read',
  schema: answerSchema,
} as const;

export interface Bench {
  readonly double: VendorDouble;
  readonly clock: { now: () => number; advance: (ms: number) => void };
  /** Every wait asked for, in milliseconds. */
  readonly slept: number[];
  createUpstream(options?: Partial<UpstreamOptions>): Upstream;
  /** One call, ending within `withinMs` of the hand clock. */
  read(
    upstream: Upstream,
    call?: Partial<UpstreamRequest<{ ok: boolean }>> & { withinMs?: number },
  ): Promise<{ ok: boolean }>;
  close(): Promise<void>;
}

export async function startBench(): Promise<Bench> {
  const double = await startVendorDouble();
  const opened: Upstream[] = [];
  const slept: number[] = [];
  let at = START;
  const clock = { now: () => at, advance: (ms: number) => void (at += ms) };
  return {
    double,
    clock,
    slept,
    createUpstream(options = {}) {
      const upstream = createUpstream({
        vendor: 'Acme',
        baseUrl: double.url,
        auth: { kind: 'bearer', token: 'secret-token' },
        rateLimit: unlimited,
        now: clock.now,
        random: () => 0.5,
        sleep: async (ms) => {
          slept.push(ms);
          clock.advance(ms);
        },
        ...options,
      });
      opened.push(upstream);
      return upstream;
    },
    read: (upstream, { withinMs = 60_000, ...call } = {}) =>
      upstream.request({ ...READ, body: {}, deadlineAt: at + withinMs, ...call }),
    async close() {
      await Promise.all(opened.map((upstream) => upstream.close()));
      await double.close();
    },
  };
}

/** What a failed call shows: code and message; everything that could leak is in the message or beside it. */
export async function failureOf(promise: Promise<unknown>): Promise<{ code: string; message: string }> {
  try {
    await promise;
  } catch (error) {
    return { code: errorCodeOf(error), message: (error as Error).message };
  }
  throw new Error('expected a failure, got an answer');
}

/** The error with everything attached to it, as text, to look for what must not be there. */
export async function errorText(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    const { message, stack, cause } = error as Error;
    return [message, stack, JSON.stringify(error), String(cause), JSON.stringify({ ...(error as object) })].join('\n');
  }
  throw new Error('expected a failure, got an answer');
}
