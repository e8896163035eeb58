/** Searching customers: filtered before it is paged, and never an oracle for what a read would withhold. */
import fc from 'fast-check';
import { errorCodeOf } from '../../schema/errors';
import { ROLES } from '../../schema/policy';
import type { Purpose, Role } from '../../schema/policy';
import type { RequestPolicy } from '../../schema/request-policy';
import { encodeCursor } from '../../subgraphs/connection.entity';
import { createProfilesRequest } from '../../subgraphs/profiles/request';
import { searchCustomers } from '../../subgraphs/profiles/search';
import type { CustomerFilter } from '../../subgraphs/profiles/search';
import { consent, contact, NOW, openProfiles, policyOf, registry } from './opened-profiles';
import type { OpenedProfiles } from './opened-profiles';

/** 120 customers: every second German, every third consenting to marketing, every fifth objecting to support. */
const COUNT = 120;
const numbers = Array.from({ length: COUNT }, (_, index) => index);
const isGerman = (number: number) => number % 2 === 0;
const isConsenting = (number: number) => number % 3 === 0;
const isObjecting = (number: number) => number % 5 === 0;

let opened: OpenedProfiles;
let idOf: readonly string[];
beforeAll(async () => {
  opened = await openProfiles();
  const { customerIds } = await opened.take(
    'crm',
    ...numbers.map((number) =>
      contact(`c${number}`, {
        email: number < 3 ? 'family@example.com' : `${number}@example.com`,
        facts: { country: isGerman(number) ? 'DE' : 'US' },
        consents: [
          ...(isConsenting(number) ? [consent('GRANT', -100)] : []),
          ...(isObjecting(number) ? [consent('OBJECT', -50, { purpose: 'SUPPORT_SERVICE' })] : []),
        ],
      }),
    ),
  );
  idOf = customerIds;
});
afterAll(() => opened.dispose());

const agent: Partial<RequestPolicy> = {
  principal: { id: 'agent', role: 'SUPPORT_AGENT', scopes: [] },
  purpose: 'SUPPORT_SERVICE',
};
const officer: Partial<RequestPolicy> = {
  principal: { id: 'officer', role: 'PRIVACY_OFFICER', scopes: [] },
  purpose: 'DATA_SUBJECT_RIGHTS',
};

function search(
  filter: CustomerFilter,
  page: { first?: number; after?: string | null } = {},
  policy: Partial<RequestPolicy> = officer,
) {
  const request = createProfilesRequest({
    store: opened.store,
    links: opened.links,
    policy: policyOf(policy),
    now: NOW,
  });
  return searchCustomers({ store: opened.store, registry, request }, filter, { first: 100, ...page });
}

async function pageOf(...args: Parameters<typeof search>) {
  const { edges, pageInfo } = await search(...args);
  return { ids: edges.map(({ node }) => node.id), ...pageInfo };
}

async function walk(
  filter: CustomerFilter,
  first: number,
  policy: Partial<RequestPolicy> = officer,
): Promise<string[]> {
  const ids: string[] = [];
  let after: string | null = null;
  for (;;) {
    const page: Awaited<ReturnType<typeof pageOf>> = await pageOf(filter, { first, after }, policy);
    ids.push(...page.ids);
    if (!page.hasNextPage) return ids;
    after = page.endCursor;
  }
}

/** What a filter should find, worked out from how the customers were made. */
const expected = (matches: (number: number) => boolean) =>
  numbers
    .filter(matches)
    .map((number) => idOf[number])
    .sort();

const filters: ReadonlyArray<[string, CustomerFilter, (number: number) => boolean]> = [
  ['nothing asked', {}, () => true],
  ['jurisdiction', { jurisdiction: 'EU' }, isGerman],
  ['another jurisdiction', { jurisdiction: 'UK' }, () => false],
  ['consent', { consent: { purpose: 'EMAIL_MARKETING', state: 'GRANTED' } }, isConsenting],
  ['never asked', { consent: { purpose: 'EMAIL_MARKETING', state: 'NOT_ASKED' } }, (one) => !isConsenting(one)],
  ['an id', { identity: { namespace: 'hubspot.contact', value: 'c7' } }, (one) => one === 7],
  ['a shared address', { identity: { namespace: 'email', value: ' Family@example.COM' } }, (one) => one < 3],
  ['an unknown address', { identity: { namespace: 'email', value: 'nobody@example.com' } }, () => false],
  [
    'all of them together',
    {
      identity: { namespace: 'email', value: 'family@example.com' },
      jurisdiction: 'EU',
      consent: { purpose: 'EMAIL_MARKETING', state: 'GRANTED' },
    },
    (one) => one === 0,
  ],
];

