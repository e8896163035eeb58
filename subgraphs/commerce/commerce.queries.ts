/**
 * The GraphQL documents Facet sends to Shopify, and the sizes of their lists. Text only: how answers look is in
 * commerce.answers.ts. The sizes are chosen so that no document can cost more than MAX_QUERY_POINTS; a test computes it.
 *
 * Source: Shopify Admin GraphQL API; the same fields exist in 2025-10 to 2026-07.
 */

/** What Shopify lets one query cost. Units: points. Source: shopify.dev, API limits. */
export const MAX_QUERY_POINTS = 1_000;

/** Customers per call, by id or by page. */
export const CUSTOMERS = 25;
/** Lines of the newest order and of a cart that come along at once. */
export const LINES_AT_ONCE = 4;
/** Checkouts that come along with customers asked for by id. */
export const CHECKOUTS_AT_ONCE = 10;
/** Orders per page of a history, with this many lines each. */
export const ORDERS = 30;
export const ORDER_LINES = 5;
/** Checkouts per page of all. */
export const CHECKOUTS = 40;
/** Lines per page when one order or cart has more than came at once. */
export const MORE_LINES = 100;

const MONEY = '{ shopMoney { amount currencyCode } }';

const CUSTOMER_FIELDS = `
  fragment CustomerFields on Customer {
    legacyResourceId firstName lastName updatedAt verifiedEmail numberOfOrders
    amountSpent { amount currencyCode }
    defaultEmailAddress { emailAddress marketingState marketingOptInLevel marketingUpdatedAt }
    defaultPhoneNumber { phoneNumber }
    defaultAddress { countryCodeV2 }
  }`;

const ORDER_FIELDS = `
  fragment OrderFields on Order { legacyResourceId processedAt cancelledAt test currentTotalPriceSet ${MONEY} }`;

const ORDER_LINE = `
  fragment OrderLine on LineItem {
    title quantity price: discountedUnitPriceSet ${MONEY} image { url } product { productType }
  }`;

const CHECKOUT_FIELDS = `
  fragment CheckoutFields on AbandonedCheckout {
    id abandonedCheckoutUrl updatedAt completedAt customer { legacyResourceId }
    lineItems(first: ${LINES_AT_ONCE}) { nodes { ...CheckoutLine } pageInfo { hasNextPage endCursor } }
  }`;

const CHECKOUT_LINE = `
  fragment CheckoutLine on AbandonedCheckoutLineItem {
    title quantity price: originalUnitPriceSet ${MONEY} image { url } product { productType }
  }`;

/** Customers by id, each with the newest order, and the checkouts touched of late, whosever they are. */
export const CUSTOMERS_BY_ID = `
  query CustomersById($ids: [ID!]!, $checkouts: Int!, $touched: String!) {
    nodes(ids: $ids) {
      ... on Customer {
        ...CustomerFields
        lastOrder { ...OrderFields lineItems(first: ${LINES_AT_ONCE}) { nodes { ...OrderLine } pageInfo { hasNextPage endCursor } } }
      }
    }
    abandonedCheckouts(first: $checkouts, query: $touched, sortKey: CREATED_AT, reverse: true) {
      nodes { ...CheckoutFields } pageInfo { hasNextPage endCursor }
    }
  }
  ${CUSTOMER_FIELDS} ${ORDER_FIELDS} ${ORDER_LINE} ${CHECKOUT_FIELDS} ${CHECKOUT_LINE}`;

/** Customers by id alone: their orders and carts are asked for apart. */
export const BARE_CUSTOMERS_BY_ID = `
  query BareCustomersById($ids: [ID!]!) { nodes(ids: $ids) { ... on Customer { ...CustomerFields } } }
  ${CUSTOMER_FIELDS}`;

/** One page of all customers, or of those that match. */
export const CUSTOMERS_PAGE = `
  query CustomersPage($first: Int!, $after: String, $matching: String) {
    customers(first: $first, after: $after, query: $matching, sortKey: ID) {
      nodes { ...CustomerFields } pageInfo { hasNextPage endCursor }
    }
  }
  ${CUSTOMER_FIELDS}`;

/** One page of the orders of several customers. */
export const ORDERS_PAGE = `
  query OrdersPage($first: Int!, $after: String, $of: String!) {
    orders(first: $first, after: $after, query: $of, sortKey: ID) {
      nodes {
        ...OrderFields
        netPaymentSet ${MONEY}
        customer { legacyResourceId }
        lineItems(first: ${ORDER_LINES}) { nodes { ...OrderLine } pageInfo { hasNextPage endCursor } }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
  ${ORDER_FIELDS} ${ORDER_LINE}`;

/** One page of all checkouts touched of late. */
export const CHECKOUTS_PAGE = `
  query CheckoutsPage($first: Int!, $after: String, $touched: String!) {
    abandonedCheckouts(first: $first, after: $after, query: $touched, sortKey: ID) {
      nodes { ...CheckoutFields } pageInfo { hasNextPage endCursor }
    }
  }
  ${CHECKOUT_FIELDS} ${CHECKOUT_LINE}`;

/** Further lines of one order or checkout. Two names, since the two line types differ in nullability. */
export const LINES_PAGE = `
  query LinesPage($id: ID!, $first: Int!, $after: String) {
    node(id: $id) {
      ... on Order { orderLines: lineItems(first: $first, after: $after) { nodes { ...OrderLine } pageInfo { hasNextPage endCursor } } }
      ... on AbandonedCheckout {
        checkoutLines: lineItems(first: $first, after: $after) { nodes { ...CheckoutLine } pageInfo { hasNextPage endCursor } }
      }
    }
  }
  ${ORDER_LINE} ${CHECKOUT_LINE}`;

/** When a customer last ordered: Shopify erases nobody before 180 days are over. */
export const LAST_ORDER = 'query LastOrder($id: ID!) { customer(id: $id) { lastOrder { processedAt } } }';

/** Asks Shopify to erase a customer; asked twice it is one request. */
export const REQUEST_ERASURE = `
  mutation RequestErasure($id: ID!) { customerRequestDataErasure(customerId: $id) { userErrors { code } } }`;

/** How many customers there are; `limit: null` counts beyond Shopify's usual 10,000. */
export const CUSTOMERS_COUNT = 'query CustomersCount { customersCount(limit: null) { count } }';
