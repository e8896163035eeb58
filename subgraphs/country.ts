/**
 * From what people write for a country to ISO 3166-1 alpha-2. Pure; names come from the platform's own tables in the languages
 * below, and what those lack from a small list of habits. Unknown is null: no country is ever guessed from part of a name.
 */

const LANGUAGES = [
  'en',
  'de',
  'fr',
  'es',
  'it',
  'nl',
  'pt',
  'pl',
  'sv',
  'da',
  'nb',
  'fi',
  'cs',
  'hu',
  'ro',
  'tr',
  'el',
  'ja',
  'id',
];

/** Habits of people and forms. Parts of the United Kingdom are countries of their own to those who live there. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  AT: ['AUT'],
  CH: ['CHE', 'Swiss'],
  CZ: ['Czech Republic', 'Tschechische Republik'],
  DE: ['DEU', 'GER', 'BRD', 'Federal Republic of Germany', 'Bundesrepublik Deutschland'],
  ES: ['ESP'],
  FR: ['FRA'],
  GB: [
    'UK',
    'U.K.',
    'GBR',
    'Great Britain',
    'Britain',
    'England',
    'Scotland',
    'Wales',
    'Northern Ireland',
    'Großbritannien',
  ],
  IE: ['Republic of Ireland', 'Éire'],
  IT: ['ITA'],
  KR: ['Korea', 'Republic of Korea'],
  NL: ['Holland', 'NLD', 'The Netherlands'],
  TR: ['Turkey'],
  US: ['USA', 'U.S.A.', 'U.S.', 'America', 'United States of America', 'Vereinigte Staaten von Amerika'],
};

/** In CLDR's tables, and no country of ISO 3166-1: groupings, exceptional reservations, private use. */
const NOT_COUNTRIES: ReadonlySet<string> = new Set([
  'AC',
  'CP',
  'CQ',
  'DG',
  'EA',
  'EU',
  'EZ',
  'IC',
  'QO',
  'TA',
  'UN',
  'XA',
  'XB',
  'XK',
  'ZZ',
]);

/** Letters only, without marks and case: `GERMANY `, `Türkei` and `turkei` meet their names. */
const folded = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/[\p{M}\P{L}]/gu, '')
    .toLowerCase();

/** Österreich → Oesterreich. */
const withoutUmlauts = (text: string): string =>
  text.normalize('NFC').replace(/[äöü]/gi, (letter) => `${letter.normalize('NFD').charAt(0)}e`);

/** Null for what is no country today; a code withdrawn or only reserved (DD, UK) becomes the one that is used (DE, GB). */
function assignedCode(code: string, names: Intl.DisplayNames): string | null {
  const current = new Intl.Locale(`und-${code}`).region ?? code;
  return NOT_COUNTRIES.has(current) || names.of(current) === undefined ? null : current;
}

function createTable(): ReadonlyMap<string, string> {
  const table = new Map<string, string>();
  const add = (name: string, code: string): void => {
    for (const spelling of [folded(name), folded(withoutUmlauts(name))]) {
      if (!table.has(spelling)) table.set(spelling, code);
    }
  };
  const letters = Array.from({ length: 26 }, (_, i) => String.fromCharCode(65 + i));
  const english = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
  const codes = letters
    .flatMap((first) => letters.map((second) => first + second))
    .map((code) => [code, assignedCode(code, english)] as const)
    .filter((entry): entry is [string, string] => entry[1] !== null);
  for (const [code, current] of codes) add(code, current);
  for (const language of LANGUAGES) {
    const names = new Intl.DisplayNames(language, { type: 'region', fallback: 'none' });
    for (const [, code] of codes) add(names.of(code) ?? code, code);
  }
  for (const [code, names] of Object.entries(ALIASES)) for (const name of names) add(name, code);
  return table;
}

let table: ReadonlyMap<string, string> | null = null;

/** ISO 3166-1 alpha-2 of a country's code or name in any of LANGUAGES; null when unknown. */
export function countryOf(raw: string | null | undefined): string | null {
  if (raw === null || raw === undefined) return null;
  table ??= createTable();
  return table.get(folded(raw)) ?? null;
}
