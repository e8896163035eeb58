/** @override: a field that moved from one subgraph to another, of an entity, of the root, and one that others require. */
import type { Supergraph } from './supergraph';

export const override: Supergraph = {
  name: '@override',
  subgraphs: {
    old: `
      type Query { feed: [Post] latest: Post }
      type Post @key(fields: "id") { id: ID! title: String body: String views: Int }`,
    new: `
      type Query { latest: Post @override(from: "old") }
      type Post @key(fields: "id") { id: ID! body: String @override(from: "old") views: Int @override(from: "old") author: String @override(from: "nobody") }`,
    third: `
      type Post @key(fields: "id") { id: ID! body: String @external summary: String @requires(fields: "body") }`,
  },
  cases: [
    {
      operation: `{ feed { title body } }`,
      asked: ['old', 'new'],
      response: {
        data: {
          feed: [
            { title: 'Post 1 title', body: 'Post 1 body' },
            { title: 'Post 2 title', body: 'Post 2 body' },
          ],
        },
      },
    },
    {
      operation: `{ latest { views summary title } }`,
      response: {
        data: { latest: { views: 16, summary: 'Post 1 summary given {"body":"Post 1 body"}', title: 'Post 1 title' } },
      },
    },
  ],
};
