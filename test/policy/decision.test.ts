/**
 * Who may see what of whom, for what: every cell of the policy against a model written separately, then the rules by name.
 */
import { decide, decideContact, isEntitled } from '../../schema/policy';
import type {
  ConsentState,
  ContactDecision,
  DataCategory,
  Decision,
  Jurisdiction,
  Purpose,
  Role,
  SubjectState,
  Suppression,
} from '../../schema/policy';
import { CATEGORIES, CONSENT_STATES, JURISDICTIONS, PURPOSES, ROLES } from '../../schema/policy';
import type { Principal } from '../../schema/request-policy';
import { modelCategories, modelContact, modelDecision, modelEntitled, modelPurposes, modelRoles } from './model';
import type { ModelSubject } from './model';

const OWN = '01J00000000000000000000001';
const OTHER = '01J00000000000000000000002';
const SUPPRESSIONS: Suppression[] = ['UNSUBSCRIBED', 'COMPLAINT', 'HARD_BOUNCE', 'ERASED'];

interface Subject extends ModelSubject {
  readonly status: SubjectState['status'];
  readonly consents: Readonly<Partial<Record<Purpose, ConsentState>>>;
  readonly suppressions: readonly Suppression[];
  readonly jurisdiction: Jurisdiction;
}

const agreeable: Subject = {
  status: 'ACTIVE',
  consents: {
    EMAIL_MARKETING: 'GRANTED',
    PERSONALIZATION: 'GRANTED',
    ANALYTICS: 'GRANTED',
    PROFILING: 'GRANTED',
  },
  softOptIn: false,
  suppressions: [],
  jurisdiction: 'EU',
  minor: false,
};

function stateOf(subject: Subject): SubjectState {
  return { ...subject, consent: (purpose) => subject.consents[purpose] ?? 'NOT_ASKED' };
}

function principalOf(role: Role): Principal {
  return { id: `a ${role}`, role, scopes: [], ...(role === 'DATA_SUBJECT' ? { customerId: OWN } : {}) };
}

function wordOf(decision: Decision): string {
  return decision.verdict === 'WITHHOLD' ? decision.reason : decision.verdict;
}

function contactWordOf(decision: ContactDecision): string {
  return decision.permitted ? 'PERMITTED' : decision.reason;
}

/** Decides with defaults that permit: what a test says is what makes the difference. */
function decided(
  given: Partial<Subject> & { role: Role; purpose: Purpose | null; category: DataCategory; customerId?: string },
): string {
  const { role, purpose, category, customerId = OWN, ...subject } = given;
  return wordOf(decide(principalOf(role), purpose, customerId, stateOf({ ...agreeable, ...subject }), category));
}

const ASKED_PURPOSES = [...PURPOSES, null, 'WORLD_DOMINATION' as Purpose, 'constructor' as Purpose];

