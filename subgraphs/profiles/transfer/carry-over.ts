/**
 * Carries over into a restored store what was recorded since the backup and must not be undone: tombstones, suppressions, erasures with the
 * keys they destroyed, denials and restrictions, what was rectified, webhooks that still wait, and the audit trail. Where the two disagree,
 * denial wins: what was granted since is not carried over. Must not run on a store that serves.
 */
import { facetError } from '../../../schema/errors';
import { auditOf, consentEntry } from '../audit/entry';
import { foldConsents } from '../consent';
import { isRectified, RECTIFIED_FACTS } from '../rectified-record';
import type { SubjectKeys } from '../seal/subject-keys';
import { entriesOf, pagesOf } from '../store/contents';
import type { StoreContents } from '../store/contents';
import type { NewConsentEvent, Profile, ProfileStore, StoredRecord } from '../store/store';
import { hasUnsubscribed, withUnsubscribe } from '../suppression';
import { carryAudit } from './audit-since';
import { denialsOf, identitiesOf, readFates } from './word-since';
import type { Fates, Since } from './word-since';

export interface Restored {
  /** The adapter itself: records stay sealed. */
  readonly store: ProfileStore;
  readonly contents: StoreContents;
  readonly keys: SubjectKeys;
}

/** How much of each was carried over. Units: entries; customers for `erased` and `changed`. */
export interface Carried {
  readonly tombstones: number;
  readonly suppressions: number;
  readonly erased: number;
  /** To whom more is denied than the backup knew, or who was rectified. */
  readonly changed: number;
  readonly auditEntries: number;
}

/**
 * Errors: BAD_REQUEST when `since` is not the store that the backup is of; STORE_UNAVAILABLE. After either the restored store is of no use.
 */
export async function carryOver(since: Since, into: Restored, now: () => number): Promise<Carried> {
  const auditEntries = await carryAudit(since, into);
  const tombstones = await copyAll(since, into.contents, 'tombstones');
  const suppressions = await copyAll(since, into.contents, 'suppressions');
  await copyAll(since, into.contents, 'erasures');
  await copyAll(since, into.contents, 'inbox');
  const fates = await readFates(since);
  const change = createChange(into.store, now);
  const denied = await carryDenials(since, fates, into, change);
  const rectified = await carryRectified(since, fates, into, change);
  const erased = await eraseAgain(since, fates, into, now);
  return { tombstones, suppressions, erased, changed: new Set([...denied, ...rectified]).size, auditEntries };
}

async function copyAll(
  from: Since,
  to: Pick<StoreContents, 'write'>,
  name: 'tombstones' | 'suppressions' | 'erasures' | 'inbox',
): Promise<number> {
  let count = 0;
  for await (const { entries } of pagesOf(from, name)) {
    await to.write(name, entries);
    count += entries.length;
  }
  return count;
}

/** Changes a living customer of the restored store; answers its id there, or null when nothing was to be changed, or nobody to change. */
type ChangeCustomer = (
  id: string,
  make: (
    profile: Profile,
    ledger: readonly NewConsentEvent[],
  ) => { profile: Profile; events?: NewConsentEvent[]; copied?: boolean } | null,
) => Promise<{ readonly found: boolean; readonly changed: string | null }>;

function createChange(store: ProfileStore, now: () => number): ChangeCustomer {
  return async (asked, make) => {
    const [before] = await store.findProfiles([asked]);
    if (!before) return { found: false, changed: null };
    if (before.status === 'ERASED') return { found: true, changed: null };
    const [ledger = []] = await store.findConsentEvents([before.id]);
    const made = make(before, ledger);
    if (made === null) return { found: true, changed: null };
    const { profile, events = [], copied = false } = made;
    const next: Profile = {
      ...profile,
      ...(events.length > 0 ? foldConsents([...ledger, ...events]) : {}),
      version: before.version + 1,
      consentVersion: before.consentVersion + 1,
      updatedAt: now(),
    };
    await put(store, next, before.version, events, copied ? events : []);
    return { found: true, changed: before.id };
  };
}

async function put(
  store: ProfileStore,
  profile: Profile,
  expected: number,
  consentEvents: readonly NewConsentEvent[],
  untold: readonly NewConsentEvent[] = [],
): Promise<void> {
  const { id: customerId, version, updatedAt: at } = profile;
  const kind = profile.status === 'ERASED' ? 'ERASED' : 'UPDATED';
  const { outcome } = await store.commit({
    expect: [{ customerId, version: expected }],
    profiles: [profile],
    consentEvents,
    // Of the others the trail tells that was carried over.
    audit: auditOf(...untold.map(consentEntry)),
    changes: [{ customerId, version, kind, changedFields: kind === 'ERASED' ? [] : ['consents'], at }],
  });
  if (outcome !== 'COMMITTED') {
    throw facetError('STORE_UNAVAILABLE', 'Expected nobody else to write to a store that is being restored.');
  }
}

