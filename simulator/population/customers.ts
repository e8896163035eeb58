/**
 * Writes people down as Shopify customers, in the shop's spelling. It must not know GraphQL.
 */
import { DAY_MS, type Address, type Person } from './people';
import { consentAtMs } from './consent';
import { checkoutsOf, ordersOf, second, type Checkout, type Order } from './orders';
import { createRandom } from './random';
import { misspell } from './spelling';

/** An address as Shopify keeps it. */
export interface ShopAddress {
  id: string;
  firstName: string;
  lastName: string;
  address1: string;
  address2: string | null;
  city: string;
  province: string | null;
  zip: string;
  country: string;
  countryCodeV2: string;
  phone: string | null;
  timeZone: string;
}

/** A Shopify customer. Shape: `id` is the legacyResourceId; `phone` is E.164; instants ISO-8601 to the second. */
export interface Customer {
  id: string;
  firstName: string | null;
  lastName: string | null;
  email: string | null;
  verifiedEmail: boolean;
  phone: string | null;
  locale: string;
  state: string;
  tags: string[];
  note: string | null;
  createdAt: string;
  updatedAt: string;
  marketingState: string;
  marketingOptInLevel: string | null;
  marketingUpdatedAt: string | null;
  /** The first is the default one. */
  addresses: ShopAddress[];
  orders: Order[];
  checkouts: Checkout[];
}

/** What the shop's newsletter box says, consistent with the CRM but for the case `shopUnsubscribedLater`. */
function marketing(
  person: Person,
  epochMs: number,
): Pick<Customer, 'marketingState' | 'marketingOptInLevel' | 'marketingUpdatedAt'> {
  const { cases } = person;
  const entry = (marketingState: string, marketingOptInLevel: string | null, atMs: number | null) => ({
    marketingState,
    marketingOptInLevel,
    marketingUpdatedAt: atMs === null ? null : second(atMs),
  });
  const askedMs = consentAtMs(person);
  if (cases.has('shopUnsubscribedLater')) return entry('UNSUBSCRIBED', 'SINGLE_OPT_IN', epochMs - 5 * DAY_MS);
  if (cases.has('marketingGranted')) return entry('SUBSCRIBED', 'CONFIRMED_OPT_IN', askedMs);
  if (cases.has('marketingPending')) return entry('PENDING', 'CONFIRMED_OPT_IN', askedMs);
  if (cases.has('marketingWithdrawn') || cases.has('marketingObjected')) {
    return entry('UNSUBSCRIBED', 'SINGLE_OPT_IN', askedMs + 90 * DAY_MS);
  }
  if (cases.has('onlyShopify') && !cases.has('withoutEmail') && person.index % 2 === 0) {
    return entry('SUBSCRIBED', 'SINGLE_OPT_IN', askedMs);
  }
  return entry('NOT_SUBSCRIBED', null, null);
}

/** The shop's customer of one person, with orders and checkouts; null when the shop does not know the person. */
export function customerOf(options: { person: Person; seed: number; epochMs: number }): Customer | null {
  const { person, seed, epochMs } = options;
  const { cases, shopifyId, place } = person;
  if (shopifyId === null) return null;
  const random = createRandom({ seed, stream: `customer/${person.index}` });
  const spoiled = cases.has('spellingDiffers');
  const firstName = spoiled && random.chance(0.5) ? misspell({ name: person.givenName, random }) : person.givenName;
  const lastName =
    spoiled && firstName === person.givenName ? misspell({ name: person.familyName, random }) : person.familyName;
  const phone = random.chance(0.7) || cases.has('withoutEmail') ? person.phone : null;
  const shopAddress = (address: Address, number: number): ShopAddress => ({
    id: String(9_900_000_000_000 + person.index * 4 + number),
    firstName,
    lastName,
    address1: address.street,
    address2: random.chance(0.1) ? 'c/o Example' : null,
    city: address.town,
    province: address.province,
    zip: address.zip,
    country: place.name,
    countryCodeV2: place.code,
    phone,
    timeZone: place.timeZone,
  });
  const addresses = [shopAddress(person.address, 0)];
  if (cases.has('twoAddresses')) addresses.push(shopAddress(person.secondAddress, 1));
  const orders = ordersOf({ person, seed, epochMs });
  const checkouts = checkoutsOf({ person, seed, epochMs });
  const touched = [...orders, ...checkouts]
    .map((record) => record.updatedAt)
    .sort()
    .at(-1);
  const createdAt = second(person.sinceMs + DAY_MS);
  return {
    id: shopifyId,
    firstName,
    lastName,
    // Shopify keeps the case the buyer typed; HubSpot does not.
    email: cases.has('withoutEmail') ? null : spoiled ? capitalised(person.email) : person.email,
    verifiedEmail: !cases.has('unverifiedEmail') && !cases.has('withoutEmail'),
    phone,
    locale: place.locale,
    state: random.chance(0.6) ? 'ENABLED' : 'DISABLED',
    tags: orders.length > 5 ? ['loyal', 'newsletter'] : [],
    note: null,
    createdAt,
    updatedAt: touched !== undefined && touched > createdAt ? touched : createdAt,
    ...marketing(person, epochMs),
    addresses: cases.has('jurisdictionUnknown') ? [] : addresses,
    orders,
    checkouts,
  };
}

const capitalised = (email: string): string => email.replace(/(^|[.-])[a-z]/g, (start) => start.toUpperCase());
