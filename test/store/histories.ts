/** Eight writers and eight readers over the same customers, as clients of stores that may fail under them: what they did and saw. */
import { performance } from 'node:perf_hooks';
import { errorCodeOf } from '../../schema/errors';
import type { ProfileStore } from '../../subgraphs/profiles/store/store';
import { change, customerId, profile } from './contract';
import type { History, ReadOperation, WriteOperation } from './history';

const CLIENTS = 8;
const CUSTOMERS = 200;
/** Then whoever still waits for a store that is gone gives up, so that the process of the test can end. */
const LONGEST_MS = 110_000;

/** `storeOf`: the store that a client has now; asked before each operation. `writes` and `reads`: of each client. */
export async function runHistory(options: {
  readonly storeOf: (client: number) => ProfileStore;
  readonly writes: number;
  /** Told how many operations have ended. */
  readonly onOperation?: (count: number) => void;
}): Promise<History> {
  const { storeOf, writes, onOperation } = options;
  const operations: Array<WriteOperation | ReadOperation> = [];
  let lastId = 0;
  const began = performance.now();
  const turn = async () => {
    await new Promise(setImmediate);
    if (performance.now() - began > LONGEST_MS) throw new Error('Expected a store that comes back.');
  };
  const end = (operation: WriteOperation | ReadOperation) => {
    operations.push(operation);
    onOperation?.(operations.length);
  };
  // Few customers are asked for most of the time.
  const anyNumber = () => 1 + Math.floor(CUSTOMERS * Math.random() ** 3);

  async function read(client: string, store: ProfileStore, number: number): Promise<ReadOperation | null> {
    const startedAt = performance.now();
    const found = await store.findProfiles([customerId(number)]).catch(failed);
    if (found === null) return null;
    const [stored] = found;
    const { version = 0, updatedAt: id = 0 } = stored ?? {};
    const operation = {
      kind: 'read',
      client,
      customer: customerId(number),
      version,
      id,
      startedAt,
      endedAt: performance.now(),
    } as const;
    end(operation);
    return operation;
  }

  async function write(client: string, store: ProfileStore): Promise<boolean> {
    const number = anyNumber();
    const before = await read(client, store, number);
    if (before === null) return false;
    const [id, version] = [++lastId, before.version + 1];
    const startedAt = performance.now();
    const outcome = await store
      .commit({
        expect: [{ customerId: customerId(number), version: before.version }],
        profiles: [profile(number, { version, updatedAt: id })],
        changes: [change(number, { version })],
        audit: [{ chainId: client, text: String(id) }],
      })
      .then(
        (result) => (result.outcome === 'COMMITTED' ? ('acknowledged' as const) : ('refused' as const)),
        (error: unknown) => failed(error) ?? ('unknown' as const),
      );
    end({
      kind: 'write',
      client,
      customer: customerId(number),
      id,
      version,
      outcome,
      startedAt,
      endedAt: performance.now(),
    });
    return outcome === 'acknowledged';
  }

  let writing = CLIENTS;
  const writer = async (client: number) => {
    for (let done = 0; done < writes;) {
      if (await write(`w${client}`, storeOf(client))) done++;
      // So that a store that is away can come back.
      else await turn();
    }
    writing--;
  };
  const reader = async (client: number) => {
    while (writing > 0) {
      await read(`r${client}`, storeOf(client), anyNumber());
      await turn();
    }
  };
  const clients = Array.from({ length: CLIENTS }, (_, client) => client);
  const feed: Array<{ customer: string; version: number }> = [];
  const stop = new AbortController();
  await storeOf(0).commit({ changes: [change(0)] });
  const [marker] = await storeOf(0).findChanges({ after: null, limit: 1 });
  const following = follow(storeOf, marker?.cursor ?? '', feed, stop.signal);
  try {
    await Promise.all([...clients.map(writer), ...clients.map(reader)]);
    // What is stored at the end, read by everybody.
    for (let number = 1; number <= CUSTOMERS; number++) {
      while ((await read('last', storeOf(0), number)) === null) await turn();
    }
    const versions = operations.filter(({ client }) => client === 'last').map(({ version }) => version);
    const changes = versions.reduce((sum, version) => sum + version, 0);
    while (feed.length < changes) await turn();
  } finally {
    stop.abort();
    await following;
  }
  return { operations, feed };
}

/** Every change behind `marker`, over whatever happens to the store. */
async function follow(
  storeOf: (client: number) => ProfileStore,
  marker: string,
  feed: Array<History['feed'][number]>,
  signal: AbortSignal,
): Promise<void> {
  for (let after = marker; !signal.aborted;) {
    try {
      for await (const entry of storeOf(0).followChanges({ after, signal: AbortSignal.any([signal]) })) {
        if (entry === null) throw new Error('Expected a feed that loses nothing.');
        feed.push({ customer: entry.customerId, version: entry.version });
        after = entry.cursor;
      }
    } catch (error) {
      failed(error);
    }
    await new Promise(setImmediate);
  }
}

/** The store is away for a time; anything else is no part of the game. */
function failed(error: unknown): null {
  if (errorCodeOf(error) === 'STORE_UNAVAILABLE') return null;
  throw error;
}