/** What a person denied holds for every customer she was taken for. Who is new since is known again by it, and by nothing else. */
async function carryDenials(since: Since, fates: Fates, into: Restored, change: ChangeCustomer): Promise<string[]> {
  const changed: string[] = [];
  const newcomers = new Map<string, NewConsentEvent[]>();
  const forAll = async (survivor: string, denials: NewConsentEvent[], make: Parameters<ChangeCustomer>[1]) => {
    for (const id of fates.allOf(survivor)) {
      const done = await change(id, make);
      if (done.changed !== null) changed.push(done.changed);
      if (!done.found && id === survivor) newcomers.set(id, [...(newcomers.get(id) ?? []), ...denials]);
    }
  };
  const isLiving = (id: string) => fates.survivorOf(id) === id && !fates.erased.has(id);

  for await (const { customerId, denials } of denialsOf(since)) {
    // Who was merged has left a copy of the ledger with the survivor.
    if (!isLiving(customerId)) continue;
    await forAll(customerId, denials, (profile, ledger) => {
      const known = new Set(ledger.map(({ recordId }) => recordId));
      const events = denials
        .filter(({ recordId }) => !known.has(recordId))
        .map((event) => ({ ...event, customerId: profile.id }));
      return events.length === 0 ? null : { profile, events, copied: profile.id !== customerId };
    });
  }
  for (const id of [...fates.restricted].filter(isLiving)) {
    await forAll(id, [], (profile) =>
      profile.status === 'RESTRICTED' ? null : { profile: { ...profile, status: 'RESTRICTED' } },
    );
  }
  for (const id of [...fates.unsubscribed].filter(isLiving)) {
    await forAll(id, [], (profile) => (hasUnsubscribed(profile) ? null : { profile: withUnsubscribe(profile) }));
  }
  await addNewcomers(since, newcomers, into);
  return [...changed, ...newcomers.keys()];
}

/** Their records come with the next sync, which meets them by their identities. */
async function addNewcomers(
  since: Since,
  newcomers: ReadonlyMap<string, NewConsentEvent[]>,
  { store, contents }: Restored,
): Promise<void> {
  if (newcomers.size === 0) return;
  for await (const profile of entriesOf(since, 'profiles')) {
    const events = newcomers.get(profile.id);
    if (events !== undefined) await put(store, { ...profile, ...foldConsents(events) }, 0, events);
  }
  const links = new Map<string, string[]>();
  const placeOf = (identity: { namespacePart: string; keyPart: string }) =>
    JSON.stringify([identity.namespacePart, identity.keyPart]);
  for await (const { among, ...identity } of identitiesOf(since, new Set(newcomers.keys()))) {
    links.set(placeOf(identity), [...among]);
  }
  for await (const identity of entriesOf(contents, 'identities')) {
    const added = links.get(placeOf(identity));
    if (added !== undefined) links.set(placeOf(identity), [...new Set([...identity.customerIds, ...added])].toSorted());
  }
  await contents.write(
    'identities',
    [...links].map(([place, customerIds]) => {
      const [namespacePart, keyPart] = JSON.parse(place) as [string, string];
      return { namespacePart, keyPart, customerIds };
    }),
  );
}

/** A correction is the person's own word (GDPR Art. 16). It is sealed with her key, which is the same where the backup has one. */
async function carryRectified(since: Since, fates: Fates, into: Restored, change: ChangeCustomer): Promise<string[]> {
  const changed: string[] = [];
  for await (const profile of entriesOf(since, 'profiles')) {
    const facts = profile.facts[RECTIFIED_FACTS];
    if (facts === undefined || fates.erased.has(profile.id)) continue;
    const done = await change(profile.id, (restored) => {
      const same = JSON.stringify(restored.facts[RECTIFIED_FACTS]) === JSON.stringify(facts);
      return same ? null : { profile: { ...restored, facts: { ...restored.facts, [RECTIFIED_FACTS]: facts } } };
    });
    if (done.changed !== null) changed.push(done.changed);
  }
  for await (const { entries } of pagesOf(since, 'sourceRecords')) {
    const records = entries.filter(isRectified);
    if (records.length === 0) continue;
    const keys = await into.keys.find(records.map(({ customerId }) => customerId));
    const stored = await into.store.findRecords(records);
    const later = records.filter((record, at) => keys[at] && isLater(record, stored[at] ?? null));
    await into.contents.write('sourceRecords', later);
    changed.push(...later.map(({ customerId }) => customerId));
  }
  return changed;
}

function isLater(record: StoredRecord, stored: StoredRecord | null): boolean {
  return stored === null || record.fetchedAt > stored.fetchedAt || record.sourceVersion > stored.sourceVersion;
}

/** Whoever was erased since is erased here too, and everybody who was found to be the same person: record, identity and key. */
async function eraseAgain(since: Since, fates: Fates, into: Restored, now: () => number): Promise<number> {
  const { store, contents, keys } = into;
  const gone = new Set<string>();
  let count = 0;
  if (fates.erased.size === 0) return count;
  for await (const profile of entriesOf(since, 'profiles')) {
    if (!fates.erased.has(fates.survivorOf(profile.id))) continue;
    gone.add(profile.id);
    const { id: customerId, version } = profile;
    const [before] = await store.findProfiles([customerId]);
    const isNews = before?.id === customerId && before.status !== 'ERASED';
    const change = { customerId, version, kind: 'ERASED' as const, changedFields: [], at: now() };
    await store.commit({ profiles: [profile], unlinkAll: [customerId], changes: isNews ? [change] : [] });
    if (isNews) count++;
  }
  for await (const { entries } of pagesOf(contents, 'sourceRecords')) {
    await store.commit({ removeRecords: entries.filter(({ customerId }) => gone.has(customerId)) });
  }
  await keys.destroy([...gone]);
  return count;
}
