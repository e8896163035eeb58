/**
 * The change feed of the embedded store. A change's cursor is its number in `changes`, without gaps and in commit order. LMDB tells
 * no process of another's commit: who follows must be the process that writes. Must not write.
 */
import { facetError } from '../../../schema/errors';
import type { Databases } from './embedded.databases';
import type { PlacedChange, ProfileStore } from './store';

const PAGE = 500;

export function findChanges(
  { changes }: Databases,
  { after, limit }: Parameters<ProfileStore['findChanges']>[0],
): PlacedChange[] {
  // lmdb takes a limit of 0 for none.
  if (limit < 1) return [];
  const start = after === null ? 1 : sequenceOf(after) + 1;
  return Array.from(changes.getRange({ start, limit }), ({ key, value }) => ({ ...value, cursor: String(key) }));
}

export function findChange({ changes }: Databases, cursor: string): PlacedChange | null {
  const change = changes.get(sequenceOf(cursor));
  return change === undefined ? null : { ...change, cursor };
}

/** Those who follow, and how the writer tells them of its commits. */
export function createFollowers(databases: Databases, read: <T>(find: () => T) => Promise<T>) {
  let committed = createSignal();

  async function* follow({
    after,
    signal,
  }: Parameters<ProfileStore['followChanges']>[0]): AsyncGenerator<PlacedChange> {
    let last = after ?? (await read(() => String(databases.meta.get('changeSequence') ?? 0)));
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    while (!signal.aborted) {
      // Taken before the read: a commit in between is not slept over.
      const next = committed.given;
      const changes = await read(() => findChanges(databases, { after: last, limit: PAGE }));
      for (const change of changes) {
        last = change.cursor;
        yield change;
      }
      if (changes.length === 0) await Promise.race([next, aborted]);
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
