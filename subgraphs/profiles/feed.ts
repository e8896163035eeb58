/**
 * The change feed: every change in commit order, from a place on and then live. Runs only beside the writer of the store. Must
 * not read records or decide; who follows it reads anew.
 */
import { facetError } from '../../schema/errors';
import { decodeCursor, encodeCursor } from '../connection.entity';
import type { Change, ProfileStore } from './store/store';

export interface FeedEntry extends Change {
  /** Opaque; orders changes. */
  readonly cursor: string;
}

export interface ChangeFeed {
  /** Changes after a cursor, or from now on. Ends when the signal aborts. Errors: BAD_USER_INPUT for a cursor never given, STORE_UNAVAILABLE. */
  follow(options: { readonly after?: string; readonly signal: AbortSignal }): AsyncIterable<FeedEntry>;
  /** The change a cursor stands for; null when it is no longer kept. */
  find(cursor: string): Promise<FeedEntry | null>;
  /** The store, telling the feed of every commit that changes a customer. */
  readonly store: ProfileStore;
}

const PAGE = 500;

export function createChangeFeed(store: ProfileStore): ChangeFeed {
  let committed = createSignal();
  const notify = () => {
    committed.give();
    committed = createSignal();
  };

  async function* follow({ after, signal }: { after?: string; signal: AbortSignal }): AsyncGenerator<FeedEntry> {
    let last = after === undefined ? await store.lastChange() : sequenceOf(after);
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    while (!signal.aborted) {
      // Taken before the read: a commit in between is not slept over.
      const next = committed.given;
      const changes = await store.findChanges({ after: last, limit: PAGE });
      for (const change of changes) {
        last = change.seq;
        yield entryOf(change);
      }
      if (changes.length === 0) await Promise.race([next, aborted]);
    }
  }

  return {
    follow,
    find: async (cursor) => {
      const seq = sequenceOf(cursor);
      const [change] = await store.findChanges({ after: seq - 1, limit: 1 });
      return change?.seq === seq ? entryOf(change) : null;
    },
    store: {
      ...store,
      commit: async (commit) => {
        const result = await store.commit(commit);
        if (result.outcome === 'COMMITTED' && (commit.changes?.length ?? 0) > 0) notify();
        return result;
      },
    },
  };
}

function createSignal() {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}

function entryOf({ seq, ...change }: Change & { readonly seq: number }): FeedEntry {
  return { ...change, cursor: encodeCursor(`change:${seq}`) };
}

function sequenceOf(cursor: string): number {
  const seq = /^change:(\d+)$/.exec(decodeCursor(cursor))?.[1];
  if (seq === undefined) throw facetError('BAD_USER_INPUT', 'Expected a cursor that the change feed gave.');
  return Number(seq);
}
