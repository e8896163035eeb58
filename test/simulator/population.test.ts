import { createHash } from 'node:crypto';
import {
  createPopulation,
  hardCaseCounts,
  HARD_CASES,
  type AnalyticsRecord,
  type Contact,
  type Customer,
  type HardCase,
  type PersonRef,
  type Population,
  type SupportTicket,
  type SupportUser,
} from '../../simulator/population';

const EPOCH = Date.UTC(2026, 10, 23);

/** Counts people by what the vendors' records say of them, knowing nothing of how they were made. */
function countFromRecords(population: Population): Record<HardCase, number> {
  const contacts = new Map(population.hubspot.contacts.map((contact) => [contact.id, contact]));
  const customers = new Map(population.shopify.customers.map((customer) => [customer.id, customer]));
  const records = new Map(population.posthog.records.map((record) => [record.person.uuid, record]));
  const users = new Map(population.zendesk.users.map((user) => [user.id, user]));
  const people = population.people.map((ref) => ({
    ref,
    contact: contacts.get(ref.hubspotIds[0] ?? ''),
    customer: customers.get(ref.shopifyId ?? ''),
    analytics: records.get(ref.posthogId ?? ''),
    user: users.get(ref.zendeskId ?? ''),
    tickets: population.zendesk.tickets.filter(({ requesterId }) => requesterId === ref.zendeskId),
  }));
  const emails = new Map<string, number>();
  const claims = new Map<string, number>();
  for (const { contact, customer } of people) {
    for (const email of new Set([contact?.properties.email, customer?.email?.toLowerCase()])) {
      if (email) emails.set(email, (emails.get(email) ?? 0) + 1);
    }
    const claim = contact?.properties.shopify_customer_id;
    if (claim) claims.set(claim, (claims.get(claim) ?? 0) + 1);
  }
  type Entry = {
    ref: PersonRef;
    contact: Contact | undefined;
    customer: Customer | undefined;
    analytics: AnalyticsRecord | undefined;
    user: SupportUser | undefined;
    tickets: SupportTicket[];
  };
  const p = ({ contact }: Entry, name: string) => contact?.properties[name] ?? null;
  const years = (entry: Entry) => (population.epochMs - Date.parse(p(entry, 'date_of_birth') ?? '')) / 31_557_600_000;
  const expires = (entry: Entry) => Date.parse(p(entry, 'marketing_consent_expires_at') ?? '9999-01-01');
  const granted = (entry: Entry) => p(entry, 'marketing_consent') === 'granted' && expires(entry) > population.epochMs;
  const country = (entry: Entry) =>
    p(entry, 'country')?.trim().toLowerCase() ?? entry.customer?.addresses[0]?.country.toLowerCase() ?? null;
  const GERMAN = ['germany', 'deutschland', 'de', 'allemagne'];
  const BRITISH = ['united kingdom', 'uk', 'gb', 'great britain', 'england'];
  const AMERICAN = ['united states', 'usa', 'us', 'u.s.a.', 'united states of america'];
  const within = (list: string[]) => (entry: Entry) => list.includes(country(entry) ?? '');
  const consent = (state: string) => (entry: Entry) => p(entry, 'marketing_consent') === state;
  const same = ({ contact, customer }: Entry) =>
    contact?.properties.firstname === customer?.firstName && contact?.properties.lastname === customer?.lastName;
  const both = ({ contact, customer }: Entry) => contact !== undefined && customer !== undefined;
  const jurisdiction = (entry: Entry) => [GERMAN, BRITISH, AMERICAN].some((list) => within(list)(entry));
  const openCart = ({ customer }: Entry) => (customer?.checkouts ?? []).some(({ completedAt }) => completedAt === null);
  const pharmacy = ({ customer }: Entry) =>
    (customer?.orders ?? []).some(({ items }) => items.some(({ product }) => product.productType === 'Pharmacy'));
  const otherCurrency = ({ customer }: Entry) =>
    (customer?.orders ?? []).some(({ shopCurrency }) => shopCurrency !== 'EUR');
  const conflict = (entry: Entry) => (claims.get(p(entry, 'shopify_customer_id') ?? '') ?? 0) > 1;
  const linked = (entry: Entry) => both(entry) && p(entry, 'shopify_customer_id') === entry.customer!.id;
  const unsubscribedLater = (entry: Entry) =>
    granted(entry) &&
    entry.customer?.marketingState === 'UNSUBSCRIBED' &&
    entry.customer.marketingUpdatedAt! > p(entry, 'marketing_consent_at')!;

  const named = ({ analytics, contact }: Entry) => analytics?.person.properties.hubspot_contact_id === contact?.id;
  const lately = ({ analytics }: Entry) =>
    (analytics?.events() ?? []).some(({ atMs }) => atMs > population.epochMs - 30 * 86_400_000);
  const open = ({ tickets }: Entry) => tickets.some(({ status }) => !['solved', 'closed'].includes(status));
  const bad = ({ tickets }: Entry) => tickets.some(({ satisfaction }) => satisfaction === 'bad');
  const withoutExternalId = ({ user, contact }: Entry) => user?.externalId === null && contact !== undefined;

  const is: Record<Exclude<HardCase, 'anonymousOnly'>, (entry: Entry) => boolean> = {
    onlyHubspot: ({ customer }) => customer === undefined,
    onlyShopify: ({ contact }) => contact === undefined,
    crossId: linked,
    emailJoinOnly: (entry) => both(entry) && !linked(entry) && entry.customer!.verifiedEmail,
    unverifiedEmail: (entry) => both(entry) && !linked(entry) && !entry.customer!.verifiedEmail,
    marketingGranted: granted,
    marketingPending: consent('pending'),
    marketingRefused: consent('refused'),
    marketingWithdrawn: consent('withdrawn'),
    marketingExpired: (entry) => consent('granted')(entry) && !granted(entry),
    marketingObjected: consent('objected'),
    marketingNeverAsked: (entry) =>
      entry.contact !== undefined && p(entry, 'marketing_consent') === null && p(entry, 'hs_legal_basis') === null,
    softOptIn: (entry) =>
      p(entry, 'hs_legal_basis') === 'Legitimate interest – existing customer' &&
      p(entry, 'marketing_consent') === null &&
      (entry.customer?.orders.length ?? 0) > 0,
    marketingAndPersonalization: (entry) => granted(entry) && p(entry, 'personalization_consent') === 'granted',
    marketingWithoutPersonalization: (entry) => granted(entry) && p(entry, 'personalization_consent') !== 'granted',
    shopUnsubscribedLater: unsubscribedLater,
    jurisdictionDE: within(GERMAN),
    jurisdictionUK: within(BRITISH),
    jurisdictionUS: within(AMERICAN),
    jurisdictionOther: (entry) => country(entry) !== null && !jurisdiction(entry),
    jurisdictionUnknown: (entry) => country(entry) === null,
    minorUnder16: (entry) => years(entry) < 16,
    minorUnder18: (entry) => years(entry) >= 16 && years(entry) < 18,
    birthDateUnknown: (entry) => entry.contact !== undefined && p(entry, 'date_of_birth') === null,
    sharedEmail: (entry) => (emails.get(p(entry, 'email') ?? entry.customer?.email?.toLowerCase() ?? '') ?? 0) > 1,
    crossIdConflict: conflict,
    duplicate: ({ ref }) => ref.hubspotIds.length === 2 && contacts.has(ref.hubspotIds[1]!),
    spellingDiffers: (entry) => both(entry) && !same(entry),
    withoutEmail: ({ contact, customer }) => contact === undefined && customer?.email === null,
    hardBounced: (entry) => p(entry, 'hs_email_hard_bounce_reason_enum') === 'UNKNOWN_USER',
    twoAddresses: ({ customer }) => customer?.addresses.length === 2,
    noOrders: ({ customer }) => customer?.orders.length === 0,
    pharmacyOrder: pharmacy,
    otherCurrencyOrders: otherCurrency,
    openCart,
    recoveredCart: ({ customer }) => (customer?.checkouts ?? []).some(({ completedAt }) => completedAt !== null),
    readyForCartMail: (entry) =>
      linked(entry) &&
      granted(entry) &&
      p(entry, 'personalization_consent') === 'granted' &&
      years(entry) >= 18 &&
      jurisdiction(entry) &&
      entry.customer!.orders.length > 0 &&
      openCart(entry) &&
      lately(entry) &&
      named(entry) &&
      entry.user?.externalId === entry.contact!.id &&
      !open(entry) &&
      !bad(entry) &&
      entry.ref.hubspotIds.length === 1 &&
      !conflict(entry) &&
      !unsubscribedLater(entry) &&
      !pharmacy(entry) &&
      !otherCurrency(entry) &&
      p(entry, 'hs_email_hard_bounce_reason_enum') === null,
    inPosthog: ({ analytics }) => analytics !== undefined,
    posthogByEmail: (entry) => entry.analytics !== undefined && entry.contact !== undefined && !named(entry),
    severalDistinctIds: ({ analytics }) => (analytics?.person.distinctIds.length ?? 0) > 1,
    lastSeenUnknown: ({ analytics }) => analytics?.person.lastSeenAt === null,
    activeLately: lately,
    inZendesk: ({ user }) => user !== undefined,
    zendeskByEmail: (entry) => withoutExternalId(entry) && entry.user!.verified,
    zendeskUnverified: (entry) => withoutExternalId(entry) && !entry.user!.verified,
    openTicket: open,
    badSatisfaction: bad,
    withoutTickets: ({ user, tickets }) => user !== undefined && tickets.length === 0,
  };
  const counted = Object.entries(is).map(([name, test]) => [name, people.filter(test).length]);
  const nameless = population.posthog.records.filter(({ person }) => !('email' in person.properties));
  counted.push(['anonymousOnly', nameless.length]);
  return Object.fromEntries(counted) as Record<HardCase, number>;
}

