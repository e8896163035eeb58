/**
 * Not asking a vendor for more than it has said is left. Each policy keeps one small state, fed by the vendor's own answers;
 * before the first answer it lets everything pass. Must not wait itself: it says how long.
 */
import type { UpstreamResponse } from './call';

/** What a call is to a rate limit. */
export interface RatedCall {
  readonly cost: number;
  readonly lane: string | null;
}

export interface RateLimit {
  /**
   * Takes the call's cost from what is left, and says how long to wait first.
   *
   * Units: milliseconds; 0 is now. The caller waits once and sends: what the vendor then says counts, not the estimate.
   */
  reserve(call: RatedCall, now: number): number;
  /** Reads what an answer tells of the limit. */
  observe(response: UpstreamResponse, call: RatedCall, now: number): void;
}

/** For vendors that tell nothing: their 429 is waited for, that is all. */
export const unlimited: RateLimit = { reserve: () => 0, observe: () => undefined };

/**
 * So many calls per window, told in two headers: what remains, and either how long a window is or how long this one still lasts.
 *
 * A window told by its length is taken to end that long after its first answer: never earlier than the vendor's rolling one
 * frees a call.
 */
export function windowLimit(
  headers: { readonly remaining: string } & ({ readonly intervalMs: string } | { readonly resetSeconds: string }),
): RateLimit {
  const [length, unitMs] = 'intervalMs' in headers ? [headers.intervalMs, 1] : [headers.resetSeconds, 1_000];
  let remaining = 0;
  let endsAt = -Infinity;
  return {
    reserve(_call, now) {
      if (now >= endsAt) return 0;
      if (remaining > 0) {
        remaining -= 1;
        return 0;
      }
      return endsAt - now;
    },
    observe(response, _call, now) {
      const told = Number(response.headers[headers.remaining] ?? NaN);
      const intervalMs = Number(response.headers[length] ?? NaN) * unitMs;
      if (!Number.isFinite(told) || !Number.isFinite(intervalMs)) return;
      if (now >= endsAt) {
        endsAt = now + intervalMs;
        remaining = told;
      } else {
        // Answers overtake each other: within a window only the lowest word counts.
        remaining = Math.min(remaining, told);
      }
    },
  };
}

/** At most one call per `intervalMs`: for limits that the vendor documents and never tells. */
export function spacedLimit(intervalMs: number): RateLimit {
  let nextAt = -Infinity;
  return {
    reserve(_call, now) {
      const at = Math.max(now, nextAt);
      nextAt = at + intervalMs;
      return at - now;
    },
    observe: () => undefined,
  };
}

/**
 * So many calls in any stretch of time, for limits that a vendor documents and never tells. Calls are counted when they were
 * answered, so a few that are under way together may come too many: the vendor's 429 settles those.
 */
export function quotaLimit(...quotas: ReadonlyArray<{ readonly calls: number; readonly perMs: number }>): RateLimit {
  const most = Math.max(...quotas.map(({ calls }) => calls));
  /** When calls were answered, the newest last; as many as the largest quota. */
  const answered: number[] = [];
  return {
    reserve(_call, now) {
      const waits = quotas.map(({ calls, perMs }) => (answered.at(-calls) ?? -Infinity) + perMs - now);
      return Math.max(0, ...waits);
    },
    observe(_response, _call, now) {
      answered.push(now);
      if (answered.length > most) answered.shift();
    },
  };
}

/** What a leaky bucket's owner tells of it. Units: points, points per second. */
export interface BucketStatus {
  readonly maximumAvailable: number;
  readonly currentlyAvailable: number;
  readonly restoreRate: number;
}

/** A bucket of points that fills at a steady rate; each call takes its cost. */
export function bucketLimit(statusOf: (response: UpstreamResponse) => BucketStatus | null): RateLimit {
  let bucket: (BucketStatus & { readonly at: number }) | null = null;
  return {
    reserve({ cost }, now) {
      if (bucket === null) return 0;
      const { maximumAvailable, restoreRate, at } = bucket;
      const filled = bucket.currentlyAvailable + (Math.max(0, now - at) / 1_000) * restoreRate;
      const available = Math.min(maximumAvailable, filled);
      bucket = { maximumAvailable, restoreRate, currentlyAvailable: available - cost, at: now };
      // Never wait for more than the bucket can hold: such a call is refused by the vendor, in its own words.
      const missing = Math.min(cost, maximumAvailable) - available;
      return missing <= 0 ? 0 : Math.ceil((missing / restoreRate) * 1_000);
    },
    observe(response, _call, now) {
      const status = statusOf(response);
      if (status !== null && status.restoreRate > 0) bucket = { ...status, at: now };
    },
  };
}

/** Calls of the named lanes go by their own limit, all others by `otherwise`. */
export function lanes(named: Readonly<Record<string, RateLimit>>, otherwise: RateLimit): RateLimit {
  const limitOf = ({ lane }: RatedCall): RateLimit => (lane === null ? otherwise : (named[lane] ?? otherwise));
  return {
    reserve: (call, now) => limitOf(call).reserve(call, now),
    observe: (response, call, now) => limitOf(call).observe(response, call, now),
  };
}
