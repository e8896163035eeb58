/**
 * `Customer.access`: the decision for one customer and request, one character per category, as it travels from profiles to
 * the other subgraphs. Opaque to everyone but `enforcePolicy`. Must not decide: it only writes down and reads.
 */
import { CATEGORIES, decide, decideContact, REASONS } from './policy';
import type { DataCategory, Decision, Reason, SubjectState } from './policy';
import type { RequestPolicy } from './request-policy';

/** `C` clear, `M` mask, a lower-case letter the reason for withholding; positions as in CATEGORIES. */
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
const WELL_FORMED = new RegExp(`^[CM${Object.values(LETTER_OF).join('')}]{${CATEGORIES.length}}$`);
const UNAVAILABLE: Decision = { verdict: 'WITHHOLD', reason: 'UNAVAILABLE' };

/** Takes every category's decision for one data subject. Refused contact, where the answer becomes a mail, withholds all. */
export function decideAccess(policy: RequestPolicy, customerId: string, state: SubjectState | null): Access {
  const { principal, purpose, contact } = policy;
  if (contact) {
    const answer = decideContact(principal, purpose, customerId, state, contact.topic);
    if (!answer.permitted) return withholdAll(answer.reason);
  }
  const letters = CATEGORIES.map((category) =>
    letterOf(decide(principal, purpose, customerId, state, category, contact?.topic)),
  );
  return letters.join('') as Access;
}

/** The access of a request that nobody vouches for, or a customer whose state is unknown. */
export function withholdAll(reason: Reason): Access {
  return LETTER_OF[reason].repeat(CATEGORIES.length) as Access;
}

const CLEAR: Decision = { verdict: 'CLEAR' };
const MASK: Decision = { verdict: 'MASK' };

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

function decisionOf(letter: string | undefined): Decision {
  if (letter === 'C') return CLEAR;
  if (letter === 'M') return MASK;
  const reason = letter === undefined ? undefined : REASON_OF.get(letter);
  return reason === undefined ? UNAVAILABLE : { verdict: 'WITHHOLD', reason };
}

function letterOf(decision: Decision): string {
  if (decision.verdict === 'WITHHOLD') return LETTER_OF[decision.reason];
  return decision.verdict === 'CLEAR' ? 'C' : 'M';
}
