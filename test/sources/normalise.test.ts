// One spelling for what sources spell in many ways.
import fc from 'fast-check';
import { countryOf } from '../../subgraphs/country';
import { minorDigits, moneyOf } from '../../subgraphs/minor-units';
import { dateOf, emailOf, httpsUrlOf, instantOf, languageOf, nameOf, phoneOf, textOf } from '../../subgraphs/normalise';
import { upstreamUrl } from '../../subgraphs/upstream/settings';

describe('A country', () => {
  it.each([
    ['Germany', 'DE'],
    ['Deutschland', 'DE'],
    ['GERMANY ', 'DE'],
    ['Allemagne', 'DE'],
    ['de', 'DE'],
    ['DD', 'DE'],
    ['UK', 'GB'],
    ['England', 'GB'],
    ['Great Britain', 'GB'],
    ['U.S.A.', 'US'],
    ['United States', 'US'],
    ['Österreich', 'AT'],
    ['Oesterreich', 'AT'],
    ['osterreich', 'AT'],
    ['O\u0308sterreich', 'AT'],
    ['Türkei', 'TR'],
    ['日本', 'JP'],
    ['Niger', 'NE'],
    ['Atlantis', null],
    ['Germany or Austria', null],
    ['EU', null],
    ['XK', null],
    ['AA', null],
    ['', null],
    [null, null],
  ])('written %j is %j', (raw, code) => {
    expect(countryOf(raw)).toBe(code);
  });
});

describe('A phone number', () => {
  it.each([
    ['+49 (0)151/5550123', null, '+491515550123'],
    ['0049 151 5550123', 'US', '+491515550123'],
    ['0151-555.0123', 'DE', '+491515550123'],
    ['+49 151 5550123 ext. 12', 'DE', '+491515550123'],
    ['07700 900123', 'GB', '+447700900123'],
    ['(202) 555-0123', 'US', '+12025550123'],
    ['0151 5550123', null, null],
    ['12345', 'DE', null],
    ['call me', 'DE', null],
    ['call me on 0151 5550123', 'DE', null],
    [' ', 'DE', null],
    [null, 'DE', null],
  ])('written %j in %j is %j', (raw, country, e164) => {
    expect(phoneOf(raw, country)).toBe(e164);
  });
});

describe('Text', () => {
  it.each([
    [' Renée ', 'Renée'],
    ['Rene\u0301e', 'Renée'],
    [' \t', null],
    [undefined, null],
  ])('%j is %j', (raw, text) => expect(textOf(raw)).toBe(text));

  it.each([
    [' Ada@Example.COM ', 'ada@example.com'],
    ['ada@@example.com', null],
    ['ada @example.com', null],
    ['ada', null],
    ['@example.com', null],
    [`${'a'.repeat(250)}@example.com`, null],
  ])('as an e-mail address %j is %j', (raw, email) => expect(emailOf(raw)).toBe(email));

  it.each([
    ['en-gb', 'en-GB'],
    ['de', 'de'],
    ['pt_BR', 'pt-BR'],
    ['german!', null],
  ])('as a language %j is %j', (raw, language) => expect(languageOf(raw)).toBe(language));

  it.each([
    ['1990-02-28', '1990-02-28'],
    ['1990-02-30', null],
    ['1990-2-3', null],
    ['03.02.1990', null],
    ['1990-02-28T00:00:00Z', null],
  ])('as a date %j is %j', (raw, date) => expect(dateOf(raw)).toBe(date));

  it.each([
    ['2026-01-02T03:04:05Z', Date.UTC(2026, 0, 2, 3, 4, 5)],
    ['2026-01-02T03:04:05.678+02:00', Date.UTC(2026, 0, 2, 1, 4, 5, 678)],
    ['2026-01-02T03:04:05', null],
    ['2026-01-02', null],
    ['1767323045000', null],
    ['2026-13-02T03:04:05Z', null],
  ])('as an instant %j is %j', (raw, at) => expect(instantOf(raw)).toBe(at));

  it.each([
    ['https://shop.example/a.jpg', 'https://shop.example/a.jpg'],
    ['http://shop.example/a.jpg', null],
    ['javascript:alert(1)', null],
  ])('as a link %j is %j', (raw, url) => expect(httpsUrlOf(raw)).toBe(url));

  it('of a name joins what is known', () => {
    expect([nameOf('Ada', 'Lovelace'), nameOf(null, 'Lovelace'), nameOf(null, null)]).toEqual([
      'Ada Lovelace',
      'Lovelace',
      null,
    ]);
  });
});

describe('Money', () => {
  it.each([
    ['320.5', 'EUR', 32_050],
    ['1500.0', 'JPY', 1_500],
    ['25000000.00', 'IDR', 2_500_000_000],
    ['1.234', 'TND', 1_234],
    ['-12.30', 'EUR', -1_230],
    ['-0.00', 'EUR', 0],
    ['0.1', 'EUR', 10],
    ['20.705', 'EUR', 2_071],
    ['20.704999', 'EUR', 2_070],
    ['90071992547409.91', 'EUR', 9_007_199_254_740_991],
  ])('%s %s is %d minor units', (amount, currency, amountMinor) => {
    expect(moneyOf(amount, currency)).toEqual({ amountMinor, currency });
  });

  it.each([
    ['90071992547409.92', 'EUR'],
    ['1e3', 'EUR'],
    ['1,000.00', 'EUR'],
    ['', 'EUR'],
    ['12', 'eur'],
    ['12', ''],
  ])('%j %j cannot be read', (amount, currency) => expect(moneyOf(amount, currency)).toBeNull());

  it('is exact for every amount in every currency', () => {
    const amounts = fc.integer({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
    const currencies = fc.constantFrom('EUR', 'USD', 'JPY', 'IDR', 'TND', 'KWD', 'CLF', 'HUF', 'RSD');
    fc.assert(
      fc.property(amounts, currencies, fc.nat({ max: 3 }), (amountMinor, currency, zeros) => {
        const digits = minorDigits(currency);
        const text = String(Math.abs(amountMinor)).padStart(digits + 1, '0');
        const fraction = `${digits === 0 ? '' : text.slice(-digits)}${'0'.repeat(zeros)}`;
        const whole = digits === 0 ? text : text.slice(0, -digits);
        const decimal = `${amountMinor < 0 ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
        expect(moneyOf(decimal, currency)).toEqual({ amountMinor: amountMinor === 0 ? 0 : amountMinor, currency });
      }),
    );
  });
});

describe('A vendor’s base URL', () => {
  it.each([
    ['https://api.hubapi.com', true],
    ['http://127.0.0.1:4610', true],
    ['http://[::1]:4610', true],
    ['http://localhost:4610', true],
    ['http://simulator:4610', true],
    ['http://api.hubapi.com', false],
    ['http://10.0.0.1', false],
    ['ftp://simulator', false],
    ['api.hubapi.com', false],
  ])('%s may be called: %s', (url, accepted) => expect(upstreamUrl.safeParse(url).success).toBe(accepted));
});
