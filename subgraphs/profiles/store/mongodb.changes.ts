/**
 * The change feed of the MongoDB store: a change stream on `changes`, so that whoever follows hears of every process's commits in their order.
 * There is no counter, which would let one writer commit at a time.
 *
 * A place that the server's log no longer reaches back to: the entries themselves are read again, from a minute before it, so that some may
 * be told twice. Its entry gone, too: what lies before is lost.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { facetError } from '../../../schema/errors';
import type { ChangeDocument, Collections } from './mongodb.collections';
import { cursorOf, parseCursor, placeBehind } from './mongodb.cursor';
import type { Place } from './mongodb.cursor';
import { isHistoryLost, isPassing, mongoFailure } from './mongodb.errors';
import { findEnd, firstScan, isNear, scan, scanInstead } from './mongodb.scan';
import { openStream } from './mongodb.stream';
import type { OpenStream } from './mongodb.stream';
import type { PlacedChange } from './change';
import type { ProfileStore } from './store';

const RETRY_MS = 250;
/** How long the server waits for a change before it says that there is none. */
const AWAIT_MS = 1_000;
const LOOK_MS = 20;

export async function findChange({ changes }: Collections, cursor: string): Promise<PlacedChange | null> {
  const { id, customerId } = parseCursor(cursor);
  const change = await changes.findOne({ customerId, _id: id });
  return change && bare(change, cursor);
}

export async function findLastCursor(collections: Collections): Promise<string> {
  return cursorOf(await findEnd(collections));
}

/** Without a cursor entries come in order of the time they were made at, from a cursor on in the order of commits. */
export async function findChanges(
  collections: Collections,
  { after, limit }: Parameters<ProfileStore['findChanges']>[0],
  hasLog: boolean,
): Promise<PlacedChange[]> {
  if (limit < 1) return [];
  let place = after === null ? await firstScan(collections, hasLog) : parseCursor(after);
  let stream: OpenStream | null = null;
  const found: PlacedChange[] = [];
  const tell = (change: ChangeDocument) => found.push(bare(change, cursorOf((place = placeBehind(change, place)))));
  try {
    if (!place.isScan) {
      stream = await openBehind(collections, place, LOOK_MS);
      const instead = stream ?? (await scanInstead(collections, place));
      if (instead === null) throw changesLost();
      if (stream === null) place = instead as Place;
    }
    if (place.isScan) {
      for await (const change of scan(collections, place, limit)) tell(change);
      if (found.length >= limit || place.token === undefined) return found;
      stream = await openBehind(collections, place, LOOK_MS);
    }
    // The server may say once that there is nothing yet before it has looked to the end.
    for (let misses = 0; stream !== null && misses < 2 && found.length < limit;) {
      const event = await stream.next();
      place = { ...place, token: stream.token(), isScan: false };
      if (event === null) misses++;
      else tell(event.fullDocument);
    }
    return found;
  } finally {
    await stream?.close();
  }
}

export async function* followChanges(
  collections: Collections,
  { after, signal }: Parameters<ProfileStore['followChanges']>[0],
): AsyncGenerator<PlacedChange | null> {
  let place = after === undefined ? null : parseCursor(after);
  /** Told by a scan: the log behind it may tell of them again. */
  const again = new Set<string>();
  let stream: OpenStream | null = null;
  const end = () => void stream?.close();
  signal.addEventListener('abort', end);
  try {
    while (!signal.aborted) {
      try {
        place ??= await findEnd(collections);
        if (place.isScan) {
          const began = Date.now();
          for await (const change of scan(collections, place)) {
            place = placeBehind(change, place);
            if (isNear(change, began)) again.add(change._id.toHexString());
            yield bare(change, cursorOf(place));
          }
          place = { ...place, isScan: false };
        }
        stream ??= await openBehind(collections, place, AWAIT_MS);
        if (stream === null) {
          place = await scanInstead(collections, place);
          if (place === null) {
            place = await findEnd(collections);
            yield null;
          }
          continue;
        }
        const event = await stream.next();
        place = { ...place, token: stream.token() ?? place.token };
        if (event === null) continue;
        const change = event.fullDocument;
        place = placeBehind(change, place);
        if (!again.delete(change._id.toHexString())) yield bare(change, cursorOf(place));
      } catch (error) {
        await stream?.close();
        stream = null;
        if (signal.aborted) return;
        // A log that is lost is met again where the stream is opened anew.
        if (!isHistoryLost(error) && !isPassing(error)) throw error;
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

/** null: the server's log does not reach back to the place, or is another server's. */
async function openBehind(collections: Collections, { token }: Place, awaitMs: number): Promise<OpenStream | null> {
  try {
    return await openStream(collections, { token, awaitMs });
  } catch (error) {
    if (isHistoryLost(error)) return null;
    throw error;
  }
}

function bare({ _id, writtenAt: _writtenAt, ...change }: ChangeDocument, cursor: string): PlacedChange {
  return { ...change, cursor };
}

function changesLost(): Error {
  return facetError('CHANGES_LOST', 'Expected a cursor that the change feed still reaches back to.');
}
