/** @requires of fields that themselves require others, there and back. */
import type { Supergraph } from './supergraph';

export const requiresChain: Supergraph = {
  name: '@requires in a chain',
  subgraphs: {
    a: `
      type Query { product(id: ID!): Product products: [Product] }
      type Product @key(fields: "id") { id: ID! price: Int name: String hasDiscount: Boolean! }`,
    b: `
      type Product @key(fields: "id") { id: ID! price: Int @external name: String @external isCheap: String! @requires(fields: "price") isNamed: String @requires(fields: "name price") }`,
    c: `
      type Product @key(fields: "id") { id: ID! isCheap: String! @external isNamed: String @external hasDiscount: Boolean! @external canAfford: String @requires(fields: "isCheap") advice: String! @requires(fields: "isCheap isNamed hasDiscount") }`,
  },
  cases: [
    {
      operation: `{ product(id: 1) { canAfford } }`,
      response: {
        data: {
          product: { canAfford: 'Product 1 canAfford given {"isCheap":"Product 1 isCheap given {\\"price\\":41}"}' },
        },
      },
    },
    {
      operation: `{ product(id: 2) { advice isCheap } products { canAfford isNamed } }`,
      response: {
        data: {
          product: {
            advice:
              'Product 2 advice given {"hasDiscount":true,"isCheap":"Product 2 isCheap given {\\"price\\":50}","isNamed":"Product 2 isNamed given {\\"name\\":\\"Product 2 name\\",\\"price\\":50}"}',
            isCheap: 'Product 2 isCheap given {"price":50}',
          },
          products: [
            {
              canAfford: 'Product 1 canAfford given {"isCheap":"Product 1 isCheap given {\\"price\\":41}"}',
              isNamed: 'Product 1 isNamed given {"name":"Product 1 name","price":41}',
            },
            {
              canAfford: 'Product 2 canAfford given {"isCheap":"Product 2 isCheap given {\\"price\\":50}"}',
              isNamed: 'Product 2 isNamed given {"name":"Product 2 name","price":50}',
            },
          ],
        },
      },
    },
    {
      operation: `{ product(id: 1) { isCheap canAfford } }`,
      given: { 'Product 1 price': null },
      response: {
        data: {
          product: {
            isCheap: 'Product 1 isCheap given {"price":null}',
            canAfford: 'Product 1 canAfford given {"isCheap":"Product 1 isCheap given {\\"price\\":null}"}',
          },
        },
      },
    },
  ],
};
