/** Keys of several fields. */
import type { Supergraph } from './supergraph';

export const compoundKeys: Supergraph = {
  name: 'compound keys',
  subgraphs: {
    a: `
      type Query { place(id: ID!): Place places: [[Place!]] }
      type Place @key(fields: "code region") { code: ID! region: String! name: String twin: Place }`,
    b: `
      type Query { best: Place }
      type Place @key(fields: "region code") { code: ID! region: String! population: Int! near: [Place] }`,
    c: `
      type Place @key(fields: "code region") { code: ID! region: String! mayor(since: Int = 3): String }`,
  },
  cases: [
    {
      operation: `{ place(id: 1) { name population mayor near { mayor(since: 4) twin { population } } } best { name } }`,
      response: {
        data: {
          place: {
            name: 'Place 1 name',
            population: 50,
            mayor: 'Place 1 mayor({"since":3})',
            near: [
              { mayor: 'Place 1 mayor({"since":4})', twin: { population: 50 } },
              { mayor: 'Place 2 mayor({"since":4})', twin: { population: 50 } },
            ],
          },
          best: { name: 'Place 1 name' },
        },
      },
    },
  ],
};
