/**
 * Ingest: the one door through which a source's records enter. Resolves identity, derives, keeps the ledger, and writes record,
 * identities, consent events and change entry in one commit, some tens of records at a time. Must not fetch, and must not know any vendor.
 */
import { isDeepStrictEqual } from 'node:util';
import { ulid } from 'ulid';
import { openAll } from '../blob';
import { keptFromAt } from '../retention';
import type { Ingest, IngestBatch, MappedRecord, Source } from '../source';
import { createAttempts } from './attempts';
import { putChanged } from './change';
import { changedFieldsOf, isSame, sealCategories } from './changed-fields';
import { changedTraits, isAmong, withoutWord, withWord } from './derive';
import { openDraft } from './draft';
import type { Draft } from './draft';
import { findErased, withoutErased } from './erase/tombstones';
import type { IsErased } from './erase/tombstones';
import type { IdentityRegistry } from './identity';
import { newEvents } from './imported-consent';
import { mergeCustomers } from './merge';
import { openOwnRecord, OWN_SOURCE, sealOwnRecord } from './own-record';
import type { OwnRecord } from './own-record';
import { inPortions } from './portions';
import { RECORD_VERSION } from './record-version';
import { rectifiedPlace } from './rectified-record';
import { resolveRecord } from './resolve';
import type { Profile, ProfileStore } from './store/store';
import { adultFromOf, mayBeMinor } from './subject';
import { emailIdentity } from './suppression';
import { listBounces, tellsBounce, toldBounce } from './told-suppressions';

export interface IngestOptions {
  readonly store: ProfileStore;
  readonly registry: IdentityRegistry;
  /** Without profiles itself. */
  readonly sources: ReadonlyArray<Pick<Source, 'name' | 'merge' | 'retain'>>;
  readonly now: () => number;
}

export function createIngest(options: IngestOptions): Ingest {
  const { store, registry, now } = options;
  const names = options.sources.map(({ name }) => name);
  const sources = [...names, ...names.map(rectifiedPlace), OWN_SOURCE];
  const sourceOf = new Map(options.sources.map((source) => [source.name, source]));
  const attempts = createAttempts('store a batch');
  return inPortions(async (batch) => {
    const absent = (batch.absent ?? []).map((value) => ({ namespace: registry.namespaceOf(batch.source), value }));
    const identities = [
      ...batch.records.flatMap((record) => indexedIdentities(record, registry).map(registry.keyOf)),
      ...absent.map(registry.keyOf),
      ...batch.records.flatMap((record) =>
        tellsBounce(record) ? addressKeysOf(record, registry).map(emailIdentity) : [],
      ),
    ];
    return attempts(async () => {
      const draft = await openDraft(store, { identities, sources });
      // After the draft: who is erased in between changes what the draft was computed from, and its commit is refused.
      const isErased = await findErased(store, registry, batch.records);
      const source = sourceOf.get(batch.source);
      const merge = batch.partial === true ? source?.merge : undefined;
      const retain = source?.retain;
      const outcomes = batch.records.map((record) =>
        applyRecord(draft, registry, { batch, record, merge, retain, isErased }, now()),
      );
      for (const identity of absent) applyAbsence(draft, registry, batch, identity, now());
      const bounces = listBounces(draft, batch.source, outcomes, now());
      const drafted = draft.toCommit();
      const { outcome } = await store.commit({
        ...drafted,
        suppress: bounces.suppress,
        audit: [...(drafted.audit ?? []), ...bounces.audit],
        ...(batch.checkpoint === undefined ? {} : { checkpoints: [batch.checkpoint] }),
        ...(batch.applied === undefined ? {} : { applied: batch.applied }),
      });
      // Of who was merged in nothing is left that it opens; what lies in freed pages and copies is not to open either, once erased.
      const merged = (drafted.profiles ?? []).filter(({ mergedInto }) => mergedInto !== undefined).map(({ id }) => id);
      if (outcome === 'COMMITTED' && merged.length > 0) await store.destroyKeys?.(merged);
      return {
        outcome,
        value: {
          customerIds: outcomes.map(({ customerId }) => customerId),
          bearsOnDecision: outcomes.map((each) => each.bearsOnDecision),
          conflicts: outcomes.reduce((sum, { conflicts }) => sum + conflicts, 0),
          failures: [],
        },
      };
    });
  });
}

