/** Answers no subgraph should give: each becomes a coded error and nulls, never a crash and never another entity's data. */
import { composed } from './composed';
import { customerGraph } from './customer-graph';

const unavailable = (what: string, path: unknown[], serviceName = 'crm') => ({
  message: `The subgraph ${serviceName} did not answer as expected: ${what}.`,
  path,
  extensions: { code: 'SUBGRAPH_UNAVAILABLE', serviceName },
});

const deep = (depth: number): unknown => {
  let value: unknown = [];
  for (let index = 0; index < depth; index++) value = [value];
  return value;
};

describe('Instead of an answer', () => {
  const neither = 'expected data or errors, got neither';
  const nothing = 'expected a GraphQL answer, got something else';
  test.each<[string, unknown, string]>([
    ['undefined', undefined, nothing],
    ['null', null, nothing],
    ['text', 'Bad Gateway', nothing],
    ['a list', [{ data: {} }], nothing],
    ['an empty object', {}, neither],
    ['null data without errors', { data: null }, neither],
    ['data of the wrong kind', { data: 'x' }, neither],
    ['errors of the wrong kind', { errors: 'x' }, neither],
    ['no entities', { data: {} }, 'expected 2 entities, got no list'],
    ['entities that are null', { data: { _entities: null } }, 'expected 2 entities, got no list'],
    ['entities that are an object', { data: { _entities: { length: 2 } } }, 'expected 2 entities, got no list'],
    ['fewer entities', { data: { _entities: [{ contact: { email: 'of whom?' } }] } }, 'expected 2 entities, got 1'],
    ['more entities', { data: { _entities: [{}, {}, {}] } }, 'expected 2 entities, got 3'],
  ])('%s is one error at each entity', async (_name, answer, what) => {
    const { run } = customerGraph({ answers: { crm: () => answer } });
    expect(await run('{ customers(ids: [1, 2]) { name contact { email } } }')).toEqual({
      data: {
        customers: [
          { name: 'Ada', contact: null },
          { name: 'Grace', contact: null },
        ],
      },
      errors: [unavailable(what, ['customers', 0]), unavailable(what, ['customers', 1])],
    });
  });

  test('entities that are no objects are errors of their own place only', async () => {
    const answer = { data: { _entities: ['x', { contact: { email: 'two' } }, [], undefined] } };
    const { run } = customerGraph({ answers: { crm: () => answer } });
    expect(await run('{ search { edges { node { contact { email } } } } }')).toMatchObject({
      data: { search: { edges: [{}, {}, {}] } },
    });
    const three = customerGraph({
      answers: { crm: () => ({ data: { _entities: ['x', { contact: { email: 'two' } }, []] } }) },
    });
    expect(await three.run('{ search { edges { node { contact { email } } } } }')).toEqual({
      data: {
        search: {
          edges: [{ node: { contact: null } }, { node: { contact: { email: 'two' } } }, { node: { contact: null } }],
        },
      },
      errors: [
        unavailable('expected an entity, got a string', ['search', 'edges', 0, 'node']),
        unavailable('expected an entity, got a list', ['search', 'edges', 2, 'node']),
      ],
    });
  });
});

describe('Values of the wrong kind', () => {
  const answering = (contact: unknown) =>
    customerGraph({ answers: { crm: () => ({ data: { _entities: [{ contact }] } }) } }).run(
      '{ customer(id: 1) { contact { email tags born } } }',
    );
  const expected = (what: string, ...path: unknown[]) => ({
    message: `Expected ${what}, got something else.`,
    path: ['customer', 'contact', ...path],
    extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
  });

  test.each<[string, unknown, unknown, unknown[]]>([
    ['text for an object', 'x', null, [expected('an object of type Contact')]],
    ['a list for an object', ['x'], null, [expected('an object of type Contact')]],
    [
      'an object for text',
      { email: { secret: 1 }, tags: null, born: null },
      { email: null, tags: null, born: null },
      [expected('a value of the scalar String', 'email')],
    ],
    [
      'text for a list',
      { email: null, tags: 'x', born: null },
      { email: null, tags: null, born: null },
      [expected('a list', 'tags')],
    ],
    [
      'an object within a list',
      { email: null, tags: ['a', {}], born: null },
      { email: null, tags: null, born: null },
      [expected('a value of the scalar String', 'tags', 1)],
    ],
  ])('%s', async (_name, contact, shown, errors) => {
    expect(await answering(contact)).toEqual({ data: { customer: { contact: shown } }, errors });
  });

  test('pass where the scalar is a custom one, and keep keys nobody asked for out', async () => {
    expect(
      await answering({ born: [{ any: { thing: [1] } }], access: 'x', __proto__: { email: 'inherited' } }),
    ).toMatchObject({
      data: { customer: { contact: { tags: null, born: [{ any: { thing: [1] } }] } } },
    });
  });

  test('an entity’s answer cannot change what another subgraph said', async () => {
    const { run, asked } = customerGraph({
      answers: {
        crm: () => ({
          data: {
            _entities: [
              {
                id: 'x',
                name: 'x',
                access: 'x',
                company: { __typename: 'Company', code: 'c', country: { iso: 'DE' } },
              },
            ],
          },
        }),
      },
    });
    expect((await run('{ customer(id: 1) { id name company { revenue } } }')).data).toEqual({
      customer: { id: '1', name: 'Ada', company: { revenue: 3 } },
    });
    expect(asked.map(({ subgraph }) => subgraph)).toEqual(['profiles', 'crm', 'commerce']);
  });

  test('a list nested a hundred thousand deep is an error, not a crash', async () => {
    const { run } = customerGraph({ answers: { crm: () => ({ data: { _entities: [{ contact: deep(100_000) }] } }) } });
    expect(await run('{ customer(id: 1) { name contact { email } } }')).toEqual({
      data: { customer: { name: 'Ada', contact: null } },
      errors: [expected('an object of type Contact')],
    });
  });

  test('what a transport keeps is never changed', async () => {
    const freeze = <T>(value: T): T => {
      if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
      return value;
    };
    const { run } = customerGraph({
      answers: {
        profiles: () =>
          freeze({ data: { _0_customer: { __typename: 'Customer', id: '1', access: {}, sourceKeys: [] } } }),
        crm: () => freeze({ data: { _entities: [{ contact: { email: 'x' } }] } }),
      },
    });
    expect(await run('{ customer(id: 1) { contact { email } } }')).toEqual({
      data: { customer: { contact: { email: 'x' } } },
    });
  });
});

