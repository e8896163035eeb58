/**
 * `Customer.access`: the decision for one customer and request, one character per category, as it travels from profiles to
 * the other subgraphs. Opaque to everyone but `enforcePolicy`. Must not decide: it only writes down and reads.
 */
import { CATEGORIES, decide, decideContact, REASONS } from './policy';
import type { DataCategory, Decision, Purpose, Reason, SubjectState } from './policy';
import { policyTables } from './policy-table';
import type { RequestPolicy } from './request-policy';

/**
 * `C` clear, `M` mask, `O` and `Q` the same where missing consent is only observed, a lower-case letter the reason for withholding;
 * positions as in CATEGORIES.
 */
export type Access = string & { readonly __access: unique symbol };

const LETTER_OF: Readonly<Record<Reason, string>> = {
  ERASED: 'e',
  RESTRICTED: 'r',
  UNAVAILABLE: 'u',
  PURPOSE: 'p',
  ROLE: 'o',
  SUPPRESSED: 's',
  OBJECTED: 'j',
  CONSENT: 'c',
};
const REASON_OF = new Map(REASONS.map((reason) => [LETTER_OF[reason], reason]));
const WELL_FORMED = new RegExp(`^[CMOQ${Object.values(LETTER_OF).join('')}]{${CATEGORIES.length}}$`);
const UNAVAILABLE: Decision = { verdict: 'WITHHOLD', reason: 'UNAVAILABLE' };

/**
 * Takes every category's decision for one data subject. Refused contact, where the answer becomes a mail, withholds all. `observes`: the
 * purposes whose missing consent is only observed.
 */
export function decideAccess(
  policy: RequestPolicy,
  customerId: string,
  state: SubjectState | null,
  observes: readonly Purpose[] = [],
): Access {
  const { principal, purpose, contact } = policy;
  const rules = { tables: policyTables, observes };
  if (contact) {
    const answer = decideContact(principal, purpose, customerId, state, contact.topic, rules);
    if (!answer.permitted) return withholdAll(answer.reason);
  }
  const letters = CATEGORIES.map((category) =>
    letterOf(decide(principal, purpose, customerId, state, category, contact?.topic, rules)),
  );
  return letters.join('') as Access;
}

/** The access of a request that nobody vouches for, or a customer whose state is unknown. */
export function withholdAll(reason: Reason): Access {
  return LETTER_OF[reason].repeat(CATEGORIES.length) as Access;
}

const SEEN = new Map<string, Decision>([
  ['C', { verdict: 'CLEAR' }],
  ['M', { verdict: 'MASK' }],
  ['O', { verdict: 'CLEAR', observed: 'CONSENT' }],
  ['Q', { verdict: 'MASK', observed: 'CONSENT' }],
]);

/** Reads one category's decision. Anything that is not a well-formed access withholds: unknown means denied. */
export function readAccess(access: unknown, category: DataCategory): Decision {
  return typeof access === 'string' ? (decisionsOf(access).get(category) ?? UNAVAILABLE) : UNAVAILABLE;
}

/** Few distinct ones are in use, and each is read once per field. */
const read = new Map<string, ReadonlyMap<DataCategory, Decision>>();
const MAX_READ = 1_000;
const NOTHING: ReadonlyMap<DataCategory, Decision> = new Map();

function decisionsOf(access: string): ReadonlyMap<DataCategory, Decision> {
  const known = read.get(access);
  if (known !== undefined) return known;
  if (!WELL_FORMED.test(access)) return NOTHING;
  const decisions = new Map(CATEGORIES.map((category, position) => [category, decisionOf(access[position])]));
  if (read.size >= MAX_READ) read.clear();
  read.set(access, decisions);
  return decisions;
}

function decisionOf(letter = ''): Decision {
  const reason = REASON_OF.get(letter);
  return SEEN.get(letter) ?? (reason === undefined ? UNAVAILABLE : { verdict: 'WITHHOLD', reason });
}

function letterOf(decision: Decision): string {
  if (decision.verdict === 'WITHHOLD') return LETTER_OF[decision.reason];
  if (decision.verdict === 'CLEAR') return decision.observed ? 'O' : 'C';
  return decision.observed ? 'Q' : 'M';
}
