/**
 * Holds a plan to its own promises and to the supergraph's: whatever a fetch requires of an entity, an earlier one has asked for, it means
 * the same on every path, and it is what the fields that are fetched `@require`, arguments included. The native planner 0.0.38 breaks that
 * where it joins fetches whose @requires have different arguments, and over supergraphs that say too little of interface objects. Must not
 * repair a plan: one that would send a half or a wrong representation is refused.
 */
import { Kind, parse, print } from 'graphql';
import type { DocumentNode, FieldNode, FragmentDefinitionNode, SelectionSetNode } from 'graphql';
import type { EntityFetchNode, EntitySelection, PlanNode, PlanPath, RequiredSelection } from './plan';
import { refusal } from './refusal';
import type { RequirementsOf } from './requirements';

/** What has been asked for below one place, by the answer's keys, of all types together. */
type Asked = Map<string, { readonly meanings: Set<string>; readonly below: Asked }>;

/** Errors: OPERATION_UNSUPPORTED, naming the subgraph and the field. */
export function refuseUnansweredRequirements(plan: PlanNode, requirementsOf: RequirementsOf): void {
  const follow = (node: PlanNode, asked: Asked): void => {
    switch (node.kind) {
      case 'fetch':
        return addOperation(parsed(node.operation), asked);
      case 'subscription':
        return addOperation(parsed(node.primary.operation), asked);
      case 'entityFetch': {
        const document = parsed(node.operation);
        for (const entities of node.entities) {
          checkEntities(entities, node.serviceName, asked);
          const fetched = fieldsOfEntities(document, entities.answerKey);
          for (const { type, field } of fetched) {
            const required = requirementsOf(node.serviceName, type, field);
            if (required !== undefined) checkMeanings(required, entities, node.serviceName, asked);
          }
        }
        return addEntities(node, document, asked);
      }
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
  };
  follow(plan, new Map());
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
    if (!isMeant) throw unanswered(serviceName, field.to);
    if (field.selections !== undefined)
      check(
        field.selections,
        found.flatMap((each) => each?.below ?? []),
      );
  };
  check(requires, places);
}

/** What is sent under each required name must be that field with those arguments, wherever the entities are. */
function checkMeanings(
  required: SelectionSetNode,
  { paths, requires }: EntitySelection,
  serviceName: string,
  asked: Asked,
): void {
  const check = (set: SelectionSetNode, sent: readonly RequiredSelection[], among: readonly Asked[]): void => {
    for (const node of set.selections) {
      if (node.kind === Kind.INLINE_FRAGMENT) check(node.selectionSet, sent, among);
      if (node.kind !== Kind.FIELD || node.name.value === '__typename') continue;
      const meaning = meaningOf(node);
      const meant = sent.filter(
        (each) =>
          each.kind === 'field' &&
          each.to === node.name.value &&
          among.every((place) => place.get(each.from)?.meanings.has(meaning) === true),
      ) as Extract<RequiredSelection, { kind: 'field' }>[];
      if (meant.length === 0) throw unanswered(serviceName, node.name.value);
      if (node.selectionSet === undefined) continue;
      const below = meant.flatMap(({ from }) => among.flatMap((place) => place.get(from)?.below ?? []));
      check(
        node.selectionSet,
        meant.flatMap(({ selections = [] }) => withoutFragments(selections)),
        below,
      );
    }
  };
  check(
    required,
    withoutFragments(requires),
    paths.map((path) => at(asked, path)),
  );
}

function unanswered(serviceName: string, field: string) {
  return refusal(`a plan that asks ${serviceName} without the field ${field} it requires`);
}

function withoutFragments(selections: readonly RequiredSelection[]): readonly RequiredSelection[] {
  return selections.flatMap((each) => (each.kind === 'fragment' ? withoutFragments(each.selections) : [each]));
}

/** The fields of the entities themselves, each within the innermost of its type conditions. */
function fieldsOfEntities(document: DocumentNode, answerKey: string): { type: string; field: string }[] {
  const fragments = fragmentsOf(document);
  const collect = (set: SelectionSetNode, type: string): { type: string; field: string }[] =>
    set.selections.flatMap((selection) => {
      if (selection.kind === Kind.FIELD) return [{ type, field: selection.name.value }];
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      return fragment === undefined ? [] : collect(fragment.selectionSet, fragment.typeCondition?.name.value ?? type);
    });
  return document.definitions
    .flatMap((node) => (node.kind === Kind.OPERATION_DEFINITION ? node.selectionSet.selections : []))
    .flatMap((node) =>
      node.kind === Kind.FIELD && (node.alias ?? node.name).value === answerKey && node.selectionSet !== undefined
        ? collect(node.selectionSet, '_Entity')
        : [],
    );
}

function addEntities({ entities }: EntityFetchNode, document: DocumentNode, asked: Asked): void {
  const root: Asked = new Map();
  addOperation(document, root);
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

function parsed(operation: string): DocumentNode {
  return parse(operation, { noLocation: true });
}

function fragmentsOf({ definitions }: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  const fragments = definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
  return new Map(fragments.map((node) => [node.name.value, node]));
}

function addOperation(document: DocumentNode, asked: Asked): void {
  const fragments = fragmentsOf(document);
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
  for (const node of document.definitions) {
    if (node.kind === Kind.OPERATION_DEFINITION) add(node.selectionSet, asked);
  }
}

/** Field and arguments: the same for two keys that stand for one value. */
function meaningOf({ name, arguments: given = [] }: FieldNode): string {
  return `${name.value}(${given.map(print).sort().join()})`;
}
