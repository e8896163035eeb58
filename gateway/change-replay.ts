/**
 * What lies between a subscriber's cursor and now, told page by page while the hub already keeps for it what comes: joined without a gap and
 * without telling twice. Few read at a time, also when all come back at once. Must not follow.
 */
import { errorCodeOf } from '../schema/errors';
import type { ChangeSource, FeedEntry } from './change-source';

export interface Replayed {
  /** Kept by the hub meanwhile; what the replay tells is taken out. */
  waiting: FeedEntry[];
  /** Told here, and not yet come to the hub. */
  readonly told: Set<string>;
  readonly isEnded: boolean;
}

const PAGE = 500;
const READERS = 4;
/** After a feed that could not be asked, it is asked again. */
export const RETRY_MS = 500;
/** Of what is told, as much is remembered: the hub is not further behind than that. */
const MAX_TOLD = 10_000;

/** The generator ends when it has met the present, or its subscriber has ended. Errors: BAD_USER_INPUT for a cursor never given. */
export function createReplay(options: {
  readonly source: Pick<ChangeSource, 'findAfter'>;
  readonly onTrouble: (error: unknown) => void;
}) {
  const inTurn = createTurns(READERS);

  return async function* replay(after: string, subscriber: Replayed): AsyncGenerator<FeedEntry, void, void> {
    let from = after;
    while (!subscriber.isEnded) {
      let page: FeedEntry[];
      try {
        page = await inTurn(() => options.source.findAfter({ after: from, limit: PAGE }));
      } catch (error) {
        if (errorCodeOf(error) === 'BAD_USER_INPUT') throw error;
        options.onTrouble(error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        continue;
      }
      const cursors = new Set(page.map(({ cursor }) => cursor));
      const kept = new Set(subscriber.waiting.map(({ cursor }) => cursor));
      subscriber.waiting = subscriber.waiting.filter(({ cursor }) => !cursors.has(cursor));
      for (const cursor of cursors) if (!kept.has(cursor)) subscriber.told.add(cursor);
      for (const cursor of subscriber.told) {
        if (subscriber.told.size <= MAX_TOLD) break;
        subscriber.told.delete(cursor);
      }
      for (const entry of page) {
        if (subscriber.isEnded) return;
        yield entry;
        from = entry.cursor;
      }
      if (page.length < PAGE) return;
    }
  };
}

function createTurns(readers: number) {
  let free = readers;
  const waiting: Array<() => void> = [];
  return async <Value>(work: () => Promise<Value>): Promise<Value> => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}
