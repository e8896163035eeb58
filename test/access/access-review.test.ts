/** What `npm run access:review` tells: no more and no less than the decision gives, and what somebody should look at. */
import { describeAccess } from '../../deploy/access-review';
import type { AccessFacts } from '../../deploy/access-review';
import { createKey, revokeKey, rotateKey } from '../../gateway/api-keys/lifecycle';
import { CATEGORIES, decide, isEntitled, PURPOSES, ROLES } from '../../schema/policy';
import type { Purpose, Role, SubjectState } from '../../schema/policy';

const NOON = Date.UTC(2026, 10, 24, 12);
const DAY_MS = 24 * 3_600_000;
const iso = (days: number) => new Date(NOON + days * DAY_MS).toISOString();

const review = (facts: Partial<AccessFacts> = {}) =>
  describeAccess({
    keys: {},
    uses: {},
    templates: [],
    approvals: {},
    profile: 'production',
    lastActs: null,
    policy: { here: 'ab12', noted: { name: 'ab12', at: NOON } },
    issuer: 'from https://issuer.example',
    now: NOON,
    ...facts,
  });
const section = (text: string, title: string) =>
  (text.split(`${title}\n\n`)[1]?.split('\n\n')[0] ?? '')
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().replace(/ {2,}/g, ' | '));
const findings = (facts: Partial<AccessFacts>) => section(review(facts), 'To look at');
const sender = { id: 'braze-eu', role: 'RENDERER', scopes: [], days: 180 };
const madeAt = (days: number, given: object = {}) => createKey({}, { ...sender, ...given }, NOON + days * DAY_MS).keys;

