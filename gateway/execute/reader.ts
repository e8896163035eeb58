/**
 * Whoever waits for the answer to one request, and may go away before it comes. Must not know of sockets.
 *
 * Not an AbortSignal: making one, and listening with each call of a subgraph, cost a tenth of a small operation.
 */
export interface Reader {
  readonly isGone: boolean;
  /** Has this called once when the reader goes away; not at all when that was before. */
  whenGone(leave: () => void): void;
  forget(leave: () => void): void;
}

/** `leave`: the reader goes away. */
export function createReader(): Reader & { leave(): void } {
  const waiting = new Set<() => void>();
  let isGone = false;
  return {
    get isGone() {
      return isGone;
    },
    whenGone: (leave) => void waiting.add(leave),
    forget: (leave) => void waiting.delete(leave),
    leave() {
      isGone = true;
      for (const each of waiting) each();
      waiting.clear();
    },
  };
}
