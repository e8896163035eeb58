/**
 * Takes a file's changes one after the other: what is read last is what is served, however quickly they come. Must not know what is read.
 */

export interface ReloadOptions<T> {
  readonly read: () => Promise<T>;
  readonly replace: (next: T) => void;
  /** The one that is served goes on being served. */
  readonly refused: (error: unknown) => void;
}

/** To be called at each change. Resolved, never rejected, when there is nothing left to read. */
export function createReload<T>({ read, replace, refused }: ReloadOptions<T>): () => Promise<void> {
  let isReading = false;
  let isChanged = false;
  return async () => {
    isChanged = true;
    if (isReading) return;
    isReading = true;
    // What was read when the file changed once more is old already.
    while (isChanged) {
      isChanged = false;
      await read().then(
        (next) => isChanged || replace(next),
        (error: unknown) => isChanged || refused(error),
      );
    }
    isReading = false;
  };
}

const MAX_REASON_LENGTH = 300;

/** What was wrong with a supergraph, for the log: addresses can hold credentials, so they stay out. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : 'unknown';
  return message.replaceAll(/\b[a-z][a-z0-9+.-]*:\/\/[^\s"']*/gi, '(address)').slice(0, MAX_REASON_LENGTH);
}
