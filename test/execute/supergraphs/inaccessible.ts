/** @inaccessible: fields that only subgraphs read, an enum value that must not show. */
import type { Supergraph } from './supergraph';

export const inaccessible: Supergraph = {
  name: '@inaccessible parts',
  subgraphs: {
    a: `
      type Query { user(id: ID!): User things: [Thing] level: Level }
      type User @key(fields: "id") { id: ID! name: String secret: Secret @inaccessible token: String @inaccessible }
      type Secret @inaccessible { value: String }
      union Thing = User | Level2
      type Level2 { of: Level ofAll: [Level!] }
      enum Level { LOW HIGH TOP @inaccessible }`,
    b: `
      type User @key(fields: "id") { id: ID! secret: Secret @external token: String @external score: Int! greeting: String @requires(fields: "token secret { value }") }
      type Secret @inaccessible { value: String @external }`,
  },
  cases: [
    {
      operation: `{ user(id: 1) { name score greeting } }`,
      response: {
        data: {
          user: {
            name: 'User 1 name',
            score: 54,
            greeting: 'User 1 greeting given {"secret":{"value":"User 1 secret value"},"token":"User 1 token"}',
          },
        },
      },
    },
    {
      operation: `{ level things { __typename ... on User { greeting } ... on Level2 { of } } }`,
      given: { 'Query level': 'TOP' },
      response: {
        data: {
          level: null,
          things: [
            { __typename: 'Level2', of: 'LOW' },
            {
              __typename: 'User',
              greeting: 'User 2 greeting given {"secret":{"value":"User 2 secret value"},"token":"User 2 token"}',
            },
          ],
        },
        errors: [
          {
            message: 'Expected a value of the enum Level, got something else.',
            path: ['level'],
            extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
          },
        ],
      },
    },
  ],
};