describe('The whole policy, cell by cell, against a model written from the design', () => {
  const subjects: Subject[] = [];
  for (const own of CONSENT_STATES) {
    for (const personalization of ['NOT_ASKED', 'GRANTED', 'WITHDRAWN', 'OBJECTED'] as ConsentState[]) {
      for (const status of ['ACTIVE', 'RESTRICTED', 'ERASED'] as const) {
        for (const suppressions of [[], ...SUPPRESSIONS.map((one) => [one])]) {
          for (const softOptIn of [true, false]) {
            for (const jurisdiction of JURISDICTIONS) {
              for (const minor of [true, false]) {
                const consents = Object.fromEntries(PURPOSES.map((purpose) => [purpose, own]));
                subjects.push({
                  status,
                  consents: { ...consents, PERSONALIZATION: personalization },
                  suppressions,
                  softOptIn,
                  jurisdiction,
                  minor,
                });
              }
            }
          }
        }
      }
    }
  }

  it('names the same roles, purposes and categories as the design', () => {
    expect([[...ROLES].sort(), [...PURPOSES], [...CATEGORIES]]).toEqual([
      [...modelRoles].sort(),
      modelPurposes,
      modelCategories,
    ]);
  });

  it('decides each cell as the model does', () => {
    let cells = 0;
    const differences: unknown[] = [];
    for (const [index, subject] of [null, ...subjects].entries()) {
      const state = subject === null ? null : stateOf(subject);
      for (const role of ROLES) {
        const principal = principalOf(role);
        for (const customerId of role === 'DATA_SUBJECT' ? [OWN, OTHER] : [OWN]) {
          for (const purpose of ASKED_PURPOSES) {
            // Cells that tell nothing new are thinned out: a purpose the role is not entitled to, of one subject in twenty-nine.
            if (purpose !== null && !isEntitled(role, purpose) && index % 29 > 0) continue;
            for (const category of CATEGORIES) {
              cells += 1;
              const question = { role, ownId: customerId === OWN, purpose, subject };
              const [got, expected] = [
                wordOf(decide(principal, purpose, customerId, state, category)),
                modelDecision(question, category),
              ];
              if (got !== expected) differences.push({ ...question, category, got, expected });
            }
          }
        }
      }
    }
    expect(differences.slice(0, 3)).toEqual([]);
    expect(cells).toBeGreaterThan(5_000);
  });

  it('decides on contact as the model does', () => {
    let cells = 0;
    const differences: unknown[] = [];
    for (const subject of [...subjects, null]) {
      const state = subject === null ? null : stateOf(subject);
      for (const role of ROLES) {
        for (const purpose of ASKED_PURPOSES) {
          cells += 1;
          const question = { role, ownId: true, purpose, subject };
          const got = contactWordOf(decideContact(principalOf(role), purpose, OWN, state, 'promotions'));
          const expected = modelContact(question);
          if (got !== expected) differences.push({ ...question, got, expected });
        }
      }
    }
    expect(differences.slice(0, 3)).toEqual([]);
    expect(cells).toBeGreaterThan(5_000);
  });

  it('entitles each role to the purposes the design lists, and an unknown role or purpose to none', () => {
    const pairs = [...ROLES, 'JANITOR' as Role, 'constructor' as Role].flatMap((role) =>
      [...PURPOSES, 'WORLD_DOMINATION' as Purpose].map((purpose) => ({ role, purpose })),
    );
    expect(pairs.filter(({ role, purpose }) => isEntitled(role, purpose))).toEqual(
      pairs.filter(({ role, purpose }) => modelEntitled(role, purpose)),
    );
  });
});

