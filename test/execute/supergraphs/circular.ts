/** Entities that are reached from one another, round and round, and one that only its parent can complete. */
import type { Supergraph } from './supergraph';

export const circular: Supergraph = {
  name: 'circular references',
  subgraphs: {
    a: `
      type Query { author: Author books: [Book] }
      type Author @key(fields: "id") { id: ID! name: String books: [Book!] best: Book }
      type Book @key(fields: "id") { id: ID! author: Author }`,
    b: `
      type Book @key(fields: "id") { id: ID! title: String chapters: [Chapter] author: Author @external signed: String @requires(fields: "author { name }") }
      type Author @key(fields: "id") { id: ID! name: String @external age: Int! }
      type Chapter @key(fields: "id") { id: ID! number: Int }`,
    c: `
      type Chapter @key(fields: "id", resolvable: false) { id: ID! }
      type Book @key(fields: "id") { id: ID! first: Chapter sequel: Book }`,
  },
  cases: [
    {
      operation: `{ author { best { title author { books { author { age } sequel { signed } } } first { number } } } }`,
      response: {
        data: {
          author: {
            best: {
              title: 'Book 1 title',
              author: {
                books: [
                  {
                    author: { age: 82 },
                    sequel: { signed: 'Book 1 signed given {"author":{"name":"Author 1 name"}}' },
                  },
                  {
                    author: { age: 82 },
                    sequel: { signed: 'Book 1 signed given {"author":{"name":"Author 1 name"}}' },
                  },
                ],
              },
              first: { number: 73 },
            },
          },
        },
      },
    },
  ],
};
