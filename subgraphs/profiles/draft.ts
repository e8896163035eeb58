/**
 * A draft of one commit: what was read, what is to be written, and what must not have changed in between. Reads the store
 * once, answers from memory, and becomes a Commit. Must not know why anything changes.
 */
import { auditOf, consentEntry } from './audit/entry';
import type { Change } from './store/change';
import type { Commit, IdentityKey, NewConsentEvent, Profile, ProfileStore, StoredRecord } from './store/store';

export interface Draft {
  profile(customerId: string): Profile | undefined;
  putProfile(profile: Profile): void;
  /** The live customers linked to an identity. Known only for identities the draft was opened with, and links added since. */
  linked(identity: IdentityKey): string[];
  link(identity: IdentityKey, customerId: string): void;
  unlink(identity: IdentityKey, customerId: string): void;
  record(customerId: string, source: string): StoredRecord | undefined;
  recordsOf(customerId: string): StoredRecord[];
  putRecord(record: StoredRecord): void;
  removeRecord(customerId: string, source: string): void;
  ledger(customerId: string): readonly NewConsentEvent[];
  addEvents(events: readonly NewConsentEvent[]): void;
  addChange(change: Change): void;
  toCommit(): Commit;
}

export interface DraftScope {
  readonly identities: readonly IdentityKey[];
  readonly customerIds?: readonly string[];
  /** Sources whose records are read along. */
  readonly sources: readonly string[];
}

/** Errors: STORE_UNAVAILABLE. */
export async function openDraft(store: ProfileStore, scope: DraftScope): Promise<Draft> {
  const identities = [...new Map(scope.identities.map((identity) => [placeOf(identity), identity])).values()];
  const linkedIds = await store.findCustomerIds(identities);
  const ids = [...new Set([...linkedIds.flat(), ...(scope.customerIds ?? [])])];
  const recordKeys = ids.flatMap((customerId) => scope.sources.map((source) => ({ customerId, source })));
  const [found, records, ledgers] = await Promise.all([
    store.findProfiles(ids),
    store.findRecords(recordKeys),
    store.findConsentEvents(ids),
  ]);

  const profiles = new Map(found.flatMap((profile) => (profile === null ? [] : [[profile.id, profile] as const])));
  const links = new Map(identities.map((identity, index) => [placeOf(identity), new Set(linkedIds[index])]));
  const recordAt = new Map(
    records.flatMap((record) => (record === null ? [] : [[recordPlace(record), record] as const])),
  );
  const ledgerOf = new Map<string, NewConsentEvent[]>(ids.map((id, index) => [id, [...(ledgers[index] ?? [])]]));

  const versionsRead = new Map([...profiles.values()].map(({ id, version }) => [id, version]));
  const written = {
    profiles: new Set<string>(),
    records: new Set<string>(),
    removed: new Map<string, { customerId: string; source: string }>(),
    link: new Map<string, IdentityKey & { customerId: string }>(),
    unlink: new Map<string, IdentityKey & { customerId: string }>(),
    events: [] as NewConsentEvent[],
    changes: [] as Change[],
  };

  const linksAt = (identity: IdentityKey): Set<string> => {
    const place = placeOf(identity);
    const known = links.get(place) ?? new Set<string>();
    links.set(place, known);
    return known;
  };

  return {
    profile: (customerId) => profiles.get(customerId),
    putProfile: (profile) => {
      profiles.set(profile.id, profile);
      written.profiles.add(profile.id);
    },
    linked: (identity) => [...linksAt(identity)],
    link: (identity, customerId) => {
      if (linksAt(identity).has(customerId)) return;
      linksAt(identity).add(customerId);
      written.unlink.delete(`${placeOf(identity)} ${customerId}`);
      written.link.set(`${placeOf(identity)} ${customerId}`, { ...identity, customerId });
    },
    unlink: (identity, customerId) => {
      linksAt(identity).delete(customerId);
      written.link.delete(`${placeOf(identity)} ${customerId}`);
      written.unlink.set(`${placeOf(identity)} ${customerId}`, { ...identity, customerId });
    },
    record: (customerId, source) => recordAt.get(recordPlace({ customerId, source })),
    recordsOf: (customerId) => [...recordAt.values()].filter((record) => record.customerId === customerId),
    putRecord: (record) => {
      recordAt.set(recordPlace(record), record);
      written.records.add(recordPlace(record));
      written.removed.delete(recordPlace(record));
    },
    removeRecord: (customerId, source) => {
      const place = recordPlace({ customerId, source });
      recordAt.delete(place);
      written.records.delete(place);
      written.removed.set(place, { customerId, source });
    },
    ledger: (customerId) => ledgerOf.get(customerId) ?? [],
    addEvents: (events) => {
      written.events.push(...events);
      for (const event of events) ledgerOf.set(event.customerId, [...(ledgerOf.get(event.customerId) ?? []), event]);
    },
    addChange: (change) => written.changes.push(change),
    toCommit: () => {
      const touched = new Set([
        ...written.profiles,
        ...[...written.records].map((place) => recordAt.get(place)?.customerId ?? ''),
      ]);
      return {
        expect: [...touched].map((customerId) => ({ customerId, version: versionsRead.get(customerId) ?? 0 })),
        expectIdentities: identities.map((identity, index) => ({ ...identity, customerIds: linkedIds[index] ?? [] })),
        profiles: [...written.profiles].flatMap((id) => profiles.get(id) ?? []),
        records: [...written.records].flatMap((place) => recordAt.get(place) ?? []),
        removeRecords: [...written.removed.values()],
        link: [...written.link.values()],
        unlink: [...written.unlink.values()],
        consentEvents: written.events,
        // Whoever adds to a ledger is in the audit trail, in the same commit.
        audit: auditOf(...written.events.map(consentEntry)),
        changes: written.changes,
      };
    },
  };
}

function placeOf({ namespace, key }: IdentityKey): string {
  return `${namespace}\u0000${key}`;
}

function recordPlace({ customerId, source }: { customerId: string; source: string }): string {
  return `${customerId}\u0000${source}`;
}
