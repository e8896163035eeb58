/**
 * The part of Shopify's Admin schema the simulator answers: the vendor's type, field and argument names and nullability.
 * A test compares every element with the official introspection of each version in API_VERSIONS (fidelity.test.ts).
 * Descriptions are left out: they are the vendor's text.
 */

/** The versions served. The elements below are the same in all of them. */
export const API_VERSIONS: readonly string[] = ['2025-10', '2026-01', '2026-04', '2026-07'];

const PAGE = 'after: String, before: String, first: Int, last: Int';

export const SHOPIFY_SDL = /* GraphQL */ `
  schema {
    query: QueryRoot
    mutation: Mutation
  }
  scalar DateTime
  scalar Decimal
  scalar UnsignedInt64
  scalar URL

  interface Node { id: ID! }
  interface LegacyInteroperability { legacyResourceId: UnsignedInt64! }

  type QueryRoot {
    shop: Shop!
    node(id: ID!): Node
    nodes(ids: [ID!]!): [Node]!
    customer(id: ID!): Customer
    customerByIdentifier(identifier: CustomerIdentifierInput!): Customer
    customers(${PAGE}, query: String, reverse: Boolean = false, sortKey: CustomerSortKeys = ID): CustomerConnection!
    customersCount(limit: Int = 10000, query: String): Count
    order(id: ID!): Order
    orders(${PAGE}, query: String, reverse: Boolean = false, sortKey: OrderSortKeys = PROCESSED_AT): OrderConnection!
    abandonedCheckouts(
      ${PAGE}, query: String, reverse: Boolean = false, sortKey: AbandonedCheckoutSortKeys = ID
    ): AbandonedCheckoutConnection!
  }
  type Mutation { customerRequestDataErasure(customerId: ID!): CustomerRequestDataErasurePayload }
  type CustomerRequestDataErasurePayload { customerId: ID, userErrors: [CustomerRequestDataErasureUserError!]! }
  interface DisplayableError { field: [String!], message: String! }
  type CustomerRequestDataErasureUserError implements DisplayableError {
    code: CustomerRequestDataErasureErrorCode
    field: [String!]
    message: String!
  }
  enum CustomerRequestDataErasureErrorCode { DOES_NOT_EXIST FAILED_TO_REQUEST }
  input CustomerIdentifierInput @oneOf { emailAddress: String, id: ID, phoneNumber: String }

  type Shop implements Node {
    id: ID!
    name: String!
    email: String!
    myshopifyDomain: String!
    currencyCode: CurrencyCode!
    ianaTimezone: String!
  }
  type Customer implements Node & LegacyInteroperability {
    id: ID!
    legacyResourceId: UnsignedInt64!
    displayName: String!
    firstName: String
    lastName: String
    createdAt: DateTime!
    updatedAt: DateTime!
    state: CustomerState!
    tags: [String!]!
    note: String
    verifiedEmail: Boolean!
    locale: String!
    defaultEmailAddress: CustomerEmailAddress
    defaultPhoneNumber: CustomerPhoneNumber
    defaultAddress: MailingAddress
    addressesV2(${PAGE}, reverse: Boolean = false): MailingAddressConnection!
    numberOfOrders: UnsignedInt64!
    amountSpent: MoneyV2!
    statistics: CustomerStatistics!
    lastOrder: Order
    orders(${PAGE}, query: String, reverse: Boolean = false, sortKey: OrderSortKeys = ID): OrderConnection!
  }
  type CustomerEmailAddress {
    emailAddress: String!
    marketingState: CustomerEmailAddressMarketingState!
    marketingOptInLevel: CustomerMarketingOptInLevel
    marketingUpdatedAt: DateTime
    validFormat: Boolean!
  }
  type CustomerPhoneNumber { phoneNumber: String! }
  type CustomerStatistics { predictedSpendTier: CustomerPredictedSpendTier, rfmGroup: CustomerRfmGroup }
  type MailingAddress implements Node {
    id: ID!
    firstName: String
    lastName: String
    company: String
    address1: String
    address2: String
    city: String
    province: String
    zip: String
    country: String
    countryCodeV2: CountryCode
    phone: String
    timeZone: String
  }
  type Order implements Node & LegacyInteroperability {
    id: ID!
    legacyResourceId: UnsignedInt64!
    name: String!
    createdAt: DateTime!
    updatedAt: DateTime!
    processedAt: DateTime!
    cancelledAt: DateTime
    test: Boolean!
    currencyCode: CurrencyCode!
    displayFinancialStatus: OrderDisplayFinancialStatus
    displayFulfillmentStatus: OrderDisplayFulfillmentStatus!
    totalPriceSet: MoneyBag!
    currentTotalPriceSet: MoneyBag!
    totalRefundedSet: MoneyBag!
    netPaymentSet: MoneyBag!
    customer: Customer
    lineItems(${PAGE}, reverse: Boolean = false): LineItemConnection!
  }
  type LineItem implements Node {
    id: ID!
    title: String!
    quantity: Int!
    image: Image
    originalUnitPriceSet: MoneyBag!
    discountedUnitPriceSet: MoneyBag!
    product: Product
  }
  type AbandonedCheckout implements Node {
    id: ID!
    name: String!
    abandonedCheckoutUrl: URL!
    createdAt: DateTime!
    updatedAt: DateTime!
    completedAt: DateTime
    customer: Customer
    totalPriceSet: MoneyBag!
    lineItems(${PAGE}, reverse: Boolean = false): AbandonedCheckoutLineItemConnection!
  }
  type AbandonedCheckoutLineItem implements Node {
    id: ID!
    title: String
    quantity: Int!
    image: Image
    originalUnitPriceSet: MoneyBag!
    product: Product
  }
  type Product implements Node { id: ID!, title: String!, productType: String! }
  type Image { id: ID, url: URL!, altText: String }
  type MoneyBag { presentmentMoney: MoneyV2!, shopMoney: MoneyV2! }
  type MoneyV2 { amount: Decimal!, currencyCode: CurrencyCode! }
  type Count { count: Int!, precision: CountPrecision! }
  type PageInfo { startCursor: String, endCursor: String, hasNextPage: Boolean!, hasPreviousPage: Boolean! }

  ${['Customer', 'Order', 'LineItem', 'AbandonedCheckout', 'AbandonedCheckoutLineItem', 'MailingAddress']
    .map(
      (name) => `
  type ${name}Connection { edges: [${name}Edge!]!, nodes: [${name}!]!, pageInfo: PageInfo! }
  type ${name}Edge { cursor: String!, node: ${name}! }`,
    )
    .join('')}

  enum CustomerSortKeys { CREATED_AT ID LOCATION NAME RELEVANCE UPDATED_AT }
  enum OrderSortKeys {
    CREATED_AT CURRENT_TOTAL_PRICE CUSTOMER_NAME DESTINATION FINANCIAL_STATUS FULFILLMENT_STATUS ID ORDER_NUMBER PO_NUMBER
    PROCESSED_AT RELEVANCE TOTAL_ITEMS_QUANTITY TOTAL_PRICE UPDATED_AT
  }
  enum AbandonedCheckoutSortKeys { CHECKOUT_ID CREATED_AT CUSTOMER_NAME ID RELEVANCE TOTAL_PRICE }
  enum CustomerState { DECLINED DISABLED ENABLED INVITED }
  enum CustomerEmailAddressMarketingState { INVALID NOT_SUBSCRIBED PENDING SUBSCRIBED UNSUBSCRIBED }
  enum CustomerMarketingOptInLevel { CONFIRMED_OPT_IN SINGLE_OPT_IN UNKNOWN }
  enum CustomerPredictedSpendTier { HIGH LOW MEDIUM }
  enum CustomerRfmGroup {
    ACTIVE ALMOST_LOST AT_RISK CHAMPIONS DORMANT LOYAL NEEDS_ATTENTION NEW PREVIOUSLY_LOYAL PROMISING PROSPECTS
  }
  enum OrderDisplayFinancialStatus {
    AUTHORIZED EXPIRED PAID PARTIALLY_PAID PARTIALLY_REFUNDED PENDING REFUNDED VOIDED
  }
  enum OrderDisplayFulfillmentStatus {
    FULFILLED IN_PROGRESS ON_HOLD OPEN PARTIALLY_FULFILLED PENDING_FULFILLMENT REQUEST_DECLINED RESTOCKED SCHEDULED
    UNFULFILLED
  }
  enum CountPrecision { AT_LEAST EXACT }
  # Of these two the simulated shop needs a few.
  enum CurrencyCode { EUR GBP IDR JPY USD }
  enum CountryCode { AT DE FR GB ID JP US }
`;
