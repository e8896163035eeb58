/**
 * @interfaceObject: a subgraph that knows of a family of entities only that there is one. Its fields are nullable: the planner asks it of
 * every entity what fragments ask of some, and a non-null field that fails where nobody asked for it would take the others with it.
 */
import type { Supergraph } from './supergraph';

export const interfaceObjects: Supergraph = {
  name: 'an interface object',
  refused: /got a fragment on \w+ where a subgraph may know no more than the interface object Media/,
  subgraphs: {
    library: `
      type Query { feed: [Media] book: Book films: [Film!] }
      interface Media @key(fields: "id") { id: ID! title: String must: Int! }
      type Book implements Media @key(fields: "id") { id: ID! title: String must: Int! pages: Int next: Book }
      type Film implements Media @key(fields: "id") { id: ID! title: String must: Int! minutes: Int! }`,
    ratings: `
      type Query { rated: [Media!] top: Media }
      type Media @key(fields: "id") @interfaceObject { id: ID! stars: Int due: Int review: Review similar: [Media] }
      type Review { text: String! media: Media }`,
  },
  cases: [
    {
      operation: `{ feed { __typename id title stars } }`,
      response: {
        data: {
          feed: [
            { __typename: 'Book', id: '2', title: 'Media 2 title', stars: 5 },
            { __typename: 'Film', id: '3', title: 'Media 3 title', stars: 35 },
          ],
        },
      },
    },
    {
      operation: `{ top { __typename title stars similar { title } } book { review { text media { __typename id } } next { stars } } }`,
      response: {
        data: {
          top: {
            __typename: 'Film',
            title: 'Media 1 title',
            stars: 58,
            similar: [{ title: 'Media 1 title' }, { title: 'Media 2 title' }],
          },
          book: { review: { text: 'Media 2 review text', media: { __typename: 'Film', id: '1' } }, next: { stars: 5 } },
        },
      },
    },
  ],
};
