/**
 * The retention sweep: once a day takes out of the store what is past its time, customer by customer, with change and audit entry in the same
 * commit. A page and the place it leaves the run at are one commit, so a run that is killed goes on where it stood. Must not decide what is past.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { ulid } from 'ulid';
import type { DataCategory } from '../../../schema/policy';
import type { KeptFrom } from '../../../schema/retention-table';
import { keptFromAt } from '../../retention';
import { createAttempts } from '../attempts';
import { auditOf, BY_FACET } from '../audit/entry';
import type { AuditEntry } from '../audit/entry';
import { putChanged } from '../change';
import { changedFieldsOf, sealCategories } from '../changed-fields';
import { changedTraits } from '../derive';
import { openDraft } from '../draft';
import type { Draft } from '../draft';
import type { IdentityRegistry } from '../identity';
import { openOwnRecord, OWN_SOURCE, sealOwnRecord } from '../own-record';
import type { Checkpoint, ProfileStore } from '../store/store';
import { holdLease } from './lease';
import { isSwept, pastOf } from './past';
import type { RetainingSource } from './past';

/** What a metric tells of one run. */
export interface SweepFigures {
  /** Customers who lost something, by category. */
  readonly lost: Readonly<Partial<Record<DataCategory, number>>>;
  /** Unix time in milliseconds at which the run was through. */
  readonly completedAt: number;
}

export interface Sweep {
  /** Runs when a run is due and no other instance has it. Errors: STORE_UNAVAILABLE, CONFLICT; the next time goes on from there. */
  runIfDue(): Promise<SweepFigures | null>;
  /** Asks twice a second whether one is due. */
  start(): void;
  close(): Promise<void>;
}

const CHECKPOINT = 'retention';
const EVERY_MS = 24 * 3_600_000;
const LOOK_MS = 500;
/** Another instance may have the run, or its end; the store is asked again after this long. */
const ASK_AGAIN_MS = 60_000;
const PAGE = 100;
/** Between two pages, so that reads come first. */
const REST_MS = 5;

export function createSweep(options: {
  readonly store: ProfileStore;
  readonly registry: IdentityRegistry;
  readonly sources: readonly RetainingSource[];
  /** Unix time in milliseconds. */
  readonly now: () => number;
  readonly tell?: ((figures: SweepFigures) => void) | undefined;
}): Sweep {
  const { store, registry, sources, now, tell } = options;
  const attempts = createAttempts('sweep a page');
  const places = [...sources.map(({ name }) => name), OWN_SOURCE];
  const instance = ulid();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> | null = null;
  let isClosed = false;
  let askAt = Number.NEGATIVE_INFINITY;

  /** Where the run stands that is to be gone on with; null: none is due. */
  const findRun = async (): Promise<Checkpoint | null> => {
    const last = await store.findCheckpoint(CHECKPOINT);
    if (last !== null && !last.complete) return last;
    if (last !== null && now() < last.startedAt + EVERY_MS) return null;
    return { name: CHECKPOINT, position: null, complete: false, startedAt: now(), changedSince: null, count: 0 };
  };

  const sweepPage = (run: Checkpoint, keptFrom: KeptFrom) =>
    attempts(async () => {
      const after = run.position === null ? {} : { after: run.position };
      const page = await store.listProfiles({ ...after, limit: PAGE });
      const ids = page.filter(isSwept).map(({ id }) => id);
      const draft = await openDraft(store, { identities: [], customerIds: ids, sources: places });
      const lost = new Map<string, readonly DataCategory[]>();
      for (const id of ids) {
        const categories = sweepCustomer(draft, id, keptFrom);
        if (categories.length > 0) lost.set(id, categories);
      }
      const complete = page.length < PAGE;
      const position = complete ? null : (page.at(-1)?.id ?? null);
      const next: Checkpoint = { ...run, position, complete, count: run.count + lost.size };
      const { outcome } = await store.commit({
        ...draft.toCommit(),
        audit: lost.size === 0 ? [] : auditOf(entryOf(lost, now())),
        checkpoints: [next],
      });
      return { outcome, value: { next, lost } };
    });

  function sweepCustomer(draft: Draft, id: string, keptFrom: KeptFrom): readonly DataCategory[] {
    const profile = draft.profile(id);
    // Read anew with the draft: restricted or erased since the page was listed, it is left alone.
    if (profile === undefined || !isSwept(profile)) return [];
    const past = pastOf(sources, (source) => draft.record(id, source), keptFrom);
    if (past === null) return [];
    const changed: string[] = [];
    for (const { record, left } of past.records) {
      changed.push(...changedFieldsOf(record, left));
      draft.putRecord({ ...record, blobs: sealCategories(left) });
    }
    if (past.own !== null) {
      changed.push(...changedTraits(openOwnRecord(draft.record(id, OWN_SOURCE)), past.own));
      draft.putRecord(sealOwnRecord(id, past.own, registry, now()));
    }
    putChanged(draft, profile, changed, false, now());
    return past.lost;
  }

  const runIfDue = async (): Promise<SweepFigures | null> => {
    let run = await findRun();
    if (run === null) return null;
    const keptFrom = keptFromAt(now());
    const counts = new Map<DataCategory, number>();
    while (!run.complete) {
      if (isClosed || !(await holdLease(store, instance, now()))) return null;
      const { next, lost }: Awaited<ReturnType<typeof sweepPage>> = await sweepPage(run, keptFrom);
      for (const category of [...lost.values()].flat()) counts.set(category, (counts.get(category) ?? 0) + 1);
      run = next;
      if (!run.complete) await pause(REST_MS);
    }
    const figures = { lost: Object.fromEntries(counts), completedAt: now() };
    tell?.(figures);
    return figures;
  };

  return {
    runIfDue,
    start: () => {
      timer = setInterval(() => {
        if (running !== null || now() < askAt) return;
        askAt = now() + ASK_AGAIN_MS;
        // What fails is gone on with the next time.
        running = runIfDue()
          .catch(() => undefined)
          .finally(() => (running = null));
      }, LOOK_MS);
      timer.unref();
    },
    close: async () => {
      isClosed = true;
      clearInterval(timer);
      await running;
    },
  };
}

/** One entry for a page: who lost something, and of how many it was which category. */
function entryOf(lost: ReadonlyMap<string, readonly DataCategory[]>, at: number): AuditEntry {
  const details: Record<string, number> = {};
  for (const category of [...lost.values()].flat()) details[category] = (details[category] ?? 0) + 1;
  return {
    ...{ kind: 'ADMINISTRATION', at, ...BY_FACET, purpose: null, action: 'retention' },
    subjects: [...lost.keys()],
    details,
  };
}
