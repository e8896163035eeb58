/**
 * The shapes in which Shopify answers our documents. Schemas only; unknown keys are dropped.
 *
 * Source: Shopify Admin GraphQL API 2026-07. Scalars travel as text: UnsignedInt64 and Decimal as strings, DateTime as ISO 8601.
 */
import { z } from 'zod';

const id = z.string().regex(/^\d{1,20}$/);
const money = z.object({ amount: z.string(), currencyCode: z.string() });
const moneyBag = z.object({ shopMoney: money });
const pageInfo = z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() });
const pageOf = <T extends z.ZodType>(node: T) => z.object({ nodes: z.array(node), pageInfo });

const line = z.object({
  title: z.string().nullable(),
  quantity: z.number().int(),
  price: moneyBag,
  image: z.object({ url: z.string() }).nullable(),
  /** Null when the product was deleted since. */
  product: z.object({ productType: z.string() }).nullable(),
});
export type RawLine = z.infer<typeof line>;

export const customerSchema = z.object({
  legacyResourceId: id,
  firstName: z.string().nullable(),
  lastName: z.string().nullable(),
  updatedAt: z.string(),
  verifiedEmail: z.boolean(),
  numberOfOrders: id,
  amountSpent: money,
  defaultEmailAddress: z
    .object({
      emailAddress: z.string(),
      marketingState: z.string(),
      marketingOptInLevel: z.string().nullable(),
      marketingUpdatedAt: z.string().nullable(),
    })
    .nullable(),
  defaultPhoneNumber: z.object({ phoneNumber: z.string() }).nullable(),
  defaultAddress: z.object({ countryCodeV2: z.string().nullable() }).nullable(),
});
export type RawCustomer = z.infer<typeof customerSchema>;

const order = z.object({
  legacyResourceId: id,
  processedAt: z.string(),
  cancelledAt: z.string().nullable(),
  test: z.boolean(),
  currentTotalPriceSet: moneyBag,
  lineItems: pageOf(line),
});
export type RawOrder = z.infer<typeof order>;

/** As the history brings it: with what was paid in the end, and whose it is (null: a guest's). */
const historyOrder = order.extend({ netPaymentSet: moneyBag, customer: z.object({ legacyResourceId: id }).nullable() });
export type RawHistoryOrder = z.infer<typeof historyOrder>;

const checkout = z.object({
  id: z.string(),
  abandonedCheckoutUrl: z.string(),
  updatedAt: z.string(),
  completedAt: z.string().nullable(),
  customer: z.object({ legacyResourceId: id }).nullable(),
  lineItems: pageOf(line),
});
export type RawCheckout = z.infer<typeof checkout>;

/** Customers are judged one by one (`z.unknown()`): a bad one does not take the page along. */
const node = z.unknown();

export const customersByIdAnswer = z.object({ nodes: z.array(node), abandonedCheckouts: pageOf(checkout) });
export const bareCustomersByIdAnswer = z.object({ nodes: z.array(node) });
export const customersPageAnswer = z.object({ customers: pageOf(node) });
export const ordersPageAnswer = z.object({ orders: pageOf(historyOrder) });
export const checkoutsPageAnswer = z.object({ abandonedCheckouts: pageOf(checkout) });
export const customersCountAnswer = z.object({ customersCount: z.object({ count: z.number().int() }).nullable() });
export const linesPageAnswer = z.object({
  node: z.object({ orderLines: pageOf(line).optional(), checkoutLines: pageOf(line).optional() }).nullable(),
});

/** A customer with the newest order, as asked for by id. */
export const customerWithOrderSchema = customerSchema.extend({ lastOrder: order.nullable() });

export const lastOrderAnswer = z.object({
  customer: z.object({ lastOrder: z.object({ processedAt: z.iso.datetime({ offset: true }) }).nullable() }).nullable(),
});
export const requestErasureAnswer = z.object({
  customerRequestDataErasure: z.object({ userErrors: z.array(z.object({ code: z.string().nullable() })) }).nullable(),
});
