/**
 * The ways vendors count: a window of calls (HubSpot: rolling per ten seconds, fixed per day) and a leaky bucket of points
 * (Shopify), on a clock that tests turn by hand. Pure bookkeeping; what a refusal looks like is the vendor's business.
 */

/** Calls per window. Units: calls. */
export interface CallWindow {
  /** Counts one call if there is room; false means refused (a refused call does not count). */
  take(): boolean;
  /** Calls still possible now. */
  remaining(): number;
  /** Until there is room for one more. Units: milliseconds. */
  waitMs(): number;
}

/** Creates a window of `limit` calls per `windowMs`. Units: `now` epoch milliseconds. */
export function createRollingWindow(options: { limit: number; windowMs: number; now: () => number }): CallWindow {
  const { limit, windowMs, now } = options;
  const taken: number[] = [];
  const forget = (): void => {
    while (taken.length > 0 && taken[0]! <= now() - windowMs) taken.shift();
  };
  return {
    take: () => {
      forget();
      if (taken.length >= limit) return false;
      taken.push(now());
      return true;
    },
    remaining: () => {
      forget();
      return limit - taken.length;
    },
    waitMs: () => {
      forget();
      return taken.length < limit ? 0 : taken[taken.length - limit]! + windowMs - now();
    },
  };
}

/** Creates a counter that starts anew with every `windowMs` of the clock, for limits too large to remember each call. */
export function createFixedWindow(options: { limit: number; windowMs: number; now: () => number }): CallWindow {
  const { limit, windowMs, now } = options;
  let window = 0;
  let taken = 0;
  const used = (): number => {
    const current = Math.floor(now() / windowMs);
    if (current !== window) [window, taken] = [current, 0];
    return taken;
  };
  return {
    take: () => {
      if (used() >= limit) return false;
      taken += 1;
      return true;
    },
    remaining: () => limit - used(),
    waitMs: () => (used() < limit ? 0 : (window + 1) * windowMs - now()),
  };
}

/** A leaky bucket. Units: points. */
export interface LeakyBucket {
  capacity: number;
  restorePerSecond: number;
  /** Reserves `points` if they are there; false means refused. */
  take(points: number): boolean;
  /** Gives back what was reserved and not used. */
  refund(points: number): void;
  available(): number;
}

/** Creates a full bucket. Units: `now` epoch milliseconds. */
export function createLeakyBucket(options: {
  capacity: number;
  restorePerSecond: number;
  now: () => number;
}): LeakyBucket {
  const { capacity, restorePerSecond, now } = options;
  let level = capacity;
  let at = now();
  const restore = (): void => {
    const elapsedMs = Math.max(0, now() - at);
    level = Math.min(capacity, level + (elapsedMs / 1000) * restorePerSecond);
    at = now();
  };
  return {
    capacity,
    restorePerSecond,
    take: (points) => {
      restore();
      if (points > level) return false;
      level -= points;
      return true;
    },
    refund: (points) => {
      restore();
      level = Math.min(capacity, level + points);
    },
    available: () => {
      restore();
      return level;
    },
  };
}
