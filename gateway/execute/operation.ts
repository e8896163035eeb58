/**
 * Reads a client's operation: which one of the document, what of it the gateway answers itself, and the text that is planned.
 * Must not plan or execute. The planned text has answer keys of our own (see `answerKeyOf`), so that no client alias can
 * meet a field the planner adds: the native planner 0.0.38 renames such fields, and aborts the process for a nested one.
 */
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  print,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type InlineFragmentNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { facetError } from '../../schema/errors';
import { refusal } from './refusal';
import type { SupergraphSchemas } from './schemas';

export interface Operation {
  readonly kind: 'query' | 'mutation';
  readonly definition: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly rootType: GraphQLObjectType;
  /** What the planner gets; undefined when the gateway can answer everything itself. */
  readonly planned: string | undefined;
  /** `__schema` and `__type` of the operation as a document of its own; undefined without any. */
  readonly introspection: DocumentNode | undefined;
  /** The Boolean variables that decide @skip and @include anywhere in the operation. */
  readonly conditionVariables: readonly string[];
}

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

/** Errors: GRAPHQL_VALIDATION_FAILED for an operation the document lacks, OPERATION_UNSUPPORTED for what cannot be executed. */
export function readOperation(document: DocumentNode, name: string | undefined, schemas: SupergraphSchemas): Operation {
  const definition = selectOperation(document, name);
  if (definition.operation === 'subscription') throw refusal('a subscription');
  const rootType = schemas.full.getRootType(definition.operation);
  if (!rootType) throw facetError('GRAPHQL_VALIDATION_FAILED', `The schema has no ${definition.operation} type.`);
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);

  const local: SelectionNode[] = [];
  const remote: SelectionNode[] = [];
  for (const selection of inlineRoot(definition.selectionSet, fragments)) {
    const meta = metaFieldOf(selection);
    if (meta === undefined) remote.push(selection);
    else if (meta !== '__typename') local.push(selection);
  }

  const conditionVariables = new Set<string>();
  const reachable = reachableDefinitions(definition, fragments);
  for (const node of reachable) readConditions(node, conditionVariables);
  refuseInterfaceObjects(reachable, schemas);
  const planned = remote.length === 0 ? undefined : plannedText(definition, remote, fragments, schemas);
  const introspection = local.length === 0 ? undefined : documentOf(definition, local, fragments);
  return {
    kind: definition.operation,
    definition,
    fragments,
    rootType,
    planned,
    introspection,
    conditionVariables: [...conditionVariables].sort(),
  };
}

function selectOperation(document: DocumentNode, name: string | undefined): OperationDefinitionNode {
  const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  const named = name === undefined ? operations : operations.filter((node) => node.name?.value === name);
  const [first] = named;
  if (named.length === 1 && first !== undefined) return first;
  const expected = name === undefined ? 'one operation or an operationName' : `an operation named "${name}"`;
  throw facetError('GRAPHQL_VALIDATION_FAILED', `Expected ${expected}, got ${named.length} to choose from.`);
}

/** The root fields subgraphs answer, in the document's order; a response key may come more than once. */
export function rootFieldsOf(operation: Operation): FieldNode[] {
  return inlineRoot(operation.definition.selectionSet, operation.fragments)
    .filter((selection) => metaFieldOf(selection) === undefined)
    .map(innerField);
}

function innerField(selection: SelectionNode): FieldNode {
  if (selection.kind === Kind.FIELD) return selection;
  return innerField((selection as InlineFragmentNode).selectionSet.selections[0] as SelectionNode);
}

/** The root selections with every fragment around them resolved, each field alone within its conditions. */
function inlineRoot(root: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): SelectionNode[] {
  const result: SelectionNode[] = [];
  const seen = new Set<string>();
  const walk = (set: SelectionSetNode, around: readonly (readonly DirectiveNode[])[]): void => {
    for (const selection of set.selections) {
      const own = selection.directives ?? [];
      if (selection.kind === Kind.FIELD) {
        result.push(around.reduceRight<SelectionNode>(withinFragment, selection));
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        walk(selection.selectionSet, own.length === 0 ? around : [...around, own]);
      } else {
        // A fragment met again within the same conditions adds nothing; skipping it keeps nested spreads linear.
        const conditions = own.length === 0 ? around : [...around, own];
        const visit = selection.name.value + conditions.map((directives) => directives.map(print).join(' ')).join(' ');
        if (seen.has(visit)) continue;
        seen.add(visit);
        const fragment = fragments.get(selection.name.value);
        if (fragment !== undefined) walk(fragment.selectionSet, conditions);
      }
    }
  };
  walk(root, []);
  return result;
}

