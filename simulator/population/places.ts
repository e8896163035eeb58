/**
 * The countries people live in: towns, names, spellings, currency, language, offset. Data only; nothing is decided here.
 * Telephone numbers come from ranges that are set aside for fiction or are otherwise not given to anybody where such
 * ranges exist.
 */

/** What is typical of a country. Units: `utcOffset` as in ISO-8601, standard time. */
export interface Place {
  /** ISO 3166-1 alpha-2. */
  code: string;
  /** The country as the shop prints it. */
  name: string;
  /** How people type it into a CRM. */
  spellings: readonly string[];
  currency: string;
  language: string;
  /** A Shopify locale. */
  locale: string;
  utcOffset: string;
  timeZone: string;
  /** Town, postcode, province or state (null where nobody writes one). */
  towns: readonly (readonly [string, string, string | null])[];
  streets: readonly string[];
  /** House number first ("12 High Street") or last ("Hauptstraße 12"). */
  numberFirst: boolean;
  givenNames: readonly string[];
  familyNames: readonly string[];
  /** Country calling code, national prefix, and the digits a subscriber's number begins with. */
  phone: readonly [string, string, string];
}

const DE: Place = {
  code: 'DE',
  name: 'Germany',
  spellings: ['Germany', 'Deutschland', 'DE', 'germany', 'GERMANY ', 'Allemagne'],
  currency: 'EUR',
  language: 'de',
  locale: 'de',
  utcOffset: '+01:00',
  timeZone: 'Europe/Berlin',
  towns: [
    ['Berlin', '10115', null],
    ['Köln', '50667', null],
    ['München', '80331', null],
    ['Düsseldorf', '40213', null],
    ['Göttingen', '37073', null],
    ['Lübeck', '23552', null],
  ],
  streets: ['Hauptstraße', 'Gartenweg', 'Bahnhofstr.', 'Mühlenweg', 'Schloßallee', 'Am Ring'],
  numberFirst: false,
  givenNames: [
    'Anna',
    'Jürgen',
    'Björn',
    'Käthe',
    'Lukas',
    'Mia',
    'Sören',
    'Zoë',
    'Jan-Peter',
    'Ayşe',
    'Paul',
    'Grete',
  ],
  familyNames: [
    'Müller',
    'Schröder',
    'Weiß',
    'Jäger',
    'Schmidt',
    'von der Heide',
    'Öztürk',
    'Groß',
    'Becker',
    'Krüger',
  ],
  phone: ['49', '0', '1515550'],
};
const GB: Place = {
  code: 'GB',
  name: 'United Kingdom',
  spellings: ['United Kingdom', 'UK', 'GB', 'Great Britain', 'England', 'united kingdom'],
  currency: 'GBP',
  language: 'en-gb',
  locale: 'en',
  utcOffset: '+00:00',
  timeZone: 'Europe/London',
  towns: [
    ['London', 'SW1A 1AA', 'England'],
    ['Leeds', 'LS1 4AP', 'England'],
    ['Cardiff', 'CF10 1EP', 'Wales'],
    ['Edinburgh', 'EH1 1YZ', 'Scotland'],
  ],
  streets: ['High Street', 'Station Road', 'Church Lane', 'Mill Lane', "King's Road"],
  numberFirst: true,
  givenNames: ['Ada', 'Oliver', 'Siân', 'Ifan', 'Chloë', 'George', 'Niamh', 'Harry', 'Priya', 'Arthur'],
  familyNames: ["O'Brien", 'Smith-Jones', 'Patel', 'Lovelace', 'MacDonald', 'Evans', 'Brontë', 'Clarke', 'Taylor'],
  phone: ['44', '0', '7700900'],
};
const US: Place = {
  code: 'US',
  name: 'United States',
  spellings: ['United States', 'USA', 'US', 'U.S.A.', 'United States of America', 'usa'],
  currency: 'USD',
  language: 'en',
  locale: 'en',
  utcOffset: '-05:00',
  timeZone: 'America/New_York',
  towns: [
    ['New York', '10001', 'NY'],
    ['Austin', '73301', 'TX'],
    ['Portland', '97201', 'OR'],
    ['San José', '95110', 'CA'],
  ],
  streets: ['Main St', 'Elm Street', 'Sunset Blvd', '5th Avenue', 'Oak Dr'],
  numberFirst: true,
  givenNames: ['Grace', 'José', 'Emily', 'Tyler', 'Renée', 'Malik', 'Sofía', 'Hannah', 'Noah', 'Mary Ann'],
  familyNames: ['Hopper', 'García', 'Johnson', "D'Angelo", 'Nguyen', 'Washington', 'Peña', 'Miller', 'St. John'],
  phone: ['1', '1', '2025550'],
};
const FR: Place = {
  ...DE,
  code: 'FR',
  name: 'France',
  spellings: ['France', 'FR', 'france', 'FRANCE'],
  language: 'fr',
  locale: 'fr',
  timeZone: 'Europe/Paris',
  towns: [
    ['Paris', '75001', null],
    ['Orléans', '45000', null],
  ],
  streets: ['rue de la Paix', 'avenue Voltaire'],
  numberFirst: true,
  givenNames: ['Hélène', 'François', 'Zoé', 'Jean-Luc'],
  familyNames: ['Lefèvre', 'Dupont', "L'Hôte", 'Garçon'],
  phone: ['33', '0', '6399801'],
};
const AT: Place = {
  ...DE,
  code: 'AT',
  name: 'Austria',
  spellings: ['Austria', 'Österreich', 'AT', 'Oesterreich'],
  timeZone: 'Europe/Vienna',
  towns: [
    ['Wien', '1010', null],
    ['Graz', '8010', null],
  ],
  phone: ['43', '0', '6601230'],
};
const ID: Place = {
  ...US,
  code: 'ID',
  name: 'Indonesia',
  spellings: ['Indonesia', 'ID', 'indonesia'],
  currency: 'IDR',
  language: 'id',
  locale: 'id',
  utcOffset: '+07:00',
  timeZone: 'Asia/Jakarta',
  towns: [
    ['Jakarta', '10110', 'DKI Jakarta'],
    ['Bandung', '40111', 'Jawa Barat'],
  ],
  streets: ['Jalan Merdeka', 'Jl. Sudirman'],
  numberFirst: false,
  givenNames: ['Dewi', 'Budi', 'Siti', 'Wayan'],
  familyNames: ['Santoso', 'Wijaya', 'Putri', 'Hidayat'],
  phone: ['62', '0', '8125550'],
};
const JP: Place = {
  ...ID,
  code: 'JP',
  name: 'Japan',
  spellings: ['Japan', 'JP', '日本'],
  currency: 'JPY',
  language: 'ja',
  locale: 'ja',
  utcOffset: '+09:00',
  timeZone: 'Asia/Tokyo',
  towns: [
    ['Tokyo', '100-0001', 'Tokyo'],
    ['Kyōto', '600-8001', 'Kyoto'],
  ],
  streets: ['Chiyoda', 'Gion-machi'],
  givenNames: ['Yūko', 'Kenji', 'Haruto', 'Aiko'],
  familyNames: ['Satō', 'Suzuki', 'Ōno', 'Tanaka'],
  phone: ['81', '0', '9055500'],
};

export const PLACES: Readonly<Record<string, Place>> = { DE, GB, US, FR, AT, ID, JP };

/** The countries of the case `jurisdictionOther`. */
export const OTHER_PLACES: readonly Place[] = [FR, AT, ID, JP];
