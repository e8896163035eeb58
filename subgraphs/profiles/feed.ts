/**
 * The change feed as gateways and subscribers know it: every change in commit order, from a place on and then live. Must not read
 * records or decide; who follows it reads anew.
 */
import { decodeCursor, encodeCursor } from '../connection.entity';
import { facetError } from '../../schema/errors';
import type { Change, PlacedChange, ProfileStore } from './store/store';

export interface FeedEntry extends Change {
  /** Opaque; orders changes. */
  readonly cursor: string;
}

export interface ChangeFeed {
  /** Changes after a cursor, or from now on. Ends when the signal aborts. Errors: BAD_USER_INPUT for a cursor never given, STORE_UNAVAILABLE. */
  follow(options: { readonly after?: string; readonly signal: AbortSignal }): AsyncIterable<FeedEntry>;
  /** The change a cursor stands for; null when it is no longer kept. */
  find(cursor: string): Promise<FeedEntry | null>;
}

export function createChangeFeed(store: Pick<ProfileStore, 'findChange' | 'followChanges'>): ChangeFeed {
  return {
    async *follow({ after, signal }) {
      const from = after === undefined ? {} : { after: placeOf(after) };
      for await (const change of store.followChanges({ ...from, signal })) yield entryOf(change);
    },
    find: async (cursor) => {
      const change = await store.findChange(placeOf(cursor));
      return change && entryOf(change);
    },
  };
}

function entryOf(change: PlacedChange): FeedEntry {
  return { ...change, cursor: encodeCursor(`change:${change.cursor}`) };
}

/** The store's own cursor. */
function placeOf(cursor: string): string {
  const place = /^change:(.+)$/s.exec(decodeCursor(cursor))?.[1];
  if (place === undefined) throw facetError('BAD_USER_INPUT', 'Expected a cursor that the change feed gave.');
  return place;
}
