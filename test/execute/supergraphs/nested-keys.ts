/** Keys that lie within other objects, other entities too. */
import type { Supergraph } from './supergraph';

export const nestedKeys: Supergraph = {
  name: 'nested keys',
  subgraphs: {
    a: `
      type Query { company(id: ID!): Company offices: [Office] }
      type Company @key(fields: "code country { iso area { name } }") { code: ID! country: Country! name: String }
      type Country @shareable { iso: String! area: Area! }
      type Area @shareable { name: String! }
      type Office @key(fields: "company { code country { iso area { name } } }") { company: Company! street: String }`,
    b: `
      type Company @key(fields: "code country { iso area { name } }") { code: ID! country: Country! revenue: Int rank: Float! }
      type Country @shareable { iso: String! area: Area! }
      type Area @shareable { name: String! }
      type Office @key(fields: "company { code country { iso area { name } } }") { company: Company! desks: Int }`,
  },
  cases: [
    {
      operation: `{ company(id: 2) { name revenue rank } offices { street desks company { revenue country { area { name } } } } }`,
      response: {
        data: {
          company: { name: 'Company 2 name', revenue: 84, rank: 2.125 },
          offices: [
            { street: 'Office 1 street', desks: 46, company: { revenue: 5, country: { area: { name: '1' } } } },
            { street: 'Office 2 street', desks: 88, company: { revenue: 84, country: { area: { name: '2' } } } },
          ],
        },
      },
    },
  ],
};
