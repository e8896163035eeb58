/**
 * What one commit does to the collections, inside one transaction: what throws undoes it. Whatever the commit was computed from is
 * written too, so that of two commits that depend on the same document one is refused by the engine. Must not start a transaction.
 */
import { ObjectId } from 'mongodb';
import type { AnyBulkWriteOperation, ClientSession, Collection, Document, Filter, WithoutId } from 'mongodb';
import { chainAfter } from './audit';
import type { AuditRecord } from './audit';
import { chained } from './ledger-chain';
import type { ChangeDocument, ProfileDocument } from './mongodb.collections';
import { isDuplicateKey } from './mongodb.errors';
import { applyIdentities, unlinkAll } from './mongodb.identities';
import { applyInbox } from './mongodb.inbox';
import { applySuppressions } from './mongodb.suppressions';
import { CommitConflict } from './mongodb.step';
import type { Step } from './mongodb.step';
import { keyPart } from './plain-key';
import type { Commit, ConsentEvent, NewConsentEvent } from './store';

/** Errors: CommitConflict; whatever the driver throws. */
export async function applyCommit(step: Step, commit: Commit): Promise<void> {
  const { collections, session } = step;
  await unlinkAll(step, commit.unlinkAll ?? []);
  await applyIdentities(step, commit);
  await applyProfiles(step, commit);
  await applyRecords(step, commit);
  await appendConsentEvents(step, commit.consentEvents ?? []);
  await applySuppressions(step, commit);
  await replaceAll(session, collections.checkpoints, commit.checkpoints, ({ name }) => ({ _id: keyPart(name) }));
  await applyInbox(step, commit);
  const tasks = commit.erasureTasks?.map((task) => ({ ...task, isOpen: task.receipt === null }));
  await replaceAll(session, collections.erasures, tasks, ({ customerId, source }) => ({ customerId, source }));
  const lifted = (commit.removeTombstones ?? []).map(keyPart);
  if (lifted.length > 0) await collections.tombstones.deleteMany({ _id: { $in: lifted } }, { session });
  await replaceAll(session, collections.tombstones, commit.tombstones, ({ key }) => ({ _id: keyPart(key) }));
  await appendAudit(step, commit.audit ?? []);
  await replaceAll(session, collections.auditRoots, commit.auditRoots, ({ chainId, seq }) => ({ chainId, seq }));
  const writtenAt = new Date();
  const changes = (commit.changes ?? []).map((change): ChangeDocument => ({
    ...change,
    _id: new ObjectId(),
    writtenAt,
  }));
  if (changes.length > 0) await collections.changes.insertMany(changes, { session });
}

/** Each made or replaced where its filter finds it; one round trip for all. */
async function replaceAll<Stored extends Document>(
  session: ClientSession | undefined,
  collection: Collection<Stored>,
  documents: ReadonlyArray<WithoutId<Stored>> = [],
  filterOf: (document: WithoutId<Stored>) => Filter<Stored>,
): Promise<void> {
  if (documents.length === 0) return;
  const operations = documents.map((replacement) => ({
    replaceOne: { filter: filterOf(replacement), replacement, upsert: true },
  }));
  await collection.bulkWrite(operations, { session });
}

/** A profile that was expected at a version is replaced at that version only; one that was expected and is not written is touched. */
async function applyProfiles({ collections: { profiles }, session }: Step, commit: Commit): Promise<void> {
  const expected = new Map((commit.expect ?? []).map(({ customerId, version }) => [customerId, version]));
  if (expected.size < new Set((commit.expect ?? []).map((each) => `${each.customerId} ${each.version}`)).size) {
    throw new CommitConflict();
  }
  const operations: Array<AnyBulkWriteOperation<ProfileDocument>> = [];
  let inserts = 0;
  for (const { id, ...profile } of commit.profiles ?? []) {
    const version = expected.get(id);
    expected.delete(id);
    if (version === 0) {
      operations.push({ insertOne: { document: { _id: id, ...profile } } });
      inserts++;
    } else {
      const filter = version === undefined ? { _id: id } : { _id: id, version };
      operations.push({ replaceOne: { filter, replacement: profile, upsert: version === undefined } });
    }
  }
  const absent: string[] = [];
  for (const [id, version] of expected) {
    if (version === 0) absent.push(id);
    else operations.push({ updateOne: { filter: { _id: id, version }, update: { $inc: { revision: 1 } } } });
  }
  // Nothing to touch: whoever expects a customer not to exist makes it, and meets the unique `_id`.
  if (absent.length > 0 && (await profiles.findOne({ _id: { $in: absent } }, { session })) !== null) {
    throw new CommitConflict();
  }
  if (operations.length === 0) return;
  const done = await profiles.bulkWrite(operations, { session }).catch((error: unknown) => {
    throw inserts > 0 && isDuplicateKey(error) ? new CommitConflict() : error;
  });
  if (done.insertedCount + done.matchedCount + done.upsertedCount < operations.length) throw new CommitConflict();
}

async function applyRecords({ collections: { sourceRecords }, session }: Step, commit: Commit): Promise<void> {
  const removals = (commit.removeRecords ?? []).map(({ customerId, source }) => ({
    deleteOne: { filter: { customerId, source } },
  }));
  const records = (commit.records ?? []).map((record) => ({
    replaceOne: {
      filter: { customerId: record.customerId, source: record.source },
      replacement: record,
      upsert: true,
    },
  }));
  if (removals.length + records.length > 0) await sourceRecords.bulkWrite([...removals, ...records], { session });
}

/** Two that append to one ledger at the same time meet its unique place. */
async function appendConsentEvents(
  { collections: { consentEvents }, session }: Step,
  events: readonly NewConsentEvent[],
): Promise<void> {
  if (events.length === 0) return;
  const customerIds = [...new Set(events.map(({ customerId }) => customerId))];
  const ledgers = new Map<string, ConsentEvent[]>(customerIds.map((id) => [id, []]));
  const order = { customerId: 1, seq: 1 } as const;
  for await (const event of consentEvents.find({ customerId: { $in: customerIds } }, { session, sort: order })) {
    ledgers.get(event.customerId)?.push(event);
  }
  const added: ConsentEvent[] = [];
  for (const event of events) {
    const ledger = ledgers.get(event.customerId) ?? [];
    if (ledger.some(({ recordId }) => recordId === event.recordId)) continue;
    const entry = chained(event, ledger.at(-1) ?? null);
    ledger.push(entry);
    added.push(entry);
  }
  if (added.length > 0) await consentEvents.insertMany(added, { session });
}

async function appendAudit(
  { collections: { auditTrail }, session }: Step,
  entries: ReadonlyArray<Pick<AuditRecord, 'chainId' | 'text'>>,
): Promise<void> {
  const heads = new Map<string, AuditRecord | null>();
  const added: AuditRecord[] = [];
  for (const entry of entries) {
    const { chainId } = entry;
    if (!heads.has(chainId)) heads.set(chainId, await auditTrail.findOne({ chainId }, { session, sort: { seq: -1 } }));
    const next = chainAfter(heads.get(chainId) ?? null, entry);
    heads.set(chainId, next);
    added.push(next);
  }
  if (added.length > 0) await auditTrail.insertMany(added, { session });
}
