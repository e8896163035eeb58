/**
 * When a failed call is sent again, and after how long. Pure: it must not wait, nor know what a call is.
 *
 * Source: full jitter as in M. Brooker, "Exponential Backoff and Jitter" (AWS Architecture Blog, 2015); Retry-After as in
 * RFC 9110 §10.2.3.
 */
import type { UpstreamRequest, UpstreamResponse, Throttle } from './call';
import type { Failure } from './error-map';

const MAX_ATTEMPTS = 4;
const BASE_MS = 200;
const CAP_MS = 5_000;

/**
 * How long to wait before the next attempt; null: no further one.
 *
 * Units: milliseconds. `attempt` counts from 1: the one that failed.
 */
export function waitBeforeRetry(options: {
  readonly failure: Failure;
  readonly effect: UpstreamRequest<unknown>['effect'];
  readonly attempt: number;
  readonly random: () => number;
}): number | null {
  const { failure, effect, attempt, random } = options;
  if (attempt >= MAX_ATTEMPTS || failure.repeat === 'never') return null;
  if (failure.repeat === 'again' && effect === 'write') return null;
  const jitterMs = Math.floor(random() * Math.min(CAP_MS, BASE_MS * 2 ** (attempt - 1)));
  return Math.max(failure.waitMs ?? 0, jitterMs);
}

/** Retry-After in milliseconds from now: seconds or an HTTP date; null when absent or unreadable. */
export function retryAfterMs(headers: UpstreamResponse['headers'], now: number): number | null {
  const value = headers['retry-after']?.trim();
  if (value === undefined || value === '') return null;
  if (/^\d{1,9}(\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1_000);
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

/** Throttling as plain HTTP says it. */
export function throttleOfStatus(response: UpstreamResponse, now: number): Throttle | null {
  return response.status === 429 ? { waitMs: retryAfterMs(response.headers, now) } : null;
}
