/** @shareable: root fields and value types that several subgraphs answer. */
import type { Supergraph } from './supergraph';

export const sharedFields: Supergraph = {
  name: '@shareable fields',
  subgraphs: {
    a: `
      type Query { product: Product @shareable shop: Shop @shareable }
      type Product @key(fields: "id") { id: ID! size: Size @shareable a: String }
      type Size @shareable { width: Int height: Int unit: String }
      type Shop @shareable { name: String a: Float }`,
    b: `
      type Query { product: Product @shareable shop: Shop @shareable }
      type Product @key(fields: "id") { id: ID! size: Size @shareable b: String! }
      type Size @shareable { width: Int unit: String }
      type Shop @shareable { name: String a: Float }`,
    c: `
      type Query { product: Product @shareable }
      type Product @key(fields: "id") { id: ID! c: [String!] others: [Product] }`,
  },
  cases: [
    {
      operation: `{ product { id a b c size { width height unit } others { size { height } b } } shop { name a } }`,
      response: {
        data: {
          product: {
            id: '1',
            a: 'Product 1 a',
            b: 'Product 1 b',
            c: ['Product 1 c[0]', 'Product 1 c[1]'],
            size: { width: 71, height: 62, unit: 'Product 1 size unit' },
            others: [
              { size: { height: 62 }, b: 'Product 1 b' },
              { size: { height: 18 }, b: 'Product 2 b' },
            ],
          },
          shop: { name: 'Query shop name', a: 11 },
        },
      },
    },
  ],
};
