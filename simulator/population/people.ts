/**
 * Who the people are: name, address, telephone, birth date, e-mail, and the ids they have at each vendor. One truth from
 * which both vendors' records are then written, each in its own (mis)spelling. It must not know vendors' formats.
 */
import type { Assignment } from './assign';
import type { HardCase } from './cases';
import { OTHER_PLACES, PLACES, type Place } from './places';
import { createRandom } from './random';
import { phoneE164, withoutMarks, withoutUmlauts } from './spelling';

/** A postal address. */
export interface Address {
  street: string;
  town: string;
  zip: string;
  province: string | null;
}

/** One person. Shape: `hubspotIds` and `shopifyId` as the vendors write them. Units: `…Ms` epoch milliseconds. */
export interface Person {
  index: number;
  cases: ReadonlySet<HardCase>;
  partner: number | undefined;
  /** Where the person lives. Records of `jurisdictionUnknown` people do not say. */
  place: Place;
  givenName: string;
  familyName: string;
  email: string;
  phone: string;
  address: Address;
  secondAddress: Address;
  /** YYYY-MM-DD, or null when nobody asked. */
  birthDate: string | null;
  hubspotIds: string[];
  shopifyId: string | null;
  /** When the first vendor got to know the person. */
  sinceMs: number;
}

export const DAY_MS = 86_400_000;
const YEAR_MS = 365.25 * DAY_MS;

function placeOf(cases: ReadonlySet<HardCase>, index: number): Place {
  if (cases.has('jurisdictionDE')) return PLACES.DE!;
  if (cases.has('jurisdictionUK')) return PLACES.GB!;
  if (cases.has('jurisdictionUS')) return PLACES.US!;
  return OTHER_PLACES[index % OTHER_PLACES.length]!;
}

/** Makes everybody. Shape: in order of `index`; people who share an e-mail address get the same one. */
export function createPeople(options: { assignment: Assignment; seed: number; epochMs: number }): Person[] {
  const { assignment, seed, epochMs } = options;
  const people = assignment.cases.map((cases, index): Person => {
    const random = createRandom({ seed, stream: `person/${index}` });
    const place = placeOf(cases, index);
    const givenName = random.pick(place.givenNames);
    const familyName = random.pick(place.familyNames);
    const address = (): Address => {
      const [town, zip, province] = random.pick(place.towns);
      const street = random.pick(place.streets);
      const number = random.between(1, 199);
      return { street: place.numberFirst ? `${number} ${street}` : `${street} ${number}`, town, zip, province };
    };
    // Minors keep their class for half a year after the epoch; adults are adults from the start.
    const [youngest, oldest] = cases.has('minorUnder16')
      ? [10, 15.4]
      : cases.has('minorUnder18')
        ? [16, 17.4]
        : [19, 84];
    const age = youngest! + random.next() * (oldest! - youngest!);
    const birthDate = new Date(epochMs - age * YEAR_MS).toISOString().slice(0, 10);
    const local = withoutMarks(withoutUmlauts(`${givenName}.${familyName}`))
      .toLowerCase()
      .replace(/[^a-z0-9.-]/g, '');
    return {
      index,
      cases,
      partner: assignment.partner[index],
      place,
      givenName,
      familyName,
      email: `${local}.${index + 1}@${random.pick(['example.com', 'example.org', 'mail.example.net'])}`,
      phone: phoneE164({ place, random }),
      address: address(),
      secondAddress: address(),
      birthDate: cases.has('birthDateUnknown') || cases.has('onlyShopify') ? null : birthDate,
      hubspotIds: cases.has('onlyShopify') ? [] : hubspotIds(index, cases),
      shopifyId: cases.has('onlyHubspot') ? null : String(7_100_000_000_000 + index * 32_768 + 11),
      sinceMs: epochMs - Math.round((200 + random.next() * 530) * DAY_MS),
    };
  });
  for (const person of people) shareWithPartner(person, people);
  return people;
}

/** A duplicate's second contact came later, from an import, so its id lies far above all others. */
function hubspotIds(index: number, cases: ReadonlySet<HardCase>): string[] {
  const first = String(20_000_000_000 + index * 37 + 1);
  return cases.has('duplicate') ? [first, String(60_000_000_000 + index * 37 + 1)] : [first];
}

/** Two different people of one household use one mailbox: same address, other names. */
function shareWithPartner(person: Person, people: Person[]): void {
  if (!person.cases.has('sharedEmail') || !person.cases.has('onlyShopify')) return;
  const other = people[person.partner!]!;
  person.email = other.email;
  const names = person.place.givenNames.filter((name) => name !== other.givenName);
  person.givenName = names[person.index % names.length]!;
}
