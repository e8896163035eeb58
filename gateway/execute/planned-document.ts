/**
 * What of an operation is planned, as text with answer keys of our own, and what the gateway answers itself.
 * No client alias may meet a field the planner adds: the native planner 0.0.38 renames such fields in the answer, and ends
 * the whole process where one is nested in @requires. Must not plan.
 */
import {
  getNamedType,
  isAbstractType,
  Kind,
  print,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import { reachableDefinitions, type ResolvedOperation } from './operation';

/** Begins every answer key of ours; a GraphQL name nobody gives to a field. */
const PREFIX = '_0_';

/**
 * The key under which subgraphs answer a field: its name, or a key of ours when the client named it otherwise or gave arguments.
 * Distinct response keys keep distinct answer keys, so that what was mergeable stays so.
 */
export function answerKeyOf(field: FieldNode): string {
  const responseKey = field.alias?.value ?? field.name.value;
  const isPlain = responseKey === field.name.value && (field.arguments === undefined || field.arguments.length === 0);
  return isPlain ? responseKey : PREFIX + responseKey;
}

/** The root fields subgraphs answer, in the document's order; a response key may come more than once. */
export function remoteRootFields(operation: ResolvedOperation): readonly FieldNode[] {
  return rootFields(operation).filter((field) => !field.name.value.startsWith('__'));
}

/** What the planner gets; undefined when the gateway can answer everything itself. */
export function plannedText(operation: ResolvedOperation, schema: GraphQLSchema): string | undefined {
  const remote = remoteRootFields(operation);
  if (remote.length === 0) return undefined;
  const typeInfo = new TypeInfo(schema);
  const rewritten = visit(
    documentOf(operation, remote),
    visitWithTypeInfo(typeInfo, {
      Field(field) {
        const answerKey = answerKeyOf(field);
        // `name: name` is an alias to the planner, and ends the process as any other within what is required.
        if (answerKey === field.name.value)
          return field.alias === undefined ? undefined : { ...field, alias: undefined };
        return { ...field, alias: { kind: Kind.NAME, value: answerKey } };
      },
      SelectionSet(set): SelectionSetNode | undefined {
        // Where the runtime type is not known from the schema it must be asked for, and an object without fields cannot be asked for.
        const type = typeInfo.getType();
        const isAbstract = type !== undefined && type !== null && isAbstractType(getNamedType(type));
        if (!isAbstract && set.selections.length > 0) return undefined;
        return { ...set, selections: [TYPENAME, ...set.selections] };
      },
    }),
  );
  return print(rewritten);
}

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/** `__schema` and `__type` of the operation as a document of its own; undefined without any. */
export function introspectionDocument(operation: ResolvedOperation): DocumentNode | undefined {
  const fields = rootFields(operation).filter(({ name }) => name.value === '__schema' || name.value === '__type');
  return fields.length === 0 ? undefined : documentOf(operation, fields);
}

/** The root's fields with every fragment around them resolved. */
function rootFields(operation: ResolvedOperation): readonly FieldNode[] {
  const found: FieldNode[] = [];
  const visited = new Set<string>();
  const walk = (set: SelectionSetNode): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        found.push(selection);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        walk(selection.selectionSet);
      } else if (!visited.has(selection.name.value)) {
        visited.add(selection.name.value);
        const fragment = operation.fragments.get(selection.name.value);
        if (fragment !== undefined) walk(fragment.selectionSet);
      }
    }
  };
  walk(operation.definition.selectionSet);
  return found;
}

/** A document of one anonymous operation over these root fields, with the fragments and variables they use and no others. */
function documentOf({ definition, fragments }: ResolvedOperation, selections: readonly FieldNode[]): DocumentNode {
  const operation = {
    kind: Kind.OPERATION_DEFINITION as const,
    operation: definition.operation,
    selectionSet: { kind: Kind.SELECTION_SET as const, selections },
  };
  const definitions = reachableDefinitions(operation, fragments);
  const used = new Set<string>();
  for (const node of definitions) visit(node, { Variable: (variable) => void used.add(variable.name.value) });
  const variableDefinitions =
    definition.variableDefinitions?.filter((node) => used.has(node.variable.name.value)) ?? [];
  return { kind: Kind.DOCUMENT, definitions: [{ ...operation, variableDefinitions }, ...definitions.slice(1)] };
}
