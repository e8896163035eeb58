import { customerGraph } from './customer-graph';

describe('Notes of subgraphs about places in their answers', () => {
  test('are relocated and merged over all subgraphs, list by list, as error paths are', async () => {
    const { run } = customerGraph({
      answers: {
        profiles: async (_request, real) => ({
          ...((await real()) as object),
          extensions: {
            privacy: {
              withheld: [{ path: ['_0_all', 0, '_0_n'], reason: 'NO_CONSENT', category: 'IDENTITY' }],
              stale: [{ path: ['_0_all', 2], ageSeconds: 70 }],
            },
            other: 1,
          },
        }),
        crm: async (_request, real) => ({
          ...((await real()) as object),
          extensions: {
            privacy: {
              withheld: [{ path: ['_entities', 0, 'contact', 'email'], reason: 'OBJECTED' }],
              masked: [{ path: ['_entities', 1, 'contact', 'tags', 1] }],
            },
          },
        }),
      },
    });
    expect(await run('{ all: customers(ids: [1, 2, 1]) { n: name contact { email tags } } }')).toEqual({
      data: {
        all: [
          { n: 'Ada', contact: { email: 'c1@example.org', tags: ['a', 'b'] } },
          { n: 'Grace', contact: { email: 'c2@example.org', tags: ['a', 'b'] } },
          { n: 'Ada', contact: { email: 'c1@example.org', tags: ['a', 'b'] } },
        ],
      },
      privacy: {
        withheld: [
          { path: ['all', 0, 'n'], reason: 'NO_CONSENT', category: 'IDENTITY' },
          { path: ['all', 0, 'contact', 'email'], reason: 'OBJECTED' },
          { path: ['all', 2, 'contact', 'email'], reason: 'OBJECTED' },
        ],
        stale: [{ path: ['all', 2], ageSeconds: 70 }],
        masked: [{ path: ['all', 1, 'contact', 'tags', 1] }],
      },
    });
  });

  test('about fields the client did not select stand at the nearest one it did', async () => {
    const { run } = customerGraph({
      answers: {
        profiles: async (_request, real) => ({
          ...((await real()) as object),
          extensions: { privacy: { withheld: [{ path: ['_0_customer', 'sourceKeys', 0, 'key'] }] } },
        }),
      },
    });
    expect((await run('{ customer(id: 1) { contact { email } } }')).privacy).toEqual({
      withheld: [{ path: ['customer'] }],
    });
  });

  test.each([
    [{ privacy: 'none' }],
    [{ privacy: { withheld: 'all', masked: [null, 1, {}, { path: 'x' }] } }],
    [{ privacy: { withheld: [{ path: ['_entities', 7] }, { path: ['_entities', -1] }, { path: ['_entities'] }] } }],
    [null],
    ['x'],
  ])('that are no notes are left out: %j', async (extensions) => {
    const { run } = customerGraph({
      answers: { crm: async (_request, real) => ({ ...((await real()) as object), extensions }) },
    });
    expect(await run('{ customer(id: 1) { contact { email } } }')).toEqual({
      data: { customer: { contact: { email: 'c1@example.org' } } },
    });
  });

  test('in a list named __proto__ harm no one', async () => {
    const privacy = JSON.parse('{"__proto__": [{"path": ["shop"], "polluted": true}]}');
    const { run } = customerGraph({
      answers: { commerce: () => ({ data: { shop: 'open' }, extensions: { privacy } }) },
    });
    expect(JSON.stringify((await run('{ shop }')).privacy)).toBe('{"__proto__":[{"path":["shop"],"polluted":true}]}');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
