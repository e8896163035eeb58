/**
 * Consent states from the ledger: a fold over events, the same whatever the order in which they arrived. Pure.
 * Must not decide what a state permits; that is the policy.
 *
 * Source: GDPR Art. 4(11), 7; ISO/IEC TS 27560 consent record states.
 */
import type { ConsentState, Purpose } from '../../schema/policy';
import { NO_NOTICES } from './notices';
import type { Notices } from './notices';
import { CONSENT_CHANNELS } from './store/store';
import type { ConsentAction, ConsentChannel, ConsentRecord, NewConsentEvent } from './store/store';

/** Purposes that rest on consent, and so always have an entry in `Customer.consents`. */
export const CONSENT_PURPOSES: readonly Purpose[] = ['EMAIL_MARKETING', 'PERSONALIZATION', 'ANALYTICS', 'PROFILING'];

/** How far an event may lie ahead of our clock before it counts as doubt. */
export const CLOCK_TOLERANCE_MS = 5_000;

/** At the same moment the later in this list counts: ties deny. */
const TIE_ORDER: readonly ConsentAction[] = ['CONFIRM', 'GRANT', 'EXPIRE', 'REFUSE', 'WITHDRAW', 'OBJECT'];
const DENIALS: readonly ConsentAction[] = ['REFUSE', 'WITHDRAW', 'OBJECT'];

/** One record per purpose and topic that has events: of e-mail, which is what Facet sends, unless another channel is asked about. */
export function foldConsents(
  events: readonly NewConsentEvent[],
  channel: ConsentChannel | null = null,
): {
  readonly consents: ConsentRecord[];
  readonly softOptIn: boolean;
} {
  const ordered = events.filter((event) => isOf(channel, event)).toSorted(byOccurrence);
  const consents: ConsentRecord[] = [];
  for (const { purpose, topic } of placesOf(ordered)) {
    const { record } = walk(purpose, topic, relevantTo(purpose, topic, ordered));
    if (record !== null) consents.push(record);
  }
  const marketing = ordered.filter(({ purpose, topic }) => purpose === 'EMAIL_MARKETING' && topic === null);
  const softOptIn =
    marketing.some(({ basis }) => basis === 'SOFT_OPT_IN') && !marketing.some(({ action }) => DENIALS.includes(action));
  return { consents, softOptIn };
}

/** What was said of text messages or calls neither opens nor shuts e-mail. An event of before there were channels is about e-mail too. */
function isOf(asked: ConsentChannel | null, { channel }: NewConsentEvent): boolean {
  if (channel === null) return true;
  return asked === null || asked === 'EMAIL' ? !OTHER_CHANNELS.includes(channel) : channel === asked;
}
const OTHER_CHANNELS: readonly string[] = CONSENT_CHANNELS.filter((channel) => channel !== 'EMAIL');

/**
 * The state of a purpose at a moment: of the topic where it has a record of its own, else of every topic. A grant on a notice that is
 * not valid any more has expired.
 */
export function consentStateAt(
  consents: readonly ConsentRecord[],
  purpose: Purpose,
  topic: string | null | undefined,
  now: number,
  notices: Notices = NO_NOTICES,
): ConsentState {
  const record = findConsent(consents, purpose, topic ?? null);
  if (record === undefined) return 'NOT_ASKED';
  // A grant from the future is no grant yet; a denial is believed at once.
  if (record.state !== 'GRANTED') return record.state;
  if (record.since > now + CLOCK_TOLERANCE_MS) return 'NOT_ASKED';
  const isOver = record.expiresAt !== null && record.expiresAt <= now;
  return isOver || !notices.isValid(record.notice, now) ? 'EXPIRED' : 'GRANTED';
}

/** The grant that waits for its CONFIRM at the place of an event, its channel included; null when none does. */
export function findWaiting(
  events: readonly NewConsentEvent[],
  { purpose, topic, channel }: Pick<NewConsentEvent, 'purpose' | 'topic' | 'channel'>,
): NewConsentEvent | null {
  const ordered = events.filter((event) => isOf(channel, event)).toSorted(byOccurrence);
  return walk(purpose, topic, relevantTo(purpose, topic, ordered)).waiting;
}