describe('Reasons', () => {
  const everythingAgainst: Subject = {
    status: 'ERASED',
    consents: { EMAIL_MARKETING: 'OBJECTED' },
    softOptIn: false,
    suppressions: ['COMPLAINT'],
    jurisdiction: 'UNKNOWN',
    minor: true,
  };

  it('are given in their published order: each appears when those before it are gone', () => {
    const ask = (subject: Subject | null, role: Role, purpose: Purpose | null) =>
      wordOf(decide(principalOf(role), purpose, OWN, subject && stateOf(subject), 'CONTACT'));
    expect([
      ask(everythingAgainst, 'ADMIN', null),
      ask({ ...everythingAgainst, status: 'RESTRICTED' }, 'ADMIN', null),
      ask(null, 'ADMIN', null),
      ask({ ...everythingAgainst, status: 'ACTIVE' }, 'ADMIN', null),
      ask({ ...everythingAgainst, status: 'ACTIVE' }, 'ADMIN', 'EMAIL_MARKETING'),
      ask({ ...everythingAgainst, status: 'ACTIVE' }, 'RENDERER', 'EMAIL_MARKETING'),
      ask({ ...everythingAgainst, status: 'ACTIVE', suppressions: [] }, 'RENDERER', 'EMAIL_MARKETING'),
      ask({ ...everythingAgainst, status: 'ACTIVE', suppressions: [], consents: {} }, 'RENDERER', 'EMAIL_MARKETING'),
      ask(agreeable, 'RENDERER', 'EMAIL_MARKETING'),
    ]).toEqual([
      'ERASED',
      'RESTRICTED',
      'UNAVAILABLE',
      'PURPOSE',
      'ROLE',
      'SUPPRESSED',
      'OBJECTED',
      'CONSENT',
      'CLEAR',
    ]);
  });

  it('say OBJECTED before CONSENT also where two purposes must agree', () => {
    const consents = { EMAIL_MARKETING: 'WITHDRAWN', PERSONALIZATION: 'OBJECTED' } as const;
    expect(decided({ role: 'RENDERER', purpose: 'EMAIL_MARKETING', category: 'BEHAVIOUR', consents })).toBe('OBJECTED');
  });

  it('say SUPPRESSED before OBJECTED when contact is refused for both', () => {
    const state = stateOf({
      ...agreeable,
      suppressions: ['HARD_BOUNCE'],
      consents: { ESSENTIAL_SERVICE: 'OBJECTED' },
    });
    expect(decideContact(principalOf('RENDERER'), 'ESSENTIAL_SERVICE', OWN, state, null)).toEqual({
      permitted: false,
      reason: 'SUPPRESSED',
    });
  });

  it('say UNAVAILABLE when the state of the subject could not be read, for every role and category', () => {
    const words = ROLES.flatMap((role) =>
      PURPOSES.flatMap((purpose) =>
        CATEGORIES.map((category) => wordOf(decide(principalOf(role), purpose, OWN, null, category))),
      ),
    );
    expect(new Set(words)).toEqual(new Set(['UNAVAILABLE']));
  });
});

describe('A data subject', () => {
  it('sees everything of the own id, SENSITIVE included', () => {
    const words = CATEGORIES.map((category) =>
      decided({ role: 'DATA_SUBJECT', purpose: 'DATA_SUBJECT_RIGHTS', category }),
    );
    expect(words).toEqual(CATEGORIES.map(() => 'CLEAR'));
  });

  it('sees nothing of any other id', () => {
    const words = CATEGORIES.map((category) =>
      decided({ role: 'DATA_SUBJECT', purpose: 'DATA_SUBJECT_RIGHTS', category, customerId: OTHER }),
    );
    expect(words).toEqual(CATEGORIES.map(() => 'ROLE'));
  });

  it('sees nothing while the credential names no customer', () => {
    const nameless: Principal = { id: 'someone', role: 'DATA_SUBJECT', scopes: [] };
    expect(decide(nameless, 'DATA_SUBJECT_RIGHTS', OWN, stateOf(agreeable), 'NAME')).toEqual({
      verdict: 'WITHHOLD',
      reason: 'ROLE',
    });
  });

  it('sees the own data while they are restricted, and no longer once they are erased', () => {
    const ask = (status: SubjectState['status']) =>
      decided({ role: 'DATA_SUBJECT', purpose: 'DATA_SUBJECT_RIGHTS', category: 'CONTACT', status });
    expect([ask('RESTRICTED'), ask('ERASED')]).toEqual(['CLEAR', 'ERASED']);
  });

  it('keeps the right of access whatever was refused, suppressed or objected to', () => {
    const consents = Object.fromEntries(PURPOSES.map((purpose) => [purpose, 'OBJECTED']));
    expect(
      decided({
        role: 'DATA_SUBJECT',
        purpose: 'DATA_SUBJECT_RIGHTS',
        category: 'DERIVED',
        consents,
        suppressions: SUPPRESSIONS,
        minor: true,
      }),
    ).toBe('CLEAR');
  });
});

