/** An embedded store whose writer is another process, which can be killed at any time: whoever waits for it then is told STORE_UNAVAILABLE, and knows no more. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { facetError } from '../../schema/errors';
import type { ErrorCode } from '../../schema/errors';
import type { PlacedChange } from '../../subgraphs/profiles/store/change';
import type { ProfileStore } from '../../subgraphs/profiles/store/store';

export interface StoreApart {
  readonly store: Pick<ProfileStore, 'commit' | 'findProfiles' | 'findChanges' | 'followChanges'>;
  /** With SIGKILL; a new one is started. Resolves when it is there. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

interface Said {
  readonly ready?: true;
  readonly id: number;
  readonly value?: unknown;
  readonly code?: ErrorCode;
  readonly change?: PlacedChange | null;
}
type Listener = (said: Said) => void;

const gone = () => facetError('STORE_UNAVAILABLE', 'Expected the process of the store; it is gone.');

export async function openStoreApart(folder: string): Promise<StoreApart> {
  const listeners = new Map<number, Listener>();
  let child: ChildProcess | null = null;
  let last = 0;

  async function start(): Promise<void> {
    const started = fork(path.join(__dirname, 'apart.child.cjs'), [folder]);
    started.once('exit', () => {
      child = null;
      for (const [id, tell] of [...listeners]) tell({ id, code: 'STORE_UNAVAILABLE' });
    });
    await once(started, 'message');
    started.on('message', (said: Said) => listeners.get(said.id)?.(said));
    child = started;
  }

  function ask(method: string, args: readonly unknown[], tell: Listener): () => void {
    if (child === null) throw gone();
    const id = ++last;
    listeners.set(id, tell);
    child.send({ id, method, args }, (error) => error && tell({ id, code: 'STORE_UNAVAILABLE' }));
    return () => void listeners.delete(id);
  }

  const call =
    (method: string) =>
    async (...args: unknown[]) =>
      new Promise<never>((resolve, reject) => {
        const forget = ask(method, args, ({ value, code }) => {
          forget();
          if (code === undefined) resolve(value as never);
          else reject(facetError(code, 'as it was told'));
        });
      });

  await start();
  return {
    store: {
      commit: call('commit'),
      findProfiles: call('findProfiles'),
      findChanges: call('findChanges'),
      async *followChanges({ after, signal }) {
        const told: Said[] = [];
        let wake = () => {};
        const tell = (said: Said) => {
          told.push(said);
          wake();
        };
        const forget = ask('followChanges', [{ after }], tell);
        signal.addEventListener('abort', () => wake());
        try {
          while (!signal.aborted) {
            const next = told.shift();
            if (next?.code !== undefined) throw gone();
            if (next?.change !== undefined) yield next.change;
            else await new Promise<void>((resolve) => (wake = resolve));
          }
        } finally {
          forget();
        }
      },
    },
    kill: async () => {
      if (child === null) return;
      const dying = child;
      dying.kill('SIGKILL');
      await once(dying, 'exit');
      await start();
    },
    stop: async () => {
      if (child === null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
