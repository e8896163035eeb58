/**
 * Money from a vendor's decimal string to minor units, exactly: digits are moved, nothing is computed in floating point.
 * Must not exchange currencies.
 *
 * Source: ISO 4217, list one (minor units). A table and not Intl, whose digits are CLDR's habits (RSD 0) and not the standard.
 */

export interface Money {
  /** Minor units of the currency: cents of EUR, yen of JPY. */
  readonly amountMinor: number;
  /** ISO 4217. */
  readonly currency: string;
}

const DIGITS: ReadonlyMap<string, number> = new Map([
  ...['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW'].map((code) => [code, 0] as const),
  ...['PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'].map((code) => [code, 0] as const),
  ...['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'].map((code) => [code, 3] as const),
  ...['CLF', 'UYW'].map((code) => [code, 4] as const),
]);

/** Digits after the point in ISO 4217: 2 for most currencies. */
export function minorDigits(currency: string): number {
  return DIGITS.get(currency) ?? 2;
}

/**
 * Minor units of a decimal string. Digits below the minor unit (a unit price that Shopify calls approximate) round half away
 * from zero; null when it is no decimal number, no currency, or beyond what a number holds exactly.
 */
export function moneyOf(amount: string, currency: string): Money | null {
  const match = /^(-?)(\d{1,20})(?:\.(\d{1,20}))?$/.exec(amount);
  if (match === null || !/^[A-Z]{3}$/.test(currency)) return null;
  const [, sign = '', whole = '', fraction = ''] = match;
  const digits = minorDigits(currency);
  const kept = fraction.slice(0, digits).padEnd(digits, '0');
  const roundsUp = (fraction[digits] ?? '0') >= '5';
  const magnitude = BigInt(whole + kept) + (roundsUp ? 1n : 0n);
  if (magnitude > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  return { amountMinor: magnitude === 0n ? 0 : Number(sign === '-' ? -magnitude : magnitude), currency };
}
