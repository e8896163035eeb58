/**
 * Sync: takes a source in page by page, the first time all of it, later what changed since. The place a page leaves
 * the run at is stored once the page is in, so a run that is killed goes on where it stood. Must not know any vendor or any store.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ERRORS, errorCodeOf } from '../schema/errors';
import type { Checkpoint } from './profiles/store/store';
import type { Ingest, SourceClient } from './source';

export interface SyncOptions {
  /** Name of the source. */
  readonly source: string;
  readonly client: SourceClient;
  readonly ingest: Ingest;
  readonly findCheckpoint: (name: string) => Promise<Checkpoint | null>;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  /** Told after every page. `total` is null when the source does not say how many records it holds. */
  readonly onProgress?: (progress: SyncProgress) => void;
  /** Told of a page that has to be asked for again, of records that were left out, and of links that were refused. */
  readonly onTrouble?: (trouble: {
    readonly what: 'page' | 'invalid records' | 'records not stored' | 'conflicts';
    readonly code?: string;
    readonly count: number;
  }) => void;
  readonly signal?: AbortSignal;
}

export interface SyncProgress {
  readonly source: string;
  readonly count: number;
  readonly total: number | null;
  readonly complete: boolean;
}

/** How long one page may take, retries of the pipeline included. */
const PAGE_TIMEOUT_MS = 30_000;
/** Changes are asked for from a little before the last run began: a source's clock is not ours. */
const OVERLAP_MS = 60_000;
/** Waits after a page that failed: doubling, at most this long. */
const MAX_WAIT_MS = 30_000;

/** Resolves when the run is complete. Errors: what can not be cured by asking again (UPSTREAM_UNAUTHENTICATED, STORE_*); AbortError. */
export async function syncSource(options: SyncOptions): Promise<void> {
  const { source, client, ingest, now, signal } = options;
  const name = `sync:${source}`;
  const previous = await options.findCheckpoint(name);
  let checkpoint: Checkpoint =
    previous === null || previous.complete
      ? {
          name,
          position: null,
          complete: false,
          startedAt: now(),
          changedSince: previous === null ? null : previous.startedAt - OVERLAP_MS,
          count: 0,
        }
      : previous;
  const total = await client.count({ deadlineAt: now() + PAGE_TIMEOUT_MS }).catch(() => null);

  let failures = 0;
  while (!checkpoint.complete) {
    signal?.throwIfAborted();
    try {
      const fetchedAt = now();
      const page = await client.fetchPage(checkpoint.position, {
        deadlineAt: fetchedAt + PAGE_TIMEOUT_MS,
        changedSince: checkpoint.changedSince,
        ...(signal === undefined ? {} : { signal }),
      });
      const next: Checkpoint = {
        ...checkpoint,
        position: page.next,
        complete: page.next === null,
        count: checkpoint.count + page.records.length,
      };
      const taken = await ingest({ source, records: page.records, fetchedAt, checkpoint: next });
      if (page.invalid > 0) options.onTrouble?.({ what: 'invalid records', count: page.invalid });
      const [code] = taken.failures;
      if (code !== undefined) options.onTrouble?.({ what: 'records not stored', code, count: taken.failures.length });
      if (taken.conflicts > 0) options.onTrouble?.({ what: 'conflicts', count: taken.conflicts });
      checkpoint = next;
      failures = 0;
      options.onProgress?.({ source, count: checkpoint.count, total, complete: checkpoint.complete });
    } catch (error) {
      const code = errorCodeOf(error);
      if (!ERRORS[code].retryable || code === 'INTERNAL_SERVER_ERROR') throw error;
      failures += 1;
      options.onTrouble?.({ what: 'page', code, count: failures });
      await sleep(Math.min(MAX_WAIT_MS, 500 * 2 ** (failures - 1)), undefined, signal === undefined ? {} : { signal });
    }
  }
}

/** Runs a sync again and again, `intervalMs` after each end, until aborted. A run that fails is reported and tried again next time. */
export async function keepInSync(
  options: SyncOptions & { readonly intervalMs: number; readonly signal: AbortSignal },
): Promise<void> {
  while (!options.signal.aborted) {
    try {
      await sleep(options.intervalMs, undefined, { signal: options.signal });
      await syncSource(options);
    } catch (error) {
      if (options.signal.aborted) return;
      options.onTrouble?.({ what: 'page', code: errorCodeOf(error), count: 1 });
    }
  }
}
