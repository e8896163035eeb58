/** Keys that may be null: an entity that cannot be named in a subgraph has nothing from there, and that is no error. */
import type { Supergraph } from './supergraph';

export const nullKeys: Supergraph = {
  name: 'null keys',
  subgraphs: {
    a: `
      type Query { product(id: ID!): Product products: [Product] }
      type Product @key(fields: "id") { id: ID! title: String }`,
    b: `
      type Product @key(fields: "id") @key(fields: "sku") { id: ID! sku: String }`,
    c: `
      type Product @key(fields: "sku") { sku: String inStock: Int isLoved: Boolean }`,
  },
  cases: [
    {
      operation: `{ product(id: 1) { title sku inStock } products { inStock } }`,
      given: { 'Product 1 sku': null },
      response: {
        data: {
          product: { title: 'Product 1 title', sku: null, inStock: null },
          products: [{ inStock: null }, { inStock: 11 }],
        },
      },
    },
  ],
};
