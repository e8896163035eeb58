/**
 * How the shop's records look through the Admin schema: global ids, money bags, totals, connections. graphql-js reads these
 * source objects; a function is a field that costs work or takes arguments. It must not look records up by search.
 */
import { decimal, exchange } from '../population/money';
import { SHOP_CURRENCY, type Checkout, type Item, type Order } from '../population/orders';
import type { Customer, ShopAddress } from '../population/customers';
import type { Product } from '../population/products';
import { connection, type PageArgs } from './connection';
import { ORDER_SORT, searchOrders, type SearchArgs, type SearchContext } from './searches';
import type { ShopStore } from './shop-store';

type View = Record<string, unknown>;

export const gid = (type: string, id: string): string => `gid://shopify/${type}/${id}`;

const money = (amountMinor: number, currency: string): View => ({
  amount: decimal({ amountMinor, currency }),
  currencyCode: currency,
});

/** One amount, as the shop books it and as the customer saw it. */
const moneyBag = (amountMinor: number, shop: string, presentment: string): View => ({
  shopMoney: money(amountMinor, shop),
  presentmentMoney: money(exchange({ amountMinor, from: shop, to: presentment }), presentment),
});

const productView = ({ id, title, productType }: Product): View => ({
  __typename: 'Product',
  id: gid('Product', id),
  title,
  productType,
});

const imageView = ({ id, title, image }: Product): View | null =>
  image
    ? {
        id: gid('ProductImage', id),
        url: `https://shop.example/cdn/files/${id}.jpg?v=1718000000`,
        altText: title,
      }
    : null;

function itemView(options: { item: Item; type: string; shop: string; presentment: string }): View {
  const { item, type, shop, presentment } = options;
  return {
    __typename: type,
    id: gid(type, item.id),
    title: item.product.title,
    quantity: item.quantity,
    image: () => imageView(item.product),
    originalUnitPriceSet: () => moneyBag(item.unitMinor, shop, presentment),
    discountedUnitPriceSet: () => moneyBag(item.discountedMinor, shop, presentment),
    product: () => productView(item.product),
  };
}

const total = (items: readonly Item[]): number =>
  items.reduce((sum, item) => sum + item.quantity * item.discountedMinor, 0);

const addressView = (address: ShopAddress): View => ({
  __typename: 'MailingAddress',
  ...address,
  id: gid('MailingAddress', address.id),
  company: null,
});

/** What an order brought after refunds, in its shop currency. Units: minor units. */
const netMinor = (order: Order): number => total(order.items) + order.shippingMinor - order.refundedMinor;

export function orderView(order: Order, store: ShopStore): View {
  const { shopCurrency: shop, presentmentCurrency: presentment } = order;
  const bag = (amountMinor: number) => () => moneyBag(amountMinor, shop, presentment);
  return {
    __typename: 'Order',
    id: gid('Order', order.id),
    legacyResourceId: order.id,
    name: order.name,
    createdAt: order.createdAt,
    updatedAt: order.updatedAt,
    processedAt: order.processedAt,
    cancelledAt: order.cancelledAt,
    test: order.test,
    currencyCode: shop,
    displayFinancialStatus: order.financialStatus,
    displayFulfillmentStatus: order.fulfillmentStatus,
    totalPriceSet: bag(total(order.items) + order.shippingMinor),
    // A cancelled order's lines are gone from the current total.
    currentTotalPriceSet: bag(order.cancelledAt === null ? netMinor(order) : 0),
    totalRefundedSet: bag(order.refundedMinor),
    netPaymentSet: bag(netMinor(order)),
    customer: () => customerView(store.customer(order.customerId)!, store),
    lineItems: (args: PageArgs) =>
      connection({
        records: order.items,
        args,
        sortValue: () => 0,
        show: (item) => itemView({ item, type: 'LineItem', shop, presentment }),
      }),
  };
}

export function checkoutView(checkout: Checkout, store: ShopStore): View {
  const presentment = checkout.presentmentCurrency;
  return {
    __typename: 'AbandonedCheckout',
    id: gid('AbandonedCheckout', checkout.id),
    name: checkout.name,
    abandonedCheckoutUrl: checkout.url,
    createdAt: checkout.createdAt,
    updatedAt: checkout.updatedAt,
    completedAt: checkout.completedAt,
    customer: () => customerView(store.customer(checkout.customerId)!, store),
    totalPriceSet: () => moneyBag(total(checkout.items), SHOP_CURRENCY, presentment),
    lineItems: (args: PageArgs) =>
      connection({
        records: checkout.items,
        args,
        sortValue: () => 0,
        show: (item) => itemView({ item, type: 'AbandonedCheckoutLineItem', shop: SHOP_CURRENCY, presentment }),
      }),
  };
}

export function customerView(customer: Customer, store: ShopStore): View {
  const { id, firstName, lastName, email, phone } = customer;
  // Test orders are nobody's spending; cancelled ones were paid back.
  const real = customer.orders.filter((order) => !order.test);
  const last = customer.orders.at(-1);
  return {
    __typename: 'Customer',
    id: gid('Customer', id),
    legacyResourceId: id,
    displayName: [firstName, lastName].filter(Boolean).join(' ') || (email ?? phone ?? ''),
    firstName,
    lastName,
    createdAt: customer.createdAt,
    updatedAt: customer.updatedAt,
    state: customer.state,
    tags: customer.tags,
    note: customer.note,
    verifiedEmail: customer.verifiedEmail,
    locale: customer.locale,
    defaultEmailAddress: email && {
      emailAddress: email,
      marketingState: customer.marketingState,
      marketingOptInLevel: customer.marketingOptInLevel,
      marketingUpdatedAt: customer.marketingUpdatedAt,
      validFormat: /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email),
    },
    defaultPhoneNumber: phone && { phoneNumber: phone },
    defaultAddress: () => (customer.addresses[0] ? addressView(customer.addresses[0]) : null),
    addressesV2: (args: PageArgs) =>
      connection({ records: customer.addresses, args, sortValue: () => 0, show: addressView }),
    numberOfOrders: String(real.length),
    // The one aggregate is in the shop's present currency, whatever it was when the orders were placed.
    amountSpent: () =>
      money(
        real.reduce(
          (sum, order) => sum + exchange({ amountMinor: netMinor(order), from: order.shopCurrency, to: SHOP_CURRENCY }),
          0,
        ),
        SHOP_CURRENCY,
      ),
    statistics: {
      predictedSpendTier: real.length > 5 ? 'HIGH' : real.length > 1 ? 'MEDIUM' : 'LOW',
      rfmGroup: real.length === 0 ? 'PROSPECTS' : real.length > 5 ? 'CHAMPIONS' : 'ACTIVE',
    },
    lastOrder: () => (last ? orderView(last, store) : null),
    orders: (args: SearchArgs, context: SearchContext) =>
      connection({
        records: searchOrders({ orders: customer.orders, args, store, context, path: ['orders'] }),
        args,
        sortValue: ORDER_SORT[args.sortKey ?? 'ID']!,
        show: (order) => orderView(order, store),
      }),
  };
}
