/**
 * Stops calling an upstream that is down: closed ─▶ open ─▶ half-open ─▶ closed. Counts; must not know what a call is.
 *
 * Our own and not cockatiel's SamplingBreaker, because that reads Date.now: a circuit is tested with a clock one can move.
 */

export interface CircuitOptions {
  /** Unix time in milliseconds. */
  readonly now: () => number;
  /** Share of failures that opens it. Default 0.5. */
  readonly threshold?: number;
  /** Calls within the window below which nothing is concluded. Default 20. */
  readonly minimumCalls?: number;
  /** Default 10 s. */
  readonly windowMs?: number;
  /** How long it stays open before one call may probe. Default 5 s. */
  readonly openMs?: number;
}

/** Leave to make one call. Told once how it went; `unknown` when that says nothing of the upstream (the caller gave up). */
export type Permit = (outcome: 'success' | 'failure' | 'unknown') => void;

export interface Circuit {
  /** Null while open, or while another call probes. */
  admit(): Permit | null;
}

/** One slice of the window: counts are kept per slice and forgotten with it. */
interface Slice {
  readonly startedAt: number;
  failures: number;
  calls: number;
}

const SLICES = 10;

export function createCircuit(options: CircuitOptions): Circuit {
  const { now, threshold = 0.5, minimumCalls = 20, windowMs = 10_000, openMs = 5_000 } = options;
  let slices: Slice[] = [];
  let openUntil: number | null = null;
  let probing = false;
  // Calls admitted before the circuit changed state say nothing about the state it is in now.
  let generation = 0;

  function open(): void {
    openUntil = now() + openMs;
    slices = [];
    generation += 1;
  }

  function count(failed: boolean): void {
    const at = now();
    slices = slices.filter((slice) => slice.startedAt > at - windowMs);
    let slice = slices.at(-1);
    if (slice === undefined || at - slice.startedAt >= windowMs / SLICES) {
      slice = { startedAt: at, failures: 0, calls: 0 };
      slices.push(slice);
    }
    slice.calls += 1;
    if (failed) slice.failures += 1;
    const calls = slices.reduce((sum, { calls }) => sum + calls, 0);
    const failures = slices.reduce((sum, { failures }) => sum + failures, 0);
    if (calls >= minimumCalls && failures / calls >= threshold) open();
  }

  function probe(): Permit {
    probing = true;
    return (outcome) => {
      probing = false;
      if (outcome === 'failure') open();
      if (outcome !== 'success') return;
      openUntil = null;
      generation += 1;
    };
  }

  return {
    admit() {
      if (openUntil !== null) return now() < openUntil || probing ? null : probe();
      const admittedIn = generation;
      return (outcome) => {
        if (admittedIn === generation && outcome !== 'unknown') count(outcome === 'failure');
      };
    },
  };
}
