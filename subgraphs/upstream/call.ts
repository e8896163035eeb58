/**
 * The words of the upstream pipeline: what one call is, what comes back, and the policies a vendor brings along.
 * Types only.
 */
import type { z } from 'zod';
import type { ErrorCode } from '../../schema/errors';
import type { UpstreamCall } from '../source';
import type { Auth } from './credentials';
import type { RateLimit } from './rate-limit';

/** One call to a vendor. */
export interface UpstreamRequest<T> extends UpstreamCall {
  /** What is asked for, in words without ids: `contacts batch read`. The only name of the call in an error message. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Path and query below the base URL. Never shown. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /**
   * `read`: the vendor's state is the same after it, whatever the HTTP method, so it may be sent again after a failure.
   * `erase`: after two the vendor's state is the same as after one, so it may be sent again too.
   * `write`: sent again only when the vendor says that it did not take it (throttled, unauthenticated).
   */
  readonly effect: 'read' | 'erase' | 'write';
  /** What the call takes from the rate limit, in the vendor's unit (calls, points). Default 1. */
  readonly cost?: number;
  /** Names a limit that the vendor keeps apart: HubSpot's `search`. */
  readonly lane?: string;
  /** Status 404 is an answer, read as null: what is to be erased is not there. Default: it is a failure. */
  readonly answersAbsence?: boolean;
  /** The answer's documented shape; unknown keys are dropped, not refused. */
  readonly schema: z.ZodType<T>;
}

/** An answer as it came. `body` is the parsed JSON, null where a status that has none came without, or NOT_JSON. */
export interface UpstreamResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: unknown;
}

/** Stands for a body that is not JSON; the text itself is let go of at once. */
export const NOT_JSON = Symbol('not JSON');

/** The vendor asks for patience. `waitMs` null: without saying how long. */
export interface Throttle {
  readonly waitMs: number | null;
}

/** An answer that looks like a success and is none (GraphQL `errors[]`). `reason` is fixed text of ours, never the vendor's. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly reason: string;
  readonly retryable: boolean;
}

export interface UpstreamOptions {
  /** The vendor's name, for error messages. */
  readonly vendor: string;
  /** Scheme, host, port and, if any, a path in front of every call's path. */
  readonly baseUrl: string;
  readonly auth: Auth;
  /** Reads the vendor's own word on what is left. */
  readonly rateLimit: RateLimit;
  /** Recognises throttling. Default: status 429 with Retry-After. */
  readonly throttleOf?: (response: UpstreamResponse, now: number) => Throttle | null;
  /** Recognises failure inside an answer with a good status. Default: there is none. */
  readonly refusalOf?: (response: UpstreamResponse) => Refusal | null;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  /** In [0, 1). Default Math.random. */
  readonly random?: () => number;
  /** Resolves after `ms`, rejects when the signal fires. Default: a timer. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Connections at most. Default 16. */
  readonly connections?: number;
  /** Bytes of one answer at most. Default 10 MB. */
  readonly maxResponseBytes?: number;
}

export interface Upstream {
  /**
   * One answer, parsed.
   *
   * Errors: UPSTREAM_UNAVAILABLE, _TIMEOUT, _THROTTLED, _UNAUTHENTICATED, _INVALID.
   */
  request<T>(call: UpstreamRequest<T>): Promise<T>;
  /** Ends open calls with UPSTREAM_UNAVAILABLE and closes the connections. */
  close(): Promise<void>;
}