describe('An answer that lacks fields it was asked for', () => {
  const lacking = (path: unknown[], serviceName = 'crm') =>
    unavailable('expected each field that was asked for, got some of them', path, serviceName);

  test('is an error at each of them that the client selected', async () => {
    const { run } = customerGraph({
      answers: { crm: () => ({ data: { _entities: [{ _0_c: { tags: [] } }, {}] } }) },
    });
    expect(await run('{ customers(ids: [1, 2, 1]) { c: contact { email tags } } }')).toEqual({
      data: { customers: [{ c: { email: null, tags: [] } }, { c: null }, { c: { email: null, tags: [] } }] },
      errors: [
        lacking(['customers', 0, 'c', 'email']),
        lacking(['customers', 2, 'c', 'email']),
        lacking(['customers', 1, 'c']),
      ],
    });
  });

  test('is an error at the object where it is a type name or a key that the gateway needs', async () => {
    for (const entity of [
      { id: '1', access: null, sourceKeys: null },
      { __typename: 'Customer', id: '1', access: 1 },
    ]) {
      const { run, asked } = customerGraph({ answers: { profiles: () => ({ data: { _0_me: entity } }) } });
      expect(await run('{ me: customer(id: 1) { contact { email } lastOrder { id } } }')).toEqual({
        data: { me: { contact: null, lastOrder: null } },
        errors: [lacking(['me'], 'profiles')],
      });
      expect(asked).toHaveLength(1);
    }
  });

  test('is an error at each root field', async () => {
    const { run } = customerGraph({ answers: { commerce: () => ({ data: {} }) } });
    expect(await run('{ a: shop b: shop }')).toEqual({
      data: { a: null, b: null },
      errors: [lacking(['a'], 'commerce'), lacking(['b'], 'commerce')],
    });
  });

  test('has no error besides where the subgraph told one', async () => {
    const errors = [{ message: 'no', path: ['_entities', 0, 'contact'], extensions: { code: 'UPSTREAM_INVALID' } }];
    const { run } = customerGraph({ answers: { crm: () => ({ data: { _entities: [{}] }, errors }) } });
    expect(await run('{ customer(id: 1) { contact { email } } }')).toEqual({
      data: { customer: { contact: null } },
      errors: [
        { message: 'no', path: ['customer', 'contact'], extensions: { code: 'UPSTREAM_INVALID', serviceName: 'crm' } },
      ],
    });
  });

  test('is judged by its own type: what is asked of other types is not missed', async () => {
    const typeDefs = `
      type Query { found: [Found!] }
      union Found = Open | Closed
      type Open { name: String box: Box } type Closed { since: String box: Box }
      type Box { left: Int right: Int }`;
    const found = [
      { __typename: 'Open', name: 'x', box: { left: 1 } },
      { __typename: 'Closed', since: 'y', box: { right: 2 } },
      { __typename: 'Closed', box: null },
    ];
    const { run } = composed({ a: { typeDefs } }, { answers: { a: () => ({ data: { found } }) } });
    expect(await run('{ found { ... on Open { name box { left } } ... on Closed { since box { right } } } }')).toEqual({
      data: {
        found: [
          { name: 'x', box: { left: 1 } },
          { since: 'y', box: { right: 2 } },
          { since: null, box: null },
        ],
      },
      errors: [lacking(['found', 2, 'since'], 'a')],
    });
  });

  test('by a type name, of an object that could have several', async () => {
    const typeDefs =
      'type Query { found: Found } union Found = Open | Closed type Open { a: Int } type Closed { b: Int }';
    const { run } = composed({ a: { typeDefs } }, { answers: { a: () => ({ data: { found: { a: 1 } } }) } });
    expect(await run('{ found { ... on Open { a } } }')).toEqual({
      data: { found: null },
      errors: [lacking(['found'], 'a')],
    });
  });

  test('a million of them are told of in part', async () => {
    const tags = Array.from({ length: 1_000_000 }, () => ({}));
    const typeDefs = 'type Query { many: [Many] } type Many { a: Int }';
    const { run } = composed({ a: { typeDefs } }, { answers: { a: () => ({ data: { many: tags } }) } });
    expect((await run('{ many { a } }')).errors).toHaveLength(10_000);
  });
});

