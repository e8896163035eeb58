/**
 * One follower of the change feed for all subscribers of this gateway. Each subscriber has a queue of its own, and is told of every
 * change; a slow one's queue is coalesced: of what waits beyond a bound, of each customer the newest change. Who goes on after a cursor is first
 * told what lies behind it. Must not read customers.
 */
import { createReplay, RETRY_MS } from './change-replay';
import type { ChangeSource, FeedEntry } from './change-source';

export interface ChangeHub {
  subscribe(options: {
    /** null: all. */
    readonly customerIds: readonly string[] | null;
    /** From there on, and not from now. */
    readonly after?: string | null;
  }): ChangeSubscription;
  /** Ends every subscription. */
  close(): Promise<void>;
}

export interface ChangeSubscription {
  /** Ends with `end` and with the hub. Errors: BAD_USER_INPUT for a cursor never given. */
  readonly entries: AsyncGenerator<FeedEntry, void, void>;
  /** Who goes on from here misses nothing: all before it was taken from `entries`. null: not known yet. */
  cursor(): string | null;
  end(): void;
}

interface Subscriber {
  readonly customerIds: ReadonlySet<string> | null;
  /** In the order of the feed. */
  waiting: FeedEntry[];
  /** Told by its replay, and not yet come here. */
  readonly told: Set<string>;
  isReplaying: boolean;
  isEnded: boolean;
  wake(): void;
}

/** A feed that is not there is told of once in this time, however often it is asked for. */
const TELL_MS = 60_000;
/** Changes that wait for one subscriber before they are coalesced. */
const MAX_WAITING = 1_000;

export function createChangeHub(options: {
  readonly source: ChangeSource;
  readonly onTrouble: (error: unknown) => void;
}): ChangeHub {
  const { source } = options;
  const onTrouble = onceIn(TELL_MS, options.onTrouble);
  const subscribers = new Set<Subscriber>();
  const abort = new AbortController();
  const replay = createReplay({ source, onTrouble });
  /** The place up to which everybody was told; null until it is known. */
  let last: string | null = null;
  let placed = () => {};
  const isPlaced = new Promise<void>((resolve) => (placed = resolve));

  const deliver = (entry: FeedEntry) => {
    for (const subscriber of subscribers) {
      if (subscriber.told.delete(entry.cursor)) continue;
      // The first that it was not told: the feed has passed what it was.
      if (!subscriber.isReplaying) subscriber.told.clear();
      if (!concerns(subscriber, entry)) continue;
      subscriber.waiting.push(entry);
      if (subscriber.waiting.length > MAX_WAITING) subscriber.waiting = newestOfEach(subscriber.waiting);
      subscriber.wake();
    }
    last = entry.cursor;
  };
  const run = async () => {
    while (!abort.signal.aborted) {
      try {
        if (last === null) {
          last = await source.findEnd();
          // Whoever was there before may have missed changes, unless it is told from a cursor on.
          for (const subscriber of subscribers) {
            if (!subscriber.isReplaying) subscriber.waiting.push({ cursor: last, customerId: null });
            subscriber.wake();
          }
          placed();
        }
        for await (const entry of source.follow({ after: last, signal: abort.signal })) deliver(entry);
      } catch (error) {
        if (abort.signal.aborted) return;
        onTrouble(error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  };
  const running = run();

  return {
    subscribe({ customerIds, after = null }) {
      let wake = () => {};
      const subscriber: Subscriber = {
        customerIds: customerIds === null ? null : new Set(customerIds),
        ...{ waiting: [], told: new Set(), isReplaying: after !== null, isEnded: abort.signal.aborted },
        wake: () => wake(),
      };
      subscribers.add(subscriber);
      let cursor = after ?? last;
      let isTelling = after !== null;

      async function* entries(): AsyncGenerator<FeedEntry, void, void> {
        try {
          if (after !== null) {
            // From there on the hub keeps what comes.
            await Promise.race([isPlaced, new Promise<void>((resolve) => (wake = resolve))]);
            for await (const entry of replay(after, subscriber)) {
              if (concerns(subscriber, entry)) yield entry;
              ({ cursor } = entry);
            }
            isTelling = false;
            subscriber.isReplaying = false;
          }
          while (!subscriber.isEnded) {
            const next = subscriber.waiting.shift();
            if (next === undefined) {
              await new Promise<void>((resolve) => (wake = resolve));
              continue;
            }
            isTelling = true;
            yield next;
            isTelling = false;
            ({ cursor } = next);
          }
        } finally {
          subscribers.delete(subscriber);
        }
      }
      return {
        entries: entries(),
        cursor: () => (isTelling || subscriber.waiting.length > 0 ? cursor : (last ?? cursor)),
        end: () => {
          subscribers.delete(subscriber);
          subscriber.isEnded = true;
          wake();
        },
      };
    },
    async close() {
      abort.abort();
      for (const subscriber of subscribers) {
        subscriber.isEnded = true;
        subscriber.wake();
      }
      await running;
    },
  };
}

function onceIn(timeMs: number, tell: (error: unknown) => void): (error: unknown) => void {
  let toldAt = -Infinity;
  return (error) => {
    if (performance.now() - toldAt < timeMs) return;
    toldAt = performance.now();
    tell(error);
  };
}

function concerns({ customerIds }: Subscriber, { customerId }: FeedEntry): boolean {
  return customerId === null || customerIds?.has(customerId) !== false;
}

function newestOfEach(waiting: readonly FeedEntry[]): FeedEntry[] {
  return [...new Map(waiting.map((entry) => [entry.customerId, entry])).values()];
}
