/** What the driver does, for whoever counts: commands by name and outcome, connections of the pool. Never what a command holds. */
import type { MongoClient } from 'mongodb';

export interface StoreObserver {
  command(command: { readonly name: string; readonly outcome: 'ok' | 'failed'; readonly durationMs: number }): void;
  /** Connections open, and those of them in use. */
  connections(figures: { readonly open: number; readonly inUse: number }): void;
}

/** Ends with the client. */
export function observeCommands(client: MongoClient, observer: StoreObserver | undefined): void {
  if (observer === undefined) return;
  client.on('commandSucceeded', ({ commandName, duration }) =>
    observer.command({ name: commandName, outcome: 'ok', durationMs: duration }),
  );
  client.on('commandFailed', ({ commandName, duration }) =>
    observer.command({ name: commandName, outcome: 'failed', durationMs: duration }),
  );
  let open = 0;
  let inUse = 0;
  const change = (opened: number, taken: number) => () => {
    open += opened;
    inUse += taken;
    observer.connections({ open, inUse });
  };
  client.on('connectionCreated', change(1, 0));
  client.on('connectionClosed', change(-1, 0));
  client.on('connectionCheckedOut', change(0, 1));
  client.on('connectionCheckedIn', change(0, -1));
}
