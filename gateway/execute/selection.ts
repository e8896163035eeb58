/**
 * What the client selected, field by field in the document's order, with fragments resolved.
 * Implements "CollectFields" of the GraphQL specification (§6.3.2) once per plan instead of per object.
 * Must not know where values come from.
 */
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import type { Fragments, ResolvedOperation } from './operation';
import { answerKeyOf } from './planned-document';

export interface SelectedField {
  readonly name: string;
  /** The key in the client's response. */
  readonly responseKey: string;
  /** The key in the subgraph's answer. */
  readonly answerKey: string;
  readonly type: GraphQLOutputType;
  /** What is selected below; undefined for leaf fields, and for `__schema` and `__type`, which graphql-js has projected. */
  readonly selectionSet: SelectionSet | undefined;
  /** True for `__schema` and `__type`. */
  readonly isIntrospection: boolean;
}

export interface ObjectSelection {
  readonly type: GraphQLObjectType;
  readonly fields: readonly SelectedField[];
  fieldAt(answerKey: string): SelectedField | undefined;
}

export interface SelectionSet {
  readonly type: GraphQLCompositeType;
  /** Type names an object here can have; one for object types. */
  readonly possibleTypes: readonly string[];
  /** The fields selected on an object of that type, collected when first asked for; undefined for a type that is not possible. */
  of(typeName: string): ObjectSelection | undefined;
}

/** The client's selection of an operation whose conditions are resolved. */
export function collectSelection(operation: ResolvedOperation, schema: GraphQLSchema): SelectionSet {
  const { fragments, rootType, definition } = operation;
  return createSelectionSet({ schema, fragments }, rootType, [definition.selectionSet]);
}

interface Collection {
  readonly schema: GraphQLSchema;
  readonly fragments: Fragments;
}

function createSelectionSet(
  collection: Collection,
  type: GraphQLCompositeType,
  nodes: readonly SelectionSetNode[],
): SelectionSet {
  const possibleTypes = isObjectType(type) ? [type] : collection.schema.getPossibleTypes(type);
  const byName = new Map(possibleTypes.map((possible) => [possible.name, possible]));
  const collected = new Map<string, ObjectSelection>();
  return {
    type,
    possibleTypes: [...byName.keys()],
    of(typeName) {
      const known = collected.get(typeName);
      if (known !== undefined) return known;
      const objectType = byName.get(typeName);
      if (objectType === undefined) return undefined;
      const selection = collectObject(collection, objectType, nodes);
      collected.set(typeName, selection);
      return selection;
    },
  };
}

function collectObject(
  collection: Collection,
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
): ObjectSelection {
  const nodes = new Map<string, FieldNode[]>();
  const visited = new Set<string>();
  for (const set of sets) collectFields(collection, type, set, nodes, visited);
  const fields: SelectedField[] = [];
  for (const [responseKey, [first, ...others]] of nodes) {
    if (first === undefined) continue;
    const field = selectedField(collection, type, responseKey, first, others);
    if (field !== undefined) fields.push(field);
  }
  const byAnswerKey = new Map(fields.map((field) => [field.answerKey, field]));
  return { type, fields, fieldAt: (answerKey) => byAnswerKey.get(answerKey) };
}

function collectFields(
  collection: Collection,
  type: GraphQLObjectType,
  set: SelectionSetNode,
  nodes: Map<string, FieldNode[]>,
  visited: Set<string>,
): void {
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) {
      const responseKey = selection.alias?.value ?? selection.name.value;
      const known = nodes.get(responseKey);
      if (known === undefined) nodes.set(responseKey, [selection]);
      else known.push(selection);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      const condition = selection.typeCondition?.name.value;
      if (condition === undefined || applies(collection.schema, condition, type)) {
        collectFields(collection, type, selection.selectionSet, nodes, visited);
      }
    } else if (!visited.has(selection.name.value)) {
      visited.add(selection.name.value);
      const fragment = collection.fragments.get(selection.name.value);
      if (fragment !== undefined && applies(collection.schema, fragment.typeCondition.name.value, type)) {
        collectFields(collection, type, fragment.selectionSet, nodes, visited);
      }
    }
  }
}

function applies(schema: GraphQLSchema, condition: string, type: GraphQLObjectType): boolean {
  if (condition === type.name) return true;
  const conditional = schema.getType(condition);
  return isAbstractType(conditional) && schema.isSubType(conditional, type);
}

function selectedField(
  collection: Collection,
  parent: GraphQLObjectType,
  responseKey: string,
  first: FieldNode,
  others: readonly FieldNode[],
): SelectedField | undefined {
  const name = first.name.value;
  const isIntrospection = name === SchemaMetaFieldDef.name || name === TypeMetaFieldDef.name;
  const definition = isIntrospection
    ? name === SchemaMetaFieldDef.name
      ? SchemaMetaFieldDef
      : TypeMetaFieldDef
    : name === TypeNameMetaFieldDef.name
      ? TypeNameMetaFieldDef
      : parent.getFields()[name];
  // As graphql-js does for a document that was not validated: a field the type lacks is no field.
  if (definition === undefined) return undefined;
  const named = getNamedType(definition.type);
  const sets = [first, ...others].flatMap((node) => node.selectionSet ?? []);
  return {
    name,
    responseKey,
    answerKey: answerKeyOf(first),
    type: definition.type,
    selectionSet: isCompositeType(named) && !isIntrospection ? createSelectionSet(collection, named, sets) : undefined,
    isIntrospection,
  };
}
