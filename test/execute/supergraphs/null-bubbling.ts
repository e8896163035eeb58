/** Non-null fields everywhere: how far a null goes does not depend on which subgraph it came from. */
import type { Supergraph } from './supergraph';

export const nullBubbling: Supergraph = {
  name: 'non-null fields',
  subgraphs: {
    a: `
      type Query { root: Node! maybe: Node list: [Node!] strict: [[Node!]!]! }
      type Node @key(fields: "id") { id: ID! a: Int! child: Node next: Node! inner: Inner! }
      type Inner { x: Int! deep: [Inner!] }`,
    b: `
      type Node @key(fields: "id") { id: ID! b: Int! kids: [Node!]! soft: Int others: [Node] }`,
  },
  cases: [
    {
      operation: `{ maybe { child { id b } } list { id soft b } }`,
      given: { 'Node 1 b': new Error('no luck') },
      response: {
        data: { maybe: { child: null }, list: null },
        errors: [
          {
            message: 'The subgraph b could not resolve this field.',
            path: ['list', 0, 'b'],
            extensions: { code: 'INTERNAL_SERVER_ERROR', serviceName: 'b' },
          },
          {
            message: 'The subgraph b could not resolve this field.',
            path: ['maybe', 'child', 'b'],
            extensions: { code: 'INTERNAL_SERVER_ERROR', serviceName: 'b' },
          },
        ],
      },
    },
    {
      operation: `{ root { inner { x deep { x } } soft } }`,
      given: { 'Node 1 inner deep[1] x': null },
      response: {
        data: { root: { inner: { x: 66, deep: null }, soft: 8 } },
        errors: [
          {
            message: 'The subgraph a could not resolve this field.',
            path: ['root', 'inner', 'deep', 1, 'x'],
            extensions: { code: 'INTERNAL_SERVER_ERROR', serviceName: 'a' },
          },
        ],
      },
    },
    {
      operation: `{ root { a } maybe { id } }`,
      given: { 'Node 1 a': new Error('no luck') },
      response: {
        data: null,
        errors: [
          {
            message: 'The subgraph a could not resolve this field.',
            path: ['root', 'a'],
            extensions: { code: 'INTERNAL_SERVER_ERROR', serviceName: 'a' },
          },
        ],
      },
    },
  ],
};
