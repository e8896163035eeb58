/**
 * Masks: deterministic, hide the length of what they mask, and keep no run of four characters of it. Pure.
 * Must not decide whether a value is masked; that is `decide`.
 *
 * Source: design of Facet's policy, § masks; GDPR Art. 5(1)(c) data minimisation.
 */
import { createHmac } from 'node:crypto';
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';

export const MASKS = ['EMAIL', 'PHONE', 'NAME', 'POSTCODE', 'BIRTH_DATE', 'MONEY', 'HASH', 'COARSE'] as const;
export type MaskKind = (typeof MASKS)[number];

const STARS = '***';

/** Masks a leaf value. Without a kind, or for a value the mask does not fit, nothing is left: null. */
export function maskValue(kind: MaskKind | undefined, value: unknown, hashKey: string): unknown {
  if (value === null || value === undefined || kind === undefined) return null;
  if (Array.isArray(value)) return value.map((element) => maskValue(kind, element, hashKey));
  if (kind === 'COARSE') return value;
  if (kind === 'MONEY') return typeof value === 'number' ? maskAmount(value) : null;
  return typeof value === 'string' && value !== '' ? maskText(kind, value, hashKey) : null;
}

function maskText(kind: Exclude<MaskKind, 'COARSE' | 'MONEY'>, text: string, hashKey: string): string | null {
  switch (kind) {
    case 'EMAIL':
      return maskEmail(text);
    case 'PHONE':
      return maskPhone(text);
    case 'NAME':
      return `${firstCharacter(text)}.`;
    case 'POSTCODE':
      return `${[...text].length > 3 ? [...text].slice(0, 2).join('') : ''}${STARS}`;
    case 'BIRTH_DATE':
      return maskBirthDate(text);
    case 'HASH':
      return createHmac('sha256', hashKey).update(text).digest('base64url').slice(0, 22);
  }
}

/** `jane@example.com` → `j***@e***.com`. A top-level domain of four or more characters is a word, and starred too. */
function maskEmail(email: string): string {
  const at = email.lastIndexOf('@');
  if (at < 1) return STARS;
  const labels = email.slice(at + 1).split('.');
  const topLevel = labels.length > 1 ? (labels.at(-1) ?? '') : '';
  const suffix = topLevel === '' ? '' : `.${[...topLevel].length > 3 ? STARS : topLevel}`;
  return `${firstCharacter(email)}${STARS}@${firstCharacter(labels[0] ?? '')}${STARS}${suffix}`;
}

/** `+49 30 1234578` → `+49 ******* 78`. */
function maskPhone(phone: string): string {
  if (/^(\+\d{1,3} )?\*{7} \d\d$/.test(phone)) return phone;
  const digits = phone.replaceAll(/\D/g, '');
  const callingCode = parsePhoneNumberFromString(phone)?.countryCallingCode;
  const prefix = callingCode === undefined ? '' : `+${callingCode} `;
  return digits.length < 5 ? '*******' : `${prefix}******* ${digits.slice(-2)}`;
}

function maskBirthDate(date: string): string | null {
  const year = Number(/^(\d{4})-\d{2}-\d{2}/.exec(date)?.[1] ?? Number.NaN);
  return Number.isNaN(year) ? null : `${String(year - (year % 5)).padStart(4, '0')}-01-01`;
}

/** Lower bound of the band 1·10ⁿ, 2·10ⁿ, 5·10ⁿ; a negative amount lies in the mirrored band. Units: minor units. */
function maskAmount(amountMinor: number): number {
  if (!Number.isFinite(amountMinor) || amountMinor === 0) return 0;
  const size = Math.abs(amountMinor);
  const bounds = Array.from({ length: 17 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();
  const below = bounds.findLast((bound) => bound <= size) ?? 0;
  // Below the last whole band lies what a SafeInt can still say.
  const above = Math.min(bounds.find((bound) => bound >= size) ?? Infinity, Number.MAX_SAFE_INTEGER);
  return amountMinor > 0 ? below : -above;
}

function firstCharacter(text: string): string {
  return [...text][0] ?? '';
}
