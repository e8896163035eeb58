/** Facet’s own shape: one subgraph names the customer and decides, the others require its decision. */
import type { Supergraph } from './supergraph';

export const customers: Supergraph = {
  name: 'customers',
  subgraphs: {
    profiles: `
      union Item = Customer | Order | Company
      interface Node { id: ID! label: String }
      scalar Access
      type SourceKey @inaccessible { source: String! key: String! }
      type Query { customer(id: ID!): Customer customers(n: Int): [Customer] strict: [Customer!]! one: Customer! feed: [Item] nodes: [Node!] }
      type Customer implements Node @key(fields: "id") { id: ID! label: String name: String nick(up: Boolean, word: String): String must: String! friends: [Customer!] grid: [[Customer]] home: Address! sourceKeys: [SourceKey!] @inaccessible access: Access @inaccessible }
      type Order implements Node @key(fields: "id") { id: ID! label: String note: String urgent: Boolean! }
      type Company @key(fields: "code country { iso }") { code: ID! country: Country! }
      type Country @shareable { iso: String! }
      type Address { city: String zip: String! }`,
    crm: `
      scalar Date
      scalar Access
      type SourceKey @inaccessible { source: String! @external key: String! @external }
      enum Level { LOW HIGH }
      type Query { crmCustomer: Customer level: Level }
      type Customer @key(fields: "id") { id: ID! access: Access @external sourceKeys: [SourceKey!] @external contact: Contact @requires(fields: "access sourceKeys { source key }") score: Int! @requires(fields: "access sourceKeys { source key }") level: Level company: Company }
      type Company @key(fields: "code country { iso }") { code: ID! country: Country! name: String boss: Customer }
      type Country @shareable { iso: String! }
      type Contact { email: String phone(prefix: String): String! tags: [String!] born: Date best: Customer }`,
    commerce: `
      scalar Access
      type SourceKey @inaccessible { source: String! @external key: String! @external }
      type Query { orders: [Order!] }
      type Customer @key(fields: "id") { id: ID! access: Access @external sourceKeys: [SourceKey!] @external lastOrder: Order @requires(fields: "access sourceKeys { source key }") orders(n: Int): [Order] @requires(fields: "access sourceKeys { source key }") spent: Money }
      type Company @key(fields: "code country { iso }") { code: ID! country: Country! revenue: Float rank: Int! }
      type Country @shareable { iso: String! }
      type Order @key(fields: "id") { id: ID! title: String total: Money! lines: [Line!]! buyer: Customer company: Company }
      type Money { amount: Int! currency: String }
      type Line { title: String! price: Money }`,
  },
  cases: [
    {
      operation: `{ customer(id: 3) { name contact { email tags } score lastOrder { title total { currency } note } company { name revenue } } }`,
      response: {
        data: {
          customer: {
            name: 'Customer 3 name',
            contact: {
              email: 'Customer 3 contact email',
              tags: ['Customer 3 contact tags[0]', 'Customer 3 contact tags[1]'],
            },
            score: 99,
            lastOrder: { title: 'Order 1 title', total: { currency: 'Order 1 total currency' }, note: 'Order 1 note' },
            company: { name: 'Company 1 name', revenue: 0.625 },
          },
        },
      },
    },
  ],
};
