/**
 * Plans as a file: the native planner's answers for operations known beforehand, so that these run where it cannot, and a change of
 * plan is seen in review. Must not plan; a plan that is read is parsed and checked like one that was just made.
 */
import { createHash } from 'node:crypto';

export interface StoredPlans {
  /** Of the supergraph they were made for: see `fingerprintOf`. */
  readonly supergraph: string;
  readonly plans: readonly StoredPlan[];
}

export interface StoredPlan {
  /** The operation as it was planned, line by line. */
  readonly operation: readonly string[];
  readonly plan: unknown;
}

/** The same for a supergraph wherever its subgraphs are: addresses decide nothing of a plan. */
export function fingerprintOf(supergraphSdl: string): string {
  const placeless = supergraphSdl.replaceAll(/(@join__graph\(name: "[^"]*", url: )"[^"]*"/g, '$1""');
  return createHash('sha256').update(placeless.trim()).digest('hex');
}

/** Shape: the plans sorted by operation, two spaces deep: one file that two machines write alike. */
export function printStoredPlans(supergraphSdl: string, planned: ReadonlyMap<string, unknown>): string {
  const plans = [...planned]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([operation, plan]): StoredPlan => ({ operation: operation.split('\n'), plan }));
  return `${JSON.stringify({ supergraph: fingerprintOf(supergraphSdl), plans } satisfies StoredPlans, null, 2)}\n`;
}

/** Errors: throws when the text is not a file of plans. */
export function parseStoredPlans(text: string): StoredPlans {
  const { supergraph, plans } = JSON.parse(text) as Partial<StoredPlans>;
  const isPlan = ({ operation, plan }: Partial<StoredPlan>) => Array.isArray(operation) && plan !== undefined;
  if (typeof supergraph !== 'string' || !Array.isArray(plans) || !plans.every(isPlan)) {
    throw new TypeError('Expected { supergraph, plans: [{ operation, plan }] }, got something else.');
  }
  return { supergraph, plans };
}
