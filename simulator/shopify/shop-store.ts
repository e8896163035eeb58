/**
 * The shop's customers, orders and checkouts by id, and the changes a merchant makes. It must not know GraphQL.
 */
import type { Customer } from '../population/customers';
import { second, type Checkout, type Order } from '../population/orders';
import type { PatchOutcome, RemoveOutcome } from '../vendor';

export interface ShopStore {
  /** In order of id. */
  customers: readonly Customer[];
  orders: readonly Order[];
  checkouts: readonly Checkout[];
  customer(id: string): Customer | undefined;
  customerByEmail(email: string): Customer | undefined;
  order(id: string): Order | undefined;
  checkout(id: string): Checkout | undefined;
  patch(options: { id: string; properties: Record<string, unknown>; atMs: number }): PatchOutcome;
  /** With the checkouts; Shopify keeps who has ordered. */
  remove(options: { id: string }): RemoveOutcome;
}

type Rule = { expected: string; valid: (value: unknown) => boolean };
const nullableText: Rule = { expected: 'a string or null', valid: (v) => v === null || typeof v === 'string' };
const oneOf = (...values: string[]): Rule => ({
  expected: `one of ${values.join(', ')}`,
  valid: (v) => typeof v === 'string' && values.includes(v),
});

/** What a control `PATCH` may change: the names of the GraphQL fields, those below `defaultEmailAddress` without it. */
const PATCHABLE: Readonly<Record<string, Rule>> = {
  firstName: nullableText,
  lastName: nullableText,
  email: nullableText,
  phone: nullableText,
  note: nullableText,
  locale: { expected: 'a string', valid: (v) => typeof v === 'string' },
  verifiedEmail: { expected: 'true or false', valid: (v) => typeof v === 'boolean' },
  state: oneOf('DECLINED', 'DISABLED', 'ENABLED', 'INVITED'),
  tags: { expected: 'a list of strings', valid: (v) => Array.isArray(v) && v.every((tag) => typeof tag === 'string') },
  marketingState: oneOf('INVALID', 'NOT_SUBSCRIBED', 'PENDING', 'SUBSCRIBED', 'UNSUBSCRIBED'),
  marketingOptInLevel: oneOf('CONFIRMED_OPT_IN', 'SINGLE_OPT_IN', 'UNKNOWN'),
};

/** Creates the store over the population's customers, which it changes in place. */
export function createShopStore(options: { customers: Customer[] }): ShopStore {
  const { customers } = options;
  const orders = customers.flatMap((customer) => customer.orders);
  const checkouts = customers.flatMap((customer) => customer.checkouts);
  const byId = <T extends { id: string }>(records: readonly T[]): Map<string, T> =>
    new Map(records.map((record) => [record.id, record]));
  const customersById = byId(customers);
  const ordersById = byId(orders);
  const checkoutsById = byId(checkouts);
  const key = (email: string): string => email.trim().toLowerCase();
  const byEmail = new Map(customers.flatMap((customer) => (customer.email ? [[key(customer.email), customer]] : [])));

  return {
    customers,
    orders,
    checkouts,
    customer: (id) => customersById.get(id),
    customerByEmail: (email) => byEmail.get(key(email)),
    order: (id) => ordersById.get(id),
    checkout: (id) => checkoutsById.get(id),
    patch: ({ id, properties, atMs }) => {
      const customer = customersById.get(id);
      if (!customer) return { kind: 'unknown' };
      for (const [name, value] of Object.entries(properties)) {
        const rule = Object.hasOwn(PATCHABLE, name) ? PATCHABLE[name] : undefined;
        if (!rule) {
          return { kind: 'invalid', message: `expected only ${Object.keys(PATCHABLE).join(', ')}, but got ${name}` };
        }
        if (!rule.valid(value)) {
          return { kind: 'invalid', message: `${name}: expected ${rule.expected}, but got ${JSON.stringify(value)}` };
        }
      }
      const email = properties.email as string | null | undefined;
      const holder = email ? byEmail.get(key(email)) : undefined;
      if (holder && holder !== customer) {
        return { kind: 'invalid', message: `email: expected one no other customer has, but got ${email}` };
      }
      if (email !== undefined) {
        if (customer.email) byEmail.delete(key(customer.email));
        if (email) byEmail.set(key(email), customer);
      }
      // Never backwards, even if the clock stood still or ran behind the data: readers page by this.
      const updatedAt = [second(atMs), customer.updatedAt].sort()[1]!;
      const marketed = 'marketingState' in properties || 'marketingOptInLevel' in properties;
      const changed = Object.keys(properties);
      const previous = Object.fromEntries(changed.map((name) => [name, customer[name as keyof Customer]]));
      Object.assign(customer, properties, { updatedAt }, marketed && { marketingUpdatedAt: second(atMs) });
      return { kind: 'changed', changed, previous, updatedAt };
    },
    remove: ({ id }) => {
      const customer = customersById.get(id);
      if (!customer) return { kind: 'unknown' };
      if (customer.orders.length > 0) {
        return { kind: 'invalid', message: `expected a customer without orders, but got ${customer.orders.length}` };
      }
      for (const checkout of customer.checkouts) {
        checkouts.splice(checkouts.indexOf(checkout), 1);
        checkoutsById.delete(checkout.id);
      }
      customers.splice(customers.indexOf(customer), 1);
      customersById.delete(id);
      if (customer.email) byEmail.delete(key(customer.email));
      return { kind: 'removed' };
    },
  };
}
