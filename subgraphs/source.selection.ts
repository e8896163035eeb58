/**
 * Which categories an `_entities` request may open, read off its document: so that a record is loaded once, before the fields, and
 * only for a customer of whom at least one of these may be seen. Must not load.
 */
import { getNamedType, isObjectType, Kind } from 'graphql';
import type { FieldNode, GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema, SelectionNode } from 'graphql';
import { classify } from '../schema/classification';
import type { DataCategory } from '../schema/policy';

const NONE: readonly DataCategory[] = [];

/** Per document; documents are parsed once. None where a condition decides what is selected: each field then loads for itself. */
export function prepareSelectedCategories(
  schema: GraphQLSchema,
): (info: GraphQLResolveInfo) => readonly DataCategory[] {
  const type = schema.getType('Customer');
  if (!isObjectType(type)) throw new Error('Expected the subgraph to have a type Customer, but it has none.');
  const rules = classify(schema, type);
  const known = new WeakMap<FieldNode, readonly DataCategory[]>();

  const collect = (
    selections: readonly SelectionNode[],
    parent: GraphQLObjectType,
    fragments: GraphQLResolveInfo['fragments'],
    found: Set<DataCategory>,
  ): boolean =>
    selections.every((node) => {
      if ((node.directives ?? []).length > 0) return false;
      if (node.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments[node.name.value];
        return fragment !== undefined && collect(fragment.selectionSet.selections, parent, fragments, found);
      }
      if (node.kind === Kind.INLINE_FRAGMENT) return collect(node.selectionSet.selections, parent, fragments, found);
      const rule = rules.get(parent)?.get(node.name.value);
      if (rule?.kind === 'classified') found.add(rule.category);
      const below = named(parent, node.name.value);
      // Below a classified field nothing is loaded that it has not loaded; below a group lie the fields that do.
      if (rule?.kind !== 'not personal' || below === undefined || node.selectionSet === undefined) return true;
      return collect(node.selectionSet.selections, below, fragments, found);
    });

  return ({ fieldNodes: [node], fragments }) => {
    if (node?.selectionSet === undefined) return NONE;
    const before = known.get(node);
    if (before !== undefined) return before;
    const found = new Set<DataCategory>();
    const categories = collect(node.selectionSet.selections, type, fragments, found) ? [...found] : NONE;
    known.set(node, categories);
    return categories;
  };
}

function named(parent: GraphQLObjectType, fieldName: string): GraphQLObjectType | undefined {
  const type = getNamedType(parent.getFields()[fieldName]?.type);
  return isObjectType(type) ? type : undefined;
}