interface Applied {
  readonly customerId: string;
  readonly conflicts: number;
  readonly bearsOnDecision: boolean;
  /** Keys of the addresses that go on the suppression list by what the record tells. */
  readonly listed: readonly string[];
}

/** Nothing is stored of the record, and nothing said of it. */
const REFUSED: Applied = { customerId: '', conflicts: 0, bearsOnDecision: false, listed: [] };

/** No read is under way for longer: the gateway's limit for one. */
const LONGEST_READ_MS = 5_000;

function applyRecord(
  draft: Draft,
  registry: IdentityRegistry,
  given: Pick<Source, 'merge' | 'retain'> & { batch: IngestBatch; record: MappedRecord; isErased: IsErased },
  now: number,
): Applied {
  const { batch, record: mapped, merge, retain, isErased } = given;
  const { source } = batch;
  const living = withoutErased(mapped, isErased);
  if (living === null) return REFUSED;
  const record = { ...mapped, identities: indexedIdentities(living, registry) };
  const resolution = resolveRecord(draft, registry, record);
  if (resolution.customerId === undefined && mapped.identities.some(isErased)) return REFUSED;
  const customerId = resolution.customerId ?? ulid(now);
  for (const other of resolution.merge) mergeCustomers(draft, registry, customerId, other, now);

  const before = draft.profile(customerId) ?? newProfile(customerId, now);
  const stored = draft.record(customerId, source);
  const { conflicts } = resolution;
  // Said of this customer while the read that brings this may have been under way, and its decision taken: by a webhook, say.
  const changedMeanwhile = before.updatedAt > batch.fetchedAt - LONGEST_READ_MS;
  const bearsAnyway = resolution.merge.length > 0 || changedMeanwhile;
  // A record older than what is stored says nothing new, nor does it bring back one that the source removed since.
  if (stored !== undefined && stored.sourceVersion > record.sourceVersion) {
    return { customerId, conflicts, bearsOnDecision: bearsAnyway, listed: [] };
  }

  // Joined here and not by who fetched it, since only here it is certain what is stored by now.
  const joined = stored?.found && merge ? merge(openAll(stored), record.categories) : record.categories;
  // What is past its time does not come back. Restricted data is not to be deleted either (GDPR Art. 18(2)).
  const isKeptWhole = before.status === 'RESTRICTED';
  const categories = isKeptWhole ? joined : (retain?.(joined, keptFromAt(now)) ?? joined);
  const changedFields = changedFieldsOf(stored, categories);
  draft.putRecord({
    customerId,
    source,
    sourceId: record.sourceId,
    found: true,
    sourceVersion: record.sourceVersion,
    fetchedAt: batch.fetchedAt,
    schemaVersion: RECORD_VERSION,
    blobs: sealCategories(categories),
  });

  const own = openOwnRecord(draft.record(customerId, OWN_SOURCE));
  const { facts: told } = record;
  const ownAfter = withWord(own, { source, identities: resolution.identities, facts: told, registry, now });
  changedFields.push(...putOwnRecord(draft, registry, customerId, own, ownAfter, now));

  const events = newEvents(draft, customerId, source, record.consents, now);
  draft.addEvents(events);
  if (events.length > 0) changedFields.push('consents');

  const addressKeys = addressKeysOf(mapped, registry);
  const bounce = toldBounce(told.suppressions, addressKeys, before.facts[source]);
  const facts = {
    country: told.country,
    adultFrom: adultFromOf(told.birthDate),
    nameKey: registry.nameKeyOf(told.name),
    addressKeys,
    ...bounce.facts,
  };
  const sourceKeys = sourceKeysOf(registry, Object.values(ownAfter.identities).flat());
  const unchanged =
    draft.profile(customerId) !== undefined &&
    changedFields.length === 0 &&
    isSame(before.facts[source], facts) &&
    isSame(before.sourceKeys, sourceKeys);
  if (unchanged) return { customerId, conflicts, bearsOnDecision: bearsAnyway, listed: [] };

  putChanged(
    draft,
    { ...before, sourceKeys, facts: { ...before.facts, [source]: facts } },
    changedFields,
    events.length > 0 || bounce.listed.length > 0,
    now,
  );
  const bearsOnDecision = bearsAnyway || events.length > 0 || !isSame(before.facts[source], facts);
  return { customerId, conflicts, bearsOnDecision, listed: bounce.listed };
}

