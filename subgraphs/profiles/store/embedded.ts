/**
 * The embedded ProfileStore: LMDB in this process, nothing to install. One writer process; others may open it `readOnly`.
 * Must not show an LMDB type, and must not await between the reads of one call: one call reads one snapshot.
 *
 * The objects of a commit must not be changed before it resolves: they are encoded when their transaction runs.
 */
import { facetError } from '../../../schema/errors';
import { findAudit, findAuditHeads, findAuditRoots } from './embedded.audit';
import { createFollowers, findChange, findChanges, findLastCursor } from './embedded.changes';
import { applyCommit, checkCommit } from './embedded.commit';
import { openDatabases, type Databases, type EmbeddedStoreOptions } from './embedded.databases';
import { commitFailure, storeFailure, writeFailure } from './embedded.errors';
import {
  checkpointKey,
  consentEventKey,
  erasureRange,
  identityKey,
  openErasureRange,
  pageKey,
  pendingRange,
  recordKey,
  tombstoneKey,
  suppressionKey,
} from './embedded.keys';
import type { ErasureTask } from './erasure';
import { isPlainKey } from './plain-key';
import type { Commit, CommitResult, ConsentEvent, Profile, ProfileStore, SuppressionEntry } from './store';

/** A survivor may itself have been merged. Longer chains than this, and loops, are damage: they answer null. */
const MAX_MERGES_FOLLOWED = 32;

/**
 * Opens the store of a folder.
 *
 * Errors: STORE_CORRUPT when the file is damaged or another program's, STORE_NEWER_SCHEMA, STORE_READ_ONLY, STORE_FULL, STORE_UNAVAILABLE.
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<ProfileStore> {
  return storeOver(await openDatabases(options), { readOnly: options.readOnly ?? false, onStep: options.onStep });
}

/** The store over databases that are open, and which it closes. */
export function storeOver(
  databases: Databases,
  { readOnly, onStep }: { readonly readOnly: boolean } & Pick<EmbeddedStoreOptions, 'onStep'>,
): ProfileStore {
  let closed: Promise<void> | undefined;

  function requireOpen(): void {
    if (closed) throw facetError('STORE_UNAVAILABLE', 'Expected an open profile store; it was closed.');
  }

  /** Synchronous inside, so that all reads of one call see one snapshot and cost no promise each. */
  async function read<T>(find: () => T): Promise<T> {
    requireOpen();
    try {
      // The engine keeps a snapshot for a moment and knows of no other process's commits: who was told of one there is to see it here.
      if (readOnly) databases.root.resetReadTxn();
      return find();
    } catch (error) {
      throw storeFailure('Expected to read the profile store', error);
    }
  }

  const followers = createFollowers(databases, read);

  /**
   * A child transaction, because lmdb commits what a plain one wrote before it threw. Commits that wait at the same time
   * become children of one transaction and share its flush; the promise resolves after it.
   */
  async function commit(step: Commit): Promise<CommitResult> {
    requireOpen();
    if (readOnly) {
      throw facetError('STORE_READ_ONLY', 'Expected a store open for writing; this process opened it read-only.');
    }
    checkCommit(step);
    try {
      const result = await databases.root.childTransaction(() => {
        const applied = applyCommit(databases, step);
        onStep?.('applied');
        return applied;
      });
      onStep?.('flushed');
      if (result.outcome === 'COMMITTED' && (step.changes?.length ?? 0) > 0) followers.notify();
      onStep?.('told');
      return result;
    } catch (error) {
      throw writeFailure('Expected to commit to the profile store', await commitFailure(error), databases.folder);
    }
  }

  return {
    findProfiles: (ids) => read(() => ids.map((id) => findProfile(databases, id))),
    findRecords: (keys) =>
      read(() => keys.map((key) => databases.sourceRecords.get(recordKey(key.customerId, key.source)) ?? null)),
    findCustomerIds: (identities) =>
      read(() => identities.map(({ namespace, key }) => databases.identities.get(identityKey(namespace, key)) ?? [])),
    listProfiles: ({ after, limit }) => read(() => listProfiles(databases, after, limit)),
    findConsentEvents: (customerIds) => read(() => customerIds.map((id) => findLedger(databases, id))),
    findSuppressions: (addressKeys) =>
      read(() => addressKeys.map((key) => databases.suppressions.get(suppressionKey(key)) ?? [])),
    listSuppressions: ({ after, limit }) => read(() => listSuppressions(databases, after, limit)),
    findChanges: (page) => read(() => findChanges(databases, page)),
    findLastCursor: () => read(() => findLastCursor(databases)),
    findChange: (cursor) => read(() => findChange(databases, cursor)),
    followChanges: followers.follow,
    findCheckpoint: (name) => read(() => databases.checkpoints.get(checkpointKey(name)) ?? null),
    findPending: (source, limit) =>
      read(() =>
        limit < 1 ? [] : Array.from(databases.inbox.getRange({ ...pendingRange(source), limit }), ({ value }) => value),
      ),
    findErasure: (customerId) =>
      read(() => Array.from(databases.erasures.getRange(erasureRange(customerId)), ({ value }) => value)),
    findOpenErasures: ({ source, limit }) => read(() => findOpenErasures(databases, source, limit)),
    findTombstones: (keys) => read(() => keys.map((key) => databases.tombstones.get(tombstoneKey(key)) ?? null)),
    findAuditHeads: () => read(() => findAuditHeads(databases)),
    findAudit: (page) => read(() => findAudit(databases, page)),
    findAuditRoots: (chainId) => read(() => findAuditRoots(databases, chainId)),
    commit,
    async close() {
      // lmdb lets queued commits finish first.
      closed ??= databases.root.close();
      await closed;
      // Who still follows reads once more, and is answered STORE_UNAVAILABLE.
      followers.notify();
    },
  };
}

