// Amounts of money as a customer reads them: minor units and ISO 4217 code become localized text.
// Must not guess: what is not an amount gives null, and the template leaves the price out.
// The decimals are ISO 4217's, not those of Intl: Node's Intl shows IDR with none, though the amount counts hundredths,
// and a price a hundred times too high would be the result.

/** Every currency that does not divide into hundredths. *Source*: ISO 4217 list one, "minor unit". */
const DECIMALS: ReadonlyMap<string, number> = new Map([
  ...'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'
    .split(' ')
    .map((code): [string, number] => [code, 0]),
  ...'BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code): [string, number] => [code, 3]),
  ['CLF', 4],
  ['UYW', 4],
]);

const formats = new Map<string, Intl.NumberFormat>();

/**
 * `{ amountMinor: 1999, currency: 'EUR' }` → `€19.99`.
 * *Shape*: null when the amount is no safe integer or the currency no three-letter code.
 */
export function formatMoney(money: unknown, locale: string): string | null {
  if (typeof money !== 'object' || money === null) return null;
  const { amountMinor, currency } = money as { amountMinor?: unknown; currency?: unknown };
  if (!Number.isSafeInteger(amountMinor) || typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency)) return null;
  const decimals = DECIMALS.get(currency) ?? 2;
  return formatFor(currency, decimals, locale).format((amountMinor as number) / 10 ** decimals);
}

/** A NumberFormat costs far more to make than to use, and ten thousand mails share a handful. */
function formatFor(currency: string, decimals: number, locale: string): Intl.NumberFormat {
  const key = `${locale} ${currency}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(locale, {
      style: 'currency',
      currency,
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    });
    formats.set(key, format);
  }
  return format;
}
