/**
 * One follower of the change feed for all subscribers of this gateway. Each subscriber has a queue of its own, and is told of every
 * change; a slow one's queue is coalesced: of what waits beyond a bound, of each customer the newest change. Must not read customers.
 */

/** One entry of the feed as the gateway knows it: a cursor and an id, no data. */
export interface FeedEntry {
  readonly cursor: string;
  /** null: changes were lost; whoever is told reads anew. */
  readonly customerId: string | null;
}

export interface ChangeSource {
  /**
   * Changes from now on, or after a cursor. `lost`: there was a follower before who had no cursor yet; the first entry tells that
   * changes may have been lost. Ends when the signal aborts.
   */
  follow(options: {
    readonly after?: string;
    readonly lost?: boolean;
    readonly signal: AbortSignal;
  }): AsyncIterable<FeedEntry>;
}

export interface ChangeHub {
  /** Changes of these customers (null: of all) from now on; ends when the iterator returns or the hub closes. */
  subscribe(customerIds: readonly string[] | null): AsyncGenerator<FeedEntry, void, void>;
  close(): Promise<void>;
}

interface Subscriber {
  readonly customerIds: ReadonlySet<string> | null;
  /** In the order of the feed. */
  waiting: FeedEntry[];
  wake(): void;
}

const RETRY_MS = 500;
/** Changes that wait for one subscriber before they are coalesced. */
const MAX_WAITING = 1_000;

export function createChangeHub(options: {
  readonly source: ChangeSource;
  readonly onTrouble: (error: unknown) => void;
}): ChangeHub {
  const { source, onTrouble } = options;
  const subscribers = new Set<Subscriber>();
  const abort = new AbortController();

  const deliver = (entry: FeedEntry) => {
    for (const subscriber of subscribers) {
      const { customerId } = entry;
      if (customerId !== null && subscriber.customerIds?.has(customerId) === false) continue;
      subscriber.waiting.push(entry);
      if (subscriber.waiting.length > MAX_WAITING) subscriber.waiting = newestOfEach(subscriber.waiting);
      subscriber.wake();
    }
  };
  const run = async () => {
    let after: string | undefined;
    let lost = false;
    while (!abort.signal.aborted) {
      try {
        const from = after === undefined ? { lost } : { after };
        for await (const entry of source.follow({ ...from, signal: abort.signal })) {
          after = entry.cursor;
          deliver(entry);
        }
      } catch (error) {
        if (abort.signal.aborted) return;
        lost = true;
        onTrouble(error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  };
  const running = run();

  return {
    async *subscribe(customerIds) {
      let wake = () => {};
      const subscriber: Subscriber = {
        customerIds: customerIds === null ? null : new Set(customerIds),
        waiting: [],
        wake: () => wake(),
      };
      subscribers.add(subscriber);
      try {
        while (!abort.signal.aborted) {
          const next = subscriber.waiting.shift();
          if (next === undefined) {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
            continue;
          }
          yield next;
        }
      } finally {
        subscribers.delete(subscriber);
      }
    },
    async close() {
      abort.abort();
      for (const subscriber of subscribers) subscriber.wake();
      await running;
    },
  };
}

function newestOfEach(waiting: readonly FeedEntry[]): FeedEntry[] {
  return [...new Map(waiting.map((entry) => [entry.customerId, entry])).values()];
}
