/**
 * The change feed as the gateway sees it, wherever profiles runs. Types only.
 */

/** One entry of the feed as the gateway knows it: a cursor and an id, no data. */
export interface FeedEntry {
  readonly cursor: string;
  /** null: changes were lost; whoever is told reads anew. */
  readonly customerId: string | null;
}

export interface ChangeSource {
  /** The place behind the last change; as an entry, it says that changes were lost. */
  findEnd(): Promise<string>;
  /** Changes after a place, in order; fewer than `limit`: there are no more now. Errors: BAD_USER_INPUT for a cursor never given. */
  findAfter(page: { readonly after: string; readonly limit: number }): Promise<FeedEntry[]>;
  /** Changes after a place and as they come. Ends when the signal aborts. */
  follow(options: { readonly after: string; readonly signal: AbortSignal }): AsyncIterable<FeedEntry>;
}
