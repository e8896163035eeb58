/** The shop's part of Customer as it is stored, category by category. Types only; customer.resolver.ts reads them. */
import type { Money } from '../minor-units';

export interface Item {
  readonly title: string | null;
  readonly quantity: number;
  readonly price: Money | null;
  readonly imageUrl: string | null;
}

export interface Order {
  readonly id: string;
  /** UTC, ISO 8601. */
  readonly placedAt: string;
  readonly total: Money | null;
  readonly items: readonly Item[];
  /** The order has more lines than came: `items` are the first ones. */
  readonly itemsCut?: true;
}

/** PURCHASE_HISTORY. */
export interface PurchaseHistory {
  /** Newest first; neither cancelled nor test. */
  readonly orders: readonly Order[];
  readonly totalSpent: Money | null;
  readonly orderCount: number;
  /** Only in what a batch call brings: orders that are to be removed from what is stored. */
  readonly removedOrderIds?: readonly string[];
}

export interface Cart {
  /** Shopify's id of the checkout. */
  readonly id: string;
  readonly items: readonly Item[];
  readonly checkoutUrl: string | null;
  /** UTC, ISO 8601. */
  readonly abandonedAt: string;
  readonly itemsCut?: true;
}

/** BEHAVIOUR. Absent from what a batch call brings when no checkout of the customer was touched: the stored one stands. */
export interface Behaviour {
  readonly cart: Cart | null;
  /** Only in what a batch call brings: checkouts that were completed, so that a stored cart of this id is gone. */
  readonly closedCartIds?: readonly string[];
}

/** SENSITIVE: lines of a special category, which lie nowhere else. */
export interface SensitiveItems {
  /** By order id. */
  readonly orders: Readonly<Record<string, readonly Item[]>>;
  readonly cart: readonly Item[];
}
