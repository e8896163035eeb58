/** The decision as it travels from profiles to the other subgraphs. */
import fc from 'fast-check';
import { decideAccess, readAccess, withholdAll } from '../../schema/access';
import { CATEGORIES, CONSENT_STATES, decide, JURISDICTIONS, PURPOSES, REASONS, ROLES } from '../../schema/policy';
import type { SubjectState } from '../../schema/policy';
import type { RequestPolicy } from '../../schema/request-policy';

const ID = '01J00000000000000000000001';

const subjects = fc
  .record({
    status: fc.constantFrom('ACTIVE', 'RESTRICTED', 'ERASED'),
    states: fc.array(fc.constantFrom(...CONSENT_STATES), {
      minLength: PURPOSES.length,
      maxLength: PURPOSES.length,
    }),
    softOptIn: fc.boolean(),
    suppressions: fc.subarray(['UNSUBSCRIBED', 'COMPLAINT', 'HARD_BOUNCE', 'ERASED'] as const),
    jurisdiction: fc.constantFrom(...JURISDICTIONS),
    minor: fc.boolean(),
  })
  .map(({ states, ...rest }): SubjectState => ({
    ...rest,
    consent: (purpose) => states[PURPOSES.indexOf(purpose)] ?? 'NOT_ASKED',
  }));

function policyOf(changed: Partial<RequestPolicy>): RequestPolicy {
  return {
    principal: { id: 'renderer', role: 'RENDERER', scopes: [] },
    purpose: 'EMAIL_MARKETING',
    maxAgeSeconds: 300,
    deadlineAt: 0,
    requestId: 'request',
    ...changed,
  };
}

const granted: SubjectState = {
  status: 'ACTIVE',
  consent: () => 'GRANTED',
  softOptIn: false,
  suppressions: [],
  jurisdiction: 'EU',
  minor: false,
};

it('An access carries each category’s decision unchanged', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ROLES),
      fc.constantFrom(...PURPOSES, null),
      fc.option(subjects),
      (role, purpose, state) => {
        const principal = { id: 'someone', role, scopes: [], customerId: ID };
        const access = decideAccess(policyOf({ principal, purpose }), ID, state);
        expect(CATEGORIES.map((category) => readAccess(access, category))).toEqual(
          CATEGORIES.map((category) => decide(principal, purpose, ID, state, category)),
        );
      },
    ),
    { numRuns: 300 },
  );
});

it('An access tells nothing but the decision: one letter per category', () => {
  expect(decideAccess(policyOf({}), ID, granted)).toEqual('CCCCCCCpCCp');
});

it('Refused contact withholds every category, with the reason of the refusal', () => {
  const bounced: SubjectState = { ...granted, suppressions: ['HARD_BOUNCE'] };
  const read = (policy: RequestPolicy) => {
    const access = decideAccess(policy, ID, bounced);
    return CATEGORIES.map((category) => readAccess(access, category));
  };
  expect({
    mailed: read(policyOf({ purpose: 'ESSENTIAL_SERVICE', contact: { topic: null } })),
    onlyRead: read(policyOf({ purpose: 'ESSENTIAL_SERVICE' })).filter(({ verdict }) => verdict === 'CLEAR').length,
  }).toEqual({
    mailed: CATEGORIES.map(() => ({ verdict: 'WITHHOLD', reason: 'SUPPRESSED' })),
    onlyRead: 6,
  });
});

it('Contact is decided for the topic of the template, and so is what the mail shows', () => {
  const state: SubjectState = {
    ...granted,
    consent: (_purpose, topic) => (topic === 'promotions' ? 'WITHDRAWN' : 'GRANTED'),
  };
  expect(
    ['promotions', 'product-news', null].map((topic) => decideAccess(policyOf({ contact: { topic } }), ID, state)),
  ).toEqual(['ccccccccccc', 'CCCCCCCpCCp', 'CCCCCCCpCCp']);
});

it('Withholding all gives each category the same reason', () => {
  expect(
    REASONS.map((reason) => new Set(CATEGORIES.map((category) => readAccess(withholdAll(reason), category)))),
  ).toEqual(REASONS.map((reason) => new Set(CATEGORIES.map(() => ({ verdict: 'WITHHOLD', reason })))));
});

describe('What is no access withholds', () => {
  const unavailable = CATEGORIES.map(() => ({ verdict: 'WITHHOLD', reason: 'UNAVAILABLE' }));
  const read = (access: unknown) => CATEGORIES.map((category) => readAccess(access, category));

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['an empty string', ''],
    ['one letter too few', 'CCCCCCCCCC'],
    ['one letter too many', 'CCCCCCCCCCCC'],
    ['one letter that means nothing', 'CCCCCCCCCCX'],
    ['a small letter c for a capital one is a refusal, but another alphabet is not', 'ССССССССССС'],
    ['a line break at the end', 'CCCCCCCCCC\n'],
    ['a list of letters', 'CCCCCCCCCCC'.split('')],
    ['an object that looks like a string', { length: 11, 0: 'C' }],
    ['true', true],
  ])('%s', (_name, access) => {
    expect(read(access)).toEqual(unavailable);
  });

  it('any string that decideAccess could not have written', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 14 }).filter((text) => !/^[CMeruposjc]{11}$/.test(text)),
        (text) => {
          expect(read(text)).toEqual(unavailable);
        },
      ),
    );
  });

  it('a category that does not exist', () => {
    expect(readAccess('CCCCCCCCCCC', 'SHOE_SIZE' as never)).toEqual({ verdict: 'WITHHOLD', reason: 'UNAVAILABLE' });
  });
});