describe('A search', () => {
  it.each(filters)('finds by %s exactly who matches, in order of id', async (_name, filter, matches) => {
    expect(await walk(filter, 100)).toEqual(expected(matches));
  });

  it('covers everything exactly once, whatever the size of the pages', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...filters),
        fc.integer({ min: 1, max: 100 }),
        async ([, filter, matches], first) => {
          expect(await walk(filter, first)).toEqual(expected(matches));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('fills its pages: filtered first, then paged', async () => {
    const { ids, hasNextPage, hasPreviousPage } = await pageOf({ jurisdiction: 'EU' }, { first: 10 });
    expect([ids, hasNextPage, hasPreviousPage]).toEqual([expected(isGerman).slice(0, 10), true, false]);
  });

  it('knows that a page is the last one, also when it is exactly full', async () => {
    const { endCursor, hasNextPage } = await pageOf({ jurisdiction: 'EU' }, { first: 60 });
    const rest = await pageOf({ jurisdiction: 'EU' }, { first: 60, after: endCursor });
    expect([hasNextPage, rest.ids, rest.hasNextPage, rest.hasPreviousPage]).toEqual([false, [], false, true]);
  });

  it('goes on where it was, although there are more customers by now', async () => {
    const { endCursor } = await pageOf({}, { first: 10 });
    // Ids rise with time, so that who comes later stands behind.
    opened.clock.now += 1_000;
    await opened.take('crm', contact('new', {}));
    const { ids } = await pageOf({}, { first: 10, after: endCursor });
    expect(ids).toEqual(expected(() => true).slice(10, 20));
    await opened.takeBatch({ source: 'crm', absent: ['new'] });
    const [id] = await opened.linked('hubspot.contact', 'new');
    const [profile] = await opened.store.findProfiles([id ?? '']);
    // Out of the way of the other tests: as if it had turned out to be another customer.
    await opened.store.commit({ profiles: profile ? [{ ...profile, mergedInto: idOf[0] ?? '' }] : [] });
    expect(await walk({}, 100)).toEqual(expected(() => true));
  });
});

describe('What is withheld never matches', () => {
  it('a condition on consent or place finds nobody who objected to the purpose', async () => {
    const bothWays = await Promise.all([
      walk({ consent: { purpose: 'EMAIL_MARKETING', state: 'GRANTED' } }, 100, agent),
      walk({ consent: { purpose: 'EMAIL_MARKETING', state: 'NOT_ASKED' } }, 100, agent),
      walk({ jurisdiction: 'EU' }, 100, agent),
      walk({ jurisdiction: 'US' }, 100, agent),
    ]);
    expect(bothWays).toEqual([
      expected((one) => isConsenting(one) && !isObjecting(one)),
      expected((one) => !isConsenting(one) && !isObjecting(one)),
      expected((one) => isGerman(one) && !isObjecting(one)),
      expected((one) => !isGerman(one) && !isObjecting(one)),
    ]);
  });

  it('an address finds nobody for whom contact is withheld, as if it were unknown', async () => {
    const ask = (value: string) => pageOf({ identity: { namespace: 'email', value } }, {}, agent);
    const [objecting, unknown, shared] = [
      await ask('5@example.com'),
      await ask('x@example.com'),
      await ask('family@example.com'),
    ];
    expect([objecting.ids, unknown.ids, shared.ids]).toEqual([[], [], expected((one) => one === 1 || one === 2)]);
  });

  it.each<[Role, Purpose | null]>([
    ['ADMIN', null],
    ['ADMIN', 'DATA_SUBJECT_RIGHTS'],
    ['PRIVACY_OFFICER', null],
    ['PRIVACY_OFFICER', 'EMAIL_MARKETING'],
    ['SUPPORT_AGENT', 'DATA_SUBJECT_RIGHTS'],
  ])('for %s with the purpose %s every condition finds nobody', async (role, purpose) => {
    const policy: Partial<RequestPolicy> = { principal: { id: 'someone', role, scopes: [] }, purpose };
    const found = await Promise.all(
      filters.filter(([name]) => name !== 'nothing asked').map(([, filter]) => walk(filter, 100, policy)),
    );
    expect(found).toEqual(found.map(() => []));
  });

  it('for an analyst no address is within reach, and places are where analytics is consented to', async () => {
    const policy: Partial<RequestPolicy> = {
      principal: { id: 'analyst', role: 'ANALYST', scopes: [] },
      purpose: 'ANALYTICS',
    };
    expect(
      await Promise.all(
        filters.filter(([name]) => name !== 'nothing asked').map(([, filter]) => walk(filter, 100, policy)),
      ),
    ).toEqual(filters.slice(1).map(() => []));
  });
});

describe('Refused with a code', () => {
  const codeOf = (...args: Parameters<typeof search>) => search(...args).then(() => 'answered', errorCodeOf);

  it('roles that have no business searching', async () => {
    const codes = await Promise.all(
      ROLES.map(async (role) => [
        role,
        await codeOf({}, {}, { principal: { id: 'someone', role, scopes: [], customerId: idOf[0] ?? '' } }),
      ]),
    );
    expect(codes).toEqual([
      ['RENDERER', 'ROLE_NOT_ENTITLED'],
      ['ANALYST', 'answered'],
      ['SUPPORT_AGENT', 'answered'],
      ['PRIVACY_OFFICER', 'answered'],
      ['DATA_SUBJECT', 'ROLE_NOT_ENTITLED'],
      ['ADMIN', 'answered'],
    ]);
  });

  it('a request nobody vouches for', async () => {
    const request = createProfilesRequest({ store: opened.store, links: opened.links, policy: undefined, now: NOW });
    const refused = await searchCustomers({ store: opened.store, registry, request }, {}, { first: 1 }).then(
      () => 'answered',
      errorCodeOf,
    );
    expect(refused).toBe('ROLE_NOT_ENTITLED');
  });

  it.each([0, -1, 101, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])('a page of %s', async (first) => {
    expect(await codeOf({}, { first })).toBe('BAD_USER_INPUT');
  });

  it.each([
    ['empty', ''],
    ['a customer id', '01J00000000000000000000000'],
    ['garbage', '%%%'],
    ['of another kind', Buffer.from('x:1').toString('base64url')],
    ['with padding', `${encodeCursor('01J00000000000000000000000')}=`],
    ['of bytes that are no text', Buffer.from([0x6b, 0x3a, 0xff]).toString('base64url')],
    ['of a key that is no id', encodeCursor('nobody')],
    ['of a key as long as a book', encodeCursor('0'.repeat(5_000))],
    ['of a key with a NUL', encodeCursor('01J\u0000')],
  ])('a cursor that is %s', async (_name, after) => {
    expect(await codeOf({}, { after })).toBe('BAD_USER_INPUT');
  });

  it('a namespace that is not registered, without repeating it', async () => {
    const error = await search({ identity: { namespace: 'jane@example.com', value: 'x' } }).catch(
      (thrown: Error) => thrown,
    );
    expect([errorCodeOf(error), String((error as Error).message).includes('jane')]).toEqual([
      'NAMESPACE_UNKNOWN',
      false,
    ]);
  });
});

describe('Over GraphQL', () => {
  it('a page comes with its cursors and without a count', async () => {
    const { data, codes } = await opened.ask(
      '{ searchCustomers(filter: { jurisdiction: EU }, first: 1) { edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }',
      officer,
    );
    const [first] = expected(isGerman);
    const cursor = encodeCursor(first ?? '');
    expect({ data, codes }).toEqual({
      data: {
        searchCustomers: {
          edges: [{ cursor, node: { id: first } }],
          pageInfo: { hasNextPage: true, endCursor: cursor },
        },
      },
      codes: [],
    });
  });

  it('a renderer is refused', async () => {
    expect((await opened.ask('{ searchCustomers { edges { cursor } } }', {})).codes).toEqual(['ROLE_NOT_ENTITLED']);
  });
});

describe('Asking by identity', () => {
  const ask = (policy: Partial<RequestPolicy>, value = '7@example.com') =>
    opened.ask(`{ customerByIdentity(namespace: "email", value: "${value}") { id } }`, policy);
  const subject = (customerId: string | undefined): Partial<RequestPolicy> => ({
    principal: { id: 'someone', role: 'DATA_SUBJECT', scopes: [], customerId: customerId ?? '' },
    purpose: 'DATA_SUBJECT_RIGHTS',
  });

  it('is answered where addresses are within reach, also for someone who may not be mailed', async () => {
    expect([(await ask(officer)).data, (await ask({})).data]).toEqual([
      { customerByIdentity: { id: idOf[7] } },
      { customerByIdentity: { id: idOf[7] } },
    ]);
  });

  it('is null where they are not', async () => {
    const analyst = { principal: { id: 'a', role: 'ANALYST', scopes: [] }, purpose: 'ANALYTICS' } as const;
    expect([(await ask(analyst)).data, (await ask({ purpose: null })).data]).toEqual([
      { customerByIdentity: null },
      { customerByIdentity: null },
    ]);
  });

  it('tells a data subject of nobody else: neither that there is one, nor that there are several', async () => {
    expect([
      await ask(subject(idOf[7])),
      await ask(subject(idOf[8])),
      await ask(subject(idOf[8]), 'family@example.com'),
      await ask(subject(idOf[1]), 'family@example.com'),
    ]).toEqual([
      { data: { customerByIdentity: { id: idOf[7] } }, codes: [] },
      { data: { customerByIdentity: null }, codes: [] },
      { data: { customerByIdentity: null }, codes: [] },
      { data: { customerByIdentity: { id: idOf[1] } }, codes: [] },
    ]);
  });
});
