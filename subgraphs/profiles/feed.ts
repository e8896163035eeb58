/**
 * The change feed as gateways and subscribers know it: every change in commit order, from a place on and then live. Where changes were
 * lost, RESYNC says so. Cursors are opaque and cannot be made elsewhere. Must not read records or decide; who follows it reads anew.
 */
import { errorCodeOf, facetError } from '../../schema/errors';
import { createOpaqueText } from './opaque-text';
import type { Change, ChangeKind, PlacedChange } from './store/change';
import type { ProfileStore } from './store/store';

export interface FeedEntry extends Pick<Change, 'changedFields'> {
  /** Opaque; a place in the feed, right behind this entry. */
  readonly cursor: string;
  /** null for RESYNC, which is about everybody. */
  readonly customerId: string | null;
  readonly kind: ChangeKind | 'RESYNC';
}

/** Errors, from every method: BAD_USER_INPUT for a cursor never given, STORE_UNAVAILABLE. */
export interface ChangeFeed {
  /** The place behind the last change; read as a change, it is a RESYNC. */
  findEnd(): Promise<string>;
  /** Changes after a cursor; fewer than `limit`: there are no more now. */
  findAfter(page: { readonly after: string; readonly limit: number }): Promise<FeedEntry[]>;
  /** Changes after a cursor and as they come. Ends when the signal aborts. */
  follow(options: { readonly after: string; readonly signal: AbortSignal }): AsyncIterable<FeedEntry>;
  /** The change a cursor stands for; RESYNC when it is no longer kept. */
  find(cursor: string): Promise<FeedEntry>;
}

type FollowedStore = Pick<ProfileStore, 'findChange' | 'findChanges' | 'findLastCursor' | 'followChanges'>;

/** Longer than any cursor: a change's of MongoDB holds a token of the server's. */
const MAX_LENGTH = 8_192;

/** `secret`: of the deployment, the same for all who write to the store; cursors are good as long as it lasts. */
export function createChangeFeed(store: FollowedStore, secret: string): ChangeFeed {
  const cursors = createOpaqueText(secret, { use: 'cursor', maxLength: MAX_LENGTH });
  const entryOf = ({ cursor, customerId, kind, changedFields }: PlacedChange): FeedEntry => ({
    cursor: cursors.write(`change ${cursor}`),
    ...{ customerId, kind, changedFields },
  });
  const resyncAt = (cursor: string): FeedEntry => ({ cursor, customerId: null, kind: 'RESYNC', changedFields: [] });
  const findEnd = async () => cursors.write(`resync ${await store.findLastCursor()}`);
  const placeOf = (cursor: string) => {
    const text: unknown = cursor;
    const [, kind, place] =
      (typeof text === 'string' && /^(change|resync) (.*)$/s.exec(cursors.read(text) ?? '')) || [];
    if (place === undefined) throw facetError('BAD_USER_INPUT', 'Expected a cursor that the change feed gave.');
    return { place, isResync: kind === 'resync' };
  };

  async function* follow(after: string, signal: AbortSignal): AsyncGenerator<FeedEntry> {
    for await (const change of store.followChanges({ after, signal })) {
      // Taken before it is told: whoever reads anew after that reads what lies before this place.
      yield change === null ? resyncAt(await findEnd()) : entryOf(change);
    }
  }
  return {
    findEnd,
    findAfter: async ({ after, limit }) => {
      const { place } = placeOf(after);
      try {
        return (await store.findChanges({ after: place, limit })).map(entryOf);
      } catch (error) {
        if (errorCodeOf(error) !== 'CHANGES_LOST') throw error;
        return [resyncAt(await findEnd())];
      }
    },
    // A cursor is looked at before anything is said.
    follow: ({ after, signal }) => follow(placeOf(after).place, signal),
    find: async (cursor) => {
      const { place, isResync } = placeOf(cursor);
      const change = isResync ? null : await store.findChange(place);
      return change === null ? resyncAt(cursor) : { ...entryOf(change), cursor };
    },
  };
}