function withinFragment(selection: SelectionNode, directives: readonly DirectiveNode[]): SelectionNode {
  return {
    kind: Kind.INLINE_FRAGMENT,
    directives,
    selectionSet: { kind: Kind.SELECTION_SET, selections: [selection] },
  };
}

/** The name of the `__…` field a root selection made by `inlineRoot` consists of, if it is one. */
function metaFieldOf(selection: SelectionNode): string | undefined {
  if (selection.kind === Kind.FIELD) return selection.name.value.startsWith('__') ? selection.name.value : undefined;
  const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet.selections[0] : undefined;
  return inner === undefined ? undefined : metaFieldOf(inner);
}

function reachableDefinitions(
  definition: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): (OperationDefinitionNode | FragmentDefinitionNode)[] {
  const found: (OperationDefinitionNode | FragmentDefinitionNode)[] = [definition];
  const names = new Set<string>();
  for (const node of found) {
    visit(node, {
      FragmentSpread(spread) {
        const fragment = fragments.get(spread.name.value);
        if (fragment === undefined || names.has(spread.name.value)) return;
        names.add(spread.name.value);
        found.push(fragment);
      },
    });
  }
  return found;
}

/** Notes what decides @skip and @include. Any other directive would need a meaning we do not give it, @defer above all. */
function readConditions(node: OperationDefinitionNode | FragmentDefinitionNode, variables: Set<string>): void {
  visit(node, {
    Directive(directive) {
      if (directive.name.value !== 'skip' && directive.name.value !== 'include') {
        throw refusal(`the directive @${directive.name.value}`);
      }
      const condition = directive.arguments?.find((argument) => argument.name.value === 'if')?.value;
      if (condition?.kind === Kind.VARIABLE) variables.add(condition.name.value);
    },
  });
}

/** An interface object hides the entity's type from the subgraph that answers; its plans rewrite type names, which we do not. */
function refuseInterfaceObjects(
  nodes: readonly (OperationDefinitionNode | FragmentDefinitionNode)[],
  schemas: SupergraphSchemas,
): void {
  if (schemas.interfaceObjects.size === 0) return;
  const isTouched = (type: GraphQLNamedType | null | undefined): boolean =>
    (isInterfaceType(type) && schemas.interfaceObjects.has(type.name)) ||
    ((isInterfaceType(type) || isObjectType(type)) &&
      type.getInterfaces().some((implemented) => schemas.interfaceObjects.has(implemented.name)));
  const typeInfo = new TypeInfo(schemas.full);
  const refuseTouched = {
    enter() {
      const type = typeInfo.getType();
      const touched = [type && getNamedType(type), typeInfo.getParentType()].find((candidate) => isTouched(candidate));
      if (touched) throw refusal(`the interface object ${touched.name}`);
    },
  };
  for (const node of nodes) visit(node, visitWithTypeInfo(typeInfo, refuseTouched));
}

/** The operation with our answer keys, and `__typename` wherever the runtime type is not known from the schema. */
function plannedText(
  definition: OperationDefinitionNode,
  selections: readonly SelectionNode[],
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  schemas: SupergraphSchemas,
): string {
  const typeInfo = new TypeInfo(schemas.full);
  const rewritten = visit(
    documentOf(definition, selections, fragments),
    visitWithTypeInfo(typeInfo, {
      Field(field) {
        const answerKey = answerKeyOf(field);
        const type = typeInfo.getType();
        const named = type ? getNamedType(type) : undefined;
        const isAbstract = isCompositeType(named) && isAbstractType(named);
        const selectionSet =
          isAbstract && field.selectionSet !== undefined
            ? { ...field.selectionSet, selections: [TYPENAME, ...field.selectionSet.selections] }
            : field.selectionSet;
        if (answerKey === field.name.value && selectionSet === field.selectionSet) return undefined;
        const alias = answerKey === field.name.value ? undefined : { kind: Kind.NAME as const, value: answerKey };
        return { ...field, alias, selectionSet };
      },
    }),
  );
  return print(rewritten);
}

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

/** A document of one anonymous operation over these root selections, with the fragments and variables they use and no others. */
function documentOf(
  definition: OperationDefinitionNode,
  selections: readonly SelectionNode[],
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): DocumentNode {
  const operation: OperationDefinitionNode = {
    kind: Kind.OPERATION_DEFINITION,
    operation: definition.operation,
    selectionSet: { kind: Kind.SELECTION_SET, selections },
  };
  const definitions = reachableDefinitions(operation, fragments);
  const used = new Set<string>();
  for (const node of definitions) visit(node, { Variable: (variable) => void used.add(variable.name.value) });
  const variableDefinitions = (definition.variableDefinitions ?? []).filter((node) =>
    used.has(node.variable.name.value),
  );
  return { kind: Kind.DOCUMENT, definitions: [{ ...operation, variableDefinitions }, ...definitions.slice(1)] };
}
