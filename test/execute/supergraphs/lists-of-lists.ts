/** Lists of lists, of entities, values, unions and scalars. */
import type { Supergraph } from './supergraph';

export const listsOfLists: Supergraph = {
  name: 'lists of lists',
  subgraphs: {
    a: `
      type Query { grid: [[Cell!]!]! cube: [[[Cell]]] shapes: [[Shape]] numbers: [[Int!]] }
      type Cell @key(fields: "id") { id: ID! row: Row around: [[Cell]] }
      type Row { cells: [Cell!] }
      union Shape = Cell | Hole
      type Hole { depth: Int! }`,
    b: `
      type Cell @key(fields: "id") { id: ID! value: Int! tags: [[String]!] next: [Cell!]! }`,
  },
  cases: [
    {
      operation: `{ grid { id value } shapes { ... on Hole { depth } ... on Cell { value } } numbers }`,
      response: {
        data: {
          grid: [
            [
              { id: '1', value: 8 },
              { id: '2', value: 48 },
            ],
            [
              { id: '1', value: 8 },
              { id: '2', value: 48 },
            ],
          ],
          shapes: [
            [{ value: 8 }, { depth: 66 }],
            [{ value: 8 }, { depth: 19 }],
          ],
          numbers: [
            [4, 91],
            [59, 20],
          ],
        },
      },
    },
  ],
};
