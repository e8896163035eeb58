import { readAnswerShape } from '../../gateway/execute/answer-shape';
import { createTree, graft } from '../../gateway/execute/graft';
import { composed } from './composed';

const grafted = (operation: string, ...answers: unknown[]): unknown => {
  const tree = createTree();
  for (const answer of answers)
    graft(tree, answer as Record<string, unknown>, readAnswerShape(operation), { isMisfit: false });
  return JSON.parse(JSON.stringify(tree));
};

describe('An answer grafted onto the tree', () => {
  test('brings the keys that were asked for, of all fragments, and no others', () => {
    const operation =
      '{ a { b } ... on Query { c: d a { e } } ...F } fragment F on Query { f ...G } fragment G on Query { g { h } }';
    const answer = { a: { b: 1, e: 2, x: 3 }, c: 4, d: 5, f: 6, g: [[{ h: 7, y: 8 }, null]] };
    expect(grafted(operation, answer)).toEqual({ a: { b: 1, e: 2 }, c: 4, f: 6, g: [[{ h: 7 }, null]] });
  });

  test.each([
    ['objects are joined', { a: { b: 1 } }, { a: { c: 2 } }, { b: 1, c: 2 }],
    ['null gives way to an object', { a: null }, { a: { c: 2 } }, { c: 2 }],
    ['an object stays where null comes later', { a: { b: 1 } }, { a: null }, { b: 1 }],
    ['what is missing later stays', { a: { b: 1 } }, {}, { b: 1 }],
    [
      'lists of one length are joined',
      { a: [{ b: 1 }, null, { b: 3 }] },
      { a: [{ c: 1 }, { c: 2 }, null] },
      [{ b: 1, c: 1 }, { c: 2 }, { b: 3 }],
    ],
    ['a list of another length is left out', { a: [{ b: 1 }] }, { a: [{ c: 1 }, { c: 2 }] }, [{ b: 1 }]],
    ['a list does not replace an object', { a: { b: 1 } }, { a: [{ c: 1 }] }, { b: 1 }],
    ['a leaf that comes later wins', { a: { b: 1 } }, { a: { b: 2 } }, { b: 2 }],
  ])('a second one: %s', (_name, first, second, a) => {
    expect(grafted('{ a { b c } }', first, second)).toEqual({ a });
  });

  test('reads keys every object inherits only where they are the answer’s own', () => {
    const plain = createTree();
    graft(plain, { toString: 1 }, readAnswerShape('{ constructor toString }'), { isMisfit: false });
    expect(Object.keys(plain)).toEqual(['toString']);
    const tree = createTree();
    graft(tree, JSON.parse('{"__proto__": {"constructor": 1}}'), readAnswerShape('{ __proto__ { constructor } }'), {
      isMisfit: false,
    });
    expect(JSON.stringify(tree)).toBe('{"__proto__":{"constructor":1}}');
    expect(createTree().constructor).toBeUndefined();
  });
});

test('two subgraphs answer one value object in parts', async () => {
  const { run } = composed({
    a: {
      typeDefs: `
        type Query { thing: Thing }
        type Thing @key(fields: "id") { id: ID! box: Box @shareable }
        type Box { left: Int }`,
      resolvers: { Query: { thing: () => ({ id: '1', box: { left: 1 } }) } },
    },
    b: {
      typeDefs: 'type Thing @key(fields: "id") { id: ID! box: Box @shareable } type Box { right: Int }',
      resolvers: { Thing: { __resolveReference: (thing: object) => ({ ...thing, box: { right: 2 } }) } },
    },
  });
  expect(await run('{ thing { box { right left } } }')).toEqual({ data: { thing: { box: { right: 2, left: 1 } } } });
});
