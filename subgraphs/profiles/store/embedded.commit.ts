/**
 * What one commit does to the databases. Runs inside one transaction, synchronously: all reads see its own writes, and
 * whatever throws undoes it. Must not await, open transactions, or be called outside of one.
 */
import type { Database } from 'lmdb';
import { facetError } from '../../../schema/errors';
import { chainAfter, type AuditRecord } from './audit';
import { findLastAudit } from './embedded.audit';
import type { Databases } from './embedded.databases';
import {
  auditKey,
  checkpointKey,
  consentEventKey,
  consentRecordIdKey,
  erasureKey,
  identitiesOfRange,
  identityKey,
  identityOfKey,
  inboxKey,
  knownRange,
  openErasureKey,
  pendingKey,
  recordKey,
  suppressionKey,
  tombstoneKey,
  type EmbeddedKey,
} from './embedded.keys';
import { chained } from './ledger-chain';
import type { ErasureTask } from './erasure';
import { isPlainKey } from './plain-key';
import type { Change } from './change';
import type {
  Commit,
  CommitResult,
  ConsentEvent,
  IdentityLink,
  InboxEntry,
  NewConsentEvent,
  SuppressionEntry,
} from './store';

/**
 * Refuses, before anything is queued, what no key can hold: an id that is no ULID is a fault of the caller, not of the store.
 *
 * Errors: BAD_USER_INPUT.
 */
export function checkCommit(commit: Commit): void {
  for (const { id } of commit.profiles ?? []) {
    if (isPlainKey(id)) continue;
    throw facetError('BAD_USER_INPUT', `Expected a ULID as customer id; one of ${id.length} characters came.`);
  }
}

export function applyCommit(databases: Databases, commit: Commit): CommitResult {
  if (!holds(databases, commit)) return { outcome: 'CONFLICT' };
  const { profiles, sourceRecords, checkpoints } = databases;
  // Removals first: a step that removes and gives the same thing leaves what it gave.
  for (const { customerId, source } of commit.removeRecords ?? []) remove(sourceRecords, recordKey(customerId, source));
  for (const link of commit.unlink ?? []) unlinkIdentity(databases, link, identityKey(link.namespace, link.key));
  for (const customerId of commit.unlinkAll ?? []) unlinkAll(databases, customerId);
  for (const profile of commit.profiles ?? []) put(profiles, profile.id, profile);
  for (const record of commit.records ?? []) put(sourceRecords, recordKey(record.customerId, record.source), record);
  for (const link of commit.link ?? []) linkIdentity(databases, link);
  for (const event of commit.consentEvents ?? []) appendConsentEvent(databases, event);
  for (const entry of commit.unsuppress ?? []) unsuppress(databases, entry);
  for (const entry of commit.suppress ?? []) suppress(databases, entry);
  for (const checkpoint of commit.checkpoints ?? []) put(checkpoints, checkpointKey(checkpoint.name), checkpoint);
  for (const entry of commit.received ?? []) receive(databases, entry);
  for (const entry of commit.applied ?? []) settle(databases, entry);
  if (commit.forgetInboxBefore !== undefined) forgetInbox(databases, commit.forgetInboxBefore);
  for (const task of commit.erasureTasks ?? []) putErasureTask(databases, task);
  for (const key of commit.removeTombstones ?? []) remove(databases.tombstones, tombstoneKey(key));
  for (const tombstone of commit.tombstones ?? []) put(databases.tombstones, tombstoneKey(tombstone.key), tombstone);
  for (const entry of commit.audit ?? []) appendAudit(databases, entry);
  for (const root of commit.auditRoots ?? []) put(databases.auditRoots, auditKey(root.chainId, root.seq), root);
  appendChanges(databases, commit.changes ?? []);
  return { outcome: 'COMMITTED' };
}

/** Whether everything the commit was computed from is still so. */
function holds({ profiles, identities }: Databases, commit: Commit): boolean {
  return (
    (commit.expect ?? []).every(({ customerId, version }) => {
      const stored = isPlainKey(customerId) ? profiles.get(customerId) : undefined;
      return (stored?.version ?? 0) === version;
    }) &&
    (commit.expectIdentities ?? []).every(({ namespace, key, customerIds }) => {
      const stored = identities.get(identityKey(namespace, key)) ?? [];
      const expected = new Set(customerIds);
      return stored.length === expected.size && stored.every((id) => expected.has(id));
    })
  );
}

function linkIdentity({ identities, identitiesOf }: Databases, { namespace, key, customerId }: IdentityLink): void {
  const at = identityKey(namespace, key);
  const linked = identities.get(at) ?? [];
  if (linked.includes(customerId)) return;
  put(identities, at, [...linked, customerId].sort());
  put(identitiesOf, identityOfKey(customerId, at), true);
}

