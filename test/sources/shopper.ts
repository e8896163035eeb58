// Shopify's raw answers with nothing but what a test is about.
import type { RawCheckout, RawCustomer, RawHistoryOrder, RawLine } from '../../subgraphs/commerce/commerce.answers';
import { mapCustomer } from '../../subgraphs/commerce/commerce.mapping';

export const UPDATED = '2026-10-01T00:00:00Z';

const money = (amount: string, currencyCode = 'EUR') => ({ shopMoney: { amount, currencyCode } });

export const page = <Node>(nodes: Node[], hasNextPage = false) => ({
  nodes,
  pageInfo: { hasNextPage, endCursor: hasNextPage ? 'more' : null },
});

export const customer = (over: Partial<RawCustomer> = {}): RawCustomer => ({
  legacyResourceId: '7700',
  firstName: null,
  lastName: null,
  updatedAt: UPDATED,
  verifiedEmail: true,
  numberOfOrders: '0',
  amountSpent: { amount: '0.0', currencyCode: 'EUR' },
  defaultEmailAddress: null,
  defaultPhoneNumber: null,
  defaultAddress: null,
  ...over,
});

/** The address with a marketing state. */
export const marketing = (state: string, at: string | null, level: string | null = null): RawCustomer =>
  customer({
    defaultEmailAddress: {
      emailAddress: 'Ada@Example.com',
      marketingState: state,
      marketingOptInLevel: level,
      marketingUpdatedAt: at,
    },
  });

export const line = (title: string, productType: string | null = 'Home', price = '10.0'): RawLine => ({
  title,
  quantity: 1,
  price: money(price),
  image: null,
  product: productType === null ? null : { productType },
});

/** The item that `line` of an ordinary product becomes. */
export const item = (title: string, amountMinor = 1_000) => ({
  title,
  quantity: 1,
  price: { amountMinor, currency: 'EUR' },
  imageUrl: null,
});

interface OrderSpec extends Partial<Omit<RawHistoryOrder, 'lineItems' | 'netPaymentSet' | 'currentTotalPriceSet'>> {
  readonly paid?: string;
  readonly currency?: string;
  readonly lines?: RawLine[];
  readonly cut?: boolean;
}

export function order(id: string, day: string, spec: OrderSpec = {}): RawHistoryOrder {
  const { paid = '10.0', currency = 'EUR', lines = [line(`Line of ${id}`)], cut = false, ...over } = spec;
  return {
    legacyResourceId: id,
    processedAt: `${day}T12:00:00Z`,
    cancelledAt: null,
    test: false,
    currentTotalPriceSet: money(paid, currency),
    netPaymentSet: money(paid, currency),
    customer: { legacyResourceId: '7700' },
    lineItems: page(lines, cut),
    ...over,
  };
}

interface CheckoutSpec {
  readonly completed?: boolean;
  readonly lines?: RawLine[];
  readonly cut?: boolean;
}

export function checkout(id: string, day: string, spec: CheckoutSpec = {}): RawCheckout {
  const { completed = false, lines = [line(`Line of ${id}`)], cut = false } = spec;
  return {
    id,
    abandonedCheckoutUrl: `https://shop.example/${id}`,
    updatedAt: `${day}T12:00:00Z`,
    completedAt: completed ? `${day}T12:00:00Z` : null,
    customer: { legacyResourceId: '7700' },
    lineItems: page(lines, cut),
  };
}

/** The record of a customer of whom everything came. */
export const complete = (orders: RawHistoryOrder[] = [], checkouts: RawCheckout[] = [], raw = customer()) =>
  mapCustomer({
    customer: raw,
    orders: { kind: 'complete', orders },
    checkouts: { kind: 'complete', checkouts },
  });
