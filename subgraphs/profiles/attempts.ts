/**
 * Optimistic steps: computed from what was read, and computed anew when others were faster. Those that were too late once go on
 * one after another, so that a crowd at one customer drains instead of running out of attempts. Must not know what a step does.
 */
import { facetError } from '../../schema/errors';
import type { CommitResult } from './store/store';

/** Times a step is computed anew when others changed the same customers meanwhile. */
const MAX_ATTEMPTS = 8;

/** Errors: CONFLICT when others kept being faster; whatever the step throws. */
export type Attempts = <Value>(step: () => Promise<CommitResult & { readonly value: Value }>) => Promise<Value>;

/** `what` completes the sentence "Expected to …" of the error. */
export function createAttempts(what: string): Attempts {
  let lastInLine: Promise<unknown> = Promise.resolve();

  const retry = async <Value>(step: () => Promise<CommitResult & { readonly value: Value }>): Promise<Value> => {
    for (let attempt = 2; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const { outcome, value } = await step();
      if (outcome === 'COMMITTED') return value;
    }
    throw facetError('CONFLICT', `Expected to ${what} within ${MAX_ATTEMPTS} attempts, but others kept changing it.`);
  };

  return async (step) => {
    const { outcome, value } = await step();
    if (outcome === 'COMMITTED') return value;
    const turn = lastInLine.then(() => retry(step));
    lastInLine = turn.catch(() => undefined);
    return turn;
  };
}
