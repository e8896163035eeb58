/**
 * The change entries themselves, read in order of their ids, where the server's log does not tell of them (any more). An id tells when its
 * entry was made, not when it was committed: so the log is opened first, and what comes late is in it. Must not wait for changes.
 */
import { ObjectId } from 'mongodb';
import type { ChangeDocument, Collections } from './mongodb.collections';
import { NO_ENTRY } from './mongodb.cursor';
import type { Place } from './mongodb.cursor';
import { openStream } from './mongodb.stream';

/** Longer than a transaction may take: an entry may be committed after others with later ids. */
const OVERLAP_SECONDS = 60;
/** How long the server waits for a change where nobody does. */
const LOOK_MS = 20;

/** The place behind all that is committed. */
export async function findEnd(collections: Collections): Promise<Place> {
  const stream = await openStream(collections, { awaitMs: LOOK_MS });
  try {
    return { ...NO_ENTRY, token: stream.token(), isScan: false };
  } finally {
    await stream.close();
  }
}

/** Where to begin to read all entries that are kept. */
export async function firstScan(collections: Collections, hasLog: boolean): Promise<Place> {
  const { token } = hasLog ? await findEnd(collections) : { token: undefined };
  return { ...NO_ENTRY, token, isScan: true };
}

/** Where to begin instead of a place that the log no longer reaches back to: some are told twice. null: the entry is gone, too. */
export async function scanInstead(collections: Collections, { id, customerId }: Place): Promise<Place | null> {
  if ((await collections.changes.findOne({ customerId, _id: id })) === null) return null;
  const seconds = Math.floor(id.getTimestamp().getTime() / 1000) - OVERLAP_SECONDS;
  const { token } = await findEnd(collections);
  return { id: ObjectId.createFromTime(seconds), customerId: '', token, isScan: true };
}

/** The entries behind a place of a scan. */
export function scan({ changes }: Collections, { id }: Place, limit = 0): AsyncIterable<ChangeDocument> {
  return changes.find({ _id: { $gt: id } }, { sort: { _id: 1 }, limit });
}

/** May the log from a scan's token on tell of this entry again? */
export function isNear({ _id }: ChangeDocument, scanBegan: number): boolean {
  return _id.getTimestamp().getTime() > scanBegan - 2 * OVERLAP_SECONDS * 1000;
}
