/** Interfaces: fields asked for on them, by several subgraphs, and objects found by them. */
import type { Supergraph } from './supergraph';

export const interfaces: Supergraph = {
  name: 'interfaces',
  subgraphs: {
    a: `
      type Query { node(id: ID!): Node nodes: [Node!]! shape: Shape }
      interface Node { id: ID! }
      interface Shape { area: Int }
      interface Named implements Node { id: ID! name: String }
      type User implements Node & Named @key(fields: "id") { id: ID! name: String friends: [Node] }
      type Team implements Node & Named @key(fields: "id") { id: ID! name: String }
      type Circle implements Shape & Node @key(fields: "id") { id: ID! area: Int }
      type Square implements Shape { area: Int side: Int! }`,
    b: `
      interface Owner { balance: Int }
      type User implements Owner @key(fields: "id") { id: ID! balance: Int mail: String! }
      type Team implements Owner @key(fields: "id") { id: ID! balance: Int members: [User] }
      type Circle @key(fields: "id") { id: ID! radius: Float }`,
  },
  cases: [
    {
      operation: `{ nodes { __typename id ... on Named { name } ... on Owner { balance } } shape { area ... on Square { side } ... on Circle { radius } } }`,
      response: {
        data: {
          nodes: [
            { __typename: 'Circle', id: '1' },
            { __typename: 'Team', id: '2', name: 'Team 2 name', balance: 85 },
          ],
          shape: { area: 79, radius: 4 },
        },
      },
    },
    {
      operation: `{ nodes { ... on User { mail friends { __typename ... on User { mail } ... on Team { members { name } } } } } }`,
      response: { data: { nodes: [{}, {}] } },
    },
  ],
};