/** How the proof of a grant begins that waits for the token of a link; what follows is enough to know it again, too little to use it. */
export const PROOF_BY_TOKEN = 'token:';

/** Does the grant wait for the link that was sent for it, and for nothing else? */
export function waitsForToken({ pending, proof }: NewConsentEvent): boolean {
  return pending && (proof?.startsWith(PROOF_BY_TOKEN) ?? false);
}

/** What waits for a link is confirmed by that link alone, which carries the proof over; what a source tells, by any word on it. */
function confirms(event: NewConsentEvent, waiting: NewConsentEvent | null): boolean {
  return waiting !== null && (!waitsForToken(waiting) || waiting.proof === event.proof);
}

export function findConsent(
  consents: readonly ConsentRecord[],
  purpose: Purpose,
  topic: string | null,
): ConsentRecord | undefined {
  const ofPurpose = consents.filter((record) => record.purpose === purpose);
  return ofPurpose.find((record) => record.topic === topic) ?? ofPurpose.find((record) => record.topic === null);
}

/** An event without a topic speaks for every topic, so it counts for each of them. */
function relevantTo(purpose: Purpose, topic: string | null, events: readonly NewConsentEvent[]): NewConsentEvent[] {
  return events.filter((event) => event.purpose === purpose && (event.topic === null || event.topic === topic));
}

/** Where a place stands after all its events, in order of occurrence. */
function walk(
  purpose: Purpose,
  topic: string | null,
  events: readonly NewConsentEvent[],
): { readonly record: ConsentRecord | null; readonly waiting: NewConsentEvent | null } {
  let record: ConsentRecord | null = null;
  /** The grant that waits for its CONFIRM; kept apart from the state, since an objection stands while one waits. */
  let waiting: NewConsentEvent | null = null;
  for (const event of events) {
    if (event.basis === 'SOFT_OPT_IN') continue;
    const state = nextState(record?.state ?? 'NOT_ASKED', event, confirms(event, waiting));
    const confirmed: NewConsentEvent | null = event.action === 'CONFIRM' ? waiting : null;
    if (event.action !== 'CONFIRM' || state !== null) {
      waiting = event.action === 'GRANT' && event.pending ? event : null;
    }
    if (state === null) continue;
    const notice = event.notice ?? confirmed?.notice ?? null;
    record = {
      purpose,
      topic,
      state,
      notice: notice && { id: notice.id, version: notice.version },
      since: event.occurredAt,
      expiresAt: event.expiresAt ?? confirmed?.expiresAt ?? null,
    };
  }
  return { record, waiting };
}

/** null: the event changes nothing. */
function nextState(
  state: ConsentState,
  { action, pending }: NewConsentEvent,
  confirmsIt: boolean,
): ConsentState | null {
  if (action === 'GRANT' && !pending) return 'GRANTED';
  // Confirms what waits, and nothing else: after a refusal an old confirmation link is worth nothing.
  if (action === 'CONFIRM') return confirmsIt ? 'GRANTED' : null;
  if (action === 'OBJECT') return 'OBJECTED';
  // An objection overrides every basis until a later explicit grant; a refusal or expiry after it must not weaken it.
  if (state === 'OBJECTED') return null;
  switch (action) {
    case 'GRANT':
      return 'PENDING';
    case 'REFUSE':
      return 'REFUSED';
    case 'WITHDRAW':
      return 'WITHDRAWN';
    case 'EXPIRE':
      return 'EXPIRED';
  }
}

function byOccurrence(a: NewConsentEvent, b: NewConsentEvent): number {
  return (
    a.occurredAt - b.occurredAt ||
    TIE_ORDER.indexOf(a.action) - TIE_ORDER.indexOf(b.action) ||
    Number(a.pending) - Number(b.pending) ||
    // Of two grants the one that ends first counts; one without an end ends last.
    (b.expiresAt ?? Infinity) - (a.expiresAt ?? Infinity) ||
    // Only to be the same in every order of arrival; the state is alike.
    a.recordId.localeCompare(b.recordId)
  );
}

function placesOf(events: readonly NewConsentEvent[]): Array<{ purpose: Purpose; topic: string | null }> {
  const places = new Map(events.map(({ purpose, topic }) => [JSON.stringify([purpose, topic]), { purpose, topic }]));
  return [...places.values()];
}
