/** @skip and @include at every level, across subgraphs. */
import type { Supergraph } from './supergraph';

export const skipInclude: Supergraph = {
  name: 'conditions',
  subgraphs: {
    a: `
      type Query { a: Thing things: [Thing] }
      type Thing @key(fields: "id") { id: ID! name: String b: Thing value: Value }
      type Value { x: Int y: Value }`,
    b: `
      type Query { b: Thing! }
      type Thing @key(fields: "id") { id: ID! size(of: String): Int must: Int! name2: String }`,
    c: `
      type Thing @key(fields: "id") { id: ID! name: String @external full: String @requires(fields: "name") }`,
  },
  cases: [
    {
      operation: `query ($yes: Boolean!, $no: Boolean!) { a @skip(if: $yes) { name } b @include(if: $no) { must } things @include(if: $yes) @skip(if: $no) { full @skip(if: $no) size @include(if: $no) ... @include(if: $yes) { must } } }`,
      variables: { yes: true, no: false },
      asked: ['a', 'c', 'b'],
      response: {
        data: {
          things: [
            { full: 'Thing 1 full given {"name":"Thing 1 name"}', must: 56 },
            { full: 'Thing 2 full given {"name":"Thing 2 name"}', must: 47 },
          ],
        },
      },
    },
    {
      operation: `query ($yes: Boolean!) { a { id b @include(if: $yes) { full } ...F @skip(if: $yes) } } fragment F on Thing { must value { x @skip(if: true) y { x } } }`,
      variables: { yes: false },
      response: { data: { a: { id: '1', must: 56, value: { y: { x: 30 } } } } },
    },
  ],
};
