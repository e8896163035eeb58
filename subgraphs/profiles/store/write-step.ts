/**
 * What a write to the embedded store of a deployment is made of, by names at which it can be stopped: so that it can be shown that whatever
 * ends the process leaves the last commit or the next. Names only.
 */

/**
 * In this order. The first three only where a record is sealed for somebody who has no key yet; `applied`: all of the step is in its transaction, of
 * which nothing is written yet; `flushed`: it is durable, and nobody knows; `told`: followers of the feed are awake, and it is acknowledged next.
 */
export const COMMIT_STEPS = ['keyWritten', 'keyFlushed', 'keyIndexed', 'applied', 'flushed', 'told'] as const;

/** The destruction of keys, which follows the first commit of an erasure, and a merge. */
export const DESTROY_STEPS = ['keyZeroed', 'keyDestroyed'] as const;

export type WriteStep = (typeof COMMIT_STEPS | typeof DESTROY_STEPS)[number];

/** Called when a step is done, in the midst of the write. Must not throw; it may end the process. */
export type OnWriteStep = (step: WriteStep) => void;