describe('Hard cases', () => {
  it('has exactly the people per case that the table promises, counted from the vendor records of 1,000', () => {
    const population = createPopulation({ customers: 1000, seed: 42, epochMs: EPOCH });
    expect(countFromRecords(population)).toEqual(HARD_CASES);
    expect(population.counts).toEqual(HARD_CASES);
  });

  it.each([
    [50, 42],
    [137, 42],
    [200, 7],
    [1000, 8],
    [2500, 42],
  ])('keeps the promise scaled to %d people with seed %d', (customers, seed) => {
    const population = createPopulation({ customers, seed, epochMs: EPOCH });
    expect(countFromRecords(population)).toEqual(hardCaseCounts(customers));
  });

  it('has at least one person per case and two per pair in the smallest population', () => {
    expect(Math.min(...Object.values(hardCaseCounts(50)))).toBe(1);
    expect(hardCaseCounts(50)).toMatchObject({ sharedEmail: 2, crossIdConflict: 2 });
  });

  it('grants marketing and personalization to at least 40 % of people', () => {
    expect(HARD_CASES.marketingAndPersonalization).toBeGreaterThanOrEqual(400);
  });

  it.each([49, 0, 1.5, Number.NaN])('refuses a population of %p', (customers) => {
    expect(() => createPopulation({ customers, seed: 1, epochMs: EPOCH })).toThrow(
      new RangeError(`customers: expected a whole number of at least 50, but got ${customers}`),
    );
  });
});

