/**
 * What the store keeps of erasures: which source still has to erase what, what came of it, and whom never to take in again.
 * Types only; the saga is in `profiles/erase/`.
 */

/** What is left at one place of what an erasure was asked for (GDPR Art. 17(3)), in words fit for the data subject. */
export interface ErasureReceipt {
  readonly outcome: 'ERASED' | 'RETAINED';
  /** RETAINED: on what ground. */
  readonly basis: string | null;
  /** RETAINED: Unix time in milliseconds at which it goes too; null when that is not known. */
  readonly until: number | null;
  /** Unix time in milliseconds. */
  readonly at: number;
  /** What is signed: the whole receipt as canonical JSON, the customer's id and the place included. */
  readonly statement: string;
  /** Ed25519, base64url. */
  readonly signature: string;
}

/** The part of one erasure that is one source's, or profiles' own. */
export interface ErasureTask {
  readonly customerId: string;
  readonly source: string;
  /** The record's ids at the source, until they are erased; none from then on. */
  readonly keys: readonly string[];
  /** The principal's id. */
  readonly requestedBy: string;
  /** Unix time in milliseconds. */
  readonly requestedAt: number;
  /** Unix time in milliseconds until which the law wants an answer (GDPR Art. 12(3)). */
  readonly dueAt: number;
  /** Times it was tried and failed. */
  readonly failures: number;
  /** Code of the last failure; null when there was none. */
  readonly lastFailure: string | null;
  /** Unix time in milliseconds before which it is not tried again. */
  readonly nextAttemptAt: number;
  /** null: open. */
  readonly receipt: ErasureReceipt | null;
}

/** Somebody who was erased, by a keyed hash of an id or address: never to be taken in again under it. */
export interface Tombstone {
  readonly key: string;
  /** Unix time in milliseconds. */
  readonly erasedAt: number;
}
