/**
 * Stops calling an upstream that is down: closed ─▶ open ─▶ half-open ─▶ closed. Counts; must not know what a call is.
 *
 * Our own and not cockatiel's SamplingBreaker, because that reads Date.now: a circuit is tested with a clock one can move. It also wraps
 * a call in promises of its own, which the gateway's calls of subgraphs would pay each time.
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
  /** True while nothing is let through but a probe. */
  readonly isOpen: boolean;
  /** Null while open, or while another call probes. */
  admit(): Permit | null;
}

const SLICES = 10;

export function createCircuit(options: CircuitOptions): Circuit {
  const { now, threshold = 0.5, minimumCalls = 20, windowMs = 10_000, openMs = 5_000 } = options;
  // The window in slices that take turns: a call is counted without making or walking anything.
  const calls = new Int32Array(SLICES);
  const failures = new Int32Array(SLICES);
  let latest = 0;
  let callsInWindow = 0;
  let failuresInWindow = 0;
  let openUntil: number | null = null;
  let probing = false;
  // Calls admitted before the circuit changed state say nothing about the state it is in now.
  let generation = 0;

  function forget(slice: number): void {
    callsInWindow -= calls[slice] as number;
    failuresInWindow -= failures[slice] as number;
    calls[slice] = 0;
    failures[slice] = 0;
  }

  function open(): void {
    openUntil = now() + openMs;
    for (let slice = 0; slice < SLICES; slice += 1) forget(slice);
    generation += 1;
  }

  function count(failed: boolean): void {
    const at = Math.floor((now() * SLICES) / windowMs);
    for (let passed = Math.max(latest + 1, at - SLICES + 1); passed <= at; passed += 1) forget(passed % SLICES);
    if (at > latest) latest = at;
    const slice = latest % SLICES;
    calls[slice] = (calls[slice] as number) + 1;
    callsInWindow += 1;
    if (!failed) return;
    failures[slice] = (failures[slice] as number) + 1;
    failuresInWindow += 1;
    if (callsInWindow >= minimumCalls && failuresInWindow / callsInWindow >= threshold) open();
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
    get isOpen() {
      return openUntil !== null;
    },
    admit() {
      if (openUntil !== null) return now() < openUntil || probing ? null : probe();
      const admittedIn = generation;
      return (outcome) => {
        if (admittedIn === generation && outcome !== 'unknown') count(outcome === 'failure');
      };
    },
  };
}