describe('One population', () => {
  const population = createPopulation({ customers: 200, seed: 42, epochMs: EPOCH });

  it('is the same for the same customers, seed and epoch', () => {
    const again = createPopulation({ customers: 200, seed: 42, epochMs: EPOCH });
    expect(again.hubspot).toEqual(population.hubspot);
    expect(again.shopify).toEqual(population.shopify);
    expect(again.people).toEqual(population.people);
    expect(again.zendesk).toEqual(population.zendesk);
    const analytics = ({ posthog }: Population) => posthog.records.map(({ person, events }) => [person, events()]);
    expect(analytics(again)).toEqual(analytics(population));
  });

  it('stays the same in HubSpot and Shopify when a vendor or a case is added', () => {
    const { hubspot, shopify } = createPopulation({ customers: 1000, seed: 42, epochMs: EPOCH });
    expect(
      createHash('sha256')
        .update(JSON.stringify([hubspot, shopify]))
        .digest('hex'),
    ).toBe('bd0b8e118bd0f70d5873c4334eed90b760e5a68f0a4af2b6601711a3c4e6461f');
  });

  it('is another one for another seed', () => {
    const other = createPopulation({ customers: 200, seed: 43, epochMs: EPOCH });
    expect(other.shopify).not.toEqual(population.shopify);
  });

  it('gives no two contacts one e-mail address and no two customers either, as the vendors enforce', () => {
    const contactEmails = population.hubspot.contacts.map(({ properties }) => properties.email);
    expect(new Set(contactEmails).size).toBe(contactEmails.length);
    const customerEmails = population.shopify.customers.flatMap(({ email }) => email?.toLowerCase() ?? []);
    expect(new Set(customerEmails).size).toBe(customerEmails.length);
  });

  it('points shared addresses and conflicts at the other half', () => {
    const [person] = population.examples('sharedEmail', 'onlyHubspot');
    const other = population.people[person!.partner!]!;
    expect(other).toMatchObject({ email: person!.email, hubspotIds: [], partner: person!.index });
    const [claimer] = population.examples('crossIdConflict', 'onlyHubspot');
    const owner = population.people[claimer!.partner!]!;
    const contact = population.hubspot.contacts.find(({ id }) => id === claimer!.hubspotIds[0]);
    expect(contact!.properties.shopify_customer_id).toBe(owner.shopifyId);
  });

  it('lets nothing happen after the epoch', () => {
    const instants = [
      ...population.hubspot.contacts.flatMap(({ properties }) => [properties.createdate, properties.lastmodifieddate]),
      ...population.shopify.customers.flatMap((customer) => [
        customer.createdAt,
        customer.updatedAt,
        ...customer.orders.flatMap((order) => [order.createdAt, order.updatedAt]),
        ...customer.checkouts.map((checkout) => checkout.updatedAt),
      ]),
      ...population.posthog.records.flatMap(({ person, events }) => [
        person.createdAt,
        ...events().map(({ atMs }) => new Date(atMs).toISOString()),
      ]),
      ...[...population.zendesk.users, ...population.zendesk.tickets].flatMap(({ createdAt, updatedAt }) => [
        createdAt,
        updatedAt,
      ]),
    ];
    expect(instants.filter((instant) => Date.parse(instant!) > EPOCH)).toEqual([]);
  });

  it('gives every record of support and analytics an id of its own, and no two users one address', () => {
    const { users, tickets } = population.zendesk;
    const people = population.posthog.records.map(({ person }) => person);
    const lists = [
      users.map(({ id }) => id),
      tickets.map(({ id }) => id),
      users.map(({ email }) => email),
      people.map(({ id }) => id),
      people.map(({ uuid }) => uuid),
      people.flatMap(({ distinctIds }) => distinctIds),
    ];
    for (const list of lists) expect(new Set<unknown>(list).size).toBe(list.length);
    expect(tickets.every(({ createdAt, updatedAt }) => createdAt <= updatedAt)).toBe(true);
  });

  it('tells one story in shop and analytics: a recent order of someone active was seen on the site', () => {
    const [person] = population.examples('readyForCartMail', 'activeLately');
    const { events } = population.posthog.records.find((record) => record.person.uuid === person!.posthogId)!;
    const customer = population.shopify.customers.find(({ id }) => id === person!.shopifyId)!;
    const put = events().filter(({ name }) => name === 'product_added_to_cart');
    const titles = customer.checkouts[0]!.items.map(({ product }) => product.title);
    expect(put.map(({ product }) => product!.title)).toEqual(expect.arrayContaining(titles));
    const since = EPOCH - 27 * 86_400_000;
    const orders = customer.orders.filter(({ processedAt, test }) => !test && Date.parse(processedAt) > since);
    expect(events().filter(({ name }) => name === 'order_completed')).toHaveLength(orders.length);
  });

  it('finds visitors by their own case alone', () => {
    const [visitor] = population.examples('anonymousOnly');
    expect(visitor).toMatchObject({ index: 200, hubspotIds: [], shopifyId: null, zendeskId: null, email: null });
    expect(population.examples()).toEqual(population.people);
  });

  it('sells in euro, pounds, dollars, yen and rupiah', () => {
    const orders = population.shopify.customers.flatMap((customer) => customer.orders);
    expect(new Set(orders.map((order) => order.presentmentCurrency))).toEqual(
      new Set(['EUR', 'GBP', 'USD', 'JPY', 'IDR']),
    );
    expect(orders.filter((order) => order.shopCurrency === 'EUR').length / orders.length).toBeGreaterThan(0.9);
  });
});
