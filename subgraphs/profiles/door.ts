/**
 * The door of profiles: what sources may hand in, and ask about their own progress. Must not be reached around: nothing else
 * gives a source the store's writing half.
 */
import { facetError } from '../../schema/errors';
import type { Ingest, ProfilesDoor } from '../source';
import type { AuditTrail } from './audit/trail';
import type { Erasures } from './erase/erasures';
import type { ProfileStore } from './store/store';

/** An event is recognised for this long after it came: longer than any vendor repeats one. */
const INBOX_DAYS = 30;
const FORGET_EVERY_MS = 3_600_000;

export function createDoor(options: {
  readonly store: ProfileStore;
  readonly ingest: Ingest;
  readonly erasures: Pick<Erasures, 'findPending' | 'settle'>;
  readonly trail: Pick<AuditTrail, 'record'>;
  readonly now: () => number;
}): ProfilesDoor {
  const { store, ingest, erasures, trail, now } = options;
  let forgottenAt = Number.NEGATIVE_INFINITY;
  return {
    ingest,
    findCheckpoint: (name) => store.findCheckpoint(name),
    findPending: (source, limit) => store.findPending(source, limit),
    findErasures: (source, limit) => erasures.findPending(source, limit),
    settleErasure: (result) => erasures.settle(result),
    recordReads: (entries) => trail.record(entries),
    async receive(received) {
      const forgets = now() - forgottenAt > FORGET_EVERY_MS;
      if (forgets) forgottenAt = now();
      const { outcome } = await store.commit({
        received,
        ...(forgets ? { forgetInboxBefore: now() - INBOX_DAYS * 86_400_000 } : {}),
      });
      if (outcome !== 'COMMITTED') throw facetError('STORE_UNAVAILABLE', 'The webhook’s events could not be kept.');
    },
  };
}
