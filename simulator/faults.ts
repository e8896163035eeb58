/**
 * The ways a vendor can be told to misbehave. Decides what happens to one call; what a failure looks like is the vendor's.
 * It must not touch controls: those are always served.
 */
import { setTimeout as delay } from 'node:timers/promises';

/**
 * A set of faults. Units: `latencyMs` milliseconds; `failRate` 0 to 1 of calls, spread evenly, so 0.5 is every second call;
 * `status` an HTTP status of 400 to 599, 500 unless told, and without `failRate` for every call; `throttle` answers every
 * call as over the limit; `hang` answers none.
 */
export interface FaultSet {
  latencyMs?: number;
  failRate?: number;
  status?: number;
  throttle?: boolean;
  hang?: boolean;
}

/** What is to be done with a call, once its delay is over. */
export type Verdict = { kind: 'serve' } | { kind: 'throttle' } | { kind: 'fail'; status: number };

/** The faults of one vendor. */
export interface Faults {
  current(): FaultSet;
  replace(set: FaultSet): void;
  /** Waits as the set says, then decides. Errors: rejects with AbortError when `signal` fires first. */
  meet(signal: AbortSignal): Promise<Verdict>;
}

const RULES: Record<keyof FaultSet, { expected: string; valid: (value: unknown) => boolean }> = {
  latencyMs: { expected: 'a number of milliseconds from 0 to 600000', valid: within(0, 600_000) },
  failRate: { expected: 'a number from 0 to 1', valid: within(0, 1) },
  status: { expected: 'a whole number from 400 to 599', valid: (v) => within(400, 599)(v) && Number.isInteger(v) },
  throttle: { expected: 'true or false', valid: (v) => typeof v === 'boolean' },
  hang: { expected: 'true or false', valid: (v) => typeof v === 'boolean' },
};

function within(from: number, to: number): (value: unknown) => boolean {
  return (value) => typeof value === 'number' && value >= from && value <= to;
}

/** Reads a fault set from JSON. Errors: throws TypeError naming the first key that is unknown or has a wrong value. */
export function parseFaultSet(value: unknown): FaultSet {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`expected an object of ${Object.keys(RULES).join(', ')}, but got ${JSON.stringify(value)}`);
  }
  for (const [key, given] of Object.entries(value)) {
    const rule = Object.hasOwn(RULES, key) ? RULES[key as keyof FaultSet] : undefined;
    if (!rule) throw new TypeError(`expected only ${Object.keys(RULES).join(', ')}, but got ${key}`);
    if (!rule.valid(given)) throw new TypeError(`${key}: expected ${rule.expected}, but got ${JSON.stringify(given)}`);
  }
  return value;
}

/** Creates a vendor's faults: none at first. */
export function createFaults(): Faults {
  let set: FaultSet = {};
  let due = 0;
  let release = new AbortController();
  return {
    current: () => set,
    replace: (next) => {
      set = next;
      due = 0;
      release.abort();
      release = new AbortController();
    },
    meet: async (signal) => {
      while (set.hang) await replaced(AbortSignal.any([release.signal, signal]), signal);
      if (set.latencyMs) await delay(set.latencyMs, undefined, { signal });
      if (set.throttle) return { kind: 'throttle' };
      due += set.failRate ?? (set.status === undefined ? 0 : 1);
      if (due < 1) return { kind: 'serve' };
      due -= 1;
      return { kind: 'fail', status: set.status ?? 500 };
    },
  };
}

async function replaced(either: AbortSignal, closed: AbortSignal): Promise<void> {
  if (!either.aborted) await new Promise((resolve) => either.addEventListener('abort', resolve, { once: true }));
  closed.throwIfAborted();
}
