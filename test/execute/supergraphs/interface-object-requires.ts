/** @requires within an interface object, of fields the real types answer. */
import type { Supergraph } from './supergraph';

export const interfaceObjectRequires: Supergraph = {
  name: 'an interface object that requires',
  refused: /got a fragment on \w+ where a subgraph may know no more than the interface object Animal/,
  subgraphs: {
    zoo: `
      type Query { animals: [Animal] cat: Cat }
      interface Animal @key(fields: "id") { id: ID! name: String legs: Int! }
      type Cat implements Animal @key(fields: "id") { id: ID! name: String legs: Int! lives: Int }
      type Bird implements Animal @key(fields: "id") { id: ID! name: String legs: Int! wings: Int }`,
    care: `
      type Query { patient: Animal }
      type Animal @key(fields: "id") @interfaceObject { id: ID! name: String @external legs: Int! @external card: String @requires(fields: "name legs") vet: String }`,
  },
  cases: [
    {
      operation: `{ animals { __typename card vet } cat { card } }`,
      response: {
        data: {
          animals: [
            { __typename: 'Bird', card: 'Animal 2 card given {"legs":20,"name":"Animal 2 name"}', vet: 'Animal 2 vet' },
            { __typename: 'Cat', card: 'Animal 3 card given {"legs":77,"name":"Animal 3 name"}', vet: 'Animal 3 vet' },
          ],
          cat: { card: 'Animal 1 card given {"legs":78,"name":"Animal 1 name"}' },
        },
      },
    },
    {
      operation: `{ patient { card } }`,
      response: { data: { patient: { card: 'Animal 1 card given {"legs":78,"name":"Animal 1 name"}' } } },
    },
  ],
};
