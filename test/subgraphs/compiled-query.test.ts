import { createHash } from 'node:crypto';
import fc from 'fast-check';
import {
  buildSchema,
  execute,
  getNamedType,
  getNullableType,
  isAbstractType,
  isEnumType,
  isLeafType,
  isListType,
  isObjectType,
  parse,
  responsePathAsArray,
  validate,
} from 'graphql';
import type { ExecutionResult, GraphQLOutputType, GraphQLResolveInfo } from 'graphql';
import { compileQuery } from '../../subgraphs/compiled-query';
import { operationArbitrary, variablesArbitrary } from '../execute/random-operation';

const schema = buildSchema(`
  type Query { node(id: ID!): Node nodes(n: Int): [Node!] matrix: [[Item]!] either: [Either] strict: Item! count: Int! }
  interface Node { id: ID! name(word: String): String next: Node }
  type Item implements Node { id: ID! name(word: String): String next: Node price: Float! tags: [String!] kind: Kind strict: Item! }
  type Person implements Node { id: ID! name(word: String): String next: Node age: Int friends: [[Person!]] favourite: Either }
  union Either = Item | Person
  enum Kind { BIG SMALL }
`);

interface Context {
  readonly seed: number;
  /**
   * Everything comes later. For graphql-js: it leaves a rejection unheard, which ends the process, when an item of a list fails at once
   * beside one that is under way.
   */
  readonly later: boolean;
}

/** What a field does, the same whenever the same is asked at the same place: a value, nothing, an error, now or later. */
function behave(info: GraphQLResolveInfo, { seed, later }: Context): unknown {
  if (later) {
    return Promise.resolve()
      .then(() => behave(info, { seed, later: false }))
      .then(postponed);
  }
  const digest = createHash('sha256')
    .update(`${seed} ${JSON.stringify(responsePathAsArray(info.path))}`)
    .digest();
  const dice = digest[0] ?? 0;
  const value = valueOf(info.returnType, digest);
  const failure = new Error(`failed at ${responsePathAsArray(info.path).join('.')}`);
  if (dice < 12) throw failure;
  if (dice < 24) return Promise.reject(failure);
  if (dice < 34) return failure;
  if (dice < 50) return null;
  if (dice < 60) return Promise.resolve(undefined);
  if (dice < 66) return isLeafType(getNamedType(info.returnType)) ? { not: 'a leaf' } : 'not an object';
  return dice < 140 ? Promise.resolve(value) : value;
}

/** A list whose items all come later. */
function postponed(value: unknown): unknown {
  return Array.isArray(value)
    ? value.map((item) => (item instanceof Error ? Promise.reject(item) : Promise.resolve(item).then(postponed)))
    : value;
}

function valueOf(given: GraphQLOutputType, digest: Buffer, depth = 1): unknown {
  const type = getNullableType(given);
  const dice = digest[depth] ?? 0;
  if (isListType(type)) {
    return Array.from({ length: dice % 4 }, (_, index) => {
      const item = valueOf(type.ofType as GraphQLOutputType, digest, depth + index + 1);
      if (dice % 13 === 0) return index === 1 ? new Error('a bad item') : item;
      return dice % 7 === 0 && index === 0 ? null : dice % 5 === 0 ? Promise.resolve(item) : item;
    });
  }
  if (isEnumType(type)) return dice % 9 === 0 ? 'NONE' : 'BIG';
  if (isLeafType(type)) return { Int: dice, Float: dice / 4, ID: `id${dice}`, String: 'text' }[type.name] ?? 'text';
  if (isAbstractType(type)) return { __typename: dice % 11 === 0 ? 'Query' : dice % 2 ? 'Item' : 'Person' };
  return {};
}

for (const type of Object.values(schema.getTypeMap())) {
  if (!isObjectType(type) || type.name.startsWith('__')) continue;
  for (const field of Object.values(type.getFields())) {
    field.resolve = (_source, parameters, context: Context, info) =>
      field.name === 'name' && typeof parameters.word === 'string' ? parameters.word : behave(info, context);
  }
}

/**
 * In order of places, since which of two promises is first is no part of the answer. Below a place that an error made null others may
 * or may not be told (section 6.4.4): that place stands for all of them.
 */
const sorted = ({ data, errors }: ExecutionResult) => {
  const told = (errors ?? []).map(({ message, path = [], locations }) => {
    if (data === null || data === undefined) return '[]';
    let value: unknown = data;
    const depth = path.findIndex((key) => {
      value = (value as Record<string | number, unknown> | null)?.[key];
      return value === null || value === undefined;
    });
    if (depth !== path.length - 1) return JSON.stringify(path.slice(0, depth + 1));
    // Words of our own where a type is wrong; the place is what must be equal.
    const planted = message.startsWith('failed at') || message === 'a bad item';
    return JSON.stringify({ path, locations, message: planted ? message : 'wrong' });
  });
  return { data: JSON.parse(JSON.stringify(data ?? null)) as unknown, errors: [...new Set(told)].toSorted() };
};

describe('A compiled query', () => {
  it('answers what graphql-js answers: data, nulls, errors and their places', async () => {
    let compiledCount = 0;
    await fc.assert(
      fc.asyncProperty(operationArbitrary(schema), variablesArbitrary, fc.nat(), async (text, variables, seed) => {
        const document = parse(text.replaceAll(/@(skip|include)\(if: [$\w]+\)/g, ''));
        fc.pre(validate(schema, document).filter(({ message }) => !message.includes('never used')).length === 0);
        const compiled = compileQuery(schema, document, undefined);
        if (compiled === null) {
          expect(text).toContain('__proto__');
          return;
        }
        compiledCount += 1;
        const expected = await execute({
          schema,
          document,
          variableValues: variables,
          contextValue: { seed, later: true },
        });
        expect(sorted(await compiled(variables, { seed, later: false }))).toEqual(sorted(expected));
      }),
      { numRuns: 1_500 },
    );
    expect(compiledCount).toBeGreaterThan(500);
  });

  it.each([
    ['a mutation', 'mutation { __typename }'],
    ['a condition', 'query ($yes: Boolean!) { count @include(if: $yes) }'],
    ['introspection', '{ __schema { queryType { name } } }'],
    ['an operation that is not there', 'query A { count } query B { count }'],
  ])('leaves %s to graphql-js', (_what, text) => {
    expect(compileQuery(schema, parse(text), undefined)).toBeNull();
  });

  it('refuses variables that do not fit, as graphql-js does', async () => {
    const document = parse('query ($id: ID!, $n: Int) { node(id: $id) { id } nodes(n: $n) { id } }');
    const variables = { n: 'many' };
    const expected = await execute({ schema, document, variableValues: variables });
    expect(await compileQuery(schema, document, undefined)?.(variables, {})).toEqual(expected);
  });
});
