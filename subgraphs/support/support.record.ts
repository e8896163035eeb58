/** Support's part of Customer as it is stored. Types only; customer.resolver.ts reads them. */

export interface Ticket {
  readonly id: string;
  readonly subject: string | null;
  /** new, open, pending, hold, solved or closed. */
  readonly status: string;
  /** UTC, ISO 8601. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** What the person said of the answer; null: nothing. */
  readonly rating: 'good' | 'bad' | null;
}

/** SUPPORT_HISTORY. Absent from what a batch call brings: Zendesk has no batch read of tickets, so the stored ones stand. */
export interface SupportHistory {
  /** Newest first. */
  readonly tickets: readonly Ticket[];
  readonly openTickets: number;
  readonly satisfaction: 'good' | 'bad' | null;
}
