/**
 * Holds a plan to the specification's order of mutations (§6.2.2 "Serial execution").
 * Must not reorder anything: a plan in another order is refused.
 */
import { readAnswerShape } from './answer-shape';
import type { ResolvedOperation } from './operation';
import type { PlanNode } from './plan';
import { answerKeyOf, remoteRootFields } from './planned-document';
import { refusal } from './refusal';

/** Errors: OPERATION_UNSUPPORTED when the plan does not ask for the mutation's root fields, all and only, in the document's order. */
export function refuseUnorderedMutations(plan: PlanNode, operation: ResolvedOperation): void {
  const planned = plannedKeys(plan);
  const selected = [...new Set(remoteRootFields(operation).map(answerKeyOf))];
  const isOrdered = planned.length === selected.length && planned.every((key, index) => key === selected[index]);
  if (!isOrdered) throw refusal(`a plan that runs the mutations ${selected.join(', ')} as ${planned.join(', ')}`);
}

function plannedKeys(node: PlanNode): string[] {
  if (node.kind === 'fetch') return node.isMutation ? readAnswerShape(node.operation).map((field) => field.key) : [];
  return node.kind === 'sequence' || node.kind === 'parallel' ? node.nodes.flatMap(plannedKeys) : [];
}
