/** Web analytics' part of Customer as it is stored, category by category. Types only; customer.resolver.ts reads them. */

export interface View {
  readonly title: string | null;
  readonly url: string | null;
  /** UTC, ISO 8601. */
  readonly viewedAt: string;
}

/** What was looked at. */
export interface Interests {
  /** The most looked at first. */
  readonly topCategories: readonly string[];
  /** The latest first, each page once. */
  readonly recentlyViewed: readonly View[];
}

/** BEHAVIOUR. */
export interface Behaviour extends Interests {
  /** UTC, ISO 8601. */
  readonly lastSeenAt: string | null;
  readonly visitCount: number;
}

/** SENSITIVE: what was looked at of a special category, which lies nowhere else. Absent when there is nothing. */
export type SensitiveInterests = Interests;
