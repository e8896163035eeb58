/**
 * Verifying the customers' consent ledgers: each by its own chain, and against the audit trail, whose signed entries tell of every event
 * with its hash. So an event is found missing at the end, too, and a ledger that was written anew as a whole; and a state that does not
 * follow from its ledger. Pure. Must not read a store, or verify the trail.
 */
import { foldConsents } from '../consent';
import type { AuditRecord } from '../store/audit';
import { breakOf, contentHashOf } from '../store/ledger-chain';
import type { ConsentEvent, Profile } from '../store/store';
import { RESTORED } from './entry';
import type { AuditEntry } from './entry';

export interface LedgerFault {
  readonly customerId: string;
  readonly what:
    | 'an event was altered, is missing, or not in its place'
    | 'an event of which the trail tells is not there'
    | 'an event is not the one of which the trail tells'
    | 'an event is there of which the trail does not tell'
    | 'the state kept of it does not follow from its events';
  /** Place of the event in the ledger; null where it has none. */
  readonly seq: number | null;
}

export interface LedgersVerdict {
  readonly customers: number;
  readonly events: number;
  readonly faults: readonly LedgerFault[];
}

export interface LedgerVerifier {
  /** The next entry of the trail; all that were there when the first ledger was read come before it, those written since after the last. */
  takeEntry(record: AuditRecord): void;
  /** `profile`: null for a customer that has none any more; only the events are verified. */
  takeLedger(customerId: string, ledger: readonly ConsentEvent[], profile: Profile | null): void;
  /** Customers of whom the trail tells. */
  told(): IterableIterator<string>;
  end(): LedgersVerdict;
}

/** How the text of such an entry begins: others, of which there are many more, need not be parsed. */
const CONSENT = '{"kind":"CONSENT"';
const ADMINISTRATION = '{"kind":"ADMINISTRATION"';

/** What the trail tells of one event, and where. */
interface Told extends Pick<AuditRecord, 'chainId' | 'seq'> {
  readonly sha256: string;
}

export function createLedgerVerifier(): LedgerVerifier {
  /** By customer and record: the hashes of which the trail tells. Twice the same record: only the first was kept. */
  const toldOf = new Map<string, Map<string, Told[]>>();
  /** Parts of the trail over which a restore set the ledgers back: what they tell of may be gone. */
  const setBack: Array<{ chainId: string; after: number; before: number }> = [];
  const untold: Array<{ customerId: string; recordId: string; seq: number; sha256: string }> = [];
  const faults: LedgerFault[] = [];
  let customers = 0;
  let events = 0;

  const checkTold = (customerId: string, { recordId, seq, sha256 }: (typeof untold)[number]): boolean => {
    const told = toldOf.get(customerId)?.get(recordId);
    if (told === undefined) return false;
    if (!told.some((each) => each.sha256 === sha256)) {
      faults.push({ customerId, seq, what: 'an event is not the one of which the trail tells' });
    }
    return true;
  };

  const isSetBack = ({ chainId, seq }: Told): boolean =>
    setBack.some((part) => part.chainId === chainId && seq > part.after && seq < part.before);

  return {
    takeEntry({ chainId, seq, text }) {
      if (text.startsWith(ADMINISTRATION)) {
        const after = restoredTo(text);
        if (after !== null) setBack.push({ chainId, after, before: seq });
      }
      if (!text.startsWith(CONSENT)) return;
      const { subjects, details } = JSON.parse(text) as AuditEntry;
      const { recordId, sha256 } = details ?? {};
      const [customerId] = subjects;
      if (customerId === undefined || typeof recordId !== 'string' || typeof sha256 !== 'string') return;
      const records = toldOf.get(customerId) ?? new Map<string, Told[]>();
      records.set(recordId, [...(records.get(recordId) ?? []), { chainId, seq, sha256 }]);
      toldOf.set(customerId, records);
    },
    takeLedger(customerId, ledger, profile) {
      customers += ledger.length > 0 ? 1 : 0;
      events += ledger.length;
      const broken = breakOf(ledger);
      if (broken !== null) {
        faults.push({ customerId, seq: broken, what: 'an event was altered, is missing, or not in its place' });
      }
      const there = new Set(ledger.map(({ recordId }) => recordId));
      for (const [recordId, told] of toldOf.get(customerId) ?? []) {
        if (!there.has(recordId) && !told.every(isSetBack)) {
          faults.push({ customerId, seq: null, what: 'an event of which the trail tells is not there' });
        }
      }
      for (const event of ledger) {
        const { recordId, seq } = event;
        const asked = { customerId, recordId, seq, sha256: contentHashOf(event) };
        // Recorded while this runs: the trail tells of it further on.
        if (!checkTold(customerId, asked)) untold.push(asked);
      }
      if (profile !== null && !follows(profile, ledger)) {
        faults.push({ customerId, seq: null, what: 'the state kept of it does not follow from its events' });
      }
    },
    told: () => toldOf.keys(),
    end() {
      for (const asked of untold) {
        const { customerId, seq } = asked;
        if (!checkTold(customerId, asked)) {
          faults.push({ customerId, seq, what: 'an event is there of which the trail does not tell' });
        }
      }
      return { customers, events, faults };
    },
  };
}

/** Up to which place the trail told of what a restored backup holds; null for another entry. */
function restoredTo(text: string): number | null {
  const { action, details } = JSON.parse(text) as AuditEntry;
  const place = details?.trailUpTo;
  return action === RESTORED && typeof place === 'number' ? place : null;
}

/** Of who was erased or merged nothing is kept but the ledger. */
function follows({ status, mergedInto, consents, softOptIn }: Profile, ledger: readonly ConsentEvent[]): boolean {
  if (status === 'ERASED' || mergedInto !== undefined) return true;
  const folded = foldConsents(ledger);
  return softOptIn === folded.softOptIn && textOf(consents) === textOf(folded.consents);
}

/** Neither the order of the consents counts, nor that of their members, which a store's codec need not keep. */
function textOf(consents: Profile['consents']): string {
  const lines = consents.map(({ purpose, topic, state, notice, since, expiresAt }) =>
    JSON.stringify([purpose, topic, state, notice && [notice.id, notice.version], since, expiresAt]),
  );
  return lines.toSorted().join('\n');
}
