/**
 * How long data of each category is kept, as data: reviewed as a contract, printed with the policy. Holds no logic.
 *
 * Source: GDPR Art. 5(1)(e) storage limitation. BEHAVIOUR: the 25 months of CNIL's guidelines on audience measurement. PURCHASE_HISTORY,
 * SUPPORT_HISTORY and what describes the person: three years (CNIL's reference for commercial activities; German limitation, § 195 BGB). Books
 * must be kept longer, but they are the shop's to keep. SENSITIVE is our choice: an offer needs no older one.
 */
import type { DataCategory } from './policy';

export interface RetentionRow {
  /** Days; null: as long as the customer exists here. */
  readonly days: number | null;
  /** From when they count. What has no date of its own counts from when the source last told it. */
  readonly from: string;
}

/** The oldest moment that is kept of each category: UTC, ISO 8601 with milliseconds, so that text compares as time. '' keeps everything. */
export type KeptFrom = Readonly<Record<DataCategory, string>>;

const LAST_TOLD = 'the source last told it';

// prettier-ignore
export const retentionTable: Readonly<Record<DataCategory, RetentionRow>> = Object.freeze({
  IDENTIFIER:       { days: null,  from: 'kept while the customer exists' },
  CONTACT:          { days: 1_095, from: LAST_TOLD },
  NAME:             { days: 1_095, from: LAST_TOLD },
  LOCATION:         { days: 1_095, from: LAST_TOLD },
  DEMOGRAPHIC:      { days: 1_095, from: LAST_TOLD },
  PURCHASE_HISTORY: { days: 1_095, from: `an order was placed; sum and count: ${LAST_TOLD}` },
  BEHAVIOUR:        { days: 760,   from: 'a page was viewed, a cart was left, the person was last seen' },
  SUPPORT_HISTORY:  { days: 1_095, from: 'a ticket was last touched, once it is solved or closed' },
  DERIVED:          { days: 395,   from: `the day of an activity; what is not of a day: ${LAST_TOLD}` },
  CONSENT:          { days: null,  from: 'the ledger is kept as proof' },
  SENSITIVE:        { days: 365,   from: 'as the order, cart or page it is of' },
});
