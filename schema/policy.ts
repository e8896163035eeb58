/**
 * The policy: who may see what of whom, for what. Types, the two tables, and the one decision function over them.
 * Pure and total: no clock, no store, no I/O. Nothing else in Facet decides; everything else only carries a decision out.
 */
import { policyTables } from './policy-table';
import type { PolicyTables } from './policy-table';
import type { Principal } from './request-policy';

export const CATEGORIES = [
  'IDENTIFIER',
  'CONTACT',
  'NAME',
  'LOCATION',
  'DEMOGRAPHIC',
  'PURCHASE_HISTORY',
  'BEHAVIOUR',
  'SUPPORT_HISTORY',
  'DERIVED',
  'CONSENT',
  'SENSITIVE',
] as const;
export type DataCategory = (typeof CATEGORIES)[number];

export const PURPOSES = [
  'ESSENTIAL_SERVICE',
  'EMAIL_MARKETING',
  'PERSONALIZATION',
  'ANALYTICS',
  'PROFILING',
  'SUPPORT_SERVICE',
  'DATA_SUBJECT_RIGHTS',
] as const;
export type Purpose = (typeof PURPOSES)[number];

export const ROLES = ['RENDERER', 'ANALYST', 'SUPPORT_AGENT', 'PRIVACY_OFFICER', 'DATA_SUBJECT', 'ADMIN'] as const;
export type Role = (typeof ROLES)[number];

export const CONSENT_STATES = [
  'NOT_ASKED',
  'PENDING',
  'GRANTED',
  'REFUSED',
  'WITHDRAWN',
  'EXPIRED',
  'OBJECTED',
] as const;
export type ConsentState = (typeof CONSENT_STATES)[number];

export const JURISDICTIONS = ['EU', 'UK', 'US', 'OTHER', 'UNKNOWN'] as const;
export type Jurisdiction = (typeof JURISDICTIONS)[number];

/** Why something is withheld, in the order in which they are looked for. */
export const REASONS = [
  'ERASED',
  'RESTRICTED',
  'UNAVAILABLE',
  'PURPOSE',
  'ROLE',
  'SUPPRESSED',
  'OBJECTED',
  'CONSENT',
] as const;
export type Reason = (typeof REASONS)[number];

/** `observed`: it would be withheld for this reason, were missing consent not only observed for the time being. */
export type Decision =
  | { readonly verdict: 'CLEAR'; readonly observed?: 'CONSENT' }
  | { readonly verdict: 'MASK'; readonly observed?: 'CONSENT' }
  | { readonly verdict: 'WITHHOLD'; readonly reason: Reason };

/** Why an address must not be mailed, whatever was consented to. */
export const SUPPRESSIONS = ['UNSUBSCRIBED', 'COMPLAINT', 'HARD_BOUNCE', 'ERASED'] as const;
export type Suppression = (typeof SUPPRESSIONS)[number];

/** What the decision knows of the data subject at the moment of the decision. */
export interface SubjectState {
  readonly status: 'ACTIVE' | 'RESTRICTED' | 'ERASED';
  /** The state of consent to a purpose; with a topic, of that topic within the purpose (no topic: every topic). */
  readonly consent: (purpose: Purpose, topic?: string | null) => ConsentState;
  /** The address was given in a sale and similar offers were announced (ePrivacy Art. 13(2)), and nothing ended that since. */
  readonly softOptIn: boolean;
  readonly suppressions: readonly Suppression[];
  readonly jurisdiction: Jurisdiction;
  readonly minor: boolean;
}

const CLEAR: Decision = Object.freeze({ verdict: 'CLEAR' });
const MASK: Decision = Object.freeze({ verdict: 'MASK' });
const CLEAR_OBSERVED: Decision = Object.freeze({ verdict: 'CLEAR', observed: 'CONSENT' });
const MASK_OBSERVED: Decision = Object.freeze({ verdict: 'MASK', observed: 'CONSENT' });
const WITHHOLD = Object.fromEntries(
  REASONS.map((reason) => [reason, Object.freeze({ verdict: 'WITHHOLD', reason })]),
) as unknown as Record<Reason, Decision>;

/** Under which rules a decision is taken. */
export interface DecisionRules {
  readonly tables: PolicyTables;
  /**
   * Purposes whose consent, where the person was never asked, is only observed (`observation.ts`): answered as if it were there, and told
   * of. Whatever the person said, and whatever else withholds, withholds as ever.
   */
  readonly observes: readonly Purpose[];
}

const IN_FORCE: DecisionRules = Object.freeze({ tables: policyTables, observes: [] });

/** May the principal act for this purpose at all? Where not, the gateway answers 403 PURPOSE_NOT_ENTITLED. */
export function isEntitled(role: Role, purpose: Purpose): boolean {
  return mayActFor(role, purpose, policyTables);
}

function mayActFor(role: Role, purpose: Purpose, { rights }: PolicyTables): boolean {
  return rowOf(rights, role)?.purposes.includes(purpose) ?? false;
}

/**
 * Decides what a principal sees of one category of one data subject.
 *
 * `state: null` stands for a subject whose state could not be read: UNAVAILABLE. `customerId` is the subject's id; a
 * DATA_SUBJECT sees only the own one. Other tables than those in force are for comparing them.
 */
