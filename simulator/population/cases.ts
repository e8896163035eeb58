/**
 * The hard cases of real customer data and how many people each has. The table is a promise that a test keeps by counting
 * the generated vendor records. It must not decide who has a case: that is assign.ts.
 */

/**
 * People per case in a population of 1,000. A person may have several cases; those of one block exclude each other.
 * Units: people, both halves of a pair counted.
 */
export const HARD_CASES = {
  // Which vendors know the person.
  onlyHubspot: 100,
  onlyShopify: 100,
  // How the two records of one person can be joined: of the 800 in both vendors 70 % carry the cross-id.
  crossId: 560,
  emailJoinOnly: 220,
  unverifiedEmail: 20,
  // Marketing consent as the CRM has it (900 people have a HubSpot contact).
  marketingGranted: 610,
  marketingPending: 50,
  marketingRefused: 40,
  marketingWithdrawn: 50,
  marketingExpired: 30,
  marketingObjected: 20,
  marketingNeverAsked: 60,
  softOptIn: 40,
  // Of those granted.
  marketingAndPersonalization: 550,
  marketingWithoutPersonalization: 60,
  shopUnsubscribedLater: 20,
  // Where the person lives, as far as any record says.
  jurisdictionDE: 450,
  jurisdictionUK: 200,
  jurisdictionUS: 150,
  jurisdictionOther: 100,
  jurisdictionUnknown: 100,
  // Age, from HubSpot's date_of_birth.
  minorUnder16: 10,
  minorUnder18: 10,
  birthDateUnknown: 130,
  // Trouble with identity.
  sharedEmail: 20,
  crossIdConflict: 10,
  duplicate: 30,
  spellingDiffers: 120,
  withoutEmail: 10,
  hardBounced: 25,
  twoAddresses: 100,
  // The shop.
  noOrders: 100,
  pharmacyOrder: 40,
  otherCurrencyOrders: 40,
  openCart: 250,
  recoveredCart: 50,
  readyForCartMail: 100,
  // Web analytics (PostHog). Of the persons with a HubSpot contact too, most name it; the others share an address only.
  inPosthog: 850,
  posthogByEmail: 150,
  severalDistinctIds: 250,
  lastSeenUnknown: 60,
  activeLately: 450,
  // Visitors beside the people: persons whom no other vendor knows and nobody can name.
  anonymousOnly: 150,
  // Support (Zendesk). Of the users with a HubSpot contact too, most carry its id.
  inZendesk: 400,
  zendeskByEmail: 80,
  zendeskUnverified: 15,
  openTicket: 80,
  badSatisfaction: 40,
  withoutTickets: 40,
} as const;

/** The name of a hard case. */
export type HardCase = keyof typeof HARD_CASES;

export const HARD_CASE_NAMES = Object.keys(HARD_CASES) as HardCase[];

/** Cases that come in pairs of two people. */
const PAIRED: ReadonlySet<HardCase> = new Set(['sharedEmail', 'crossIdConflict']);

/**
 * People per case in a population of another size: in proportion, at least 1 (a pair: 2). Rounding is absorbed by the
 * largest class of each block, so blocks always add up.
 * Errors: throws RangeError below 50 people, where the cases no longer fit.
 */
export function hardCaseCounts(customers: number): Record<HardCase, number> {
  if (!Number.isSafeInteger(customers) || customers < 50) {
    throw new RangeError(`customers: expected a whole number of at least 50, but got ${customers}`);
  }
  const scale = (name: HardCase): number => {
    const exact = (HARD_CASES[name] * customers) / 1000;
    return PAIRED.has(name) ? 2 * Math.max(1, Math.round(exact / 2)) : Math.max(1, Math.round(exact));
  };
  const counts = Object.fromEntries(HARD_CASE_NAMES.map((name) => [name, scale(name)])) as Record<HardCase, number>;
  const both = customers - counts.onlyHubspot - counts.onlyShopify;
  counts.emailJoinOnly = both - counts.crossId - counts.unverifiedEmail;
  const inHubspot = customers - counts.onlyShopify;
  const notGranted =
    counts.marketingPending +
    counts.marketingRefused +
    counts.marketingWithdrawn +
    counts.marketingExpired +
    counts.marketingObjected +
    counts.marketingNeverAsked +
    counts.softOptIn;
  counts.marketingGranted = inHubspot - notGranted;
  counts.marketingAndPersonalization = counts.marketingGranted - counts.marketingWithoutPersonalization;
  counts.jurisdictionDE =
    customers - counts.jurisdictionUK - counts.jurisdictionUS - counts.jurisdictionOther - counts.jurisdictionUnknown;
  return counts;
}