function unlinkIdentity(
  { identities, identitiesOf }: Databases,
  { customerId }: Pick<IdentityLink, 'customerId'>,
  at: [string, string],
): void {
  const linked = identities.get(at) ?? [];
  if (!linked.includes(customerId)) return;
  remove(identitiesOf, identityOfKey(customerId, at));
  const left = linked.filter((id) => id !== customerId);
  if (left.length > 0) put(identities, at, left);
  else remove(identities, at);
}

function unlinkAll(databases: Databases, customerId: string): void {
  const keys = [...databases.identitiesOf.getKeys(identitiesOfRange(customerId))] as Array<[string, string, string]>;
  for (const [, namespacePart, part] of keys) unlinkIdentity(databases, { customerId }, [namespacePart, part]);
}

function appendConsentEvent({ consentEvents }: Databases, event: NewConsentEvent): void {
  const known = consentRecordIdKey(event.customerId, event.recordId);
  if (consentEvents.doesExist(known)) return;
  const end = consentEventKey(event.customerId, 0);
  const lastSeq = consentEvents.get(end) as number | undefined;
  const last = lastSeq === undefined ? undefined : consentEvents.get(consentEventKey(event.customerId, lastSeq));
  const entry = chained(event, (last as ConsentEvent | undefined) ?? null);
  put(consentEvents, consentEventKey(event.customerId, entry.seq), entry);
  put(consentEvents, known, entry.seq);
  put(consentEvents, end, entry.seq);
}

function suppress({ suppressions }: Databases, entry: SuppressionEntry): void {
  const at = suppressionKey(entry.addressKey);
  const entries = suppressions.get(at) ?? [];
  if (entries.some(({ reason }) => reason === entry.reason)) return;
  put(
    suppressions,
    at,
    [...entries, entry].sort((a, b) => (a.reason < b.reason ? -1 : 1)),
  );
}

function unsuppress({ suppressions }: Databases, entry: Pick<SuppressionEntry, 'addressKey' | 'reason'>): void {
  const at = suppressionKey(entry.addressKey);
  const left = (suppressions.get(at) ?? []).filter(({ reason }) => reason !== entry.reason);
  if (left.length > 0) put(suppressions, at, left);
  else remove(suppressions, at);
}

/** The number comes from `meta`, in the same transaction: gapless, and kept when old entries are one day trimmed. */
function appendChanges({ changes, meta }: Databases, added: readonly Change[]): void {
  if (added.length === 0) return;
  let seq = meta.get('changeSequence') ?? 0;
  for (const change of added) put(changes, ++seq, change);
  put(meta, 'changeSequence', seq);
}

function putErasureTask({ erasures }: Databases, task: ErasureTask): void {
  const at = erasureKey(task.customerId, task.source);
  const before = erasures.get(at);
  if (before) remove(erasures, openErasureKey(before.nextAttemptAt, task.customerId, task.source));
  put(erasures, at, task);
  if (task.receipt === null) put(erasures, openErasureKey(task.nextAttemptAt, task.customerId, task.source), task);
}

function appendAudit(databases: Databases, entry: Pick<AuditRecord, 'chainId' | 'text'>): void {
  const next = chainAfter(findLastAudit(databases, entry.chainId), entry);
  put(databases.auditTrail, auditKey(next.chainId, next.seq), next);
}

function receive({ inbox }: Databases, entry: InboxEntry): void {
  const known = inboxKey(entry.source, entry.eventId);
  if (inbox.doesExist(known)) return;
  put(inbox, known, entry);
  put(inbox, pendingKey(entry.source, entry.receivedAt, entry.eventId), entry);
}

function settle({ inbox }: Databases, { source, eventId }: Pick<InboxEntry, 'source' | 'eventId'>): void {
  const entry = inbox.get(inboxKey(source, eventId));
  if (!entry) return;
  remove(inbox, pendingKey(source, entry.receivedAt, eventId));
  // The event stays known, not whose it was.
  put(inbox, inboxKey(source, eventId), { ...entry, key: '' });
}

function forgetInbox({ inbox }: Databases, before: number): void {
  const old = [...inbox.getRange(knownRange)].filter(({ value }) => value.receivedAt < before);
  for (const { key, value } of old) {
    if (!inbox.doesExist(pendingKey(value.source, value.receivedAt, value.eventId))) remove(inbox, key);
  }
}

/** Inside a transaction the write is done at once, and throws where the engine refuses it. */
function put<V>(database: Database<V, EmbeddedKey>, key: EmbeddedKey, value: V): void {
  database.putSync(key, value);
}

/** Of what is not there, too. */
function remove<V>(database: Database<V, EmbeddedKey>, key: EmbeddedKey): void {
  database.removeSync(key);
}
