/**
 * The root fields: finding records by id or search. How a record looks is in views.ts.
 */
import { GraphQLError } from 'graphql';
import { SHOP_CURRENCY } from '../population/orders';
import { connection, shopifyError } from './connection';
import {
  CHECKOUT_SORT,
  CUSTOMER_SORT,
  ORDER_SORT,
  searchCheckouts,
  searchCustomers,
  searchOrders,
  type SearchArgs,
  type SearchContext,
} from './searches';
import type { ShopStore } from './shop-store';
import { checkoutView, customerView, gid, orderView } from './views';

/** Input arrays hold at most this. Source: shopify.dev "API limits"; code and text of the error from memory. */
const MAX_INPUT = 250;

/** Reads a global id. Errors: throws the vendor's error when it is not one. */
function parseGid(id: string): { type: string; key: string } {
  const [, type, key] = /^gid:\/\/shopify\/([A-Za-z]+)\/(\d+)(?:\?.*)?$/.exec(id) ?? [];
  if (type === undefined || key === undefined) {
    throw new GraphQLError(`Invalid global id '${id}'`, { extensions: { code: 'argumentLiteralsIncompatible' } });
  }
  return { type, key };
}

/** The root value graphql-js executes on. */
export function createRoot(options: { store: ShopStore }): Record<string, unknown> {
  const { store } = options;

  const node = (id: string): unknown => {
    const { type, key } = parseGid(id);
    const customer = type === 'Customer' ? store.customer(key) : undefined;
    if (customer) return customerView(customer, store);
    const order = type === 'Order' ? store.order(key) : undefined;
    if (order) return orderView(order, store);
    const checkout = type === 'AbandonedCheckout' ? store.checkout(key) : undefined;
    return checkout ? checkoutView(checkout, store) : null;
  };
  const ofType = (type: string, id: string): unknown => (parseGid(id).type === type ? node(id) : null);

  return {
    shop: {
      __typename: 'Shop',
      id: gid('Shop', '61234567890'),
      name: 'Facet demo shop',
      email: 'shop@example.com',
      myshopifyDomain: 'facet-demo.myshopify.com',
      currencyCode: SHOP_CURRENCY,
      ianaTimezone: 'Europe/Berlin',
    },
    node: ({ id }: { id: string }) => node(id),
    nodes: ({ ids }: { ids: string[] }) => {
      if (ids.length > MAX_INPUT) {
        const message = `The input array size of ${ids.length} is greater than the maximum allowed of ${MAX_INPUT}.`;
        throw shopifyError(message, 'MAX_INPUT_SIZE_EXCEEDED');
      }
      return ids.map(node);
    },
    customer: ({ id }: { id: string }) => ofType('Customer', id),
    order: ({ id }: { id: string }) => ofType('Order', id),
    customerByIdentifier: ({ identifier }: { identifier: Record<string, string> }) => {
      if (identifier.id !== undefined) return ofType('Customer', identifier.id);
      const customer =
        identifier.emailAddress !== undefined
          ? store.customerByEmail(identifier.emailAddress)
          : store.customers.find(({ phone }) => phone === identifier.phoneNumber);
      return customer ? customerView(customer, store) : null;
    },
    // Shopify erases ten days later, or 180 after the last order; here the request is taken and nothing more.
    customerRequestDataErasure: ({ customerId }: { customerId: string }) => {
      if (ofType('Customer', customerId) !== null) return { customerId, userErrors: [] };
      const error = { code: 'DOES_NOT_EXIST', field: ['customerId'], message: 'Customer does not exist' };
      return { customerId: null, userErrors: [{ __typename: 'CustomerRequestDataErasureUserError', ...error }] };
    },
    customers: (args: SearchArgs, context: SearchContext) =>
      connection({
        records: searchCustomers({ args, store, context, path: ['customers'] }),
        args,
        sortValue: CUSTOMER_SORT[args.sortKey ?? 'ID']!,
        show: (customer) => customerView(customer, store),
      }),
    customersCount: (args: { query?: string | null; limit?: number | null }, context: SearchContext) => {
      const count = searchCustomers({ args, store, context, path: ['customersCount'] }).length;
      const limit = args.limit ?? Infinity;
      return { count: Math.min(count, limit), precision: count > limit ? 'AT_LEAST' : 'EXACT' };
    },
    orders: (args: SearchArgs, context: SearchContext) =>
      connection({
        records: searchOrders({ orders: store.orders, args, store, context, path: ['orders'] }),
        args,
        sortValue: ORDER_SORT[args.sortKey ?? 'PROCESSED_AT']!,
        show: (order) => orderView(order, store),
      }),
    abandonedCheckouts: (args: SearchArgs, context: SearchContext) =>
      connection({
        records: searchCheckouts({ args, store, context, path: ['abandonedCheckouts'] }),
        args,
        sortValue: CHECKOUT_SORT[args.sortKey ?? 'ID']!,
        show: (checkout) => checkoutView(checkout, store),
      }),
  };
}
