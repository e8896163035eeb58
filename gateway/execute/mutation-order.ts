/**
 * Holds a plan to the specification's order of mutations (§6.2.2 "Serial execution").
 * Must not reorder anything: a plan in another order is refused.
 */
import { readAnswerShape } from './graft';
import { answerKeyOf, rootFieldsOf, type Operation } from './operation';
import type { PlanNode } from './plan';
import { refusal } from './refusal';

/** Errors: OPERATION_UNSUPPORTED when the plan does not ask for the mutation's root fields in the document's order. */
export function refuseUnorderedMutations(plan: PlanNode, operation: Operation): void {
  const planned = plannedKeys(plan);
  const selected = [...new Set(rootFieldsOf(operation).map(answerKeyOf))];
  const isOrdered = planned.length === selected.length && planned.every((key, index) => key === selected[index]);
  if (!isOrdered) throw refusal(`a plan that runs the mutations ${selected.join(', ')} as ${planned.join(', ')}`);
}

function plannedKeys(node: PlanNode): string[] {
  switch (node.kind) {
    case 'fetch':
      return node.isMutation ? readAnswerShape(node.operation).map((field) => field.key) : [];
    case 'entityFetch':
      return [];
    case 'condition':
      return [node.whenTrue, node.whenFalse].flatMap((inner) => (inner === undefined ? [] : plannedKeys(inner)));
    default:
      return node.nodes.flatMap(plannedKeys);
  }
}
