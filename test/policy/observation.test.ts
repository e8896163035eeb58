/** Observing: what is answered where consent is missing and only observed, and what never is; and the document that says so. */
import fc from 'fast-check';
import { prepareObservation } from '../../deploy/observe';
import { decideAccess, readAccess } from '../../schema/access';
import { observationStatement, observedFor, OBSERVABLE, parseObservation } from '../../schema/observation';
import type { Observation } from '../../schema/observation';
import { CATEGORIES, CONSENT_STATES, decide, decideContact, JURISDICTIONS, PURPOSES, ROLES } from '../../schema/policy';
import type { SubjectState } from '../../schema/policy';
import { policyTables } from '../../schema/policy-table';
import type { Principal } from '../../schema/request-policy';

const ID = '01J00000000000000000000001';
const NOON = Date.UTC(2036, 10, 24, 12);
const DAY_MS = 86_400_000;

const subjects = fc
  .record({
    status: fc.constantFrom('ACTIVE', 'RESTRICTED', 'ERASED'),
    states: fc.array(fc.constantFrom(...CONSENT_STATES), { minLength: PURPOSES.length, maxLength: PURPOSES.length }),
    softOptIn: fc.boolean(),
    suppressions: fc.subarray(['UNSUBSCRIBED', 'COMPLAINT', 'HARD_BOUNCE', 'ERASED'] as const, { maxLength: 1 }),
    jurisdiction: fc.constantFrom(...JURISDICTIONS),
    minor: fc.boolean(),
  })
  .map(({ states, ...rest }): SubjectState => ({
    ...rest,
    consent: (purpose) => states[PURPOSES.indexOf(purpose)] ?? 'NOT_ASKED',
  }));
const asked = fc.record({
  role: fc.constantFrom(...ROLES),
  purpose: fc.constantFrom(...PURPOSES, null),
  category: fc.constantFrom(...CATEGORIES),
  state: fc.option(subjects),
  observes: fc.subarray([...OBSERVABLE]),
});

describe('What is observed', () => {
  it('is missing consent of a person who was never asked for it, and nothing else', () => {
    fc.assert(
      fc.property(asked, ({ role, purpose, category, state, observes }) => {
        const principal = { id: 'someone', role, scopes: [], customerId: ID };
        const ever = decide(principal, purpose, ID, state, category);
        const rules = { tables: policyTables, observes };
        const observing = decide(principal, purpose, ID, state, category, null, rules);
        const isAnswered = observing.verdict !== 'WITHHOLD' && observing.observed !== undefined;
        const needed = [
          purpose,
          ...(purpose !== null && policyTables.purposes[purpose].cells[category] === 'P' ? ['PERSONALIZATION'] : []),
        ] as Array<(typeof PURPOSES)[number]>;
        const missing = needed.filter((each) => state !== null && !['GRANTED'].includes(state.consent(each)));
        const isMissingOnly =
          ever.verdict === 'WITHHOLD' &&
          ever.reason === 'CONSENT' &&
          state !== null &&
          !(state.minor && needed.some((each) => policyTables.purposes[each].notForMinors)) &&
          missing
            // What the law of the place permits needs no consent.
            .filter((each) => decide(principal, each, ID, state, 'IDENTIFIER').verdict === 'WITHHOLD')
            .every((each) => state.consent(each) === 'NOT_ASKED' && observes.some((one) => one === each));
        expect(isAnswered).toBe(isMissingOnly);
        if (!isAnswered) expect(observing).toEqual(ever);
      }),
      { numRuns: 20_000 },
    );
  });

  it('travels with the access, and says what would have been withheld', () => {
    const state: SubjectState = {
      status: 'ACTIVE',
      consent: () => 'NOT_ASKED',
      softOptIn: false,
      suppressions: [],
      jurisdiction: 'EU',
      minor: false,
    };
    const policy = {
      principal: { id: 'renderer', role: 'RENDERER', scopes: [] },
      purpose: 'EMAIL_MARKETING',
      contact: { topic: null },
      maxAgeSeconds: 300,
      deadlineAt: 0,
      requestId: 'request',
    } as const;
    const of = (...observes: Array<(typeof OBSERVABLE)[number]>) => decideAccess(policy, ID, state, observes);
    expect([of(), of('PERSONALIZATION'), of('EMAIL_MARKETING'), of('EMAIL_MARKETING', 'PERSONALIZATION')]).toEqual([
      'ccccccccccc',
      'ccccccccccc',
      'OOOOcccpcOp',
      'OOOOOOOpOOp',
    ]);
    expect(readAccess(of('EMAIL_MARKETING'), 'CONTACT')).toEqual({ verdict: 'CLEAR', observed: 'CONSENT' });
    const analyst = { ...policy, principal: { id: 'a', role: 'ANALYST', scopes: [] }, purpose: 'ANALYTICS' } as const;
    const { contact: _none, ...read } = analyst;
    expect(decideAccess(read, ID, state, ['ANALYTICS'])).toBe('QppQQOOpOpp');
    const rules = { tables: policyTables, observes: ['EMAIL_MARKETING'] } as const;
    expect(decideContact(policy.principal, 'EMAIL_MARKETING', ID, state, null, rules)).toEqual({
      permitted: true,
      observed: 'CONSENT',
    });
  });
});

