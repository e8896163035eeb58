/** A change stream of the entries that are written, opened at a place. Must not interpret an entry. */
import { Timestamp } from 'mongodb';
import type { ChangeStreamInsertDocument, ChangeStreamOptions, ResumeToken } from 'mongodb';
import type { ChangeDocument, Collections } from './mongodb.collections';
import { unknownCursor } from './mongodb.cursor';
import type { Place } from './mongodb.cursor';
import { isHistoryLost, isNoToken } from './mongodb.errors';

export type Inserted = ChangeStreamInsertDocument<ChangeDocument>;

export interface OpenStream {
  /** The next entry; null when the server had none while it waited. */
  next(): Promise<Inserted | null>;
  /** The place behind the last entry, or behind all the server has looked through. */
  token(): ResumeToken | undefined;
  close(): Promise<void>;
}

const INSERTS = [{ $match: { operationType: 'insert' } }];
const CLOCKS_DIFFER_SECONDS = 60;

/** Resolves when the server has opened it: what is committed from then on is in it. */
export async function openStream({ changes }: Collections, options: ChangeStreamOptions): Promise<OpenStream> {
  const stream = changes.watch<ChangeDocument, Inserted>(INSERTS, options);
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

/** The stream right behind a place; null when the server's log begins later. Errors: BAD_USER_INPUT for a token never given. */
export async function openStreamAt(
  collections: Collections,
  { id, token }: Place,
  maxAwaitTimeMS: number,
): Promise<OpenStream | null> {
  if (token === undefined) return findInLog(collections, id, maxAwaitTimeMS);
  try {
    return await openStream(collections, { resumeAfter: token, maxAwaitTimeMS });
  } catch (error) {
    if (isNoToken(error)) throw unknownCursor();
    if (isHistoryLost(error)) return null;
    throw error;
  }
}

/** An entry's id tells when it was made, which is about where the log has it. */
async function findInLog(
  { changes }: Collections,
  id: Place['id'],
  maxAwaitTimeMS: number,
): Promise<OpenStream | null> {
  const entry = await changes.findOne({ _id: id });
  if (entry === null) return null;
  const t = Math.floor(entry.writtenAt.getTime() / 1000) - CLOCKS_DIFFER_SECONDS;
  const options = { startAtOperationTime: new Timestamp({ t, i: 1 }), maxAwaitTimeMS };
  const stream = await openStream({ changes } as Collections, options).catch((error: unknown) => {
    if (isHistoryLost(error)) return null;
    throw error;
  });
  for (let misses = 0; stream !== null && misses < 2;) {
    const event = await stream.next();
    if (event === null) misses++;
    else if (event.fullDocument._id.equals(id)) return stream;
  }
  await stream?.close();
  return null;
}
