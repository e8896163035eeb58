/**
 * One spelling for what sources spell in many ways: text, e-mail addresses, phone numbers, languages, dates and instants.
 * Pure. What cannot be read is null, never guessed. Countries are in country.ts, money in minor-units.ts.
 */
import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js';

/** The plus sign and eight digits. */
const MIN_E164_LENGTH = 9;

/** Trimmed, in Unicode's composed form (NFC), so that equal to the eye is equal to `===`; empty is null. */
export function textOf(raw: string | null | undefined): string | null {
  const text = raw?.normalize('NFC').trim();
  return text === undefined || text === '' ? null : text;
}

/** Trimmed and lower-case; null when it has not exactly one @ with something on either side, or a blank within. */
export function emailOf(raw: string | null | undefined): string | null {
  const email = textOf(raw)?.toLowerCase() ?? null;
  return email !== null && email.length <= 254 && /^[^\s@]+@[^\s@]+$/u.test(email) ? email : null;
}

/**
 * E.164, without extension; null when it cannot be read as a number. `country` (ISO 3166-1 alpha-2) says what a national
 * spelling means. Length is checked, not whether the range is in use: ranges open faster than tables follow.
 */
export function phoneOf(raw: string | null | undefined, country: string | null): string | null {
  // People write 00 for + also where the country's own exit code is another (011 in the US).
  const text = textOf(raw)?.replace(/^00(?=[1-9])/, '+') ?? null;
  if (text === null) return null;
  const defaultCountry = country === null ? undefined : (country as CountryCode);
  const number = parsePhoneNumberFromString(text, { defaultCountry, extract: false });
  // Some countries have numbers of four digits; as an identity that is too little to tell people apart.
  return number?.isPossible() === true && number.number.length >= MIN_E164_LENGTH ? number.number : null;
}

/** BCP 47 in canonical case (`en-GB`); null when it is no language tag. */
export function languageOf(raw: string | null | undefined): string | null {
  const text = textOf(raw)?.replaceAll('_', '-') ?? null;
  if (text === null) return null;
  try {
    return Intl.getCanonicalLocales(text)[0] ?? null;
  } catch {
    return null;
  }
}

/** A calendar date, `YYYY-MM-DD`; null when there is no such day. */
export function dateOf(raw: string | null | undefined): string | null {
  const text = textOf(raw);
  if (text === null || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text) ? text : null;
}

/**
 * Unix time in milliseconds of an ISO 8601 date-time with its zone; null otherwise. A time without a zone is refused: read in
 * this machine's zone it would be a guess.
 */
export function instantOf(raw: string | null | undefined): number | null {
  const text = textOf(raw);
  if (text === null || !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : at;
}

/** An HTTPS address; null for any other. */
export function httpsUrlOf(raw: string | null | undefined): string | null {
  const text = textOf(raw);
  return text !== null && text.startsWith('https://') && URL.canParse(text) ? text : null;
}

/** Given and family name as one text, as far as they are known. */
export function nameOf(firstName: string | null, lastName: string | null): string | null {
  return textOf([firstName, lastName].filter((part) => part !== null).join(' '));
}