const officer: Principal = { id: 'officer-7', role: 'PRIVACY_OFFICER', scopes: [] };
const prepare = (changed: Record<string, unknown> = {}, principal = officer) =>
  prepareObservation({
    asked: {
      purposes: ['EMAIL_MARKETING'],
      roles: ['RENDERER'],
      templates: [],
      days: 14,
      reason: 'The old list is being imported.',
      ...changed,
    },
    templates: [{ name: 'win-back' }, { name: 'abandoned-cart' }],
    principal,
    profile: 'production',
    now: NOON,
  });
const observation: Observation = { ...prepare(), signature: 'signed' };

describe('The document of an observation', () => {
  it('says who signed what for whom, from when, until when, and why', () => {
    expect(prepare({ purposes: ['PERSONALIZATION', 'EMAIL_MARKETING'], templates: ['win-back'] })).toEqual({
      purposes: ['EMAIL_MARKETING', 'PERSONALIZATION'],
      roles: ['RENDERER'],
      templates: ['win-back'],
      reason: 'The old list is being imported.',
      signedBy: 'officer-7',
      profile: 'production',
      from: '2036-11-24T12:00:00.000Z',
      until: '2036-12-08T12:00:00.000Z',
    });
  });

  it.each([
    ['a purpose that rests on no consent', { purposes: ['ESSENTIAL_SERVICE'] }, '--purpose'],
    ['no purpose', { purposes: [] }, '--purpose'],
    ['a purpose that is none', { purposes: ['EMAIL_MARKETING', 'SELLING'] }, '--purpose'],
    ['a role that may not act for it', { roles: ['SUPPORT_AGENT'] }, '--role'],
    ['a template that is none', { templates: ['newsletter'] }, '--template'],
    ['more than 30 days', { days: 31 }, '--days'],
    ['no day', { days: 0 }, '--days'],
    ['half a day', { days: 0.5 }, '--days'],
    ['no reason', { reason: ' ' }, '--reason'],
  ])('is not made for %s', (_what, changed, option) => {
    expect(() => prepare(changed)).toThrow(`Expected ${option}`);
  });

  it.each(ROLES.filter((role) => role !== 'PRIVACY_OFFICER'))('is not made by a %s', (role) => {
    expect(() => prepare({}, { ...officer, role })).toThrow(`came one of a ${role}`);
  });

  it('is read back as it was written, and signed in every part', () => {
    expect(parseObservation(JSON.stringify(observation))).toEqual(observation);
    const statement = observationStatement(observation);
    const { signature: _signature, ...said } = observation;
    for (const key of Object.keys(said)) {
      expect(observationStatement({ ...said, [key]: ['other'] } as never)).not.toBe(statement);
    }
  });

  it.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['one without a reason', JSON.stringify({ ...observation, reason: undefined })],
    ['one that says more', JSON.stringify({ ...observation, everything: true })],
    ['one for a purpose that needs no consent', JSON.stringify({ ...observation, purposes: ['ESSENTIAL_SERVICE'] })],
    ['one that ends before it begins', JSON.stringify({ ...observation, until: '2036-11-24T11:59:59.000Z' })],
    ['one of 30 days and a second', JSON.stringify({ ...observation, until: '2036-12-24T12:00:01.000Z' })],
  ])('is not %s', (_what, text) => {
    expect(parseObservation(text)).toBeNull();
  });
});

describe('An observation covers', () => {
  const renderer: Principal = { id: 'renderer', role: 'RENDERER', scopes: [] };
  const covers = (changed: Partial<Observation>, request = {}, now = NOON) =>
    observedFor({ ...observation, ...changed }, { principal: renderer, ...request }, now);

  it('from its first moment to before its last', () => {
    const until = NOON + 14 * DAY_MS;
    expect([NOON - 1, NOON, until - 1, until].map((now) => covers({}, {}, now))).toEqual([
      [],
      ['EMAIL_MARKETING'],
      ['EMAIL_MARKETING'],
      [],
    ]);
  });

  it('the roles and templates it names, and no others', () => {
    expect(covers({}, { principal: { ...renderer, role: 'ANALYST' } })).toEqual([]);
    expect(covers({ templates: ['win-back'] }, { template: 'win-back' })).toEqual(['EMAIL_MARKETING']);
    expect(covers({ templates: ['win-back'] }, { template: 'abandoned-cart' })).toEqual([]);
    expect(covers({ templates: ['win-back'] })).toEqual([]);
    expect(observedFor(null, { principal: renderer }, NOON)).toEqual([]);
  });
});
