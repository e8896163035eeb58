/**
 * Merging two customers that turned out to be one person: everything moves to the survivor, whose id stays; the other id keeps
 * resolving to it. The ledgers are joined, so that a denial recorded under either counts. Must not decide who is the same.
 */
import { foldConsents } from './consent';
import type { Draft } from './draft';
import type { IdentityRegistry } from './identity';
import { openOwnRecord, OWN_SOURCE, sealOwnRecord } from './own-record';
import type { OwnRecord } from './own-record';

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
    if (draft.record(survivorId, record.source) === undefined) draft.putRecord({ ...record, customerId: survivorId });
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
    facts: { ...other.facts, ...survivor.facts },
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
