/**
 * From what went wrong to a coded error. A message says vendor, call, what was expected and what came (a status, a shape
 * path): never a body, a URL, an id or a token. Nothing of the original error is attached, since it may quote them.
 */
import type { GraphQLError } from 'graphql';
import type { z } from 'zod';
import { facetError, type ErrorCode } from '../../schema/errors';

/** A failed attempt: the error to throw, and what may be done before it is thrown. */
export interface Failure {
  readonly error: GraphQLError;
  /** `again`: a read may be sent again. `untaken`: the vendor did not take the call, so anything may. `never`. */
  readonly repeat: 'again' | 'untaken' | 'never';
  /** What the vendor asks to wait; null when it does not say. */
  readonly waitMs: number | null;
}

/** Who is talking: in front of every message. */
export interface Subject {
  readonly vendor: string;
  readonly name: string;
}

export function upstreamError(code: ErrorCode, { vendor, name }: Subject, what: string): GraphQLError {
  return facetError(code, `${vendor}, ${name}: ${what}`);
}

/** Statuses that pass by themselves, apart from 5xx: request timeout, locked, too early, HubSpot's 477 (migration). */
const PASSING: ReadonlySet<number> = new Set([408, 423, 425, 477]);

/** The vendor is down or overloaded: what the circuit counts. */
export const isOutage = (status: number): boolean => status >= 500 || status === 408;

/** What a status outside 2xx means; null for 2xx. 429 and 401 are looked at before. */
export function failureOfStatus(status: number, subject: Subject, waitMs: number | null): Failure | null {
  if (status >= 200 && status < 300) return null;
  const what = `expected status 2xx, got ${status}`;
  if (status === 401 || status === 403) {
    return { error: upstreamError('UPSTREAM_UNAUTHENTICATED', subject, what), repeat: 'never', waitMs: null };
  }
  if (status >= 500 || PASSING.has(status)) {
    return { error: upstreamError('UPSTREAM_UNAVAILABLE', subject, what), repeat: 'again', waitMs };
  }
  // Redirects too: they are not followed, since the credentials would travel along.
  return { error: upstreamError('UPSTREAM_INVALID', subject, what), repeat: 'never', waitMs: null };
}

/** What an exception of the transport means. */
export function failureOfException(exception: unknown, subject: Subject): Failure {
  const code = (exception as { code?: unknown } | null)?.code;
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    const error = upstreamError(
      'UPSTREAM_INVALID',
      subject,
      'expected an answer within the size limit, got a larger one',
    );
    return { error, repeat: 'never', waitMs: null };
  }
  if (typeof code === 'string' && code.startsWith('HPE_')) {
    return {
      error: upstreamError('UPSTREAM_INVALID', subject, 'expected HTTP, got something else'),
      repeat: 'never',
      waitMs: null,
    };
  }
  const error = upstreamError('UPSTREAM_UNAVAILABLE', subject, 'expected an answer, the connection failed');
  return { error, repeat: 'again', waitMs: null };
}

/** A path segment that may be shown. A map's keys can be e-mail addresses or ids: those are shown as `*`. */
const shown = (segment: PropertyKey): string => {
  if (typeof segment === 'number') return String(segment);
  return typeof segment === 'string' && /^[A-Za-z_]{1,40}$/.test(segment) ? segment : '*';
};

/** Where and how an answer departs from its shape: `results.0.id (invalid_type)`. The value is not told. */
export function describeShape(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'its root';
  return `${issue.path.length === 0 ? 'its root' : issue.path.map(shown).join('.')} (${issue.code})`;
}
