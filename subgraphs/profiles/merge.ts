/**
 * Merging two customers that turned out to be one person: everything moves to the survivor, whose id stays; the other id keeps
 * resolving to it. The ledgers are joined, so that a denial recorded under either counts. Must not decide who is the same.
 */
import { openAll, sealBlob } from '../blob';
import type { Categories } from '../source';
import { consentStateAt, foldConsents } from './consent';
import { digestOf } from './consent.words';
import type { Draft } from './draft';
import type { IdentityRegistry } from './identity';
import { openOwnRecord, OWN_SOURCE, sealOwnRecord } from './own-record';
import type { OwnRecord } from './own-record';
import { isRectified, withRectified } from './rectified-record';
import type { ConsentAction, NewConsentEvent, Profile, StoredRecord } from './store/store';
import { mergeFacts } from './suppression';

const STRICTEST_FIRST = ['ERASED', 'RESTRICTED', 'ACTIVE'] as const;

export function mergeCustomers(
  draft: Draft,
  registry: IdentityRegistry,
  survivorId: string,
  otherId: string,
  now: number,
): void {
  const survivor = draft.profile(survivorId);
  const other = draft.profile(otherId);
  if (survivor === undefined || other === undefined || survivorId === otherId) return;

  const ownSurvivor = openOwnRecord(draft.record(survivorId, OWN_SOURCE));
  const ownOther = openOwnRecord(draft.record(otherId, OWN_SOURCE));
  for (const identity of Object.values(ownOther.identities).flat()) {
    const key = registry.keyOf(identity);
    draft.unlink(key, otherId);
    draft.link(key, survivorId);
  }
  for (const record of draft.recordsOf(otherId)) {
    draft.removeRecord(otherId, record.source);
    if (record.source === OWN_SOURCE) continue;
    const kept = draft.record(survivorId, record.source);
    if (kept === undefined) draft.putRecord({ ...record, customerId: survivorId });
    else if (isRectified(record)) draft.putRecord(joinRectified(kept, record));
  }
  const own = {
    identities: joinIdentities(ownSurvivor.identities, ownOther.identities),
    historicValue: ownSurvivor.historicValue ?? ownOther.historicValue,
    activities: { ...ownOther.activities, ...ownSurvivor.activities },
  };
  draft.putRecord(sealOwnRecord(survivorId, own, registry, now));

  const known = new Set(draft.ledger(survivorId).map(({ recordId }) => recordId));
  const events = draft.ledger(otherId).filter(({ recordId }) => !known.has(recordId));
  draft.addEvents(events.map((event) => ({ ...event, customerId: survivorId })));
  draft.addEvents(deniedBefore(draft.ledger(survivorId), survivor, other, now));

  const sourceKeys = [
    ...survivor.sourceKeys,
    ...other.sourceKeys.filter(
      (key) => !survivor.sourceKeys.some((known) => known.source === key.source && known.key === key.key),
    ),
  ];
  draft.putProfile({
    ...survivor,
    ...foldConsents(draft.ledger(survivorId)),
    // The stricter of the two states holds for both.
    status: STRICTEST_FIRST.find((status) => [survivor.status, other.status].includes(status)) ?? survivor.status,
    sourceKeys,
    facts: mergeFacts(survivor.facts, other.facts),
    version: survivor.version + 1,
    consentVersion: Math.max(survivor.consentVersion, other.consentVersion) + 1,
    updatedAt: now,
  });
  // Of the other nothing is left but the way to the survivor: what is erased there must not stay here.
  const left = { sourceKeys: [], consents: [], softOptIn: false, facts: {} };
  draft.putProfile({ ...other, ...left, mergedInto: survivorId, version: other.version + 1, updatedAt: now });
  const change = { changedFields: ['identities', 'consents'], at: now };
  draft.addChange({ ...change, customerId: otherId, version: other.version + 1, kind: 'MERGED' });
  draft.addChange({ ...change, customerId: survivorId, version: survivor.version + 1, kind: 'UPDATED' });
}

/** What was corrected under either id stays corrected; of the same field, what was corrected later. */
function joinRectified(one: StoredRecord, other: StoredRecord): StoredRecord {
  const [earlier, later] = one.fetchedAt <= other.fetchedAt ? [one, other] : [other, one];
  const [below, above] = [openAll(earlier), openAll(later)];
  const categories = Object.keys({ ...below, ...above }) as Array<keyof Categories>;
  const blobs = Object.fromEntries(
    categories.map((name) => [name, sealBlob(withRectified(below[name] ?? null, above[name] ?? null) ?? {})]),
  );
  return { ...one, sourceVersion: later.sourceVersion, fetchedAt: later.fetchedAt, blobs };
}

/** Source by source, each identity once. Both tell of the same source only where a person may have several ids there. */
function joinIdentities(one: OwnRecord['identities'], other: OwnRecord['identities']): OwnRecord['identities'] {
  const sources = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries(
    [...sources].map((source) => {
      const all = [...(one[source] ?? []), ...(other[source] ?? [])];
      return [source, [...new Map(all.map((each) => [`${each.namespace} ${each.value}`, each])).values()]];
    }),
  );
}

/** A denial, and the stronger the later in this list. */
const DENIALS = [
  { state: 'REFUSED', action: 'REFUSE' },
  { state: 'WITHDRAWN', action: 'WITHDRAW' },
  { state: 'OBJECTED', action: 'OBJECT' },
] as const satisfies ReadonlyArray<{ state: string; action: ConsentAction }>;

/**
 * Denial wins: what the person denied under one id is not undone by an older or newer grant under the other, which was given for what
 * looked like somebody else. Written as events, so that the state can be rebuilt from the ledger; a grant after the merge counts.
 */
function deniedBefore(
  ledger: readonly NewConsentEvent[],
  survivor: Profile,
  other: Profile,
  now: number,
): NewConsentEvent[] {
  const strength = (state: string) => DENIALS.findIndex((denial) => denial.state === state);
  const missingFrom = (events: readonly NewConsentEvent[], isOfAllTopics: boolean) =>
    foldConsents(events).consents.flatMap(({ purpose, topic, state }): NewConsentEvent[] => {
      if ((topic === null) !== isOfAllTopics) return [];
      const before = [survivor, other].map(({ consents }) => strength(consentStateAt(consents, purpose, topic, now)));
      const strongest = Math.max(...before);
      const denial = DENIALS[strongest];
      if (denial === undefined || strongest <= strength(state)) return [];
      return [
        {
          recordId: digestOf('merge', survivor.id, other.id, purpose, topic),
          customerId: survivor.id,
          purpose,
          channel: null,
          topic,
          action: denial.action,
          basis: 'CONSENT',
          pending: false,
          notice: null,
          method: 'merge',
          jurisdiction: null,
          language: null,
          proof: other.id,
          occurredAt: now,
          recordedAt: now,
          expiresAt: null,
          actor: OWN_SOURCE,
        },
      ];
    });
  // What is written of every topic speaks for each, and may be weaker than what was said of one.
  const ofAllTopics = missingFrom(ledger, true);
  return [...ofAllTopics, ...missingFrom([...ledger, ...ofAllTopics], false)];
}
