/** Mutations over several subgraphs, in the document’s order. */
import type { Supergraph } from './supergraph';

export const mutations: Supergraph = {
  name: 'mutations',
  subgraphs: {
    a: `
      type Query { account(id: ID!): Account }
      type Mutation { deposit(id: ID!, amount: Int): Account note(text: String!): String! }
      type Account @key(fields: "id") { id: ID! owner: String balance: Int }`,
    b: `
      type Query { version: String }
      type Mutation { withdraw(id: ID!, amount: Int): Account close(id: ID!): Closing! }
      type Account @key(fields: "id") { id: ID! limit: Int! history: [String] }
      type Closing { of: Account reason: String }`,
  },
  cases: [
    {
      operation: `mutation { first: deposit(id: 1, amount: 5) { owner limit } withdraw(id: 1) { balance } note(text: "n") again: deposit(id: 2) { id } close(id: 1) { reason of { history owner } } }`,
      asked: ['a', 'b', 'b', 'a', 'a', 'b', 'a'],
      response: {
        data: {
          first: { owner: 'Account 1 owner', limit: 36 },
          withdraw: { balance: 32 },
          note: 'Mutation note({"text":"n"}) as number 3',
          again: { id: '2' },
          close: {
            reason: 'Mutation close({"id":"1"}) as number 5 reason',
            of: { history: ['Account 1 history[0]', 'Account 1 history[1]'], owner: 'Account 1 owner' },
          },
        },
      },
    },
    {
      operation: `mutation { close(id: 1) { reason } withdraw(id: 2) { limit } }`,
      given: { 'Mutation withdraw': new Error('no luck') },
      asked: ['b'],
      response: {
        data: { close: { reason: 'Mutation close({"id":"1"}) as number 1 reason' }, withdraw: null },
        errors: [
          {
            message: 'The subgraph b could not resolve this field.',
            path: ['withdraw'],
            extensions: { code: 'INTERNAL_SERVER_ERROR', serviceName: 'b' },
          },
        ],
      },
    },
  ],
};
