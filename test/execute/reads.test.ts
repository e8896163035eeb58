import { parse } from 'graphql';
import { customerGraph } from './customer-graph';

describe('Reading one graph from several subgraphs', () => {
  test('joins fields of three subgraphs into one customer, in two hops, the second side by side', async () => {
    const { run, asked } = customerGraph();
    expect(
      await run('query ($id: ID!) { customer(id: $id) { lastOrder { id } contact { email } name } }', { id: '1' }),
    ).toEqual({
      data: { customer: { lastOrder: { id: 'order of c1' }, contact: { email: 'c1@example.org' }, name: 'Ada' } },
    });
    expect(asked.map(({ subgraph }) => subgraph).sort()).toEqual(['commerce', 'crm', 'profiles']);
  });

  test('writes fields in the document’s order and shows nothing that was only fetched for others', async () => {
    const { run } = customerGraph();
    const { data } = await run('{ shop customer(id: 1) { contact { born email } name } crmVersion }');
    expect(JSON.stringify(data)).toBe(
      '{"shop":"open","customer":{"contact":{"born":{"year":1815},"email":"c1@example.org"},"name":"Ada"},"crmVersion":"crm 1"}',
    );
  });

  test('follows lists, lists of lists, nested objects and entities below entities', async () => {
    const { run } = customerGraph();
    expect(
      await run(`{
        customers(ids: [3, 9, 1]) { id friends { contact { tags } } pairs { lastOrder { total { currency } items { title } } } }
        search { edges { cursor node { company { name revenue } } } }
      }`),
    ).toEqual({
      data: {
        customers: [
          {
            id: '3',
            friends: null,
            pairs: [
              [{ lastOrder: { total: { currency: 'EUR' }, items: [{ title: 'Book' }] } }, null],
              [{ lastOrder: { total: { currency: 'EUR' }, items: [{ title: 'Book' }] } }],
            ],
          },
          null,
          {
            id: '1',
            friends: [{ contact: { tags: ['a', 'b'] } }, { contact: { tags: ['a', 'b'] } }],
            pairs: [
              [{ lastOrder: { total: { currency: 'EUR' }, items: [{ title: 'Book' }] } }, null],
              [{ lastOrder: { total: { currency: 'EUR' }, items: [{ title: 'Book' }] } }],
            ],
          },
        ],
        search: {
          edges: [
            { cursor: 'at 1', node: { company: { name: 'Company 1', revenue: 5 } } },
            { cursor: 'at 2', node: { company: { name: 'Company 2', revenue: 5 } } },
            { cursor: 'at 3', node: { company: { name: 'Company 3', revenue: 5 } } },
          ],
        },
      },
    });
  });

  test('keeps aliases apart, also of one entity asked for twice in one batch', async () => {
    const { run, asked } = customerGraph();
    expect(
      await run(`{
        a: customer(id: 1) { contact { p: phone(prefix: "a") phone(prefix: "b") q: phone } }
        b: customer(id: 2) { mail: contact { email } contact { p: tags } }
      }`),
    ).toEqual({
      data: {
        a: { contact: { p: 'a49', phone: 'b49', q: '+49' } },
        b: { mail: { email: 'c2@example.org' }, contact: { p: ['a', 'b'] } },
      },
    });
    expect(asked.map(({ subgraph, query }) => [subgraph, query.includes('_e0: _entities')])).toEqual([
      ['profiles', false],
      ['crm', true],
    ]);
  });

  test('lets a client name its fields like internal ones without meeting them', async () => {
    const { run } = customerGraph();
    expect(
      await run(`{ customer(id: 1) {
        access: name sourceKeys: value { source: historic } id: greeting _0_id: id __typename: name
        contact { email } company { code: name country { iso: __typename } revenue }
      } }`),
    ).toEqual({
      data: {
        customer: {
          access: 'Ada',
          sourceKeys: { source: 10 },
          id: 'Hi Ada',
          _0_id: '1',
          __typename: 'Ada',
          contact: { email: 'c1@example.org' },
          company: { code: 'Company 1', country: { iso: 'Country' }, revenue: 5 },
        },
      },
    });
  });

  test('survives aliases of nested required fields, for which the native planner ends the process', async () => {
    const { run } = customerGraph();
    const query = '{ customer(id: 1) { sourceKeys { source: key } access contact { email } } }';
    expect(await run(query, {}, { validated: false })).toEqual({
      data: {
        customer: {
          sourceKeys: [{ source: 'c1' }],
          access: { may: 'read', of: '1' },
          contact: { email: 'c1@example.org' },
        },
      },
    });
  });

  test('survives an alias that is the name, at which the planner ends the process as well', async () => {
    const { run } = customerGraph();
    const query = `{
      a: customer(id: 1) { contact { email } }
      customers(ids: [1]) { mail: contact { email } }
      customers(ids: [1]) { sourceKeys { source: source key: key } }
    }`;
    expect(await run(query, {}, { validated: false })).toEqual({
      data: {
        a: { contact: { email: 'c1@example.org' } },
        customers: [{ mail: { email: 'c1@example.org' }, sourceKeys: [{ source: 'crm', key: 'c1' }] }],
      },
    });
  });

  test('takes __proto__ and constructor as names like any other', async () => {
    const { run } = customerGraph();
    const { data } = await run(
      '{ customer(id: 1) { __proto__: contact { constructor: email } constructor: name toString: id } }',
    );
    expect(JSON.stringify(data)).toBe(
      '{"customer":{"__proto__":{"constructor":"c1@example.org"},"constructor":"Ada","toString":"1"}}',
    );
    expect(({} as Record<string, unknown>).email).toBeUndefined();
  });

  test('merges fragments, named and inline, as one selection', async () => {
    const { run } = customerGraph();
    expect(
      await run(`
        query { ...Root ... on Query { customer(id: 1) { contact { email } } } }
        fragment Root on Query { customer(id: 1) { ...Parts } shop __typename }
        fragment Parts on Customer { contact { tags } ... { name ... on Customer { lastOrder { id } } } }`),
    ).toEqual({
      data: {
        customer: {
          contact: { tags: ['a', 'b'], email: 'c1@example.org' },
          name: 'Ada',
          lastOrder: { id: 'order of c1' },
        },
        shop: 'open',
        __typename: 'Query',
      },
    });
  });

  describe('decides @skip and @include', () => {
    const QUERY = `query ($a: Boolean = true, $b: Boolean!) {
      shop @skip(if: $a)
      customer(id: 1) @include(if: $a) {
        contact @include(if: $b) @skip(if: false) { email }
        ... @skip(if: $b) { lastOrder { id } contact { tags } }
        name @include(if: false)
      }
    }`;
    test.each([
      [{ b: true }, { customer: { contact: { email: 'c1@example.org' } } }],
      [{ b: false }, { customer: { lastOrder: { id: 'order of c1' }, contact: { tags: ['a', 'b'] } } }],
      [{ a: false, b: true }, { shop: 'open' }],
    ])('by the variables %j', async (variables, data) => {
      expect(await customerGraph().run(QUERY, variables)).toEqual({ data });
    });

    test('without asking a subgraph for what is left out', async () => {
      const { run, asked } = customerGraph();
      await run('query ($a: Boolean!) { customer(id: 1) { name contact @include(if: $a) { email } } }', { a: false });
      expect(asked.map(({ subgraph }) => subgraph)).toEqual(['profiles']);
    });
  });

  test('sends each subgraph the variables it uses, coerced and with defaults', async () => {
    const { run, asked } = customerGraph();
    expect(
      await run(
        'query ($id: ID!, $p: String = "0", $none: String) { customer(id: $id) { contact { phone(prefix: $p) } greeting(word: $none) } }',
        { id: 1, unused: 2 },
      ),
    ).toEqual({ data: { customer: { contact: { phone: '049' }, greeting: 'Hi Ada' } } });
    expect(asked.map(({ variables }) => variables)).toEqual([
      { id: '1' },
      {
        p: '0',
        representations: [
          {
            __typename: 'Customer',
            access: { may: 'read', of: '1' },
            sourceKeys: [{ source: 'crm', key: 'c1' }],
            id: '1',
          },
        ],
      },
    ]);
  });

  test('answers a variable of the wrong kind with BAD_USER_INPUT and asks no one', async () => {
    const { run, asked } = customerGraph();
    expect(await run('query ($id: ID!) { customer(id: $id) { name } }', { id: {} })).toEqual({
      data: null,
      errors: [
        {
          message: 'Variable "$id" got invalid value {}; ID cannot represent value: {}',
          extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
        },
      ],
    });
    expect(asked).toEqual([]);
  });

  test('reads @inaccessible fields when its own caller adds them after validation', async () => {
    const { run } = customerGraph();
    const query = '{ customer(id: 1) { _permission: contactPermission(topic: "news") { allowed reason } } }';
    expect(await run(query, {}, { validated: false })).toEqual({
      data: { customer: { _permission: { allowed: true, reason: 'news' } } },
    });
    await expect(run(query)).rejects.toThrow('Cannot query field "contactPermission" on type "Customer".');
  });

  test('hands the request context to the transports as it is', async () => {
    const { run, contexts } = customerGraph();
    const context = { deadlineAt: Date.now() + 1_000, requestId: 'one' };
    await run('{ customer(id: 1) { contact { email } } }', {}, { context });
    expect(contexts.map((seen) => seen === context)).toEqual([true, true]);
  });

  test('prepares an operation once per document and name, and forgets the least recently used', () => {
    const { executor } = customerGraph({ planCacheSize: 2 });
    const prepare = (query: string, name?: string) => executor.prepare(parse(query), name);
    const two = 'query A { shop } query B { crmVersion }';
    const a = prepare(two, 'A');
    expect(prepare(two, 'A')).toBe(a);
    const b = prepare(two, 'B');
    expect(b).not.toBe(a);
    expect(prepare(two, 'A')).toBe(a);
    prepare('{ shop }');
    expect(prepare(two, 'A')).toBe(a);
    expect(prepare(two, 'B')).not.toBe(b);
  });
});
