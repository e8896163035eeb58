/** An entry of the change feed: that a customer changed, never how. Types only. */

export type ChangeKind = 'UPDATED' | 'MERGED' | 'ERASED';

/** One entry of the change feed. */
export interface Change {
  readonly customerId: string;
  readonly version: number;
  readonly kind: ChangeKind;
  /** Fields of Customer that changed: `contact`, `consents` … Names only, never values. */
  readonly changedFields: readonly string[];
  readonly at: number;
}

/** A change and its place in the feed. */
export interface PlacedChange extends Change {
  /** Opaque. The feed goes on after it in the order of commits; a customer's `version` orders what is told of it. */
  readonly cursor: string;
}