describe('A custom scalar', () => {
  const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
  const answering = (born: unknown) =>
    customerGraph({ answers: { crm: () => ({ data: { _entities: [{ contact: { born } }] } }) } });

  test('comes back as it is, nested five hundred deep', async () => {
    const { run } = answering(nested(500));
    expect(await run('{ customer(id: 1) { contact { born } } }')).toEqual({
      data: { customer: { contact: { born: nested(500) } } },
    });
  });

  test.each([[501], [200_000]])('nested %d deep is an error of its field', async (depth) => {
    const { run } = answering(nested(depth));
    expect(await run('{ customer(id: 1) { name contact { born } } }')).toEqual({
      data: { customer: { name: 'Ada', contact: { born: null } } },
      errors: [
        unavailable('expected values nested at most 500 levels deep, got a deeper one', [
          'customer',
          'contact',
          'born',
        ]),
      ],
    });
  });

  test('nested deep where another subgraph requires it is not sent, and what others are asked is', async () => {
    const entity = (id: string, access: unknown) => ({ __typename: 'Customer', id, access, sourceKeys: null });
    const { run, asked } = customerGraph({
      answers: {
        profiles: () => ({ data: { _0_customers: [entity('1', nested(200_000)), entity('2', null)] } }),
        crm: ({ variables }) => ({
          data: { _entities: (variables.representations as unknown[]).map(() => ({ contact: { email: 'x' } })) },
        }),
      },
    });
    expect(await run('{ customers(ids: [1, 2]) { contact { email } } }')).toEqual({
      data: { customers: [{ contact: null }, { contact: { email: 'x' } }] },
      errors: [
        unavailable('expected values nested at most 500 levels deep, got a deeper one', ['customers', 0], 'profiles'),
      ],
    });
    expect(asked[1]?.variables.representations).toEqual([
      { __typename: 'Customer', access: null, sourceKeys: null, id: '2' },
    ]);
  });
});

describe('Types and enum values', () => {
  const SOURCE = {
    a: {
      typeDefs: `
        type Query { found: Found level: Level secret: Found @inaccessible }
        union Found = Open | Closed
        enum Level { LOW SECRET @inaccessible }
        type Open { name: String } type Closed @inaccessible { name: String }`,
    },
  };
  const answering = (data: object) => composed(SOURCE, { answers: { a: () => ({ data }) } });
  const expected = (what: string, path: string) => ({
    message: `Expected ${what}, got something else.`,
    path: [path],
    extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
  });

  test.each([['Closed'], ['Unknown'], [7]])(
    'a type that is not public or not known is null: %s',
    async (__typename) => {
      const { run } = answering({ found: { __typename, name: 'x' } });
      expect(await run('{ found { __typename ... on Open { name } } }')).toEqual({
        data: { found: null },
        errors: [expected('an object of a type of Found', 'found')],
      });
    },
  );

  test.each([['SECRET'], ['Unknown'], [{}], [1]])(
    'an enum value that is not public or not known is null: %s',
    async (level) => {
      expect(await answering({ level }).run('{ level }')).toEqual({
        data: { level: null },
        errors: [expected('a value of the enum Level', 'level')],
      });
    },
  );
});

describe('Errors of the wrong kind', () => {
  test.each<[unknown]>([
    [[null]],
    [['x']],
    [[{ path: 'x' }]],
    [[{ path: ['_entities'] }]],
    [[{ path: ['_entities', -1, 'contact'] }]],
    [[{ path: ['_entities', 5, 'contact'] }]],
    [[{ path: ['_entities', 0.5] }]],
    [[{ path: ['elsewhere', 0] }]],
    [[{ path: [{}, []] }]],
    [[{ message: {}, path: ['_entities', 0], extensions: 1 }]],
  ])('are one masked error at the entity: %j', async (errors) => {
    const { run } = customerGraph({ answers: { crm: () => ({ data: { _entities: [null] }, errors }) } });
    expect(await run('{ customer(id: 1) { contact { email } } }')).toEqual({
      data: { customer: { contact: null } },
      errors: [
        {
          message: 'The subgraph crm could not resolve this field.',
          path: ['customer'],
          extensions: { code: 'INTERNAL_SERVER_ERROR', serviceName: 'crm' },
        },
      ],
    });
  });
});