/** The source no longer knows the record: all it told of the customer goes, and it is not asked again until that is too old. */
function applyAbsence(
  draft: Draft,
  registry: IdentityRegistry,
  batch: IngestBatch,
  identity: { readonly namespace: string; readonly value: string },
  now: number,
): void {
  const { source } = batch;
  const [customerId] = draft.linked(registry.keyOf(identity));
  const profile = customerId === undefined ? undefined : draft.profile(customerId);
  if (customerId === undefined || profile === undefined) return;
  const stored = draft.record(customerId, source);
  // An answer that is older than the record does not know of it.
  if (stored?.found && stored.fetchedAt > batch.fetchedAt) return;
  const changedFields = changedFieldsOf(stored, {});
  draft.putRecord({
    customerId,
    source,
    sourceId: identity.value,
    found: false,
    sourceVersion: stored?.sourceVersion ?? 0,
    fetchedAt: batch.fetchedAt,
    schemaVersion: RECORD_VERSION,
    blobs: {},
  });

  const own = openOwnRecord(draft.record(customerId, OWN_SOURCE));
  const ownAfter = withoutWord(own, source, identity);
  changedFields.push(...putOwnRecord(draft, registry, customerId, own, ownAfter, now));
  const { [source]: gone, ...others } = profile.facts;
  // What forbids mailing outlasts the record that told it: another source may have the same address, and a minor stays one.
  const suppressions = gone?.suppressions ?? [];
  const adultFrom = gone?.adultFrom ?? null;
  const isMinor = mayBeMinor(adultFrom, now);
  const kept = { country: null, adultFrom: isMinor ? adultFrom : null, nameKey: null, suppressions };
  const facts = isMinor || suppressions.length > 0 ? { ...others, [source]: kept } : others;
  const sourceKeys = sourceKeysOf(registry, Object.values(ownAfter.identities).flat());
  const unchanged =
    changedFields.length === 0 && isSame(profile.facts, facts) && isSame(profile.sourceKeys, sourceKeys);
  if (!unchanged) putChanged(draft, { ...profile, sourceKeys, facts }, changedFields, false, now);
}

function newProfile(id: string, now: number): Profile {
  return {
    id,
    status: 'ACTIVE',
    version: 0,
    consentVersion: 0,
    sourceKeys: [],
    consents: [],
    softOptIn: false,
    facts: {},
    createdAt: now,
    updatedAt: now,
  };
}

/**
 * An address nobody vouches for is no identity: it would let anyone claim to be anyone. Phones are looked up, never joined by.
 * Ids come before addresses, as the own record keeps them, so that the same identities always compare equal.
 */
function indexedIdentities({ identities }: MappedRecord, registry: IdentityRegistry) {
  const trusted = identities.filter(({ namespace, verified }) => namespace !== 'email' || verified);
  const isAddress = ({ namespace }: { namespace: string }) => registry.get(namespace).isAddress;
  return [...trusted.filter((identity) => !isAddress(identity)), ...trusted.filter(isAddress)];
}

/** Of every address it tells, unverified ones included: a mail goes to them all the same. */
function addressKeysOf({ identities }: MappedRecord, registry: IdentityRegistry): string[] {
  const addresses = identities.filter(({ namespace }) => namespace === 'email');
  return [...new Set(addresses.map((address) => registry.keyOf(address).key))].sort();
}

/** Writes the own record if it changed, and links what it names. Names the fields of Customer that changed with it. */
function putOwnRecord(
  draft: Draft,
  registry: IdentityRegistry,
  customerId: string,
  before: OwnRecord,
  after: OwnRecord,
  now: number,
): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  const [linked, kept] = [before, after].map(({ identities }) => Object.values(identities).flat());
  for (const identity of kept ?? []) draft.link(registry.keyOf(identity), customerId);
  for (const identity of linked ?? []) {
    if (!isAmong(kept ?? [], identity)) draft.unlink(registry.keyOf(identity), customerId);
  }
  draft.putRecord(sealOwnRecord(customerId, after, registry, now));
  return changedTraits(before, after);
}

function sourceKeysOf(registry: IdentityRegistry, identities: MappedRecord['identities']): Profile['sourceKeys'] {
  const keys = identities.flatMap(({ namespace, value }) => {
    const { source } = registry.get(namespace);
    return source === null ? [] : [{ source, key: value }];
  });
  return [...new Map(keys.map((key) => [`${key.source} ${key.key}`, key])).values()].toSorted((a, b) =>
    `${a.source} ${a.key}`.localeCompare(`${b.source} ${b.key}`),
  );
}
