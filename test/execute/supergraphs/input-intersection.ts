/** Enums and input types of which each subgraph knows another part: clients may use what all know, and read what any does. */
import type { Supergraph } from './supergraph';

export const inputIntersection: Supergraph = {
  name: 'input and enum intersection',
  subgraphs: {
    a: `
      type Query { search(filter: Filter, order: Order = UP): [Hit] kinds: [Kind] }
      input Filter { text: String! limit: Int = 5 order: Order onlyA: Boolean }
      enum Order { UP DOWN SIDEWAYS }
      enum Kind { BOOK FILM }
      type Hit @key(fields: "id") { id: ID! kind: Kind echo(filter: Filter, orders: [Order!]): String }`,
    b: `
      type Query { found(filters: [Filter!], order: Order): Hit }
      input Filter { text: String! order: Order onlyB: Int limit: Int = 5 }
      enum Order { UP DOWN }
      enum Kind { BOOK SONG }
      type Hit @key(fields: "id") { id: ID! other: Kind many: [Kind!]! rank(by: Filter!): Int }`,
  },
  cases: [
    {
      operation: `query ($f: Filter!) { search(filter: $f, order: DOWN) { kind other echo(filter: { text: "x", order: UP }, orders: [UP, DOWN]) rank(by: $f) } found(filters: [$f]) { many } }`,
      variables: { f: { text: 't' } },
      response: {
        data: {
          search: [
            {
              kind: 'BOOK',
              other: 'BOOK',
              echo: 'Hit 1 echo({"filter":{"limit":5,"order":"UP","text":"x"},"orders":["UP","DOWN"]})',
              rank: 21,
            },
            {
              kind: 'BOOK',
              other: 'BOOK',
              echo: 'Hit 2 echo({"filter":{"limit":5,"order":"UP","text":"x"},"orders":["UP","DOWN"]})',
              rank: 17,
            },
          ],
          found: { many: ['BOOK', 'SONG'] },
        },
      },
    },
  ],
};