export function decide(
  principal: Principal,
  purpose: Purpose | null,
  customerId: string,
  state: SubjectState | null,
  category: DataCategory,
  topic?: string | null,
  rules: DecisionRules = IN_FORCE,
): Decision {
  const { tables } = rules;
  if (state?.status === 'ERASED') return WITHHOLD.ERASED;
  if (state?.status === 'RESTRICTED' && purpose !== 'DATA_SUBJECT_RIGHTS') return WITHHOLD.RESTRICTED;
  if (state === null) return WITHHOLD.UNAVAILABLE;

  const byPurpose = rowOf(tables.purposes, purpose)?.cells[category] ?? '–';
  if (purpose === null || byPurpose === '–') return WITHHOLD.PURPOSE;

  const byRole = byRoleOf(principal, customerId, category, tables);
  if (byRole === '–' || !mayActFor(principal.role, purpose, tables)) return WITHHOLD.ROLE;

  const basis = refusalOf(purpose, state, topic, rules);
  const personal = byPurpose === 'P' ? refusalOf('PERSONALIZATION', state, null, rules) : null;
  const refusal = firstOf(basis, personal);
  if (refusal !== null) return WITHHOLD[refusal];

  const isObserved = basis === OBSERVED || personal === OBSERVED;
  if (byPurpose === 'm' || byRole === 'm') return isObserved ? MASK_OBSERVED : MASK;
  return isObserved ? CLEAR_OBSERVED : CLEAR;
}

/** Is a category within reach of the principal and purpose, whoever the subject is? Decides whether a filter on it may match. */
export function isWithinReach(principal: Principal, purpose: Purpose | null, category: DataCategory): boolean {
  if (purpose === null || !isEntitled(principal.role, purpose)) return false;
  const { purposes, rights } = policyTables;
  return purposes[purpose].cells[category] !== '–' && (rights[principal.role].cells[category] ?? '–') !== '–';
}

/** `observed`: as in a Decision. */
export type ContactDecision =
  { readonly permitted: true; readonly observed?: 'CONSENT' } | { readonly permitted: false; readonly reason: Reason };

/** May this person be mailed at all, for this purpose and topic? Decided before, and apart from, what the mail may show. */
export function decideContact(
  principal: Principal,
  purpose: Purpose | null,
  customerId: string,
  state: SubjectState | null,
  topic: string | null,
  rules: DecisionRules = IN_FORCE,
): ContactDecision {
  const { tables } = rules;
  const address = decide(principal, purpose, customerId, state, 'CONTACT', topic, rules);
  const mails = rowOf(tables.purposes, purpose)?.mails ?? 'never';
  const stops = mails === 'never' ? [] : tables.stoppedBy[mails];
  const isSuppressed = state?.suppressions.some((suppression) => stops.includes(suppression)) ?? false;
  const reason = firstOf(
    address.verdict === 'WITHHOLD' ? address.reason : null,
    // Nobody mails an address that is masked: the role has no use for it.
    address.verdict === 'MASK' ? 'ROLE' : null,
    mails === 'never' ? 'PURPOSE' : null,
    isSuppressed ? 'SUPPRESSED' : null,
  );
  if (reason !== null) return { permitted: false, reason };
  return address.verdict === 'CLEAR' && address.observed
    ? { permitted: true, observed: 'CONSENT' }
    : { permitted: true };
}

/** What stands against something, but is only observed. */
const OBSERVED = 'OBSERVED';

/** Of all that stands against something, what comes first in the published order; null when nothing does, or nothing that withholds. */
function firstOf(...reasons: ReadonlyArray<Reason | typeof OBSERVED | null>): Reason | null {
  return REASONS.find((reason) => reasons.includes(reason)) ?? null;
}

function byRoleOf(principal: Principal, customerId: string, category: DataCategory, { rights }: PolicyTables) {
  if (principal.role === 'DATA_SUBJECT' && principal.customerId !== customerId) return '–';
  return rowOf(rights, principal.role)?.cells[category] ?? '–';
}

/** The row of a table; undefined for a key that is none of its own, `constructor` included: what is unknown is not permitted. */
function rowOf<Key extends string, Row>(table: Readonly<Record<Key, Row>>, key: Key | null): Row | undefined {
  return key !== null && Object.hasOwn(table, key) ? table[key] : undefined;
}

/** What stands against the purpose for this subject: null when its basis holds. */
function refusalOf(
  purpose: Purpose,
  state: SubjectState,
  topic: string | null | undefined,
  { tables: { purposes, jurisdictions }, observes }: DecisionRules,
): Reason | typeof OBSERVED | null {
  const { basis, notForMinors, mails } = purposes[purpose];
  if (mails === 'marketing' && state.suppressions.length > 0) return 'SUPPRESSED';
  const consent = state.consent(purpose, topic);
  if (consent === 'OBJECTED' && basis !== 'legal duty') return 'OBJECTED';
  if (notForMinors && state.minor) return 'CONSENT';
  if (basis === 'contract' || basis === 'legal duty' || consent === 'GRANTED') return null;
  if (consent !== 'NOT_ASKED') return 'CONSENT';
  // What the law of the place permits without consent, it permits only for who never said anything.
  const law = jurisdictions[state.jurisdiction];
  const isPermitted = law.regime === 'OPT_OUT' || (law.softOptIn && state.softOptIn);
  if (basis === 'consent or soft opt-in' && isPermitted) return null;
  return observes.includes(purpose) ? OBSERVED : 'CONSENT';
}