function findProfile({ profiles }: Databases, id: string): Profile | null {
  let at = id;
  for (let merges = 0; merges <= MAX_MERGES_FOLLOWED; merges++) {
    const profile = isPlainKey(at) ? profiles.get(at) : undefined;
    if (!profile) return null;
    if (profile.mergedInto === undefined) return profile;
    at = profile.mergedInto;
  }
  return null;
}

function listProfiles({ profiles }: Databases, after: string | undefined, limit: number): Profile[] {
  const page: Profile[] = [];
  if (limit < 1) return page;
  const range = after ? { start: pageKey(after), exclusiveStart: true } : {};
  for (const { value } of profiles.getRange(range)) {
    if (value.mergedInto !== undefined) continue;
    page.push(value);
    if (page.length >= limit) break;
  }
  return page;
}

function findLedger({ consentEvents }: Databases, customerId: string): ConsentEvent[] {
  const range = { start: consentEventKey(customerId, 1), end: consentEventKey(customerId, Number.MAX_SAFE_INTEGER) };
  return Array.from(consentEvents.getRange(range), ({ value }) => value as ConsentEvent);
}

/** There are few open ones at a time: those of other sources are passed over. */
function findOpenErasures({ erasures }: Databases, source: string | undefined, limit: number): ErasureTask[] {
  const page: ErasureTask[] = [];
  if (limit < 1) return page;
  for (const { value } of erasures.getRange(openErasureRange)) {
    if (source !== undefined && value.source !== source) continue;
    page.push(value);
    if (page.length >= limit) break;
  }
  return page;
}

function listSuppressions({ suppressions }: Databases, after: string | undefined, limit: number): SuppressionEntry[][] {
  if (limit < 1) return [];
  const range = after ? { start: pageKey(after), exclusiveStart: true } : {};
  return Array.from(suppressions.getRange({ ...range, limit }), ({ value }) => value);
}
