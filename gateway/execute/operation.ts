/**
 * Reads a client's operation: which one of the document, and what decides its conditions; and resolves those conditions.
 * @skip and @include are resolved before planning, one plan per outcome, because the native planner 0.0.38 loses the condition
 * of some root fields, and a mutation that was skipped must not happen. Must not plan or execute.
 */
import {
  Kind,
  visit,
  type ASTNode,
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type OperationDefinitionNode,
  type VariableDefinitionNode,
} from 'graphql';
import { facetError } from '../../schema/errors';
import { refuseNarrowing } from './interface-objects';
import { refusal } from './refusal';
import type { SupergraphSchemas } from './schemas';

export interface Operation {
  readonly kind: 'query' | 'mutation' | 'subscription';
  readonly rootType: GraphQLObjectType;
  readonly definition: OperationDefinitionNode;
  readonly fragments: Fragments;
  readonly variableDefinitions: readonly VariableDefinitionNode[];
  /** The Boolean variables that decide @skip and @include anywhere in the operation. */
  readonly conditionVariables: readonly string[];
  /** What `$__proto__` is called here: it can be no key of plain objects. undefined where the operation has no such variable. */
  readonly protoVariable: string | undefined;
}

/** An operation without @skip and @include: what was left out is gone. */
export type ResolvedOperation = Pick<Operation, 'kind' | 'rootType' | 'definition' | 'fragments'>;

export type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

/** Errors: GRAPHQL_VALIDATION_FAILED for an operation the document lacks, OPERATION_UNSUPPORTED for what cannot be executed. */
export function readOperation(document: DocumentNode, name: string | undefined, schemas: SupergraphSchemas): Operation {
  const selected = selectOperation(document, name);
  const rootType = schemas.full.getRootType(selected.operation);
  if (!rootType) throw facetError('GRAPHQL_VALIDATION_FAILED', `The schema has no ${selected.operation} type.`);
  const protoVariable = freeNameForProto(selected);
  const renamed = <T extends ASTNode>(node: T): T =>
    protoVariable === undefined ? node : renameVariable(node, PROTO, protoVariable);
  const definition = renamed(selected);
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, renamed(node));
  }
  const reachable = reachableDefinitions(definition, fragments);
  refuseNarrowing(definition, fragments, rootType, schemas.full, schemas.interfaceObjects);
  return {
    kind: definition.operation,
    rootType,
    definition,
    fragments,
    variableDefinitions: definition.variableDefinitions ?? [],
    conditionVariables: conditionVariablesOf(reachable),
    protoVariable,
  };
}

const PROTO = '__proto__';

function freeNameForProto({ variableDefinitions = [] }: OperationDefinitionNode): string | undefined {
  const names = new Set(variableDefinitions.map(({ variable }) => variable.name.value));
  if (!names.has(PROTO)) return undefined;
  let free = 'proto';
  while (names.has(free)) free += '_';
  return free;
}

function renameVariable<T extends ASTNode>(node: T, from: string, to: string): T {
  return visit(node, {
    Variable: (variable) =>
      variable.name.value === from ? { ...variable, name: { ...variable.name, value: to } } : undefined,
  });
}

function selectOperation(document: DocumentNode, name: string | undefined): OperationDefinitionNode {
  const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  const named = name === undefined ? operations : operations.filter((node) => node.name?.value === name);
  const [first] = named;
  if (named.length === 1 && first !== undefined) return first;
  const expected = name === undefined ? 'one operation or an operationName' : `an operation named "${name}"`;
  throw facetError('GRAPHQL_VALIDATION_FAILED', `Expected ${expected}, got ${named.length} to choose from.`);
}

/** The operation and each fragment it reaches, once. */
export function reachableDefinitions(
  definition: OperationDefinitionNode,
  fragments: Fragments,
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

/** Any directive but @skip and @include would need a meaning we do not give it, @defer above all. */
function conditionVariablesOf(nodes: readonly (OperationDefinitionNode | FragmentDefinitionNode)[]): readonly string[] {
  const variables = new Set<string>();
  for (const node of nodes) {
    visit(node, {
      Directive(directive) {
        if (directive.name.value !== 'skip' && directive.name.value !== 'include') {
          throw refusal(`the directive @${directive.name.value}`);
        }
        const condition = conditionOf(directive);
        if (condition?.kind === Kind.VARIABLE) variables.add(condition.name.value);
      },
    });
  }
  return [...variables].sort();
}

function conditionOf(directive: DirectiveNode) {
  return directive.arguments?.find((argument) => argument.name.value === 'if')?.value;
}

/** Takes out what these values of the condition variables leave out, and the conditions of what stays. */
export function resolveConditions(
  { kind, rootType, definition, fragments }: Operation,
  isTrue: (variable: string) => boolean,
): ResolvedOperation {
  const isIncluded = (directive: DirectiveNode): boolean => {
    const condition = conditionOf(directive);
    const value =
      condition?.kind === Kind.VARIABLE
        ? isTrue(condition.name.value)
        : condition?.kind === Kind.BOOLEAN && condition.value;
    return directive.name.value === 'include' ? value : !value;
  };
  const resolve = <T extends OperationDefinitionNode | FragmentDefinitionNode>(node: T): T =>
    visit(node, {
      enter(inner) {
        if (inner.kind !== Kind.FIELD && inner.kind !== Kind.INLINE_FRAGMENT && inner.kind !== Kind.FRAGMENT_SPREAD)
          return;
        if (inner.directives === undefined || inner.directives.length === 0) return;
        return inner.directives.every(isIncluded) ? { ...inner, directives: [] } : null;
      },
    }) as T;
  const resolved = new Map([...fragments].map(([name, fragment]) => [name, resolve(fragment)]));
  return { kind, rootType, definition: resolve(definition), fragments: resolved };
}
