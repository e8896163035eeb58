/**
 * One follower of the change feed for all subscribers of this gateway. Each subscriber has a queue of its own, coalesced per
 * customer: a slow one learns of the newest change of each, and holds no more than one entry per customer. Must not read customers.
 */

/** One entry of the feed as the gateway knows it: a cursor and an id, no data. */
export interface FeedEntry {
  readonly cursor: string;
  /** null: changes were lost; whoever is told reads anew. */
  readonly customerId: string | null;
}

export interface ChangeSource {
  /** Changes from now on, or after a cursor. Ends when the signal aborts. */
  follow(options: { readonly after?: string; readonly signal: AbortSignal }): AsyncIterable<FeedEntry>;
}

export interface ChangeHub {
  /** Changes of these customers (null: of all) from now on; ends when the iterator returns or the hub closes. */
  subscribe(customerIds: readonly string[] | null): AsyncGenerator<FeedEntry, void, void>;
  close(): Promise<void>;
}

interface Subscriber {
  readonly customerIds: ReadonlySet<string> | null;
  /** Newest change per customer, in order of its first waiting change. */
  readonly waiting: Map<FeedEntry['customerId'], FeedEntry>;
  wake(): void;
}

const RETRY_MS = 500;

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
      subscriber.waiting.set(customerId, entry);
      subscriber.wake();
    }
  };
  const run = async () => {
    let after: string | undefined;
    while (!abort.signal.aborted) {
      try {
        for await (const entry of source.follow({ signal: abort.signal, ...(after === undefined ? {} : { after }) })) {
          after = entry.cursor;
          deliver(entry);
        }
      } catch (error) {
        if (abort.signal.aborted) return;
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
        waiting: new Map(),
        wake: () => wake(),
      };
      subscribers.add(subscriber);
      try {
        while (!abort.signal.aborted) {
          const [next] = subscriber.waiting;
          if (next === undefined) {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
            continue;
          }
          subscriber.waiting.delete(next[0]);
          yield next[1];
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
