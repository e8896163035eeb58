/**
 * From a Shopify customer, orders and checkouts to what the shop says of a Customer. Pure; every rename between Shopify's
 * words and ours is here. Must not fetch, nor know what is stored (commerce.merge.ts).
 */
import { facetError } from '../../schema/errors';
import { activitiesAt } from '../activity';
import { countryOf } from '../country';
import { moneyOf, type Money } from '../minor-units';
import { emailOf, httpsUrlOf, instantOf, nameOf, phoneOf, textOf } from '../normalise';
import type { Categories, MappedConsent, MappedIdentity, MappedRecord } from '../source';
import type { RawCheckout, RawCustomer, RawHistoryOrder, RawLine, RawOrder } from './commerce.answers';
import type { Behaviour, Cart, Item, Order, PurchaseHistory, SensitiveItems } from './commerce.record';
import { specialCategoryOf } from '../special-categories';

export { mergeCommerce } from './commerce.merge';

/** A customer with as much of orders and checkouts as the call brought. */
export interface RawShopper {
  readonly customer: RawCustomer;
  readonly orders:
    | { readonly kind: 'complete'; readonly orders: readonly RawHistoryOrder[] }
    | { readonly kind: 'newest'; readonly order: RawOrder | null };
  /** `changes`: checkouts touched of late; of others nothing is known. */
  readonly checkouts: { readonly kind: 'complete' | 'changes'; readonly checkouts: readonly RawCheckout[] };
}

/** Errors: UPSTREAM_INVALID when a time that orders records cannot be read. */
export function mapCustomer({ customer, orders, checkouts }: RawShopper): MappedRecord {
  const updatedAt = requiredInstant(customer.updatedAt, 'updatedAt');
  const country = countryOf(customer.defaultAddress?.countryCodeV2);
  return {
    sourceId: customer.legacyResourceId,
    sourceVersion: updatedAt,
    categories: mapCategories(customer, orders, checkouts),
    identities: mapIdentities(customer, country),
    consents: mapConsents(customer, updatedAt),
    facts: {
      name: nameOf(textOf(customer.firstName), textOf(customer.lastName)),
      country,
      birthDate: null,
      suppressions: [],
      // A batch call brings only the newest order: then it is Shopify's own sum, in the shop's present currency.
      historicValue: orders.kind === 'complete' ? earned(orders.orders, customer) : spent(customer),
      ...(orders.kind === 'complete' && { activities: ordered(orders.orders) }),
    },
  };
}

const spent = ({ amountSpent }: RawCustomer): Money | null => moneyOf(amountSpent.amount, amountSpent.currencyCode);
const counts = ({ cancelledAt, test }: RawOrder): boolean => cancelledAt === null && !test;
const ordered = (orders: readonly RawOrder[]) =>
  activitiesAt(
    'order',
    orders.filter(counts).map(({ processedAt }) => requiredInstant(processedAt, 'processedAt')),
  );
const newestFirst = (a: RawOrder, b: RawOrder): number =>
  requiredInstant(b.processedAt, 'processedAt') - requiredInstant(a.processedAt, 'processedAt');

function mapCategories(
  customer: RawCustomer,
  orders: RawShopper['orders'],
  { kind, checkouts }: RawShopper['checkouts'],
): Categories {
  const raw = orders.kind === 'complete' ? orders.orders : orders.order === null ? [] : [orders.order];
  const counted = raw.filter(counts).sort(newestFirst);
  const open = checkouts.filter(({ completedAt }) => completedAt === null).sort(lastTouchedFirst)[0] ?? null;
  const history: PurchaseHistory = {
    orders: counted.map(mapOrder),
    totalSpent: spent(customer),
    orderCount: Number(customer.numberOfOrders),
    ...(orders.kind === 'newest' && {
      removedOrderIds: raw.filter((order) => !counts(order)).map(({ legacyResourceId }) => legacyResourceId),
    }),
  };
  const sensitive: SensitiveItems = {
    orders: Object.fromEntries(
      counted
        .map((order) => [order.legacyResourceId, itemsOf(order.lineItems.nodes, 'special')] as const)
        .filter(([, items]) => items.length > 0),
    ),
    cart: open === null ? [] : itemsOf(open.lineItems.nodes, 'special'),
  };
  const cart = open === null ? null : mapCart(open);
  const closedCartIds = checkouts.filter(({ completedAt }) => completedAt !== null).map(({ id }) => id);
  const behaviour: Behaviour = kind === 'complete' ? { cart } : { cart, closedCartIds };
  const untouched = kind === 'changes' && checkouts.length === 0;
  return {
    PURCHASE_HISTORY: { ...history },
    ...(!untouched && { BEHAVIOUR: { ...behaviour } }),
    SENSITIVE: { ...sensitive },
  };
}

