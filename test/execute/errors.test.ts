import type { RequestContext, SubgraphResponse } from '../../gateway/execute/fetch';
import { createReader } from '../../gateway/execute/reader';
import { requestContext } from './composed';
import { customerGraph } from './customer-graph';

const MASKED = (serviceName: string, path: unknown[]) => ({
  message: `The subgraph ${serviceName} could not resolve this field.`,
  path,
  extensions: { code: 'INTERNAL_SERVER_ERROR', serviceName },
});

/** Never answers; the executor's own clock must end it. */
const never = () => new Promise<SubgraphResponse>(() => {});

describe('Errors of subgraphs', () => {
  const withCrm = (answer: (count: number) => SubgraphResponse) =>
    customerGraph({
      answers: { crm: ({ variables }) => answer(((variables.representations ?? []) as unknown[]).length) },
    });

  test('arrive at each place their representation came from, under the client’s names', async () => {
    const { run } = withCrm((count) => ({
      data: {
        _entities: Array.from({ length: count }, (_, index) =>
          index === 0 ? { _0_c: { _0_p: null, tags: null } } : { _0_c: { _0_p: 'x', tags: ['t', null] } },
        ),
      },
      errors: [
        {
          message: 'throttled',
          path: ['_entities', 0, '_0_c', '_0_p'],
          extensions: { code: 'UPSTREAM_THROTTLED', host: 'internal' },
        },
        { message: 'secret', path: ['_entities', 1, '_0_c', 'tags', 1] },
      ],
    }));
    expect(await run('{ all: customers(ids: [1, 2, 1]) { c: contact { p: phone tags } } }')).toEqual({
      data: {
        all: [{ c: { p: null, tags: null } }, { c: { p: 'x', tags: null } }, { c: { p: null, tags: null } }],
      },
      errors: [
        {
          message: 'throttled',
          path: ['all', 0, 'c', 'p'],
          extensions: { code: 'UPSTREAM_THROTTLED', serviceName: 'crm' },
        },
        {
          message: 'throttled',
          path: ['all', 2, 'c', 'p'],
          extensions: { code: 'UPSTREAM_THROTTLED', serviceName: 'crm' },
        },
        MASKED('crm', ['all', 1, 'c', 'tags', 1]),
      ],
    });
  });

  test('arrive from aliased entities of a batch at their own places', async () => {
    const { run } = customerGraph({
      answers: {
        crm: ({ query }) => {
          const first = /_e0: _entities\([^)]*\)\{\.\.\.on Customer\{contact\{email\}/.test(query);
          const [mail, tags] = first ? ['_e0', '_e1'] : ['_e1', '_e0'];
          return {
            data: {
              [mail as string]: [{ contact: { email: null } }],
              [tags as string]: [{ contact: { tags: ['t'] } }],
            },
            errors: [{ message: 'x', path: [mail as string, 0, 'contact', 'email'] }],
          };
        },
      },
    });
    expect(await run('{ a: customer(id: 1) { contact { tags } } b: customer(id: 2) { contact { email } } }')).toEqual({
      data: { a: { contact: { tags: ['t'] } }, b: { contact: { email: null } } },
      errors: [MASKED('crm', ['b', 'contact', 'email'])],
    });
  });

  test('keep code and message of the catalogue, and are masked otherwise', async () => {
    const errors = [
      { message: 'busy', extensions: { code: 'STORE_UNAVAILABLE', stack: 'at …' }, path: ['shop'] },
      { message: 'password is x', extensions: { code: 'toString' }, path: ['shop'] },
      { message: 'password is y', extensions: { code: 'E11000' }, path: ['shop'] },
      { message: 17, extensions: { code: 'STORE_UNAVAILABLE' }, path: ['shop'] },
      null,
    ];
    const { run } = customerGraph({ answers: { commerce: () => ({ data: { shop: null }, errors }) } });
    expect(await run('{ shop }')).toEqual({
      data: { shop: null },
      errors: [
        { message: 'busy', path: ['shop'], extensions: { code: 'STORE_UNAVAILABLE', serviceName: 'commerce' } },
        MASKED('commerce', ['shop']),
      ],
    });
  });

  test('at fields the client did not select stand at the nearest one it did, once', async () => {
    const { run } = customerGraph({
      answers: {
        profiles: () => ({
          data: { _0_me: { __typename: 'Customer', id: '1', access: null, sourceKeys: null } },
          errors: [
            { message: 'a', path: ['_0_me', 'access'] },
            { message: 'b', path: ['_0_me', 'sourceKeys', 0, 'key'] },
            { message: 'c', path: ['_0_me', 'nowhere', {} as never] },
          ],
        }),
        crm: () => ({ data: { _entities: [null] } }),
      },
    });
    expect(await run('{ me: customer(id: 1) { contact { email } } }')).toEqual({
      data: { me: { contact: null } },
      errors: [MASKED('profiles', ['me'])],
    });
  });

  test('without a place stand at each entity, or each root field, that was asked for', async () => {
    const crmDown = withCrm(() => ({
      data: null,
      errors: [{ message: 'no', extensions: { code: 'SUBGRAPH_UNAUTHENTICATED' } }],
    }));
    expect(await crmDown.run('{ customers(ids: [1, 2]) { name contact { email } company { name } } }')).toEqual({
      data: {
        customers: [
          { name: 'Ada', contact: null, company: null },
          { name: 'Grace', contact: null, company: null },
        ],
      },
      errors: [0, 1].map((index) => ({
        message: 'no',
        path: ['customers', index],
        extensions: { code: 'SUBGRAPH_UNAUTHENTICATED', serviceName: 'crm' },
      })),
    });
    const profilesDown = customerGraph({ answers: { profiles: () => ({ errors: [{ message: 'no' }] }) } });
    expect(await profilesDown.run('{ a: customer(id: 1) { name } b: customer(id: 2) { name } shop }')).toEqual({
      data: { a: null, b: null, shop: 'open' },
      errors: [MASKED('profiles', ['a']), MASKED('profiles', ['b'])],
    });
  });

  test('of a fetch that throws: one SUBGRAPH_UNAVAILABLE at each entity, and the others’ data', async () => {
    const { run } = customerGraph({
      answers: {
        crm: () => {
          throw new Error('connect ECONNREFUSED 10.0.0.1:4001');
        },
      },
    });
    expect(await run('{ customers(ids: [1, 9, 2]) { contact { email } lastOrder { id } } crmVersion: shop }')).toEqual({
      data: {
        customers: [
          { contact: null, lastOrder: { id: 'order of c1' } },
          null,
          { contact: null, lastOrder: { id: 'order of c2' } },
        ],
        crmVersion: 'open',
      },
      errors: [0, 2].map((index) => ({
        message: 'The subgraph crm did not answer as expected: expected an answer, got none.',
        path: ['customers', index],
        extensions: { code: 'SUBGRAPH_UNAVAILABLE', serviceName: 'crm' },
      })),
    });
  });

  describe('when time is up', () => {
    beforeEach(() => void jest.useFakeTimers());
    afterEach(() => void jest.useRealTimers());

    const QUERY = '{ customer(id: 1) { name contact { email } lastOrder { id } } }';
    const answerAfter = async (milliseconds: number, deadlineMs: number) => {
      const { run, asked } = customerGraph({ subgraphTimeoutMs: 300, answers: { crm: never } });
      const result = run(QUERY, {}, { context: requestContext(deadlineMs) });
      await jest.advanceTimersByTimeAsync(milliseconds);
      return { result: await result, asked };
    };

    test.each([
      ['the subgraph’s own limit', 300, 60_000],
      ['the request’s deadline', 100, 100],
    ])('answers with what is there at %s', async (_limit, milliseconds, deadlineMs) => {
      expect((await answerAfter(milliseconds, deadlineMs)).result).toEqual({
        data: { customer: { name: 'Ada', contact: null, lastOrder: { id: 'order of c1' } } },
        errors: [
          {
            message: `The subgraph crm did not answer in time: waited ${milliseconds} ms.`,
            path: ['customer'],
            extensions: { code: 'SUBGRAPH_TIMEOUT', serviceName: 'crm' },
          },
        ],
      });
    });

    test('sends nothing any more after the deadline', async () => {
      const { run, asked } = customerGraph();
      expect(
        await run('mutation { first: callBack(id: 1) { email } count }', {}, { context: requestContext(0) }),
      ).toEqual({
        data: null,
        errors: [
          {
            message: 'The subgraph crm did not answer in time: the deadline of the request had passed before.',
            path: ['first'],
            extensions: { code: 'SUBGRAPH_TIMEOUT', serviceName: 'crm' },
          },
          {
            message: 'The subgraph profiles did not answer in time: the deadline of the request had passed before.',
            path: ['count'],
            extensions: { code: 'SUBGRAPH_TIMEOUT', serviceName: 'profiles' },
          },
        ],
      });
      expect(asked).toEqual([]);
    });

    test('ignores an answer that comes too late', async () => {
      let answerLate: (answer: SubgraphResponse) => void = () => {};
      const { run } = customerGraph({ answers: { commerce: () => new Promise((resolve) => (answerLate = resolve)) } });
      const result = run('{ shop }', {}, { context: requestContext(10) });
      await jest.advanceTimersByTimeAsync(10);
      answerLate({ data: { shop: 'late' } });
      expect((await result).data).toEqual({ shop: null });
    });

    test('leaves no timer behind', async () => {
      await customerGraph().run(QUERY);
      expect(jest.getTimerCount()).toBe(0);
    });
  });

  test('after the client is gone: nothing is sent any more', async () => {
    const { run, asked } = customerGraph();
    const reader = createReader();
    reader.leave();
    const context: RequestContext = { ...requestContext(), reader };
    expect((await run('{ shop }', {}, { context })).data).toEqual({ shop: null });
    expect(asked).toEqual([]);
  });
});
