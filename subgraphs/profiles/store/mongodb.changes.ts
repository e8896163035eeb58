/**
 * The change feed of the MongoDB store: a change stream on `changes`, so that whoever follows hears of every process's commits in their order.
 * There is no counter, which would let one writer commit at a time.
 *
 * A place that the server's log no longer reaches back to: the entries themselves are read again, from a minute before it (a
 * transaction may have begun earlier and committed later), so that some may be told twice. Its entry gone, too: what lies before is lost.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Filter, ResumeToken } from 'mongodb';
import { errorCodeOf, facetError } from '../../../schema/errors';
import type { ChangeDocument, Collections } from './mongodb.collections';
import { cursorOf, parseCursor } from './mongodb.cursor';
import type { Place } from './mongodb.cursor';
import { isHistoryLost, isPassing, mongoFailure } from './mongodb.errors';
import { openStream, openStreamAt } from './mongodb.stream';
import type { OpenStream } from './mongodb.stream';
import type { PlacedChange, ProfileStore } from './store';

const OVERLAP_MS = 60_000;
const RETRY_MS = 250;
/** How long the server waits for a change before it says that there is none. */
const AWAIT_MS = 1_000;
const LOOK_MS = 20;

export async function findChange({ changes }: Collections, cursor: string): Promise<PlacedChange | null> {
  const change = await changes.findOne({ _id: parseCursor(cursor).id });
  return change && placed(change, cursor);
}

/** Without a cursor entries come in order of the time they were written at, from a cursor on in the order of commits. */
export async function findChanges(
  collections: Collections,
  { after, limit }: Parameters<ProfileStore['findChanges']>[0],
): Promise<PlacedChange[]> {
  const found: PlacedChange[] = [];
  if (limit < 1) return found;
  const place = after === null ? null : parseCursor(after);
  const stream = place && (await openStreamAt(collections, place, LOOK_MS));
  if (!stream) {
    for await (const change of stored(collections, place)) if (found.push(change) >= limit) break;
    return found;
  }
  try {
    // The server may say once that there is nothing yet before it has looked to the end.
    for (let misses = 0; misses < 2 && found.length < limit;) {
      const event = await stream.next();
      if (event === null) misses++;
      else found.push(placed(event.fullDocument, cursorOf(event)));
    }
    return found;
  } finally {
    await stream.close();
  }
}

export async function* followChanges(
  collections: Collections,
  { after, signal }: Parameters<ProfileStore['followChanges']>[0],
): AsyncGenerator<PlacedChange | null> {
  const again = new Set<string>();
  let token: ResumeToken | undefined;
  let stream: OpenStream | null = null;
  const end = () => void stream?.close();
  signal.addEventListener('abort', end);
  try {
    const place = after === undefined ? null : parseCursor(after);
    while (!signal.aborted) {
      try {
        if (stream === null && place !== null && token === undefined) {
          stream = await openStreamAt(collections, place, AWAIT_MS);
          if (stream === null) {
            // Opened before the entries are read: what is committed meanwhile is in one of the two, or in both and told once.
            stream = await openStream(collections, { maxAwaitTimeMS: LOOK_MS });
            try {
              for await (const change of stored(collections, place)) {
                again.add(change.cursor);
                yield change;
              }
            } catch (error) {
              if (errorCodeOf(error) !== 'CHANGES_LOST') throw error;
              yield null;
            }
          }
        }
        stream ??= await openStream(collections, {
          maxAwaitTimeMS: AWAIT_MS,
          ...(token === undefined ? {} : { resumeAfter: token }),
        });
        const event = await stream.next();
        token = stream.token() ?? token;
        if (event !== null && !again.delete(event.fullDocument._id.toHexString())) {
          yield placed(event.fullDocument, cursorOf(event));
        }
      } catch (error) {
        await stream?.close();
        stream = null;
        if (signal.aborted) return;
        if (isHistoryLost(error)) {
          token = undefined;
          stream = await openStream(collections, { maxAwaitTimeMS: LOOK_MS });
          yield null;
          continue;
        }
        if (!isPassing(error)) throw error;
        // Resumed from where it stood: the server starts again, or another one becomes primary.
        await pause(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  } catch (error) {
    throw mongoFailure('Expected to follow the changes', error);
  } finally {
    signal.removeEventListener('abort', end);
    await stream?.close();
  }
}

/** All entries that are kept, or those about a place and after it, in order of time. */
async function* stored({ changes }: Collections, place: Place | null): AsyncGenerator<PlacedChange> {
  let filter: Filter<ChangeDocument> = {};
  if (place !== null) {
    const entry = await changes.findOne({ _id: place.id });
    if (entry === null) throw changesLost();
    filter = { writtenAt: { $gte: new Date(entry.writtenAt.getTime() - OVERLAP_MS) }, _id: { $ne: place.id } };
  }
  for await (const change of changes.find(filter, { sort: { writtenAt: 1, _id: 1 } })) {
    yield placed(change, change._id.toHexString());
  }
}

function placed({ _id, writtenAt: _writtenAt, ...change }: ChangeDocument, cursor: string): PlacedChange {
  return { ...change, cursor };
}

function changesLost(): Error {
  return facetError('CHANGES_LOST', 'Expected a cursor that the change feed still reaches back to.');
}