function mapOrder(order: RawOrder): Order {
  const { amount, currencyCode } = order.currentTotalPriceSet.shopMoney;
  return {
    id: order.legacyResourceId,
    placedAt: new Date(requiredInstant(order.processedAt, 'processedAt')).toISOString(),
    total: moneyOf(amount, currencyCode),
    items: itemsOf(order.lineItems.nodes, 'ordinary'),
    ...(order.lineItems.pageInfo.hasNextPage && { itemsCut: true }),
  };
}

function mapCart(checkout: RawCheckout): Cart {
  return {
    id: checkout.id,
    items: itemsOf(checkout.lineItems.nodes, 'ordinary'),
    checkoutUrl: httpsUrlOf(checkout.abandonedCheckoutUrl),
    abandonedAt: new Date(requiredInstant(checkout.updatedAt, 'updatedAt')).toISOString(),
    ...(checkout.lineItems.pageInfo.hasNextPage && { itemsCut: true }),
  };
}

const lastTouchedFirst = (a: RawCheckout, b: RawCheckout): number =>
  requiredInstant(b.updatedAt, 'updatedAt') - requiredInstant(a.updatedAt, 'updatedAt');

/** A line lies either with the ordinary ones or with those of a special category, never with both. */
function itemsOf(lines: readonly RawLine[], which: 'ordinary' | 'special'): Item[] {
  return lines
    .filter(({ product }) => (specialCategoryOf(product?.productType) !== null) === (which === 'special'))
    .map(({ title, quantity, price, image }) => ({
      title: textOf(title),
      quantity,
      price: moneyOf(price.shopMoney.amount, price.shopMoney.currencyCode),
      imageUrl: httpsUrlOf(image?.url),
    }));
}

/**
 * Σ over orders of what was paid and not given back. A shop that changed its currency has orders in several: those in the
 * currency of most orders are summed (of equally many: of the newest order), since nothing here exchanges.
 */
function earned(orders: readonly RawHistoryOrder[], customer: RawCustomer): Money | null {
  const values = orders
    .filter(counts)
    .sort(newestFirst)
    .flatMap(({ netPaymentSet: { shopMoney } }) => {
      return moneyOf(shopMoney.amount, shopMoney.currencyCode) ?? [];
    });
  const frequency = new Map<string, number>();
  for (const { currency } of values) frequency.set(currency, (frequency.get(currency) ?? 0) + 1);
  const currency = [...frequency].sort(([, a], [, b]) => b - a)[0]?.[0] ?? customer.amountSpent.currencyCode;
  const sum = values
    .filter((value) => value.currency === currency)
    .reduce((total, value) => total + value.amountMinor, 0);
  return Number.isSafeInteger(sum) ? { amountMinor: sum, currency } : null;
}

function mapIdentities(customer: RawCustomer, country: string | null): MappedIdentity[] {
  const email = emailOf(customer.defaultEmailAddress?.emailAddress);
  const phone = phoneOf(customer.defaultPhoneNumber?.phoneNumber, country);
  return [
    { namespace: 'shopify.customer', value: customer.legacyResourceId, verified: true },
    ...(email === null ? [] : [{ namespace: 'email', value: email, verified: customer.verifiedEmail }]),
    ...(phone === null ? [] : [{ namespace: 'phone', value: phone, verified: false }]),
  ];
}

const MARKETING_ACTIONS: Readonly<Record<string, Pick<MappedConsent, 'action' | 'pending'>>> = {
  SUBSCRIBED: { action: 'GRANT', pending: false },
  PENDING: { action: 'GRANT', pending: true },
  UNSUBSCRIBED: { action: 'WITHDRAW', pending: false },
};

/** Doubt denies: a grant without a time is no grant, a withdrawal without one counts from the record's last change. */
function mapConsents({ defaultEmailAddress: address }: RawCustomer, updatedAt: number): MappedConsent[] {
  const state = address?.marketingState ?? '';
  const action = Object.hasOwn(MARKETING_ACTIONS, state) ? MARKETING_ACTIONS[state] : undefined;
  if (action === undefined) return [];
  const occurredAt = instantOf(address?.marketingUpdatedAt) ?? (action.action === 'GRANT' ? null : updatedAt);
  if (occurredAt === null) return [];
  const level = address?.marketingOptInLevel?.toLowerCase() ?? 'unknown';
  return [
    {
      purpose: 'EMAIL_MARKETING',
      topic: null,
      ...action,
      basis: 'CONSENT',
      notice: null,
      method: `shopify:${level}`,
      occurredAt,
      expiresAt: null,
    },
  ];
}

function requiredInstant(raw: string, field: string): number {
  const at = instantOf(raw);
  if (at === null) {
    throw facetError('UPSTREAM_INVALID', `Shopify, customer: expected a date-time in ${field}, got something else`);
  }
  return at;
}