describe('An access review', () => {
  it('names the policy tables in force, and says when those here are others', () => {
    const policyOf = (noted: { name: string; at: number } | null) => ({ policy: { here: 'ab12', noted } });
    const shown = (facts: Partial<AccessFacts>) => [section(review(facts), 'Policy tables'), findings(facts)];
    const [since, nothing] = [`in force since ${iso(0)}`, ['Nothing stands out.']];
    expect(shown(policyOf({ name: 'ab12', at: NOON }))).toEqual([[`ab12, ${since}`], nothing]);
    expect(shown(policyOf({ name: 'cd34', at: NOON }))).toEqual([
      [`cd34, ${since}; here: ab12`],
      [expect.stringMatching(/^- The policy here is not the one in force/)],
    ]);
    expect(shown(policyOf(null))).toEqual([[expect.stringMatching(/^ab12, which no Facet/)], nothing]);
  });

  it('says of every role and purpose what the decision gives to somebody who consented to everything', () => {
    const state = (granted: boolean): SubjectState => ({
      ...SUBJECT,
      consent: (purpose) => (granted || purpose !== 'PERSONALIZATION' ? 'GRANTED' : 'REFUSED'),
    });
    const verdicts = (role: Role, purpose: Purpose, granted: boolean) =>
      CATEGORIES.map((category) => {
        const principal = { id: 'p', role, scopes: [], customerId: 'c1' };
        return [category, decide(principal, purpose, 'c1', state(granted), category).verdict] as const;
      });
    const expected = ROLES.flatMap((role) =>
      PURPOSES.filter((purpose) => isEntitled(role, purpose)).map((purpose) => {
        const all = verdicts(role, purpose, true);
        const without = new Map(verdicts(role, purpose, false));
        const named = (wanted: string, personalized: boolean) =>
          all
            .filter(([category, verdict]) => {
              const needsIt = purpose !== 'PERSONALIZATION' && without.get(category) === 'WITHHOLD';
              return verdict === wanted && needsIt === personalized;
            })
            .map(([category]) => category)
            .join(' ');
        const parts = [
          named('CLEAR', false),
          named('CLEAR', true) && `with consent for personalization: ${named('CLEAR', true)}`,
          named('MASK', false) && `masked: ${named('MASK', false)}`,
        ];
        const who = role === 'DATA_SUBJECT' ? 'DATA_SUBJECT, the own id' : role;
        return `${who} | ${purpose} | ${parts.filter((part) => part !== '').join('; ')}`;
      }),
    );
    const told = section(review(), 'Who may see what, where consent and the state of the person allow it');
    const inOrder = (rows: readonly string[]) => rows.toSorted();
    expect(inOrder(told)).toEqual(inOrder(['role | purpose | sees', ...expected, 'ADMIN | – | nothing of a person']));
  });

  it('lists every secret of every key with its last use, and no hash', () => {
    const rotated = rotateKey(madeAt(-10), { id: 'braze-eu', days: 90, overlapHours: 48 }, NOON).keys;
    const keys = revokeKey(createKey(rotated, { ...sender, id: 'old', role: 'ANALYST' }, NOON).keys, 'old', NOON).keys;
    const text = review({ keys, uses: { 'braze-eu#1': iso(-1) } });
    expect(section(text, 'API keys')).toEqual([
      'key | role | scopes | secret | state | last used',
      `braze-eu | RENDERER | – | #1 | until ${iso(2)} | ${iso(-1)}`,
      `braze-eu | RENDERER | – | #2 | until ${iso(90)} | never`,
      `old | ANALYST | – | #1 | revoked ${iso(0)} | never`,
    ]);
    const hashes = Object.values(keys).flatMap(({ secrets }) => secrets.map(({ sha256 }) => sha256));
    expect(hashes.filter((hash) => text.includes(hash))).toEqual([]);
  });

  it('names who approved what needs no consent, and what is refused', () => {
    const template = (name: string, purpose: Purpose = 'ESSENTIAL_SERVICE') => ({
      name,
      documentId: name.repeat(3),
      contract: { purpose },
    });
    const text = review({
      templates: [template('receipt'), template('changed'), template('promotion', 'EMAIL_MARKETING')],
      approvals: {
        receipt: {
          documentId: 'receipt'.repeat(3),
          approvedBy: 'officer-7',
          approvedAt: iso(-3),
          profile: 'production',
        },
        changed: { documentId: 'what it was', approvedBy: 'officer-7', approvedAt: iso(-3), profile: 'production' },
      },
    });
    expect(section(text, 'Templates that rest on no consent')).toEqual([
      `receipt | approved by officer-7 (production) | ${iso(-3)}`,
      'changed | not approved as it is now: refused',
    ]);
    expect(section(text, 'To look at')).toEqual([
      '- changed is refused until a privacy officer approves it: npm run approve -- changed',
    ]);
  });

  it.each<[string, Partial<AccessFacts>, string]>([
    ['nothing', { keys: madeAt(-1) }, 'Nothing stands out.'],
    ['a key nobody ever used', { keys: madeAt(-90) }, '- braze-eu #1 was not used for 90 days.'],
    [
      'a key nobody uses any more',
      { keys: madeAt(-120), uses: { 'braze-eu#1': iso(-100) } },
      '- braze-eu #1 was not used for 100 days.',
    ],
    ['a key that ends soon', { keys: madeAt(0, { days: 13 }) }, `- braze-eu #1 ends ${iso(13)}; rotate it.`],
    [
      'a key that may ask anything',
      { keys: madeAt(0, { scopes: ['operations:adhoc'] }) },
      '- braze-eu may ask whatever a RENDERER may, not only what templates ask.',
    ],
    [
      'a sender that has not taken its new secret',
      {
        keys: rotateKey(madeAt(-10), { id: 'braze-eu', days: 90, overlapHours: 48 }, NOON - DAY_MS).keys,
        uses: { 'braze-eu#1': iso(-0.5) },
      },
      `- braze-eu #1 is still used after it was rotated, and ends ${iso(1)}.`,
    ],
    ['a key that is revoked', { keys: revokeKey(madeAt(-170), 'braze-eu', NOON).keys }, 'Nothing stands out.'],
    ['a key that ended', { keys: madeAt(-200) }, 'Nothing stands out.'],
  ])('points at %s', (_what, facts, finding) => {
    expect(findings(facts)).toEqual([finding]);
  });
});

const SUBJECT: Omit<SubjectState, 'consent'> = {
  status: 'ACTIVE',
  softOptIn: false,
  suppressions: [],
  jurisdiction: 'EU',
  minor: false,
};
