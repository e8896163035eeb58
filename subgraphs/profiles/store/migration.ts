/** What migrating a store to the schema of this Facet means for every adapter: steps that can be named before they are taken, and stopped at. Types only. */

/** From the schema before `to`. */
export interface PlannedMigration {
  readonly to: number;
  /** In words for an operator: what changes, and what for. */
  readonly what: string;
  /** About how many entries are gone through; null where none are. */
  readonly entries: number | null;
  /** It had begun, and goes on where it stood. */
  readonly isUnderWay: boolean;
}

export interface MigrationPlan {
  readonly from: number;
  readonly to: number;
  /** In order; none: the store is up to date. */
  readonly migrations: readonly PlannedMigration[];
}

/** Steps of each migration; `page` after every page. Whoever is told of one may stop there: what was done is durable, and done once. */
export const MIGRATION_STEPS = ['begin', 'page', 'end'] as const;
export type MigrationStep = (typeof MIGRATION_STEPS)[number];

export interface MigrationHooks {
  readonly onProgress?:
    ((progress: { readonly what: string; readonly done: number; readonly total: number | null }) => void) | undefined;
  readonly onStep?: ((step: MigrationStep) => void | Promise<void>) | undefined;
}
