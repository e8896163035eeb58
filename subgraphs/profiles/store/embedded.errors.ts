/**
 * Engine errors as errors of the catalogue. A message names the engine's reason and never a path, a key or a value.
 */
import { statfsSync } from 'node:fs';
import type { GraphQLError } from 'graphql';
import { errorCodeOf, facetError } from '../../../schema/errors';
import type { ErrorCode } from '../../../schema/errors';

/** What operating systems and the engine say of a failure an operator can do something about. */
const REASONS: ReadonlyArray<readonly [ErrorCode, readonly string[]]> = [
  [
    'STORE_FULL',
    ['ENOSPC', 'EDQUOT', 'EFBIG', 'No space left on device', 'Disk quota exceeded', 'File too large', 'MDB_MAP_FULL'],
  ],
  [
    'STORE_READ_ONLY',
    ['EROFS', 'EACCES', 'EPERM', 'Read-only file system', 'Permission denied', 'Operation not permitted'],
  ],
  ['STORE_UNAVAILABLE', ['Input/output error', 'Too many open files', 'Cannot allocate memory']],
];

/** Less than a commit's pages. */
const FULL_BELOW_BYTES = 64 * 1024;

/** An error of the engine or the file system as one of the catalogue, whose own errors pass as they are. */
export function storeFailure(expected: string, error: unknown): GraphQLError {
  if (errorCodeOf(error) !== 'INTERNAL_SERVER_ERROR') return error as GraphQLError;
  const reason = reasonOf(error);
  const [code] = REASONS.find(([, reasons]) => reasons.includes(reason)) ?? ['STORE_UNAVAILABLE'];
  return facetError(code, `${expected}; the engine said: ${reason}.`);
}

/** As `storeFailure`, of an error while something was written below `folder`. */
export function writeFailure(expected: string, error: unknown, folder: string): GraphQLError {
  const failure = storeFailure(expected, error);
  // LMDB calls it an input or output error when a disk took a part of a write.
  const isFull = reasonOf(error) === 'Input/output error' && roomIn(folder) < FULL_BELOW_BYTES;
  return isFull ? storeFailure(expected, new Error('No space left on device')) : failure;
}

/** What nobody but an administrator may use is not counted. */
function roomIn(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** As `storeFailure`, of an error while a file is opened, which may be damage that the engine itself finds. */
export function openingFailure(error: unknown): GraphQLError {
  return isDamage(error) ? corrupt('the engine refuses it') : storeFailure('Expected to open the profile store', error);
}

export function corrupt(what: string): GraphQLError {
  return facetError('STORE_CORRUPT', `Expected a sound profile store; ${what}. Restore a backup.`);
}

/** The engine's own short name of a failure: `MDB_MAP_FULL`, `ENOSPC`; nothing else of an error's text is shown. */
function reasonOf(error: unknown): string {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (isSystemError(error)) return code as string;
  const text = typeof message === 'string' ? message : '';
  const known = REASONS.flatMap(([, reasons]) => reasons).find((reason) => text.startsWith(reason));
  return /^MDB_[A-Z_]+/.exec(text)?.[0] ?? known ?? 'engine error';
}

/** Of the operating system: `ENOSPC`. */
export function isSystemError(error: unknown): boolean {
  return /^E[A-Z0-9]+$/.test(String((error as NodeJS.ErrnoException | null)?.code ?? ''));
}

function isDamage(error: unknown): boolean {
  return /^MDB_(INVALID|CORRUPTED|PAGE_NOTFOUND|VERSION_MISMATCH|INCOMPATIBLE)/.test(
    error instanceof Error ? error.message : '',
  );
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
