/** Federation 1 style: `extend type` with @external keys. */
import type { Supergraph } from './supergraph';

export const externalExtensions: Supergraph = {
  name: 'extended types',
  subgraphs: {
    users: `
      type Query { user: User users: [User!]! }
      type User @key(fields: "id") @key(fields: "email") { id: ID! email: String! name: String }`,
    reviews: `
      extend type Query { latest: [Review] }
      type Review @key(fields: "id") { id: ID! body: String author: User }
      extend type User @key(fields: "id") { id: ID! @external reviews: [Review!] }`,
    mails: `
      extend type User @key(fields: "email") { email: String! @external unread: Int! }`,
  },
  cases: [
    {
      operation: `{ user { name unread reviews { body author { email unread } } } latest { author { name } } }`,
      response: {
        data: {
          user: {
            name: 'User 1 name',
            unread: 64,
            reviews: [
              { body: 'Review 1 body', author: { email: '1', unread: 64 } },
              { body: 'Review 2 body', author: { email: '1', unread: 64 } },
            ],
          },
          latest: [{ author: { name: 'User 1 name' } }, { author: { name: 'User 1 name' } }],
        },
      },
    },
  ],
};
