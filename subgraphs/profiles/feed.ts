/**
 * The change feed as gateways and subscribers know it: every change in commit order, from a place on and then live. Where changes were
 * lost, RESYNC says so. Must not read records or decide; who follows it reads anew.
 */
import { decodeCursor, encodeCursor } from '../connection.entity';
import { facetError } from '../../schema/errors';
import type { Change, ChangeKind, PlacedChange, ProfileStore } from './store/store';

export interface FeedEntry extends Pick<Change, 'changedFields'> {
  /** Opaque; orders changes. */
  readonly cursor: string;
  /** null for RESYNC, which is about everybody. */
  readonly customerId: string | null;
  readonly kind: ChangeKind | 'RESYNC';
}

export interface ChangeFeed {
  /**
   * Changes after a cursor, or from now on; `lost`: after a RESYNC, for who followed before and has no cursor to go on from. Ends when
   * the signal aborts.
   *
   * Errors: BAD_USER_INPUT for a cursor never given, STORE_UNAVAILABLE.
   */
  follow(options: {
    readonly after?: string;
    readonly lost?: boolean;
    readonly signal: AbortSignal;
  }): AsyncIterable<FeedEntry>;
  /** The change a cursor stands for; null when it is no longer kept. */
  find(cursor: string): Promise<FeedEntry | null>;
}

/** The cursor of every RESYNC: from there the feed goes on as from now. */
const RESYNC = encodeCursor('resync');

export function createChangeFeed(store: Pick<ProfileStore, 'findChange' | 'followChanges'>): ChangeFeed {
  return {
    async *follow({ after, lost = false, signal }) {
      const from = after === undefined || after === RESYNC ? {} : { after: placeOf(after) };
      // Changes may have come between a RESYNC and its follower: it is told again, rather than once too little.
      if (lost || after === RESYNC) yield resync();
      for await (const change of store.followChanges({ ...from, signal })) {
        yield change === null ? resync() : entryOf(change);
      }
    },
    find: async (cursor) => {
      if (cursor === RESYNC) return resync();
      const change = await store.findChange(placeOf(cursor));
      return change && entryOf(change);
    },
  };
}

const resync = (): FeedEntry => ({ cursor: RESYNC, customerId: null, kind: 'RESYNC', changedFields: [] });

function entryOf({ cursor, customerId, kind, changedFields }: PlacedChange): FeedEntry {
  return { cursor: encodeCursor(`change:${cursor}`), customerId, kind, changedFields };
}

/** The store's own cursor. */
function placeOf(cursor: string): string {
  const place = /^change:(.+)$/s.exec(decodeCursor(cursor))?.[1];
  if (place === undefined) throw facetError('BAD_USER_INPUT', 'Expected a cursor that the change feed gave.');
  return place;
}
