/**
 * The bounds of one call: its deadline, its caller's signal and the closing of the upstream, as one signal that is cleared
 * away with the call. Must not know HTTP.
 *
 * Our own and not AbortSignal.any: Node 20 keeps every signal derived from a long-lived one.
 */
import { setTimeout as timer } from 'node:timers/promises';
import type { UpstreamCall } from '../source';

/** Why a call was ended from our side. */
export type Ending = 'deadline' | 'caller' | 'closed';

export interface Bounds {
  readonly signal: AbortSignal;
  /** Null as long as the call may go on. */
  ending(): Ending | null;
  /** Is there time to wait `ms` and still do something? */
  fits(ms: number): boolean;
  /** The promise, or a rejection as soon as the bounds are reached; the promise itself goes on. */
  race<T>(promise: Promise<T>): Promise<T>;
  /** Must be called when the call is over. */
  release(): void;
}

export function openBounds(call: UpstreamCall, closing: AbortSignal, now: () => number): Bounds {
  const controller = new AbortController();
  let ending: Ending | null = null;
  const end = (why: Ending): void => {
    if (ending !== null) return;
    ending = why;
    controller.abort();
  };
  const onCaller = (): void => end('caller');
  const onClosing = (): void => end('closed');
  const remainingMs = call.deadlineAt - now();
  // A timer takes at most 2^31 − 1 ms; no deadline of ours is near that, so longer ones are as good as that.
  const timeout = setTimeout(() => end('deadline'), Math.min(Math.max(0, remainingMs), 2 ** 31 - 1));
  call.signal?.addEventListener('abort', onCaller);
  closing.addEventListener('abort', onClosing);
  if (closing.aborted) end('closed');
  if (call.signal?.aborted === true) end('caller');
  if (remainingMs <= 0) end('deadline');

  return {
    signal: controller.signal,
    ending: () => ending,
    fits: (ms) => now() + ms < call.deadlineAt,
    race: <T>(promise: Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        const onEnd = (): void => reject(new Error('bounds reached'));
        if (controller.signal.aborted) onEnd();
        controller.signal.addEventListener('abort', onEnd, { once: true });
        promise.then(resolve, reject).finally(() => controller.signal.removeEventListener('abort', onEnd));
      }),
    release() {
      clearTimeout(timeout);
      call.signal?.removeEventListener('abort', onCaller);
      closing.removeEventListener('abort', onClosing);
    },
  };
}

/** A wait that the signal ends. */
export async function sleepFor(ms: number, signal: AbortSignal): Promise<void> {
  await timer(ms, undefined, { signal });
}
