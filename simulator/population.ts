/**
 * One seeded population behind every simulated vendor: the same person is the same person in HubSpot and in Shopify, as
 * imperfectly as real data is. Deterministic from (customers, seed, epoch). It must not know HTTP, nor keep files.
 */
import { assignCases } from './population/assign';
import { HARD_CASE_NAMES, type HardCase } from './population/cases';
import { contactsOf, type Contact } from './population/contacts';
import { customerOf, type Customer } from './population/customers';
import { createPeople } from './population/people';

export { HARD_CASES, HARD_CASE_NAMES, hardCaseCounts, type HardCase } from './population/cases';
export type { Contact } from './population/contacts';
export type { Customer } from './population/customers';
export type { Checkout, Order } from './population/orders';

/** Where to find one person. Shape: ids as the vendors write them; `partner` is the index of the other half of a pair. */
export interface PersonRef {
  index: number;
  cases: readonly HardCase[];
  hubspotIds: readonly string[];
  shopifyId: string | null;
  /** The address the person uses, in lower case; null when no vendor has it. */
  email: string | null;
  partner?: number;
}

/** All simulated people and their records. The records are live: vendors and controls change them in place. */
export interface Population {
  customers: number;
  seed: number;
  /** The moment the population was first made; ages and "recent" count from here. Units: epoch milliseconds. */
  epochMs: number;
  people: readonly PersonRef[];
  hubspot: { contacts: Contact[] };
  shopify: { customers: Customer[] };
  /** Everybody who has all of the given cases, by index. */
  examples(...cases: HardCase[]): PersonRef[];
  /** People per case. Equal to `hardCaseCounts(customers)`, which a test proves from the records. */
  counts: Record<HardCase, number>;
}

/** Makes the population. Units: `epochMs` epoch milliseconds. Errors: throws RangeError below 50 customers. */
export function createPopulation(options: { customers: number; seed: number; epochMs: number }): Population {
  const { customers, seed, epochMs } = options;
  const assignment = assignCases({ customers, seed });
  const people = createPeople({ assignment, seed, epochMs });
  const refs = people.map((person): PersonRef => ({
    index: person.index,
    cases: HARD_CASE_NAMES.filter((name) => person.cases.has(name)),
    hubspotIds: person.hubspotIds,
    shopifyId: person.shopifyId,
    email: person.cases.has('withoutEmail') ? null : person.email,
    ...(person.partner !== undefined && { partner: person.partner }),
  }));
  const byId = <T extends { id: string }>(records: T[]): T[] => records.sort((a, b) => Number(a.id) - Number(b.id));
  return {
    customers,
    seed,
    epochMs,
    people: refs,
    hubspot: { contacts: byId(people.flatMap((person) => contactsOf({ person, people, seed, epochMs }))) },
    shopify: {
      customers: byId(people.flatMap((person) => customerOf({ person, seed, epochMs }) ?? [])),
    },
    examples: (...cases) => refs.filter((ref) => cases.every((name) => ref.cases.includes(name))),
    counts: Object.fromEntries(
      HARD_CASE_NAMES.map((name) => [name, refs.filter((ref) => ref.cases.includes(name)).length]),
    ) as Record<HardCase, number>,
  };
}
