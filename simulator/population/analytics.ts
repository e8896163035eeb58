/**
 * Writes people down as PostHog persons, and what they did on the shop's site as events. Anonymous visitors too. It must
 * not know PostHog's endpoints, nor count anything.
 */
import type { Customer } from './customers';
import { DAY_MS, type Person } from './people';
import { PHARMACY_PRODUCTS, PRODUCTS, type Product } from './products';
import { createRandom, seededUuid, type Random } from './random';
import { misspell } from './spelling';

/** A PostHog person. Shape: `distinctIds` begins with the app's user id for those who signed in; instants ISO-8601. */
export interface AnalyticsPerson {
  id: number;
  uuid: string;
  distinctIds: string[];
  properties: Record<string, unknown>;
  createdAt: string;
  lastSeenAt: string | null;
}

export const EVENT_NAMES = [
  ...['$pageview', 'product_viewed', 'product_added_to_cart', 'order_completed', 'email_link_clicked'],
  'form_submitted',
] as const;

/** Something a person did. Units: `atMs` epoch milliseconds. */
export interface AnalyticsEvent {
  name: (typeof EVENT_NAMES)[number];
  distinctId: string;
  sessionId: string;
  atMs: number;
  /** What was viewed or put into the cart. */
  product?: Product;
}

/** A person and the events behind it, which are made anew whenever they are asked for: they are many and seldom needed. */
export interface AnalyticsRecord {
  person: AnalyticsPerson;
  events(): AnalyticsEvent[];
}

/** Those `activeLately` did something in the last 28 days, the others nothing for a month. */
const LATELY_DAYS = 28;
const QUIET_DAYS = 32;
const MINUTE_MS = 60_000;

export const productUrl = ({ title }: Product): string =>
  `https://shop.example/products/${title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')}`;

/** The PostHog person of one person; null when the site never met the person. */
export function analyticsOf(options: {
  person: Person;
  customer: Customer | null;
  seed: number;
  epochMs: number;
}): AnalyticsRecord | null {
  const { person, customer, seed, epochMs } = options;
  const { cases, index, place } = person;
  if (!cases.has('inPosthog')) return null;
  const random = createRandom({ seed, stream: `analytics/${index}` });
  const uuid = seededUuid(random);
  // Signed in on one device, and met before that on one or two others.
  const anonymous = Array.from({ length: cases.has('severalDistinctIds') ? random.between(1, 2) : 0 }, () =>
    seededUuid(random),
  );
  const distinctIds = [`usr_${100_000 + index * 7}`, ...anonymous];
  const name = random.chance(0.1)
    ? `${misspell({ name: person.givenName, random })} ${person.familyName}`
    : `${person.givenName} ${person.familyName}`;
  const contactId = cases.has('posthogByEmail') ? undefined : person.hubspotIds[0];
  const properties = {
    // As it was typed at sign-up.
    email: random.chance(0.05) ? person.email.toUpperCase() : person.email,
    name,
    ...(contactId !== undefined && { hubspot_contact_id: contactId }),
    ...surroundings(random),
    ...(!cases.has('jurisdictionUnknown') && random.chance(0.8) && { $geoip_country_code: place.code }),
  };
  const events = (): AnalyticsEvent[] =>
    eventsOf({
      random: createRandom({ seed, stream: `analytics-events/${index}` }),
      distinctIds,
      sinceMs: person.sinceMs,
      epochMs,
      lately: cases.has('activeLately'),
      clicks: cases.has('marketingGranted'),
      products: cases.has('pharmacyOrder') ? [...PRODUCTS, ...PHARMACY_PRODUCTS] : PRODUCTS,
      customer,
    });
  return record({ id: 500_000_000 + index * 3, uuid, distinctIds, properties, events, known: person });
}

/** One visitor who never signed in. Shape: `index` counts visitors, not people. */
export function visitorOf(options: { index: number; seed: number; epochMs: number }): AnalyticsRecord {
  const { index, seed, epochMs } = options;
  const random = createRandom({ seed, stream: `visitor/${index}` });
  const uuid = seededUuid(random);
  const distinctIds = [seededUuid(random)];
  const properties = {
    ...surroundings(random),
    ...(random.chance(0.8) && { $geoip_country_code: random.pick(['DE', 'GB', 'US', 'FR']) }),
  };
  const sinceMs = epochMs - random.between(40, 200) * DAY_MS;
  const lately = random.chance(0.5);
  const events = (): AnalyticsEvent[] =>
    eventsOf({
      ...{ random: createRandom({ seed, stream: `visitor-events/${index}` }), distinctIds, sinceMs, epochMs, lately },
      ...{ clicks: false, products: PRODUCTS, customer: null },
    });
  return record({ id: 900_000_000 + index * 3, uuid, distinctIds, properties, events });
}

