/**
 * Engine errors as errors of the catalogue. A message names the engine's reason and never a path, a key or a value.
 */
import type { GraphQLError } from 'graphql';
import { facetError } from '../../../schema/errors';

/** The engine's own short name of a failure: `MDB_MAP_FULL`, `ENOSPC`; nothing else of an error's text is shown. */
function reasonOf(error: unknown): string {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === 'string' && /^E[A-Z0-9]+$/.test(code)) return code;
  const text = typeof message === 'string' ? message : '';
  return /^MDB_[A-Z_]+/.exec(text)?.[0] ?? ENGINE_TEXTS.find((known) => text.startsWith(known)) ?? 'engine error';
}

/** What operating systems say where the engine passes it on without a code. */
const ENGINE_TEXTS = [
  'No space left on device',
  'File too large',
  'Input/output error',
  'Permission denied',
  'Read-only file system',
  'Too many open files',
  'Cannot allocate memory',
];

export function storeUnavailable(expected: string, error: unknown): GraphQLError {
  return facetError('STORE_UNAVAILABLE', `${expected}; the engine said: ${reasonOf(error)}.`);
}

/**
 * The reason why a group of commits failed. lmdb rejects each commit with a general error and hands the reason over in
 * a second promise, which would end the process as an unhandled rejection if nobody looked at it.
 */
export async function commitFailure(error: unknown): Promise<unknown> {
  const reason = (error as { commitError?: Promise<unknown> } | null)?.commitError;
  if (!reason) return error;
  // The reason is rejected in the same turn; waiting one turn, not for ever, in case the engine never gives it.
  return Promise.race([
    reason.catch((cause: unknown) => cause),
    new Promise((resolve) => setImmediate(resolve, error)),
  ]);
}
