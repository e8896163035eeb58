/** A change stream of the entries that are written, opened at a place. Must not interpret an entry. */
import type { ChangeStreamInsertDocument, ResumeToken } from 'mongodb';
import type { ChangeDocument, Collections } from './mongodb.collections';

export type Inserted = ChangeStreamInsertDocument<ChangeDocument>;

export interface OpenStream {
  /** The next entry; null when the server had none while it waited. */
  next(): Promise<Inserted | null>;
  /** The place behind the last entry, or behind all the server has looked through. */
  token(): ResumeToken | undefined;
  close(): Promise<void>;
}

const INSERTS = [{ $match: { operationType: 'insert' } }];

/**
 * From now on, or behind a token. Resolves when the server has opened it: what is committed from then on is in it.
 *
 * Errors: whatever the driver throws; `isHistoryLost` for a token that the server's log does not reach back to.
 */
export async function openStream(
  { changes }: Collections,
  options: { readonly token?: ResumeToken | undefined; readonly awaitMs: number },
): Promise<OpenStream> {
  const stream = changes.watch<ChangeDocument, Inserted>(INSERTS, {
    maxAwaitTimeMS: options.awaitMs,
    ...(options.token === undefined ? {} : { resumeAfter: options.token }),
  });
  // The driver opens a stream with its first read only.
  const first = await stream.tryNext().catch(async (error: unknown) => {
    await stream.close();
    throw error;
  });
  let kept = first;
  let token: ResumeToken | undefined = first?._id ?? stream.resumeToken;
  return {
    next: async () => {
      const event = kept ?? (await stream.tryNext());
      kept = null;
      token = event?._id ?? stream.resumeToken ?? token;
      return event;
    },
    token: () => token,
    close: () => stream.close(),
  };
}
