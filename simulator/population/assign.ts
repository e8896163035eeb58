/**
 * Deals the hard cases out to the people: one rule per case, in order, each taking the first people (in a seeded order)
 * who fit. It must not make names or records: it knows people as numbers.
 */
import { type HardCase, hardCaseCounts } from './cases';
import { createRandom } from './random';

/** Who has which cases, and who is whose other half in a paired case. Shape: both indexed by person, 0 … customers − 1. */
export interface Assignment {
  cases: ReadonlySet<HardCase>[];
  partner: (number | undefined)[];
}

const CONSENT: readonly HardCase[] = [
  'marketingPending',
  'marketingRefused',
  'marketingWithdrawn',
  'marketingExpired',
  'marketingObjected',
  'marketingNeverAsked',
  'softOptIn',
  'marketingWithoutPersonalization',
  'marketingAndPersonalization',
];
const JURISDICTION: readonly HardCase[] = [
  'jurisdictionUK',
  'jurisdictionUS',
  'jurisdictionOther',
  'jurisdictionUnknown',
  'jurisdictionDE',
];

/** Those who are ready for a cart mail are so at every vendor. */
const WHEREVER_READY: readonly HardCase[] = ['inPosthog', 'activeLately', 'inZendesk'];

/**
 * Deals out every case of `hardCaseCounts(customers)`, exactly; `anonymousOnly` is nobody's: those visitors are not people.
 * Errors: throws when a rule finds too few people who fit, which means the table contradicts itself.
 */
