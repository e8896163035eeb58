/**
 * Consent states from the ledger: a fold over events, the same whatever the order in which they arrived. Pure.
 * Must not decide what a state permits; that is the policy.
 *
 * Source: GDPR Art. 4(11), 7; ISO/IEC TS 27560 consent record states.
 */
import type { ConsentState, Purpose } from '../../schema/policy';
import type { ConsentAction, ConsentEvent, ConsentRecord } from './store/store';

type LedgerEvent = Omit<ConsentEvent, 'seq'>;

/** Purposes that rest on consent, and so always have an entry in `Customer.consents`. */
export const CONSENT_PURPOSES: readonly Purpose[] = ['EMAIL_MARKETING', 'PERSONALIZATION', 'ANALYTICS', 'PROFILING'];

/** How far an event may lie ahead of our clock before it counts as doubt. */
export const CLOCK_TOLERANCE_MS = 5_000;

/** At the same moment the later in this list counts: ties deny. */
const TIE_ORDER: readonly ConsentAction[] = ['CONFIRM', 'GRANT', 'EXPIRE', 'REFUSE', 'WITHDRAW', 'OBJECT'];
const DENIALS: readonly ConsentAction[] = ['REFUSE', 'WITHDRAW', 'OBJECT'];

/** One record per purpose and topic that has events. */
export function foldConsents(events: readonly LedgerEvent[]): {
  readonly consents: ConsentRecord[];
  readonly softOptIn: boolean;
} {
  const ordered = events.toSorted(byOccurrence);
  const consents: ConsentRecord[] = [];
  for (const { purpose, topic } of placesOf(ordered)) {
    // An event without a topic speaks for every topic, so it counts for each of them.
    const relevant = ordered.filter(
      (event) => event.purpose === purpose && (event.topic === null || event.topic === topic),
    );
    const record = foldOne(purpose, topic, relevant);
    if (record !== null) consents.push(record);
  }
  const marketing = ordered.filter(({ purpose, topic }) => purpose === 'EMAIL_MARKETING' && topic === null);
  const softOptIn =
    marketing.some(({ basis }) => basis === 'SOFT_OPT_IN') && !marketing.some(({ action }) => DENIALS.includes(action));
  return { consents, softOptIn };
}

/** The state of a purpose at a moment: of the topic where it has a record of its own, else of every topic. */
export function consentStateAt(
  consents: readonly ConsentRecord[],
  purpose: Purpose,
  topic: string | null | undefined,
  now: number,
): ConsentState {
  const record = findConsent(consents, purpose, topic ?? null);
  if (record === undefined) return 'NOT_ASKED';
  // A grant from the future is no grant yet; a denial is believed at once.
  if (record.state === 'GRANTED' && record.since > now + CLOCK_TOLERANCE_MS) return 'NOT_ASKED';
  return record.state === 'GRANTED' && record.expiresAt !== null && record.expiresAt <= now ? 'EXPIRED' : record.state;
}

export function findConsent(
  consents: readonly ConsentRecord[],
  purpose: Purpose,
  topic: string | null,
): ConsentRecord | undefined {
  const ofPurpose = consents.filter((record) => record.purpose === purpose);
  return ofPurpose.find((record) => record.topic === topic) ?? ofPurpose.find((record) => record.topic === null);
}

function foldOne(purpose: Purpose, topic: string | null, events: readonly LedgerEvent[]): ConsentRecord | null {
  let record: ConsentRecord | undefined;
  /** The grant that waits for its CONFIRM; kept apart from the state, since an objection stands while one waits. */
  let waiting: LedgerEvent | null = null;
  for (const event of events) {
    if (event.basis === 'SOFT_OPT_IN') continue;
    const state = nextState(record?.state ?? 'NOT_ASKED', event, waiting !== null);
    const confirmed: LedgerEvent | null = event.action === 'CONFIRM' ? waiting : null;
    if (event.action !== 'CONFIRM' || state !== null) {
      waiting = event.action === 'GRANT' && event.pending ? event : null;
    }
    if (state === null) continue;
    record = {
      purpose,
      topic,
      state,
      notice: event.notice ?? confirmed?.notice ?? null,
      since: event.occurredAt,
      expiresAt: event.expiresAt ?? confirmed?.expiresAt ?? null,
    };
  }
  return record ?? null;
}

/** null: the event changes nothing. */
function nextState(state: ConsentState, { action, pending }: LedgerEvent, isWaiting: boolean): ConsentState | null {
  if (action === 'GRANT' && !pending) return 'GRANTED';
  // Confirms what waits, and nothing else: after a refusal an old confirmation link is worth nothing.
  if (action === 'CONFIRM') return isWaiting ? 'GRANTED' : null;
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

function byOccurrence(a: LedgerEvent, b: LedgerEvent): number {
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

function placesOf(events: readonly LedgerEvent[]): Array<{ purpose: Purpose; topic: string | null }> {
  const places = new Map(events.map(({ purpose, topic }) => [JSON.stringify([purpose, topic]), { purpose, topic }]));
  return [...places.values()];
}
