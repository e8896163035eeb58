/**
 * Looking at a folder or a file at once and from then on, twice a second, one look after the other: what a command beside this process leaves there
 * is noticed. Must not know what is looked for.
 */

const LOOK_MS = 500;

export interface Looking {
  /** Looks now, after a look that is under way. Errors: those of the look. */
  look(): Promise<void>;
  /** Looks no more; resolved when a look that is under way has ended. */
  stop(): Promise<void>;
}

/** A look that fails is tried again with the next one. */
export function keepLooking(read: () => Promise<void>): Looking {
  let running: Promise<void> = Promise.resolve();
  const look = (): Promise<void> => (running = running.then(read, read));
  const next = () => void look().catch(() => undefined);
  next();
  const timer = setInterval(next, LOOK_MS);
  timer.unref();
  return {
    look,
    stop: async () => {
      clearInterval(timer);
      await running.catch(() => undefined);
    },
  };
}
