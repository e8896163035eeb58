/**
 * What can be searched and sorted in the shop: the fields Shopify documents for each connection, of those the ones
 * connectors need. Note that abandoned checkouts cannot be searched by customer: Shopify has no such field.
 * It must not page (connection.ts) or parse (query-syntax.ts).
 */
import type { Checkout, Order } from '../population/orders';
import type { Customer } from '../population/customers';
import type { PageArgs } from './connection';
import { compileQuery, type Searchable } from './query-syntax';
import type { ShopStore } from './shop-store';

export interface SearchArgs extends PageArgs {
  query?: string | null;
  sortKey?: string | null;
}

/** Where warnings of one request are gathered, for `extensions.search`. */
export interface SearchContext {
  search: { path: string[]; query: string; warnings: { field: string; message: string; code: string }[] }[];
}

const CUSTOMERS: Searchable<Customer> = {
  text: ({ firstName, lastName, email, phone }) => [firstName, lastName, email, phone].join(' '),
  fields: {
    id: { kind: 'number', of: (customer) => customer.id },
    email: { kind: 'text', of: (customer) => customer.email },
    first_name: { kind: 'text', of: (customer) => customer.firstName },
    last_name: { kind: 'text', of: (customer) => customer.lastName },
    phone: { kind: 'text', of: (customer) => customer.phone },
    state: { kind: 'text', of: (customer) => customer.state },
    tag: { kind: 'text', of: (customer) => customer.tags },
    country: { kind: 'text', of: (customer) => customer.addresses[0]?.country ?? null },
    accepts_marketing: { kind: 'text', of: (customer) => String(customer.marketingState === 'SUBSCRIBED') },
    orders_count: { kind: 'number', of: (customer) => customer.orders.length },
    customer_date: { kind: 'time', of: (customer) => customer.createdAt },
    updated_at: { kind: 'time', of: (customer) => customer.updatedAt },
  },
};

const ordersOf = (store: ShopStore): Searchable<Order> => ({
  text: (order) => `${order.name} ${store.customer(order.customerId)?.email ?? ''}`,
  fields: {
    id: { kind: 'number', of: (order) => order.id },
    name: { kind: 'text', of: (order) => [order.name, order.name.slice(1)] },
    customer_id: { kind: 'number', of: (order) => order.customerId },
    email: { kind: 'text', of: (order) => store.customer(order.customerId)?.email ?? null },
    financial_status: { kind: 'text', of: (order) => order.financialStatus },
    fulfillment_status: { kind: 'text', of: (order) => order.fulfillmentStatus },
    status: { kind: 'text', of: (order) => ['any', order.cancelledAt === null ? 'not_closed' : 'cancelled'] },
    test: { kind: 'text', of: (order) => String(order.test) },
    created_at: { kind: 'time', of: (order) => order.createdAt },
    processed_at: { kind: 'time', of: (order) => order.processedAt },
    updated_at: { kind: 'time', of: (order) => order.updatedAt },
  },
});

const checkoutsOf = (store: ShopStore): Searchable<Checkout> => ({
  text: (checkout) => {
    const { firstName, lastName, email } = store.customer(checkout.customerId)!;
    return [checkout.name, firstName, lastName, email].join(' ');
  },
  fields: {
    id: { kind: 'number', of: (checkout) => checkout.id },
    status: { kind: 'text', of: (checkout) => (checkout.completedAt === null ? 'open' : 'closed') },
    recovery_state: { kind: 'text', of: (checkout) => (checkout.completedAt === null ? 'not_recovered' : 'recovered') },
    created_at: { kind: 'time', of: (checkout) => checkout.createdAt },
    updated_at: { kind: 'time', of: (checkout) => checkout.updatedAt },
  },
});

type Sorts<T> = Readonly<Record<string, (record: T) => string | number>>;
/** Sort keys not named here sort by id, so that paging stays whole. */
const sorts = <T extends { id: string }>(keys: Sorts<T>): Sorts<T> =>
  new Proxy(keys, { get: (target, key: string) => target[key] ?? ((record: T) => Number(record.id)) });

export const CUSTOMER_SORT = sorts<Customer>({
  CREATED_AT: (customer) => customer.createdAt,
  UPDATED_AT: (customer) => customer.updatedAt,
  NAME: (customer) => `${customer.lastName}, ${customer.firstName}`.toLowerCase(),
});
export const ORDER_SORT = sorts<Order>({
  CREATED_AT: (order) => order.createdAt,
  PROCESSED_AT: (order) => order.processedAt,
  UPDATED_AT: (order) => order.updatedAt,
});
export const CHECKOUT_SORT = sorts<Checkout>({ CREATED_AT: (checkout) => checkout.createdAt });

function search<T>(options: {
  records: readonly T[];
  searchable: Searchable<T>;
  query: string | null | undefined;
  context: SearchContext;
  path: string[];
}): readonly T[] {
  const { records, searchable, query, context, path } = options;
  if (!query) return records;
  const { matches, ignored } = compileQuery({ query, searchable });
  if (ignored.length > 0) {
    const message = 'Invalid search field for this query.';
    context.search.push({ path, query, warnings: ignored.map((field) => ({ field, message, code: 'invalid_field' })) });
  }
  return records.filter(matches);
}

interface Where {
  args: SearchArgs;
  store: ShopStore;
  context: SearchContext;
  path: string[];
}

export const searchCustomers = ({ args, store, context, path }: Where): readonly Customer[] =>
  search({ records: store.customers, searchable: CUSTOMERS, query: args.query, context, path });

export const searchOrders = ({ orders, args, store, context, path }: Where & { orders: readonly Order[] }) =>
  search({ records: orders, searchable: ordersOf(store), query: args.query, context, path });

export const searchCheckouts = ({ args, store, context, path }: Where): readonly Checkout[] =>
  search({ records: store.checkouts, searchable: checkoutsOf(store), query: args.query, context, path });