function surroundings(random: Random): Record<string, unknown> {
  return {
    $initial_referrer: random.pick(['$direct', 'https://search.example/', 'https://news.example/']),
    $browser: random.pick(['Chrome', 'Firefox', 'Safari']),
    $os: random.pick(['Windows', 'Mac OS X', 'Android', 'iOS']),
  };
}

function record(options: {
  id: number;
  uuid: string;
  distinctIds: string[];
  properties: Record<string, unknown>;
  events: () => AnalyticsEvent[];
  known?: Person;
}): AnalyticsRecord {
  const { id, uuid, distinctIds, properties, events, known } = options;
  const all = events();
  const iso = (atMs: number): string => new Date(atMs).toISOString();
  return {
    person: {
      ...{ id, uuid, distinctIds, properties },
      createdAt: iso(all[0]!.atMs),
      // Older servers did not write it, and never will for those who do not come back.
      lastSeenAt: known?.cases.has('lastSeenUnknown') ? null : iso(all.at(-1)!.atMs),
    },
    events,
  };
}

/** What was done, oldest first; at least one event. */
function eventsOf(options: {
  random: Random;
  distinctIds: readonly string[];
  sinceMs: number;
  epochMs: number;
  lately: boolean;
  clicks: boolean;
  products: readonly Product[];
  customer: Customer | null;
}): AnalyticsEvent[] {
  const { random, distinctIds, sinceMs, epochMs, lately, clicks, products, customer } = options;
  const [signedIn = ''] = distinctIds;
  const events: AnalyticsEvent[] = [];
  const session = (distinctId: string) => {
    const sessionId = seededUuid(random);
    return (name: AnalyticsEvent['name'], atMs: number, product?: Product): void => {
      events.push({ name, distinctId, sessionId, atMs, ...(product && { product }) });
    };
  };
  const visit = (startMs: number): void => {
    const add = session(random.pick(distinctIds));
    let atMs = startMs;
    if (clicks && random.chance(0.3)) add('email_link_clicked', atMs);
    for (let page = random.between(1, 8); page > 0; page -= 1) {
      add('$pageview', (atMs += random.between(5, 180) * 1000));
      if (!random.chance(0.4)) continue;
      const product = random.pick(products);
      add('product_viewed', atMs + 1000, product);
      if (random.chance(0.2)) add('product_added_to_cart', atMs + 3000, product);
    }
    if (random.chance(0.05)) add('form_submitted', atMs + 4000);
  };
  /** What led to an order or a checkout, so that the shop and the site tell one story. */
  const shopping = (endMs: number, bought: readonly Product[], ordered: boolean): void => {
    const add = session(signedIn);
    bought.forEach((product, i) => {
      const atMs = endMs - (bought.length - i) * 2 * MINUTE_MS;
      add('$pageview', atMs - 1000);
      add('product_viewed', atMs, product);
      add('product_added_to_cart', atMs + 30_000, product);
    });
    if (ordered) add('order_completed', endMs);
  };

  const spanDays = (epochMs - sinceMs) / DAY_MS - QUIET_DAYS;
  for (let visits = random.between(lately ? 0 : 1, 8); visits > 0; visits -= 1) {
    visit(epochMs - (QUIET_DAYS + random.next() * spanDays) * DAY_MS);
  }
  if (lately) {
    for (let visits = random.between(1, 9); visits > 0; visits -= 1) {
      visit(epochMs - (0.1 + random.next() * (LATELY_DAYS - 0.1)) * DAY_MS);
    }
    const recent = (instant: string): boolean => epochMs - Date.parse(instant) < (LATELY_DAYS - 1) * DAY_MS;
    for (const order of customer?.orders ?? []) {
      const bought = order.items.map(({ product }) => product);
      if (!order.test && recent(order.processedAt)) shopping(Date.parse(order.processedAt), bought, true);
    }
    for (const { createdAt, items } of customer?.checkouts ?? []) {
      shopping(
        Date.parse(createdAt),
        items.map(({ product }) => product),
        false,
      );
    }
  }
  return events.sort((a, b) => a.atMs - b.atMs);
}
