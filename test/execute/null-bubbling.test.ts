import { composed } from './composed';

const MASKED = (serviceName: string, path: unknown[]) => ({
  message: `The subgraph ${serviceName} could not resolve this field.`,
  path,
  extensions: { code: 'INTERNAL_SERVER_ERROR', serviceName },
});

describe('Nulls where the schema allows none', () => {
  const STRICT = {
    first: {
      typeDefs: `
        type Query { things: [Thing!] thing: Thing must: Thing! grid: [[Thing!]!] }
        type Thing @key(fields: "id") { id: ID! part: Part }
        type Part { exact: Int! }`,
    },
    second: { typeDefs: 'type Thing @key(fields: "id") { id: ID! size: Int! label: String }' },
  };
  const answering = (first: unknown, second: unknown = { data: null }) =>
    composed(STRICT, { answers: { first: () => first, second: () => second } });
  const thing = (id: string) => ({ __typename: 'Thing', id });
  const notNull = (field: string, path: unknown[]) => ({
    message: `Cannot return null for non-nullable field ${field}.`,
    path,
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
  });

  test('bubble to the nearest nullable parent, with an error where the subgraph gave none', async () => {
    const { run } = answering({ data: { _0_it: { part: { _0_e: null } } } });
    expect(await run('{ it: thing { part { e: exact } } }')).toEqual({
      data: { it: { part: null } },
      errors: [notNull('Part.exact', ['it', 'part', 'e'])],
    });
  });

  test('bubble through lists, and lists of lists', async () => {
    const { run } = answering(
      { data: { things: [thing('1'), thing('2')], grid: [[thing('1')], [thing('2')]] } },
      { data: { _entities: [{ size: 1 }, { size: null }] } },
    );
    expect(await run('{ things { size } }')).toEqual({
      data: { things: null },
      errors: [notNull('Thing.size', ['things', 1, 'size'])],
    });
    expect(await run('{ grid { size } }')).toEqual({
      data: { grid: null },
      errors: [notNull('Thing.size', ['grid', 1, 0, 'size'])],
    });
  });

  test('of the whole answer leave data null', async () => {
    const { run } = answering({ data: { must: null } });
    expect(await run('{ must { id } }')).toEqual({ data: null, errors: [notNull('Query.must', ['must'])] });
  });

  test('add nothing where an error already tells why: at the place, below it, or at the entity that was not answered', async () => {
    const { run } = answering(
      { data: { things: [thing('1')] } },
      { data: { _entities: [null] }, errors: [{ message: 'x', path: ['_entities', 0, 'size'] }] },
    );
    expect(await run('{ things { size } }')).toEqual({
      data: { things: null },
      errors: [MASKED('second', ['things', 0, 'size'])],
    });
    const down = answering({ data: { things: [thing('1')] } }, { data: null, errors: [{ message: 'x' }] });
    expect(await down.run('{ things { size } }')).toEqual({
      data: { things: null },
      errors: [MASKED('second', ['things', 0])],
    });
  });

  test('add theirs beside an error of the same entity that explains other fields only', async () => {
    const { run } = answering(
      { data: { thing: { ...thing('1'), part: { exact: null } } } },
      { data: null, errors: [{ message: 'x' }] },
    );
    expect(await run('{ thing { label part { exact } } }')).toEqual({
      data: { thing: { label: null, part: null } },
      errors: [MASKED('second', ['thing']), notNull('Part.exact', ['thing', 'part', 'exact'])],
    });
  });
});
