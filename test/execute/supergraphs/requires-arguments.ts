/** @requires of fields with arguments, asked for with others beside. */
import type { Supergraph } from './supergraph';

export const requiresArguments: Supergraph = {
  name: '@requires with arguments',
  refused: /got a plan that asks b without the field price it requires/,
  subgraphs: {
    a: `
      type Query { product(id: ID!): Product products: [Product] }
      type Product @key(fields: "id") { id: ID! price(currency: String = "USD", round: Boolean): Int weight(unit: Unit!): Float }
      enum Unit { KG LB }`,
    b: `
      type Product @key(fields: "id") { id: ID! price(currency: String = "USD", round: Boolean): Int @external weight(unit: Unit!): Float @external shipping: String @requires(fields: "price(currency: \\"EUR\\", round: true) weight(unit: KG)") customs: String @requires(fields: "price(currency: \\"CHF\\")") }
      enum Unit { KG LB }`,
  },
  cases: [
    {
      operation: `{ product(id: 1) { price shipping } }`,
      response: { data: { product: { price: 89, shipping: 'Product 1 shipping given {"price":46,"weight":2}' } } },
    },
    {
      operation: `{ product(id: 1) { eur: price(currency: "EUR") price(currency: "GBP") weight(unit: LB) shipping } }`,
      response: {
        data: {
          product: { eur: 17, price: 10, weight: 6.75, shipping: 'Product 1 shipping given {"price":46,"weight":2}' },
        },
      },
    },
    {
      operation: `{ products { shipping price(currency: "JPY", round: false) } }`,
      response: {
        data: {
          products: [
            { shipping: 'Product 1 shipping given {"price":46,"weight":2}', price: 4 },
            { shipping: 'Product 2 shipping given {"price":67,"weight":10.125}', price: 50 },
          ],
        },
      },
    },
  ],
};
