/**
 * A small graph shaped like Facet's: profiles owns Customer, crm and commerce add fields that require two internal ones.
 * Must not import anything of subgraphs/.
 */
import { composed, type ComposedOptions, type SubgraphSource } from './composed';

interface CustomerRow {
  readonly id: string;
  readonly name: string | null;
  readonly friends?: readonly string[];
}

const CUSTOMERS: readonly CustomerRow[] = [
  { id: '1', name: 'Ada', friends: ['2', '3'] },
  { id: '2', name: 'Grace', friends: ['1'] },
  { id: '3', name: null },
];

const customer = (id: string) => {
  const row = CUSTOMERS.find((candidate) => candidate.id === id);
  return row && { ...row, access: { may: 'read', of: id }, sourceKeys: [{ source: 'crm', key: `c${id}` }] };
};

const sourceKey = (representation: { sourceKeys: { key: string }[] }) => representation.sourceKeys[0]?.key;

export const CUSTOMER_GRAPH = {
  profiles: {
    typeDefs: `
      scalar Access
      type Query { customer(id: ID!): Customer customers(ids: [ID!]!): [Customer]! search: Page! }
      type Mutation { rename(id: ID!, name: String): Customer count: Int! }
      type Page { edges: [Edge!]! }
      type Edge { cursor: String! node: Customer! }
      type Customer @key(fields: "id") {
        id: ID!
        name: String
        greeting(word: String = "Hi"): String
        friends: [Customer!]
        pairs: [[Customer]]
        value: Value
        sourceKeys: [SourceKey!] @inaccessible
        access: Access @inaccessible
        contactPermission(topic: String): ContactPermission @inaccessible
      }
      type Value { historic: Int predicted: Int }
      type ContactPermission @inaccessible { allowed: Boolean! reason: String }
      type SourceKey @inaccessible { source: String! key: String! }`,
    resolvers: {
      Query: {
        customer: (_: unknown, { id }: { id: string }) => customer(id),
        customers: (_: unknown, { ids }: { ids: string[] }) => ids.map(customer),
        search: () => ({ edges: CUSTOMERS.map(({ id }) => ({ cursor: `at ${id}`, node: customer(id) })) }),
      },
      Mutation: {
        rename: (_: unknown, { id, name }: { id: string; name: string }) => ({ ...customer(id), name }),
        count: () => 7,
      },
      Customer: {
        __resolveReference: ({ id }: { id: string }) => customer(id),
        greeting: ({ name }: CustomerRow, { word }: { word: string }) => `${word} ${name}`,
        friends: ({ friends }: CustomerRow) => friends?.map(customer),
        pairs: ({ id }: CustomerRow) => [[customer(id), null], [customer('2')]],
        value: () => ({ historic: 10, predicted: 20 }),
        contactPermission: (_: unknown, { topic }: { topic: string }) => ({ allowed: topic === 'news', reason: topic }),
      },
    },
  },
  crm: {
    typeDefs: `
      scalar Access
      type Query { crmVersion: String! }
      type Mutation { callBack(id: ID!): Contact }
      type Customer @key(fields: "id") {
        id: ID!
        access: Access @external
        sourceKeys: [SourceKey!] @external
        contact: Contact @requires(fields: "access sourceKeys { source key }")
        company: Company
      }
      type SourceKey @inaccessible { source: String! @external key: String! @external }
      type Contact { email: String phone(prefix: String): String tags: [String!] born: Date }
      scalar Date
      type Company @key(fields: "code country { iso }") { code: String! country: Country! name: String }
      type Country @shareable { iso: String! }`,
    resolvers: {
      Query: { crmVersion: () => 'crm 1' },
      Mutation: { callBack: (_: unknown, { id }: { id: string }) => ({ email: `called ${id}` }) },
      Customer: {
        __resolveReference: (representation: object) => ({ ...representation }),
        contact: (representation: never) => ({
          email: `${sourceKey(representation)}@example.org`,
          phone: ({ prefix }: { prefix?: string }) => `${prefix ?? '+'}49`,
          tags: ['a', 'b'],
          born: { year: 1815 },
        }),
        company: ({ id }: CustomerRow) => ({ code: `co${id}`, country: { iso: 'DE' }, name: `Company ${id}` }),
      },
    },
  },
  commerce: {
    typeDefs: `
      scalar Access
      type Query { shop: String }
      type Customer @key(fields: "id") {
        id: ID!
        access: Access @external
        sourceKeys: [SourceKey!] @external
        lastOrder: Order @requires(fields: "access sourceKeys { source key }")
      }
      type SourceKey @inaccessible { source: String! @external key: String! @external }
      type Order { id: ID! total: Money! items: [Item!] }
      type Item { title: String! }
      type Money { amountMinor: Int! currency: String! }
      type Company @key(fields: "code country { iso }") { code: String! country: Country! revenue: Int }
      type Country @shareable { iso: String! }`,
    resolvers: {
      Query: { shop: () => 'open' },
      Customer: {
        __resolveReference: (representation: object) => ({ ...representation }),
        lastOrder: (representation: never) => ({
          id: `order of ${sourceKey(representation)}`,
          total: { amountMinor: 100, currency: 'EUR' },
          items: [{ title: 'Book' }],
        }),
      },
      Company: {
        __resolveReference: (representation: object) => ({ ...representation }),
        revenue: ({ code, country }: { code: string; country: { iso: string } }) => code.length + country.iso.length,
      },
    },
  },
} satisfies Record<string, SubgraphSource>;

export function customerGraph(options: ComposedOptions = {}) {
  return composed(CUSTOMER_GRAPH, options);
}
