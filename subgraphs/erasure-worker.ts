/**
 * A source's part in erasures: asks profiles, again and again, what is to be erased there, has it erased, and hands in what came of
 * it. The saga's state is profiles' alone, so that nothing is lost with this process. Must not know any vendor.
 */
import { isErrorCode, errorCodeOf } from '../schema/errors';
import type { ErasureResult, ProfilesDoor, SourceClient } from './source';

export interface ErasureWorker {
  /** Looks once, and resolves when what was found is settled or put off. Never rejects. */
  poll(): Promise<void>;
  /** Looks from now on. */
  start(): void;
  close(): Promise<void>;
}

/** Erasing may take as long as its retries, not for ever. */
const ERASE_TIMEOUT_MS = 60_000;
const AT_ONCE = 4;
const DEFAULT_POLL_MS = 1_000;

export function createErasureWorker(options: {
  readonly source: string;
  readonly client: Pick<SourceClient, 'erase'>;
  readonly door: Pick<ProfilesDoor, 'findErasures' | 'settleErasure'>;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  readonly onTrouble: (trouble: { readonly what: string; readonly code: string }) => void;
  /** Milliseconds between two looks. Default 1,000. */
  readonly pollMs?: number;
}): ErasureWorker {
  const { source, client, door, now, onTrouble, pollMs = DEFAULT_POLL_MS } = options;
  const closing = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  const erase = async (customerId: string, keys: readonly string[]): Promise<ErasureResult> => {
    // Nobody can say ERASED here: it stays open, and is told of when it is due.
    if (!client.erase) return { source, customerId, failure: 'OPERATION_UNSUPPORTED' };
    try {
      const bounds = { deadlineAt: now() + ERASE_TIMEOUT_MS, signal: closing.signal };
      return { source, customerId, outcome: await client.erase(keys, bounds) };
    } catch (error) {
      const code = errorCodeOf(error);
      onTrouble({ what: 'erasure', code });
      return { source, customerId, failure: isErrorCode(code) ? code : 'INTERNAL_SERVER_ERROR' };
    }
  };

  const look = async (): Promise<void> => {
    try {
      const pending = await door.findErasures(source, AT_ONCE);
      await Promise.all(
        pending.map(async ({ customerId, keys }) => {
          const result = await erase(customerId, keys);
          // We stop; that says nothing about the source, and the next start asks again.
          if (!closing.signal.aborted) await door.settleErasure(result);
        }),
      );
    } catch (error) {
      if (!closing.signal.aborted) onTrouble({ what: 'erasure', code: errorCodeOf(error) });
    }
  };

  const poll = (): Promise<void> => (running = running.then(look));
  const next = (): void => {
    if (closing.signal.aborted) return;
    timer = setTimeout(() => void poll().then(next), pollMs);
    timer.unref();
  };
  return {
    poll,
    start: next,
    close: async () => {
      closing.abort();
      clearTimeout(timer);
      await running;
    },
  };
}
