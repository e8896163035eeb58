/**
 * One seeded population behind every simulated vendor: the same person is the same person in all of them, as imperfectly
 * as real data is. Deterministic from (customers, seed, epoch). It must not know HTTP, nor keep files.
 */
import { analyticsOf, visitorOf, type AnalyticsRecord } from './population/analytics';
import { assignCases } from './population/assign';
import { HARD_CASE_NAMES, hardCaseCounts, type HardCase } from './population/cases';
import { contactsOf, type Contact } from './population/contacts';
import { customerOf, type Customer } from './population/customers';
import { createPeople } from './population/people';
import { agents, supportOf, type SupportTicket, type SupportUser } from './population/support';

export type { AnalyticsEvent, AnalyticsPerson, AnalyticsRecord } from './population/analytics';
export { HARD_CASES, HARD_CASE_NAMES, hardCaseCounts, type HardCase } from './population/cases';
export type { Contact } from './population/contacts';
export type { Customer } from './population/customers';
export type { Checkout, Order } from './population/orders';
export type { SupportTicket, SupportUser } from './population/support';

/**
 * Where to find one person, or one anonymous visitor (then `index` is beyond the people's). Shape: ids as the vendors write
 * them; `posthogId` is the person's UUID; `partner` is the index of the other half of a pair.
 */
export interface PersonRef {
  index: number;
  cases: readonly HardCase[];
  hubspotIds: readonly string[];
  shopifyId: string | null;
  posthogId: string | null;
  /** The app's user id first, for those who signed in. */
  posthogDistinctIds: readonly string[];
  zendeskId: string | null;
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
  posthog: { records: AnalyticsRecord[] };
  /** Users hold two who work there. */
  zendesk: { users: SupportUser[]; tickets: SupportTicket[] };
  /** Everybody who has all of the given cases, by index. Visitors are found by `anonymousOnly` alone. */
  examples(...cases: HardCase[]): PersonRef[];
  /** People per case. Equal to `hardCaseCounts(customers)`, which a test proves from the records. */
  counts: Record<HardCase, number>;
}

/** Makes the population. Units: `epochMs` epoch milliseconds. Errors: throws RangeError below 50 customers. */
export function createPopulation(options: { customers: number; seed: number; epochMs: number }): Population {
  const { customers, seed, epochMs } = options;
  const assignment = assignCases({ customers, seed });
  const people = createPeople({ assignment, seed, epochMs });
  const known = people.map((person) => {
    const customer = customerOf({ person, seed, epochMs });
    const contacts = contactsOf({ person, people, seed, epochMs });
    const analytics = analyticsOf({ person, customer, seed, epochMs });
    return { person, customer, contacts, analytics, support: supportOf({ person, seed, epochMs }) };
  });
  const refs = known.map(({ person, analytics, support }): PersonRef => ({
    index: person.index,
    cases: HARD_CASE_NAMES.filter((name) => person.cases.has(name)),
    hubspotIds: person.hubspotIds,
    shopifyId: person.shopifyId,
    posthogId: analytics?.person.uuid ?? null,
    posthogDistinctIds: analytics?.person.distinctIds ?? [],
    zendeskId: support?.user.id ?? null,
    email: person.cases.has('withoutEmail') ? null : person.email,
    ...(person.partner !== undefined && { partner: person.partner }),
  }));
  const anonymous = Array.from({ length: hardCaseCounts(customers).anonymousOnly }, (_, index) =>
    visitorOf({ index, seed, epochMs }),
  );
  const visitors = anonymous.map(({ person }, i): PersonRef => ({
    index: customers + i,
    cases: ['anonymousOnly'],
    ...{ hubspotIds: [], shopifyId: null, zendeskId: null, email: null },
    posthogId: person.uuid,
    posthogDistinctIds: person.distinctIds,
  }));
  const examples = (...cases: HardCase[]): PersonRef[] =>
    (cases.includes('anonymousOnly') ? visitors : refs).filter((ref) =>
      cases.every((name) => ref.cases.includes(name)),
    );
  const byId = <T extends { id: string }>(records: T[]): T[] => records.sort((a, b) => Number(a.id) - Number(b.id));
  return {
    customers,
    seed,
    epochMs,
    people: refs,
    hubspot: { contacts: byId(known.flatMap(({ contacts }) => contacts)) },
    shopify: { customers: byId(known.flatMap(({ customer }) => customer ?? [])) },
    posthog: { records: [...known.flatMap(({ analytics }) => analytics ?? []), ...anonymous] },
    zendesk: {
      users: [...agents(epochMs), ...byId(known.flatMap(({ support }) => support?.user ?? []))],
      tickets: byId(known.flatMap(({ support }) => support?.tickets ?? [])),
    },
    examples,
    counts: Object.fromEntries(HARD_CASE_NAMES.map((name) => [name, examples(name).length])) as Record<
      HardCase,
      number
    >,
  };
}
