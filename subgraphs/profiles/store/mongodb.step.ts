/** What the parts of a commit share. */
import type { ClientSession } from 'mongodb';
import type { Collections } from './mongodb.collections';

/** One transaction. `session` is undefined where the server has none. */
export interface Step {
  readonly collections: Collections;
  readonly session: ClientSession | undefined;
}

/** Thrown to undo the transaction: something the commit was computed from is no longer so. */
export class CommitConflict extends Error {}
