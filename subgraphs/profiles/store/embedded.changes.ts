/**
 * The change feed of the embedded store. A change's cursor is its number in `changes`, without gaps and in commit order; a restore leaps, so that
 * a number given after the backup stands for nothing any more. LMDB tells no process of another's commit: who follows must be the process
 * that writes. Must not write.
 */
import { errorCodeOf, facetError } from '../../../schema/errors';
import type { Databases } from './embedded.databases';
import type { PlacedChange } from './change';
import type { ProfileStore } from './store';

const PAGE = 500;

export function findChanges(
  databases: Databases,
  { after, limit }: Parameters<ProfileStore['findChanges']>[0],
): PlacedChange[] {
  return changesAfter(databases, after === null ? 0 : placeOf(databases, after), limit);
}

function changesAfter({ changes }: Databases, last: number, limit: number): PlacedChange[] {
  // lmdb takes a limit of 0 for none.
  if (limit < 1) return [];
  const range = changes.getRange({ start: last + 1, limit });
  return Array.from(range, ({ key, value }) => ({ ...value, cursor: String(key) }));
}

/** Errors: BAD_USER_INPUT, CHANGES_LOST. */
function placeOf(databases: Databases, cursor: string): number {
  const { changes } = databases;
  const place = sequenceOf(cursor);
  // A place without an entry is one that was last, in a store that was new or restored.
  if (changes.doesExist(place) || changes.doesExist(place + 1) || place === lastSequence(databases)) return place;
  throw facetError('CHANGES_LOST', 'Expected a cursor that the change feed still reaches back to.');
}

export function findChange({ changes }: Databases, cursor: string): PlacedChange | null {
  const change = changes.get(sequenceOf(cursor));
  return change === undefined ? null : { ...change, cursor };
}

export const findLastCursor = (databases: Databases): string => String(lastSequence(databases));

const lastSequence = ({ meta }: Databases): number => meta.get('changeSequence') ?? 0;

/** Those who follow, and how the writer tells them of its commits. */
export function createFollowers(databases: Databases, read: <T>(find: () => T) => Promise<T>) {
  let committed = createSignal();

  /** null: what lies behind the cursor is lost. */
  function begin(after: string | undefined): number | null {
    if (after === undefined) return lastSequence(databases);
    try {
      return placeOf(databases, after);
    } catch (error) {
      if (errorCodeOf(error) === 'CHANGES_LOST') return null;
      throw error;
    }
  }

  async function* follow({
    after,
    signal,
  }: Parameters<ProfileStore['followChanges']>[0]): AsyncGenerator<PlacedChange | null> {
    const place = await read(() => begin(after));
    let last = place ?? (await read(() => lastSequence(databases)));
    if (place === null) yield null;
    let wake = () => {};
    const leave = () => wake();
    signal.addEventListener('abort', leave);
    try {
      while (!signal.aborted) {
        // Taken before the read: a commit in between is not slept over.
        const next = committed.given;
        const changes = await read(() => changesAfter(databases, last, PAGE));
        for (const change of changes) {
          last = Number(change.cursor);
          yield change;
        }
        if (changes.length > 0 || signal.aborted) continue;
        // No race of the two: what lasts as long as the follower would keep a reaction for every commit.
        await new Promise<void>((resolve) => {
          wake = resolve;
          void next.then(resolve);
        });
      }
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  return {
    follow,
    notify: () => {
      committed.give();
      committed = createSignal();
    },
  };
}

function createSignal() {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}

function sequenceOf(cursor: string): number {
  const seq = Number(cursor);
  if (!/^\d+$/.test(cursor) || !Number.isSafeInteger(seq)) {
    throw facetError('BAD_USER_INPUT', 'Expected a cursor that the change feed gave.');
  }
  return seq;
}
