/**
 * From operation text to a plan: stored beforehand, or asked of the native planner. Must not execute anything, nor read an answer by
 * itself (see plan.ts).
 */
import { createRequire } from 'node:module';
import type { QueryPlanner } from '@graphql-hive/router-query-planner';
import { parsePlan, type PlanNode } from './plan';
import { refusal } from './refusal';
import { fingerprintOf, type StoredPlans } from './stored-plans';

/** Plans operations over one supergraph. Errors: OPERATION_UNSUPPORTED, also where the native planner finds no plan. */
export interface Planner {
  plan(operation: string): PlanNode | undefined;
  /** Has the plan made beside this thread; `plan` then finds it. Never rejects: `plan` tells what was wrong. */
  planAhead(operation: string): Promise<void>;
}

export interface PlannerOptions {
  readonly supergraphSdl: string;
  /** Used for the supergraph they were made for, and only for that. */
  readonly storedPlans?: StoredPlans | undefined;
  /** Told each answer of the native planner. */
  readonly onPlanned?: ((operation: string, answer: unknown) => void) | undefined;
}

/** Errors: throws when the native planner cannot read the supergraph, or is not there and nothing is stored for this one either. */
export function createPlanner({ supergraphSdl, storedPlans, onPlanned }: PlannerOptions): Planner {
  const isForThis = storedPlans !== undefined && storedPlans.supergraph === fingerprintOf(supergraphSdl);
  const stored = new Map(
    (isForThis ? storedPlans.plans : []).map(({ operation, plan }) => [operation.join('\n'), plan]),
  );
  const native = openNativePlanner(supergraphSdl, stored.size > 0);
  const ahead = new Map<string, unknown>();
  const noLabels = new Set<string>();

  const answerOf = (operation: string): unknown => {
    const known = stored.get(operation) ?? ahead.get(operation);
    ahead.delete(operation);
    if (known !== undefined) return known;
    if (native === undefined) throw refusal('an operation without a stored plan, where there is no native planner');
    try {
      return native.plan(operation, undefined, noLabels, 0);
    } catch (error) {
      throw refusal(`an operation without a plan (${error instanceof Error ? error.message : String(error)})`);
    }
  };
  return {
    plan(operation) {
      const answer = answerOf(operation);
      onPlanned?.(operation, answer);
      return parsePlan(answer);
    },
    async planAhead(operation) {
      if (native === undefined || stored.has(operation)) return;
      await native.planAsync(operation, undefined, noLabels, 0).then(
        (answer) => void ahead.set(operation, answer),
        () => {},
      );
    },
  };
}

const loadModule = createRequire(__filename);

/** Loaded when asked for: it is built for some platforms only. */
function openNativePlanner(supergraphSdl: string, canDoWithout: boolean): QueryPlanner | undefined {
  let native: { readonly QueryPlanner: typeof QueryPlanner };
  try {
    native = loadModule('@graphql-hive/router-query-planner') as typeof native;
  } catch (error) {
    if (canDoWithout) return undefined;
    throw error;
  }
  return new native.QueryPlanner(supergraphSdl);
}
