/**
 * Consent as the CRM keeps it: custom portal properties per purpose, HubSpot's legal basis and opt-out. It must not decide
 * what a consent permits.
 */
import { DAY_MS, type Person } from './people';
import type { Random } from './random';

export const CONSENT_PURPOSES = ['marketing', 'personalization', 'analytics', 'profiling'] as const;

type Properties = Record<string, string | null>;
type State = 'granted' | 'pending' | 'refused' | 'withdrawn' | 'objected' | null;

const NOTICES = ['privacy/2024-06', 'privacy/2025-03'];
const METHODS = ['web_form', 'double_opt_in', 'checkout_checkbox', 'phone'];

/** An instant in the person's own offset: CRMs keep what the form sent, so not every date-time ends in Z. */
function local(options: { atMs: number; utcOffset: string; random: Random }): string {
  const { atMs, utcOffset, random } = options;
  if (random.chance(0.5)) return new Date(atMs).toISOString();
  const sign = utcOffset.startsWith('-') ? -1 : 1;
  const minutes = sign * (Number(utcOffset.slice(1, 3)) * 60 + Number(utcOffset.slice(4, 6)));
  return `${new Date(atMs + minutes * 60_000).toISOString().slice(0, 19)}${utcOffset}`;
}

function marketingState(person: Person): State {
  const { cases } = person;
  if (cases.has('marketingGranted') || cases.has('marketingExpired')) return 'granted';
  if (cases.has('marketingPending')) return 'pending';
  if (cases.has('marketingRefused')) return 'refused';
  if (cases.has('marketingWithdrawn')) return 'withdrawn';
  return cases.has('marketingObjected') ? 'objected' : null;
}

function stateOf(options: { person: Person; purpose: string; random: Random }): State {
  const { person, purpose, random } = options;
  if (purpose === 'marketing') return marketingState(person);
  if (person.cases.has('marketingNeverAsked') || person.cases.has('softOptIn')) return null;
  if (purpose === 'personalization') {
    if (person.cases.has('marketingAndPersonalization')) return 'granted';
    if (person.cases.has('marketingWithoutPersonalization')) return random.pick(['refused', null, 'withdrawn']);
  }
  return random.pick<State>(['granted', 'granted', 'granted', 'refused', null]);
}

/** The CRM's moment of a person's first consent entry, shared with the shop, which knows of later changes. */
export const consentAtMs = (person: Person): number => person.sinceMs + 2 * DAY_MS;

/**
 * The consent properties of one contact: for each purpose `P_consent`, `_at`, `_notice`, `_expires_at`, `_method`, then
 * `hs_legal_basis` and `hs_email_optout`. Shape: strings or null, all keys present.
 */
export function consentProperties(options: { person: Person; random: Random; epochMs: number }): Properties {
  const { person, random, epochMs } = options;
  const { cases, place } = person;
  const properties: Properties = {};
  for (const purpose of CONSENT_PURPOSES) {
    const state = stateOf({ person, purpose, random });
    const expired = purpose === 'marketing' && cases.has('marketingExpired');
    const atMs = consentAtMs(person) + (state === 'withdrawn' || state === 'objected' ? 90 * DAY_MS : 0);
    const expiresMs = expired ? epochMs - 20 * DAY_MS : random.chance(0.2) ? epochMs + 700 * DAY_MS : null;
    properties[`${purpose}_consent`] = state;
    properties[`${purpose}_consent_at`] = state && local({ atMs, utcOffset: place.utcOffset, random });
    properties[`${purpose}_consent_notice`] = state && random.pick(NOTICES);
    properties[`${purpose}_consent_expires_at`] =
      state === 'granted' && expiresMs !== null ? new Date(expiresMs).toISOString() : null;
    properties[`${purpose}_consent_method`] = state && random.pick(METHODS);
  }
  properties.hs_legal_basis = cases.has('softOptIn')
    ? 'Legitimate interest – existing customer'
    : properties.marketing_consent === 'granted'
      ? 'Freely given consent from contact'
      : null;
  properties.hs_email_optout = cases.has('marketingWithdrawn') || cases.has('marketingObjected') ? 'true' : null;
  return properties;
}
