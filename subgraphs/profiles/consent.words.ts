/** What may be written into the consent ledger, which is kept for good: short words, never an address. Pure. Must not record. */
import { createHash } from 'node:crypto';
import { facetError } from '../../schema/errors';
import { dateOf, instantOf } from '../normalise';
import { CLOCK_TOLERANCE_MS } from './consent';
import type { Notices } from './notices';
import type { NewConsentEvent } from './store/store';

/** Without `@`: no address gets through. */
const WORD = /^[\p{L}\p{N} ._:/-]{1,100}$/u;
const LANGUAGE = /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/;
const SHA256 = /^[0-9a-f]{64}$/;

export interface NoticeShown {
  readonly id: string;
  readonly version: string;
  readonly sha256?: string | null | undefined;
}

/** Errors: CONSENT_INVALID. */
export function checkWords(words: Readonly<Record<string, string | null | undefined>>): void {
  for (const [name, word] of Object.entries(words)) {
    if (word !== null && word !== undefined && !WORD.test(word)) {
      throw facetError('CONSENT_INVALID', `Expected "${name}" to be 1 to 100 letters, digits, spaces or . _ : / -.`);
    }
  }
}

/** Errors: CONSENT_INVALID. */
export function checkLanguage(language: string | null | undefined): void {
  if (language !== null && language !== undefined && !LANGUAGE.test(language)) {
    throw facetError('CONSENT_INVALID', 'Expected "language" to be a BCP 47 tag such as de or en-GB.');
  }
}

/** The notice with the hash of its text, from the register where it is there. Errors: CONSENT_INVALID when the two differ. */
export function noticeOf(shown: NoticeShown | null | undefined, notices: Notices): NewConsentEvent['notice'] {
  if (shown === null || shown === undefined) return null;
  const { id, version } = shown;
  checkWords({ 'notice.id': id, 'notice.version': version });
  const given = shown.sha256 ?? null;
  if (given !== null && !SHA256.test(given)) {
    throw facetError('CONSENT_INVALID', 'Expected "notice.sha256" to be 64 hexadecimal digits in lower case.');
  }
  const registered = notices.find(id, version)?.sha256 ?? null;
  if (given !== null && registered !== null && given !== registered) {
    throw facetError('CONSENT_INVALID', 'Expected the text of the notice that is registered, but its hash differs.');
  }
  return { id, version, sha256: given ?? registered };
}

/** When it was expressed, now when nothing is said, and until when it counts. Errors: BAD_USER_INPUT, CONSENT_INVALID. */
export function timesOf(
  given: { readonly occurredAt?: string | null | undefined; readonly expiresAt?: string | null | undefined },
  now: number,
): { readonly occurredAt: number; readonly expiresAt: number | null } {
  const occurredAt = parseTime(given.occurredAt, 'occurredAt') ?? now;
  const expiresAt = parseTime(given.expiresAt, 'expiresAt');
  if (occurredAt > now + CLOCK_TOLERANCE_MS) {
    throw facetError('CONSENT_INVALID', 'Expected "occurredAt" to be in the past, but it lies in the future.');
  }
  if (expiresAt !== null && expiresAt <= occurredAt) {
    throw facetError('CONSENT_INVALID', 'Expected "expiresAt" to be after "occurredAt".');
  }
  return { occurredAt, expiresAt };
}

/** Errors: BAD_USER_INPUT. */
function parseTime(text: string | null | undefined, name: string): number | null {
  if (text === null || text === undefined) return null;
  // A day that does not exist would be taken for another, and a time without a zone for this machine's.
  const time = dateOf(text.slice(0, 10)) === null ? null : instantOf(text);
  if (time === null) {
    throw facetError('BAD_USER_INPUT', `Expected "${name}" to be an ISO 8601 date-time with its zone.`);
  }
  return time;
}

/** An id that is the same for the same content. */
export function digestOf(...parts: ReadonlyArray<string | number | boolean | null>): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
