/**
 * Holds a plan to its own promises: whatever a fetch requires of an entity, an earlier one has asked for, and it means the same on every
 * path. The native planner 0.0.38 breaks that where it joins fetches whose @requires have different arguments, and over supergraphs
 * that say too little of interface objects. Must not repair a plan: one that would send a half or a wrong representation is refused.
 */
import { Kind, parse, print, type FieldNode, type FragmentDefinitionNode, type SelectionSetNode } from 'graphql';
import type { EntityFetchNode, EntitySelection, PlanNode, PlanPath, RequiredSelection } from './plan';
import { refusal } from './refusal';

/** What has been asked for below one place, by the answer's keys, of all types together. */
type Asked = Map<string, { readonly meanings: Set<string>; readonly below: Asked }>;

/** Errors: OPERATION_UNSUPPORTED, naming the subgraph and the field. */
export function refuseUnansweredRequirements(plan: PlanNode): void {
  follow(plan, new Map());
}

function follow(node: PlanNode, asked: Asked): void {
  switch (node.kind) {
    case 'fetch':
      return addOperation(node.operation, asked);
    case 'subscription':
      return addOperation(node.primary.operation, asked);
    case 'entityFetch':
      for (const entities of node.entities) checkEntities(entities, node.serviceName, asked);
      return addEntities(node, asked);
    case 'sequence':
      for (const inner of node.nodes) follow(inner, asked);
      return;
    case 'parallel': {
      // None may require what one beside it brings.
      const branches = node.nodes.map((inner) => {
        const branch: Asked = new Map();
        merge(branch, asked);
        follow(inner, branch);
        return branch;
      });
      for (const branch of branches) merge(asked, branch);
    }
  }
}

function checkEntities({ paths, requires }: EntitySelection, serviceName: string, asked: Asked): void {
  const places = paths.map((path) => at(asked, path));
  const check = (selections: readonly RequiredSelection[], among: readonly Asked[]): void => {
    for (const selection of selections) {
      if (selection.kind === 'fragment') check(selection.selections, among);
      else if (selection.from !== '__typename') checkField(selection, among);
    }
  };
  const checkField = (field: Extract<RequiredSelection, { kind: 'field' }>, among: readonly Asked[]): void => {
    const found = among.map((place) => place.get(field.from));
    const [first] = found;
    const isMeant = found.every(
      (each) => each !== undefined && [...each.meanings].some((one) => first?.meanings.has(one)),
    );
    if (!isMeant) throw refusal(`a plan that asks ${serviceName} without the field ${field.to} it requires`);
    if (field.selections !== undefined)
      check(
        field.selections,
        found.flatMap((each) => each?.below ?? []),
      );
  };
  check(requires, places);
}

function addEntities({ operation, entities }: EntityFetchNode, asked: Asked): void {
  const root: Asked = new Map();
  addOperation(operation, root);
  for (const { answerKey, paths } of entities) {
    const answered = root.get(answerKey)?.below ?? new Map();
    for (const path of paths) merge(at(asked, path), answered);
  }
}

function at(asked: Asked, path: PlanPath): Asked {
  let place = asked;
  for (const step of path) if (step.kind === 'field') place = entryOf(place, step.key).below;
  return place;
}

function entryOf(asked: Asked, key: string) {
  const entry = asked.get(key) ?? { meanings: new Set<string>(), below: new Map() as Asked };
  asked.set(key, entry);
  return entry;
}

function merge(target: Asked, source: Asked): void {
  for (const [key, { meanings, below }] of source) {
    const entry = entryOf(target, key);
    for (const meaning of meanings) entry.meanings.add(meaning);
    merge(entry.below, below);
  }
}

function addOperation(text: string, asked: Asked): void {
  const fragments = new Map<string, FragmentDefinitionNode>();
  const { definitions } = parse(text, { noLocation: true });
  for (const node of definitions) if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  const add = (set: SelectionSetNode, place: Asked): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const entry = entryOf(place, selection.alias?.value ?? selection.name.value);
        entry.meanings.add(meaningOf(selection));
        if (selection.selectionSet !== undefined) add(selection.selectionSet, entry.below);
      } else {
        const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
        if (fragment !== undefined) add(fragment.selectionSet, place);
      }
    }
  };
  for (const node of definitions) if (node.kind === Kind.OPERATION_DEFINITION) add(node.selectionSet, asked);
}

/** Field and arguments: the same for two keys that stand for one value. */
function meaningOf({ name, arguments: given = [] }: FieldNode): string {
  return `${name.value}(${given.map(print).sort().join()})`;
}
