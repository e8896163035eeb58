/**
 * Amounts in minor units and their exchange at fixed rates. It must not use floating point for a stored amount.
 */

/** How a currency is written and what one euro buys. Units: `digits` after the point (ISO 4217), `perEuro` major units. */
const CURRENCIES: Readonly<Record<string, { digits: number; perEuro: number }>> = {
  EUR: { digits: 2, perEuro: 1 },
  GBP: { digits: 2, perEuro: 0.86 },
  USD: { digits: 2, perEuro: 1.09 },
  JPY: { digits: 0, perEuro: 162 },
  // A sofa costs 25,000,000.00 rupiah: amounts beyond 32-bit minor units are ordinary here.
  IDR: { digits: 2, perEuro: 17_500 },
};

/** Exchanges an amount. Units: minor units of either currency, rounded. Errors: throws on a currency not in the table. */
export function exchange(options: { amountMinor: number; from: string; to: string }): number {
  const { amountMinor, from, to } = options;
  if (from === to) return amountMinor;
  const source = CURRENCIES[from];
  const target = CURRENCIES[to];
  if (!source || !target) throw new Error(`expected one of ${Object.keys(CURRENCIES)}, but got ${from} and ${to}`);
  const euro = amountMinor / 10 ** source.digits / source.perEuro;
  return Math.round(euro * target.perEuro * 10 ** target.digits);
}

/**
 * Prints an amount as Shopify's Decimal: no superfluous zeros but at least one digit after the point, whatever the
 * currency ("20.7", "1500.0", "25000000.0").
 */
export function decimal(options: { amountMinor: number; currency: string }): string {
  const digits = CURRENCIES[options.currency]?.digits ?? 2;
  const sign = options.amountMinor < 0 ? '-' : '';
  const padded = String(Math.abs(options.amountMinor)).padStart(digits + 1, '0');
  const whole = padded.slice(0, padded.length - digits);
  const fraction = digits === 0 ? '' : padded.slice(-digits);
  return `${sign}${whole}.${fraction.replace(/0+$/, '') || '0'}`;
}
