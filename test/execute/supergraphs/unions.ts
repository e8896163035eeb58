/** Unions that each subgraph knows other members of, of entities and values. */
import type { Supergraph } from './supergraph';

export const unions: Supergraph = {
  name: 'unions',
  subgraphs: {
    a: `
      type Query { media: Media feed: [Media] viewer: Viewer }
      union Media = Book | Movie
      type Book @key(fields: "id") { id: ID! title: String @shareable }
      type Movie @key(fields: "id") { id: ID! title: String @shareable }
      type Viewer @key(fields: "id") { id: ID! likes: [Media] }`,
    b: `
      type Query { song: Media }
      union Media = Book | Song
      type Book @key(fields: "id") { id: ID! title: String @shareable pages: Int }
      type Song { title: String length: Int! }
      type Viewer @key(fields: "id") { id: ID! played: [Media!] }`,
    c: `
      type Movie @key(fields: "id") { id: ID! cast: [String] sequel: Movie }`,
  },
  cases: [
    {
      operation: `{ feed { __typename ... on Book { title pages } ... on Movie { title cast } } song { __typename ... on Song { length } } }`,
      response: {
        data: {
          feed: [
            { __typename: 'Book', title: 'Book 1 title', pages: 5 },
            { __typename: 'Movie', title: 'Movie 2 title', cast: ['Movie 2 cast[0]', 'Movie 2 cast[1]'] },
          ],
          song: { __typename: 'Book' },
        },
      },
    },
    {
      operation: `{ viewer { likes { ... on Movie { sequel { title } } } played { __typename ... on Song { title } ... on Book { pages } } } }`,
      response: {
        data: {
          viewer: {
            likes: [{}, { sequel: { title: 'Movie 1 title' } }],
            played: [
              { __typename: 'Book', pages: 5 },
              { __typename: 'Song', title: 'Viewer 1 played[1] title' },
            ],
          },
        },
      },
    },
  ],
};
