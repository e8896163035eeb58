/**
 * @requires of what lies within objects and lists. Nothing beside it is non-null: where a client selects such a field and it fails, the
 * subgraph nulls the object, and what is required goes with it, which no gateway can help that asks for both at once.
 */
import type { Supergraph } from './supergraph';

export const requiresNested: Supergraph = {
  name: 'nested @requires',
  subgraphs: {
    a: `
      type Query { parcel(id: ID!): Parcel parcels: [Parcel!]! }
      type Parcel @key(fields: "id") { id: ID! size: Size lines: [[Line!]] sender: Person }
      type Size { width: Int height: Int unit: Unit }
      type Unit { name: String system: String }
      type Line { title: String! weight: Int }
      type Person @key(fields: "id") { id: ID! name: String }`,
    b: `
      type Parcel @key(fields: "id") { id: ID! size: Size @external lines: [[Line!]] @external sender: Person @external postage: String @requires(fields: "size { width unit { name } }") label: String! @requires(fields: "lines { title weight } sender { id city }") }
      type Size @external { width: Int unit: Unit }
      type Unit @external { name: String }
      type Line @external { title: String! weight: Int }
      type Person @key(fields: "id") { id: ID! city: String @external }`,
    c: `
      type Person @key(fields: "id") { id: ID! city: String }`,
  },
  cases: [
    {
      operation: `{ parcel(id: 1) { postage label } }`,
      response: {
        data: {
          parcel: {
            postage: 'Parcel 1 postage given {"size":{"unit":{"name":"Parcel 1 size unit name"},"width":55}}',
            label:
              'Parcel 1 label given {"lines":[[{"title":"Parcel 1 lines[0][0] title","weight":99},{"title":"Parcel 1 lines[0][1] title","weight":26}],[{"title":"Parcel 1 lines[1][0] title","weight":30},{"title":"Parcel 1 lines[1][1] title","weight":45}]],"sender":{"city":"Person 1 city","id":"1"}}',
          },
        },
      },
    },
    {
      operation: `{ parcel(id: 1) { postage size { height } } }`,
      given: { 'Parcel 1 size': null },
      response: { data: { parcel: { postage: 'Parcel 1 postage given {"size":null}', size: null } } },
    },
  ],
};