export function assignCases(options: { customers: number; seed: number }): Assignment {
  const { customers, seed } = options;
  const counts = hardCaseCounts(customers);
  const cases = Array.from({ length: customers }, () => new Set<HardCase>());
  const partner: (number | undefined)[] = new Array<undefined>(customers).fill(undefined);
  const people = cases.map((_, index) => index);

  const has = (person: number, ...names: HardCase[]): boolean => names.some((name) => cases[person]!.has(name));
  const take = (name: string, count: number, fits: (person: number) => boolean): number[] => {
    const taken = createRandom({ seed, stream: `assign/${name}` })
      .shuffle(people)
      .filter(fits)
      .slice(0, count);
    if (taken.length < count) throw new Error(`${name}: expected ${count} people who fit, but found ${taken.length}`);
    return taken;
  };
  const give = (name: HardCase, fits: (person: number) => boolean, count = counts[name]): number[] => {
    const taken = take(name, count, (person) => !cases[person]!.has(name) && fits(person));
    for (const person of taken) cases[person]!.add(name);
    return taken;
  };
  const pair = (name: HardCase, left: (person: number) => boolean, right: (person: number) => boolean): void => {
    const half = counts[name] / 2;
    const lefts = give(name, left, half);
    const rights = give(name, right, half);
    lefts.forEach((person, i) => {
      partner[person] = rights[i]!;
      partner[rights[i]!] = person;
    });
  };

  give('onlyHubspot', () => true);
  give('onlyShopify', (p) => !has(p, 'onlyHubspot'));
  const inHubspot = (p: number): boolean => !has(p, 'onlyShopify');
  const inShopify = (p: number): boolean => !has(p, 'onlyHubspot');
  const inBoth = (p: number): boolean => inHubspot(p) && inShopify(p);

  give('crossId', inBoth);
  give('unverifiedEmail', (p) => inBoth(p) && !has(p, 'crossId'));
  give('emailJoinOnly', (p) => inBoth(p) && !has(p, 'crossId', 'unverifiedEmail'));
  pair(
    'sharedEmail',
    (p) => has(p, 'onlyHubspot'),
    (p) => has(p, 'onlyShopify'),
  );
  // The claimer is known to HubSpot alone: its only link is the cross-id that belongs to someone else.
  pair(
    'crossIdConflict',
    (p) => has(p, 'crossId'),
    (p) => has(p, 'onlyHubspot') && !has(p, 'sharedEmail'),
  );
  give('withoutEmail', (p) => has(p, 'onlyShopify') && !has(p, 'sharedEmail'));

  // Soft opt-in rests on a purchase, so it goes to people the shop knows too.
  for (const name of CONSENT) {
    give(name, (p) => (name === 'softOptIn' ? inBoth(p) : inHubspot(p)) && !has(p, ...CONSENT));
  }
  give('marketingGranted', (p) => has(p, 'marketingAndPersonalization', 'marketingWithoutPersonalization'));
  for (const name of JURISDICTION) give(name, (p) => !has(p, ...JURISDICTION));

  // Whom an abandoned-cart mail may reach with everything in it. Chosen before the troubles below are dealt out, which
  // leave these people alone; whoever else turns out to be like them gets no open cart, so the count stays exact.
  const plain = (p: number): boolean =>
    has(p, 'crossId') && has(p, 'marketingAndPersonalization') && !has(p, 'crossIdConflict');
  const chosen = give(
    'readyForCartMail',
    (p) => plain(p) && has(p, 'jurisdictionDE', 'jurisdictionUK', 'jurisdictionUS'),
  );
  for (const person of chosen) cases[person]!.add('openCart');
  const other = (p: number): boolean => !has(p, 'readyForCartMail');

  give('shopUnsubscribedLater', (p) => plain(p) && other(p));
  give('minorUnder16', (p) => plain(p) && other(p) && !has(p, 'shopUnsubscribedLater'));
  give('minorUnder18', (p) => plain(p) && other(p) && !has(p, 'shopUnsubscribedLater', 'minorUnder16'));
  give('birthDateUnknown', (p) => inHubspot(p) && other(p) && !has(p, 'minorUnder16', 'minorUnder18'));
  give('duplicate', (p) => has(p, 'crossId') && other(p) && !has(p, 'crossIdConflict'));
  give('hardBounced', (p) => inHubspot(p) && other(p));
  give('spellingDiffers', inBoth);
  give('twoAddresses', (p) => inShopify(p) && !has(p, 'jurisdictionUnknown'));
  // Nor may those of the soft opt-in lack the purchase it rests on.
  give('noOrders', (p) => inShopify(p) && other(p) && !has(p, 'softOptIn'));
  const orders = (p: number): boolean => inShopify(p) && !has(p, 'noOrders');
  give('pharmacyOrder', (p) => orders(p) && other(p));
  give('otherCurrencyOrders', (p) => orders(p) && other(p));
  const alike = (p: number): boolean =>
    plain(p) &&
    orders(p) &&
    has(p, 'jurisdictionDE', 'jurisdictionUK', 'jurisdictionUS') &&
    !has(p, 'shopUnsubscribedLater', 'minorUnder16', 'minorUnder18', 'birthDateUnknown', 'duplicate') &&
    !has(p, 'hardBounced', 'pharmacyOrder', 'otherCurrencyOrders');
  give('openCart', (p) => inShopify(p) && !alike(p), counts.openCart - counts.readyForCartMail);
  give('recoveredCart', (p) => orders(p) && !has(p, 'openCart'));

  // Analytics and support came later: every case draws from a stream of its own, so nothing above has moved.
  for (const person of chosen) for (const name of WHEREVER_READY) cases[person]!.add(name);
  const left = (name: HardCase): number => counts[name] - chosen.length;
  give('inPosthog', (p) => !has(p, 'withoutEmail'), left('inPosthog'));
  const inPosthog = (p: number): boolean => has(p, 'inPosthog');
  give('posthogByEmail', (p) => inPosthog(p) && inHubspot(p) && other(p) && !has(p, 'sharedEmail'));
  give('severalDistinctIds', inPosthog);
  give('lastSeenUnknown', (p) => inPosthog(p) && other(p));
  give('activeLately', inPosthog, left('activeLately'));

  // One address is one user there, so a mailbox that two people share has none.
  give('inZendesk', (p) => !has(p, 'withoutEmail', 'sharedEmail'), left('inZendesk'));
  const inZendesk = (p: number): boolean => has(p, 'inZendesk') && other(p);
  give('zendeskByEmail', (p) => inZendesk(p) && inHubspot(p));
  give('zendeskUnverified', (p) => inZendesk(p) && inHubspot(p) && !has(p, 'zendeskByEmail'));
  give('openTicket', inZendesk);
  give('badSatisfaction', inZendesk);
  give('withoutTickets', (p) => inZendesk(p) && !has(p, 'openTicket', 'badSatisfaction'));
  return { cases, partner };
}