describe('An objection', () => {
  const objected = { consents: { ...agreeable.consents, ESSENTIAL_SERVICE: 'OBJECTED' as const } };

  it('stops even what the contract would permit', () => {
    expect([
      decided({ role: 'RENDERER', purpose: 'ESSENTIAL_SERVICE', category: 'CONTACT', ...objected }),
      decided({ role: 'RENDERER', purpose: 'ESSENTIAL_SERVICE', category: 'CONTACT' }),
    ]).toEqual(['OBJECTED', 'CLEAR']);
  });

  it('to personalization takes the personal part out of marketing and leaves the mail itself', () => {
    const consents = { EMAIL_MARKETING: 'GRANTED', PERSONALIZATION: 'OBJECTED' } as const;
    const words = CATEGORIES.map((category) =>
      decided({ role: 'RENDERER', purpose: 'EMAIL_MARKETING', category, consents }),
    );
    expect(Object.fromEntries(CATEGORIES.map((category, index) => [category, words[index]]))).toEqual({
      IDENTIFIER: 'CLEAR',
      CONTACT: 'CLEAR',
      NAME: 'CLEAR',
      LOCATION: 'CLEAR',
      DEMOGRAPHIC: 'OBJECTED',
      PURCHASE_HISTORY: 'OBJECTED',
      BEHAVIOUR: 'OBJECTED',
      SUPPORT_HISTORY: 'PURPOSE',
      DERIVED: 'OBJECTED',
      CONSENT: 'CLEAR',
      SENSITIVE: 'PURPOSE',
    });
  });
});

describe('Soft opt-in', () => {
  const ask = (state: ConsentState, changed: Partial<Subject> = {}) =>
    decided({
      role: 'RENDERER',
      purpose: 'EMAIL_MARKETING',
      category: 'CONTACT',
      softOptIn: true,
      consents: { EMAIL_MARKETING: state },
      ...changed,
    });

  it('permits marketing to someone who was never asked', () => {
    expect(ask('NOT_ASKED')).toBe('CLEAR');
  });

  it('is ended by REFUSE, WITHDRAW and OBJECT', () => {
    expect([ask('REFUSED'), ask('WITHDRAWN'), ask('OBJECTED')]).toEqual(['CONSENT', 'CONSENT', 'OBJECTED']);
  });

  it('does not stand in for a consent that is pending or expired', () => {
    expect([ask('PENDING'), ask('EXPIRED')]).toEqual(['CONSENT', 'CONSENT']);
  });

  it('is no consent to personalization, so the personal part of the mail stays out', () => {
    expect(
      decided({
        role: 'RENDERER',
        purpose: 'EMAIL_MARKETING',
        category: 'PURCHASE_HISTORY',
        softOptIn: true,
        consents: {},
      }),
    ).toBe('CONSENT');
  });

  it('needs a known law that has it: an unknown jurisdiction is treated as the strictest', () => {
    expect(JURISDICTIONS.map((jurisdiction) => [jurisdiction, ask('NOT_ASKED', { jurisdiction })])).toEqual([
      ['EU', 'CLEAR'],
      ['UK', 'CLEAR'],
      ['US', 'CLEAR'],
      ['OTHER', 'CONSENT'],
      ['UNKNOWN', 'CONSENT'],
    ]);
  });

  it('serves marketing and no other purpose', () => {
    expect(
      decided({ role: 'RENDERER', purpose: 'PERSONALIZATION', category: 'NAME', softOptIn: true, consents: {} }),
    ).toBe('CONSENT');
  });
});

describe('A minor', () => {
  it('gets no marketing and no profiling, consent or not', () => {
    expect([
      decided({ role: 'RENDERER', purpose: 'EMAIL_MARKETING', category: 'NAME', minor: true }),
      decided({ role: 'ANALYST', purpose: 'PROFILING', category: 'DERIVED', minor: true }),
    ]).toEqual(['CONSENT', 'CONSENT']);
  });

  it('gets no marketing by soft opt-in either', () => {
    expect(
      decided({
        role: 'RENDERER',
        purpose: 'EMAIL_MARKETING',
        category: 'CONTACT',
        minor: true,
        softOptIn: true,
        consents: {},
      }),
    ).toBe('CONSENT');
  });

  it('still gets the order confirmation and help', () => {
    expect([
      decided({ role: 'RENDERER', purpose: 'ESSENTIAL_SERVICE', category: 'CONTACT', minor: true }),
      decided({ role: 'SUPPORT_AGENT', purpose: 'SUPPORT_SERVICE', category: 'NAME', minor: true }),
    ]).toEqual(['CLEAR', 'CLEAR']);
  });
});

