/** __typename at every place, alone and beside others. */
import type { Supergraph } from './supergraph';

export const typenames: Supergraph = {
  name: '__typename',
  subgraphs: {
    a: `
      type Query { user: User any: Any page: Page! }
      type Mutation { touch: User }
      union Any = User | Page
      type User @key(fields: "id") { id: ID! page: Page }
      type Page { items: [Any!] }`,
    b: `
      type User @key(fields: "id") { id: ID! card: Card }
      interface Card { owner: User }
      type Gold implements Card { owner: User limit: Int }
      type Plain implements Card { owner: User }`,
  },
  cases: [
    {
      operation: `{ __typename t: __typename user { __typename card { __typename owner { kind: __typename } } } any { __typename } page { __typename items { __typename } } }`,
      response: {
        data: {
          __typename: 'Query',
          t: 'Query',
          user: { __typename: 'User', card: { __typename: 'Gold', owner: { kind: 'User' } } },
          any: { __typename: 'Page' },
          page: { __typename: 'Page', items: [{ __typename: 'Page' }, { __typename: 'User' }] },
        },
      },
    },
    {
      operation: `{ user { card { owner { __typename } } } }`,
      response: { data: { user: { card: { owner: { __typename: 'User' } } } } },
    },
    {
      operation: `mutation { __typename touch { __typename } }`,
      response: { data: { __typename: 'Mutation', touch: { __typename: 'User' } } },
    },
  ],
};
