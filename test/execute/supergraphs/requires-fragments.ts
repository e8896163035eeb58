/** @requires of abstract fields, by fragments. */
import type { Supergraph } from './supergraph';

export const requiresFragments: Supergraph = {
  name: '@requires with fragments',
  subgraphs: {
    a: `
      type Query { account(id: ID!): Account accounts: [Account] }
      type Account @key(fields: "id") { id: ID! owner: Owner! contact: Contact }
      union Owner = Person | Firm
      type Person { name: String age: Int }
      type Firm { title: String! sites: [Site] }
      type Site { city: String }
      interface Contact { label: String }
      type Mail implements Contact { label: String address: String }
      type Phone implements Contact { label: String digits: [Int!] }`,
    b: `
      type Account @key(fields: "id") { id: ID! owner: Owner! @external contact: Contact @external greeting: String @requires(fields: "owner { ... on Person { name } ... on Firm { title sites { city } } }") reach: String @requires(fields: "contact { label ... on Mail { address } ... on Phone { digits } }") }
      union Owner = Person | Firm
      type Person { name: String @external }
      type Firm { title: String! @external sites: [Site] @external }
      type Site { city: String @external }
      interface Contact { label: String }
      type Mail implements Contact { label: String @external address: String @external }
      type Phone implements Contact { label: String @external digits: [Int!] @external }`,
  },
  cases: [
    {
      operation: `{ account(id: 1) { greeting reach } }`,
      response: {
        data: {
          account: {
            greeting:
              'Account 1 greeting given {"owner":{"sites":[{"city":"Account 1 owner sites[0] city"},{"city":"Account 1 owner sites[1] city"}],"title":"Account 1 owner title"}}',
            reach:
              'Account 1 reach given {"contact":{"address":"Account 1 contact address","label":"Account 1 contact label"}}',
          },
        },
      },
    },
    {
      operation: `{ accounts { greeting owner { __typename ... on Firm { title } } } }`,
      response: {
        data: {
          accounts: [
            {
              greeting:
                'Account 1 greeting given {"owner":{"sites":[{"city":"Account 1 owner sites[0] city"},{"city":"Account 1 owner sites[1] city"}],"title":"Account 1 owner title"}}',
              owner: { __typename: 'Firm', title: 'Account 1 owner title' },
            },
            {
              greeting:
                'Account 2 greeting given {"owner":{"sites":[{"city":"Account 2 owner sites[0] city"},{"city":"Account 2 owner sites[1] city"}],"title":"Account 2 owner title"}}',
              owner: { __typename: 'Firm', title: 'Account 2 owner title' },
            },
          ],
        },
      },
    },
  ],
};