describe('A restricted customer', () => {
  it('is seen for the exercise of rights only', () => {
    expect([
      decided({ role: 'PRIVACY_OFFICER', purpose: 'DATA_SUBJECT_RIGHTS', category: 'NAME', status: 'RESTRICTED' }),
      decided({ role: 'RENDERER', purpose: 'ESSENTIAL_SERVICE', category: 'NAME', status: 'RESTRICTED' }),
      decided({ role: 'SUPPORT_AGENT', purpose: 'SUPPORT_SERVICE', category: 'NAME', status: 'RESTRICTED' }),
    ]).toEqual(['CLEAR', 'RESTRICTED', 'RESTRICTED']);
  });
});

describe('Masking', () => {
  it('is what an analyst gets of identifiers, places and age, and a support agent of addresses', () => {
    const masked = (role: Role, purpose: Purpose) =>
      CATEGORIES.filter((category) => decided({ role, purpose, category }) === 'MASK');
    expect({
      analytics: masked('ANALYST', 'ANALYTICS'),
      profiling: masked('ANALYST', 'PROFILING'),
      support: masked('SUPPORT_AGENT', 'SUPPORT_SERVICE'),
      rendering: masked('RENDERER', 'PERSONALIZATION'),
    }).toEqual({
      analytics: ['IDENTIFIER', 'LOCATION', 'DEMOGRAPHIC'],
      profiling: ['IDENTIFIER', 'LOCATION', 'DEMOGRAPHIC'],
      support: ['CONTACT', 'LOCATION'],
      rendering: [],
    });
  });
});

describe('Contact', () => {
  const contact = (purpose: Purpose, changed: Partial<Subject> = {}, topic: string | null = null) =>
    contactWordOf(decideContact(principalOf('RENDERER'), purpose, OWN, stateOf({ ...agreeable, ...changed }), topic));

  it('is stopped by any suppression for marketing, and by hard bounce and erasure for the contract’s mail', () => {
    expect(
      SUPPRESSIONS.map((one) => [
        one,
        contact('EMAIL_MARKETING', { suppressions: [one] }),
        contact('ESSENTIAL_SERVICE', { suppressions: [one] }),
      ]),
    ).toEqual([
      ['UNSUBSCRIBED', 'SUPPRESSED', 'PERMITTED'],
      ['COMPLAINT', 'SUPPRESSED', 'PERMITTED'],
      ['HARD_BOUNCE', 'SUPPRESSED', 'SUPPRESSED'],
      ['ERASED', 'SUPPRESSED', 'SUPPRESSED'],
    ]);
  });

  it('is decided for the topic of the mail', () => {
    const state: SubjectState = {
      ...stateOf(agreeable),
      consent: (_purpose, topic) => (topic === 'promotions' ? 'WITHDRAWN' : 'GRANTED'),
    };
    const ask = (topic: string | null) =>
      contactWordOf(decideContact(principalOf('RENDERER'), 'EMAIL_MARKETING', OWN, state, topic));
    expect([ask('promotions'), ask('product-news'), ask(null)]).toEqual(['CONSENT', 'PERMITTED', 'PERMITTED']);
  });

  it('is not made for a purpose that sends no mail', () => {
    expect(PURPOSES.filter((purpose) => contact(purpose) !== 'PURPOSE')).toEqual([
      'ESSENTIAL_SERVICE',
      'EMAIL_MARKETING',
    ]);
  });
});
