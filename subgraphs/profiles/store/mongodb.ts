/**
 * The ProfileStore on MongoDB: the way past one machine. Any number of processes write; each commit is one transaction, acknowledged by a
 * majority. Must not show a type of the driver's.
 */
import { facetError } from '../../../schema/errors';
import { findChange, findChanges, findLastCursor, followChanges } from './mongodb.changes';
import { openCollections } from './mongodb.collections';
import { applyCommit } from './mongodb.commit';
import type { MongoConnection } from './mongodb.connection';
import { isDuplicateKey, mongoFailure } from './mongodb.errors';
import { findPending } from './mongodb.inbox';
import * as reads from './mongodb.reads';
import { CommitConflict } from './mongodb.step';
import { findSuppressions, listSuppressions } from './mongodb.suppressions';
import { contendedKeys, createTurns } from './mongodb.turns';
import { isPlainKey } from './plain-key';
import type { Commit, CommitResult, ProfileStore } from './store';

/** Two made the same document at the same time: the second finds it when it tries again. */
const MAX_TRIES = 5;

/**
 * Opens the store of a connection, which stays the caller's to close after it.
 *
 * Errors: STORE_UNAVAILABLE, STORE_NEWER_SCHEMA, STORE_CORRUPT.
 */
export async function openMongoStore(connection: MongoConnection): Promise<ProfileStore> {
  const { client, readOnly, hasTransactions } = connection;
  const collections = await openCollections(connection);
  const inTurn = createTurns();
  const underWay = new Set<Promise<unknown>>();
  const closing = new AbortController();

  function requireOpen(): void {
    if (closing.signal.aborted) throw facetError('STORE_UNAVAILABLE', 'Expected an open profile store; it was closed.');
  }

  /** Counted, so that closing lets it finish. */
  async function run<T>(expected: string, work: () => Promise<T>): Promise<T> {
    requireOpen();
    const running = work();
    underWay.add(running);
    try {
      return await running;
    } catch (error) {
      throw mongoFailure(expected, error);
    } finally {
      underWay.delete(running);
    }
  }
  const read = <T>(find: () => Promise<T>) => run('Expected to read the profile store', find);

  async function transact(step: Commit): Promise<void> {
    if (!hasTransactions) return applyCommit({ collections, session: undefined }, step);
    await client.withSession((session) =>
      session.withTransaction(() => applyCommit({ collections, session }, step), {
        readConcern: { level: 'snapshot' },
        writeConcern: { w: 'majority', journal: true },
      }),
    );
  }

  async function commitOnce(step: Commit): Promise<CommitResult> {
    for (let tries = 1; ; tries++) {
      try {
        await transact(step);
        return { outcome: 'COMMITTED' };
      } catch (error) {
        if (error instanceof CommitConflict) return { outcome: 'CONFLICT' };
        if (!isDuplicateKey(error) || tries >= MAX_TRIES) throw error;
      }
    }
  }

  async function commit(step: Commit): Promise<CommitResult> {
    requireOpen();
    if (readOnly) {
      throw facetError('STORE_READ_ONLY', 'Expected a store open for writing; this process opened it read-only.');
    }
    for (const { id } of step.profiles ?? []) {
      if (isPlainKey(id)) continue;
      throw facetError('BAD_USER_INPUT', `Expected a ULID as customer id; one of ${id.length} characters came.`);
    }
    return run('Expected to commit to the profile store', () => inTurn(contendedKeys(step), () => commitOnce(step)));
  }

  async function* follow({ after, signal }: Parameters<ProfileStore['followChanges']>[0]) {
    requireOpen();
    if (!hasTransactions) {
      throw facetError(
        'STORE_UNAVAILABLE',
        'Expected a replica set, whose change streams tell of changes; this server is standalone.',
      );
    }
    const from = after === undefined ? {} : { after };
    yield* followChanges(collections, { ...from, signal: AbortSignal.any([signal, closing.signal]) });
  }

  return {
    findProfiles: (ids) => read(() => reads.findProfiles(collections, ids)),
    findRecords: (keys) => read(() => reads.findRecords(collections, keys)),
    findCustomerIds: (identities) => read(() => reads.findCustomerIds(collections, identities)),
    listProfiles: (page) => read(() => reads.listProfiles(collections, page)),
    findConsentEvents: (customerIds) => read(() => reads.findConsentEvents(collections, customerIds)),
    findSuppressions: (addressKeys) => read(() => findSuppressions(collections, addressKeys)),
    listSuppressions: (page) => read(() => listSuppressions(collections, page)),
    findChanges: (page) => read(() => findChanges(collections, page, hasTransactions)),
    findLastCursor: () => read(() => findLastCursor(collections)),
    findChange: (cursor) => read(() => findChange(collections, cursor)),
    followChanges: follow,
    findCheckpoint: (name) => read(() => reads.findCheckpoint(collections, name)),
    findPending: (source, limit) => read(() => findPending(collections, source, limit)),
    findErasure: (customerId) => read(() => reads.findErasure(collections, customerId)),
    findOpenErasures: (page) => read(() => reads.findOpenErasures(collections, page)),
    findTombstones: (keys) => read(() => reads.findTombstones(collections, keys)),
    findAuditHeads: () => read(() => reads.findAuditHeads(collections)),
    findAudit: (page) => read(() => reads.findAudit(collections, page)),
    findAuditRoots: (chainId) => read(() => reads.findAuditRoots(collections, chainId)),
    commit,
    async close() {
      closing.abort();
      await Promise.allSettled(underWay);
    },
  };
}
