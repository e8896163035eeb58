/** @provides: what a subgraph answers of another’s entity on one path, nested and by type. */
import type { Supergraph } from './supergraph';

export const provides: Supergraph = {
  name: '@provides',
  subgraphs: {
    a: `
      type Query { products: [Product!] best: Product @provides(fields: "maker { name address { city } } related { ... on Product { title } ... on Guide { pages } }") }
      type Product @key(fields: "id") { id: ID! title: String @external maker: Maker @shareable related: [Related] @shareable }
      type Maker @key(fields: "id") { id: ID! name: String @external address: Address @external }
      type Address { city: String @external }
      union Related = Product | Guide
      type Guide @key(fields: "id") { id: ID! pages: Int @external }`,
    b: `
      type Query { product(id: ID!): Product }
      type Product @key(fields: "id") { id: ID! title: String price: Int! maker: Maker @shareable related: [Related] @shareable }
      type Maker @key(fields: "id") { id: ID! name: String address: Address founded: Int }
      type Address { city: String zip: String }
      union Related = Product | Guide
      type Guide @key(fields: "id") { id: ID! pages: Int author: String }`,
  },
  cases: [
    {
      operation: `{ best { maker { name address { city } } related { __typename ... on Guide { pages } ... on Product { title } } } }`,
      asked: ['a'],
      response: {
        data: {
          best: {
            maker: { name: 'Maker 1 name', address: { city: 'Maker 1 address city' } },
            related: [
              { __typename: 'Guide', pages: 88 },
              { __typename: 'Product', title: 'Product 2 title' },
            ],
          },
        },
      },
    },
    {
      operation: `{ best { maker { name founded } } products { title maker { name } } }`,
      response: {
        data: {
          best: { maker: { name: 'Maker 1 name', founded: 93 } },
          products: [
            { title: 'Product 1 title', maker: { name: 'Maker 1 name' } },
            { title: 'Product 2 title', maker: { name: 'Maker 1 name' } },
          ],
        },
      },
    },
  ],
};
