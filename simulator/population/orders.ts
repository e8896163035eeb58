/**
 * Orders and checkouts of one customer. The shop's currency is euro; the customer pays in the local one. It must not know
 * GraphQL, nor compute totals that Shopify computes (shopify/resolvers.ts does).
 */
import { DAY_MS, type Person } from './people';
import { exchange } from './money';
import { PHARMACY_PRODUCTS, PRODUCTS, type Product } from './products';
import { createRandom, type Random } from './random';

/** The currency of the shop. */
export const SHOP_CURRENCY = 'EUR';

/** A line of an order or checkout. Units: `unitMinor`, `discountedMinor` minor units of the order's shop currency. */
export interface Item {
  id: string;
  quantity: number;
  unitMinor: number;
  discountedMinor: number;
  product: Product;
}

/** Units: money in minor units of `shopCurrency`; instants are ISO-8601 to the second, as Shopify prints them. */
export interface Order {
  id: string;
  name: string;
  customerId: string;
  createdAt: string;
  updatedAt: string;
  processedAt: string;
  cancelledAt: string | null;
  test: boolean;
  /** The shop's currency when the order was placed. */
  shopCurrency: string;
  /** What the customer saw and paid in. */
  presentmentCurrency: string;
  financialStatus: string;
  fulfillmentStatus: string;
  shippingMinor: number;
  refundedMinor: number;
  items: Item[];
}

/** A checkout that was left, and perhaps taken up again (`completedAt`). */
export interface Checkout {
  id: string;
  name: string;
  url: string;
  customerId: string;
  createdAt: string;
  updatedAt: string;
  completedAt: string | null;
  presentmentCurrency: string;
  items: Item[];
}

/** Shopify prints instants to the second. */
export const second = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 19)}Z`;

const OLD_SHOP_CURRENCIES = ['JPY', 'IDR', 'GBP', 'USD'];

function items(options: { random: Random; firstId: number; currency: string; products: readonly Product[] }): Item[] {
  const { random, firstId, currency, products } = options;
  return products.map((product, i) => {
    const unitMinor = exchange({ amountMinor: product.priceMinor, from: SHOP_CURRENCY, to: currency });
    const discountedMinor = random.chance(0.15) ? Math.round(unitMinor * 0.9) : unitMinor;
    return {
      id: String(firstId + i),
      quantity: random.chance(0.8) ? 1 : random.between(2, 4),
      unitMinor,
      discountedMinor,
      product,
    };
  });
}

/** The orders of a person, oldest first; none for people the shop does not know and for the case `noOrders`. */
export function ordersOf(options: { person: Person; seed: number; epochMs: number }): Order[] {
  const { person, seed, epochMs } = options;
  if (person.shopifyId === null || person.cases.has('noOrders')) return [];
  const random = createRandom({ seed, stream: `orders/${person.index}` });
  // Few buy often: the tail is what lifetime value models need; it also exceeds one page of ten orders.
  const count = random.chance(0.03)
    ? random.between(11, 24)
    : Math.min(8, 1 + Math.floor(-Math.log(1 - random.next()) * 1.8));
  const ages = Array.from({ length: count }, () => random.next()).sort((a, b) => b - a);
  const spanMs = epochMs - DAY_MS - person.sinceMs - 3 * DAY_MS;
  const shopCurrency = person.cases.has('otherCurrencyOrders')
    ? OLD_SHOP_CURRENCIES[person.index % OLD_SHOP_CURRENCIES.length]!
    : SHOP_CURRENCY;
  return ages.map((age, i) => {
    const number = person.index * 32 + i;
    const id = String(5_500_000_000_000 + number * 64);
    const placedMs = epochMs - DAY_MS - age * spanMs;
    const chosen = random.shuffle(PRODUCTS).slice(0, random.between(1, 3));
    if (person.cases.has('pharmacyOrder') && i === 0) chosen.push(random.pick(PHARMACY_PRODUCTS));
    const lines = items({
      random,
      firstId: 14_000_000_000_000 + number * 64,
      currency: shopCurrency,
      products: chosen,
    });
    const subtotal = lines.reduce((sum, line) => sum + line.quantity * line.discountedMinor, 0);
    const fate = i === 0 ? 1 : random.next();
    const cancelled = fate < 0.04;
    const refunded = fate < 0.08 ? 'REFUNDED' : fate < 0.12 ? 'PARTIALLY_REFUNDED' : null;
    return {
      id,
      name: `#${1001 + number}`,
      customerId: person.shopifyId!,
      createdAt: second(placedMs),
      // Parcels and refunds touch an order some days after it was placed, but never after the population was made.
      updatedAt: second(placedMs + random.next() * Math.min(10 * DAY_MS, epochMs - placedMs)),
      processedAt: second(placedMs),
      cancelledAt: cancelled ? second(placedMs + 3_600_000) : null,
      test: fate > 0.99 && i > 0,
      shopCurrency,
      presentmentCurrency: shopCurrency === SHOP_CURRENCY ? person.place.currency : shopCurrency,
      financialStatus: cancelled ? 'REFUNDED' : (refunded ?? 'PAID'),
      fulfillmentStatus: cancelled || epochMs - placedMs < 2 * DAY_MS ? 'UNFULFILLED' : 'FULFILLED',
      shippingMinor: random.chance(0.5) ? exchange({ amountMinor: 490, from: SHOP_CURRENCY, to: shopCurrency }) : 0,
      refundedMinor: cancelled || refunded === 'REFUNDED' ? subtotal : refunded ? Math.round(subtotal / 3) : 0,
      items: lines,
    };
  });
}

/** The checkout a person left: open (case `openCart`), or completed later (`recoveredCart`). */
export function checkoutsOf(options: { person: Person; seed: number; epochMs: number }): Checkout[] {
  const { person, seed, epochMs } = options;
  const open = person.cases.has('openCart');
  if (person.shopifyId === null || (!open && !person.cases.has('recoveredCart'))) return [];
  const random = createRandom({ seed, stream: `checkouts/${person.index}` });
  const id = 38_000_000_000_000 + person.index * 128;
  const leftMs = epochMs - random.between(2, 12 * 24) * 3_600_000;
  const touchedMs = leftMs + random.between(1, 60) * 60_000;
  const products = random.shuffle(PRODUCTS).slice(0, random.between(1, 4));
  const token = Array.from({ length: 4 }, () => random.between(0, 0xffffffff).toString(16).padStart(8, '0')).join('');
  return [
    {
      id: String(id),
      name: `#${id}`,
      url: `https://shop.example/61234567890/checkouts/ac/${token}/recover?key=${token.slice(0, 16)}`,
      customerId: person.shopifyId,
      createdAt: second(leftMs),
      updatedAt: second(touchedMs),
      completedAt: open ? null : second(touchedMs),
      presentmentCurrency: person.place.currency,
      items: items({ random, firstId: id + 1, currency: SHOP_CURRENCY, products }),
    },
  ];
}
