/**
 * Errors of the driver and the server as errors of the catalogue. A message names the kind of failure and never a host, a credential, a
 * key or a value: the driver's own texts hold all of them.
 */
import type { GraphQLError } from 'graphql';
import { MongoAPIError, MongoNetworkError, MongoServerError, MongoServerSelectionError } from 'mongodb';
import { errorCodeOf, facetError } from '../../../schema/errors';
import type { ErrorCode } from '../../../schema/errors';

/** What to do about it, for the failures an operator meets. */
const SERVER_REASONS: Readonly<Record<number, string>> = {
  13: 'the user of MONGODB_URI lacks a right (13)',
  18: 'it refuses the credentials of MONGODB_URI (18)',
  85: 'an index of this name is there with other options (85)',
  86: 'an index with these keys is there under another name (86)',
  121: 'a document does not fit its collection’s schema (121)',
  8000: 'it refuses the credentials of MONGODB_URI (8000)',
  371: 'it takes no writes now (371)',
  10334: 'a document is larger than 16 MB (10334)',
  14031: 'its disk is full (14031)',
};
const CODES: Readonly<Record<number, ErrorCode>> = {
  371: 'STORE_READ_ONLY',
  14031: 'STORE_FULL',
  // Of what was to be written, and not of the store: trying again does not help.
  121: 'INTERNAL_SERVER_ERROR',
  10334: 'INTERNAL_SERVER_ERROR',
};

/** A resume token that the server's log no longer reaches back to, or that is another server's. */
const HISTORY_LOST = new Set([9, 40, 136, 260, 280, 286, 50811]);
const DUPLICATE_KEY = 11_000;

/** The same failure may pass by itself: the server restarts, or another one becomes primary. */
export function isPassing(error: unknown): boolean {
  return (
    error instanceof MongoNetworkError ||
    error instanceof MongoServerSelectionError ||
    isPoolExhausted(error) ||
    (error instanceof MongoServerError && error.hasErrorLabel('ResumableChangeStreamError'))
  );
}

export const isHistoryLost = (error: unknown): boolean => hasCode(error, HISTORY_LOST);
export const isDuplicateKey = (error: unknown): boolean => hasCode(error, new Set([DUPLICATE_KEY]));

function hasCode(error: unknown, codes: ReadonlySet<number>): boolean {
  return error instanceof MongoServerError && typeof error.code === 'number' && codes.has(error.code);
}

/** `expected`: `Expected to read the profile store`. Errors of the catalogue pass as they are. */
export function mongoFailure(expected: string, error: unknown): GraphQLError {
  if (errorCodeOf(error) !== 'INTERNAL_SERVER_ERROR') return error as GraphQLError;
  const code = error instanceof MongoServerError && typeof error.code === 'number' ? CODES[error.code] : undefined;
  return facetError(code ?? 'STORE_UNAVAILABLE', `${expected}; ${reasonOf(error)}.`);
}

/** The driver does not export the class. */
function isPoolExhausted(error: unknown): boolean {
  return error instanceof Error && error.name === 'MongoWaitQueueTimeoutError';
}

function reasonOf(error: unknown): string {
  if (error instanceof MongoServerSelectionError) {
    const refused = [...(error.reason?.servers.values() ?? [])]
      .map(({ error: each }) => each)
      .find((each) => hasCode(each, new Set([18, 8000])));
    return refused === undefined ? 'no primary was found in time at MONGODB_URI' : reasonOf(refused);
  }
  if (isPoolExhausted(error)) return 'no connection of the pool was free in time';
  if (error instanceof MongoServerError) {
    const code = typeof error.code === 'number' ? error.code : 0;
    return `the server said: ${SERVER_REASONS[code] ?? `error ${code}`}`;
  }
  if (error instanceof MongoNetworkError) return 'the connection to the server broke';
  if (error instanceof MongoAPIError) return `the driver said: ${error.name}`;
  return 'of an unforeseen error';
}
