/**
 * Why no answer came, as far as it matters for what is done next. Must not reach a client as it is: a reason may name hosts.
 */
import { ERRORS, errorCodeOf } from '../../schema/errors';

/** Answers larger than this are none. */
export const MAX_ANSWER_MIB = 8;

/** An answer that was cut off while it came. */
export class AnswerTooLarge extends Error {
  constructor() {
    super(`expected an answer of at most ${MAX_ANSWER_MIB} MiB, got a larger one`);
  }
}

/** The connection was refused or broke: nothing of an answer came, and the same query may be asked again at once. */
export class NothingCame extends Error {}

/** True for what a subgraph does that is down, false for what has to do with this one request. */
export function isOutage(error: unknown): boolean {
  return !(error instanceof AnswerTooLarge) && ERRORS[errorCodeOf(error)].httpStatus >= 500;
}
