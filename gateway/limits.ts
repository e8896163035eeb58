/**
 * Limits of client operations: tokens before parsing, shape after validation, cost with the variables. Trusted documents are
 * measured when they are registered, and skip cost. Must not look at who asks.
 */
import { getNamedType, isCompositeType, isObjectType, Kind, visit } from 'graphql';
import type {
  DocumentNode,
  FieldNode,
  GraphQLSchema,
  OperationDefinitionNode,
  SelectionSetNode,
  ValueNode,
} from 'graphql';
import type { GraphQLCompositeType } from 'graphql';
import { facetError } from '../schema/errors';

export interface OperationLimits {
  readonly depth: number;
  readonly fields: number;
  readonly aliases: number;
  readonly rootFields: number;
  readonly directives: number;
  /** One per object an answer can hold; leaves are free. */
  readonly cost: number;
}

/** Tokens of a document, checked by the parser. */
export const MAX_TOKENS = 1_000;
export const MAX_BODY_BYTES = 100 * 1024;
/** A webhook holds at most a hundred events, or one record. */
export const MAX_WEBHOOK_BYTES = 512 * 1024;
export const MAX_HEADER_BYTES = 16 * 1024;
/** Items of an `ids` argument outside template routes. */
const MAX_IDS = 100;
/** Ids in one batch of a template route. */
export const MAX_BATCH_IDS = 1_000;
/** `first` of a connection whose page size is a variable that was not given. */
const DEFAULT_PAGE = 20;

export const LIMITS: Readonly<Record<'production' | 'development', OperationLimits>> = {
  production: { depth: 10, fields: 200, aliases: 15, rootFields: 20, directives: 20, cost: 1_000 },
  development: { depth: 15, fields: 200, aliases: 15, rootFields: 20, directives: 20, cost: 1_000 },
};

interface Measure {
  depth: number;
  fields: number;
  aliases: number;
  directives: number;
  cost: number;
}

/** Errors: LIMIT_EXCEEDED, naming the limit, what is allowed and what came. */
export function checkLimits(
  operation: {
    readonly schema: GraphQLSchema;
    readonly document: DocumentNode;
    readonly operationName?: string | null;
  },
  variables: Readonly<Record<string, unknown>>,
  limits: OperationLimits,
): void {
  const definition = operationOf(operation.document, operation.operationName);
  const root = definition && operation.schema.getRootType(definition.operation);
  if (definition === undefined || !root) return;
  refuseOver('root fields', limits.rootFields, definition.selectionSet.selections.length);

  const measure: Measure = { depth: 0, fields: 0, aliases: 0, directives: 0, cost: 0 };
  const walk = (selectionSet: SelectionSetNode, parent: GraphQLCompositeType, depth: number, multiplier: number) => {
    measure.depth = Math.max(measure.depth, depth);
    refuseOver('depth', limits.depth, measure.depth);
    for (const selection of selectionSet.selections) {
      measure.directives += selection.directives?.length ?? 0;
      if (selection.kind === Kind.FIELD) visitField(selection, parent, depth, multiplier);
      else {
        const fragment =
          selection.kind === Kind.INLINE_FRAGMENT ? selection : fragmentOf(operation.document, selection.name.value);
        const condition = fragment?.typeCondition?.name.value;
        const type = condition === undefined ? parent : operation.schema.getType(condition);
        if (fragment !== undefined && isCompositeType(type)) walk(fragment.selectionSet, type, depth, multiplier);
      }
      refuseOver('fields', limits.fields, measure.fields);
      refuseOver('aliases', limits.aliases, measure.aliases);
      refuseOver('directives', limits.directives, measure.directives);
    }
  };
  const visitField = (field: FieldNode, parent: GraphQLCompositeType, depth: number, multiplier: number) => {
    // The schema is answered from memory, and only to those who may read it: what is asked of it costs nothing.
    if (INTROSPECTION.has(field.name.value)) return;
    measure.fields += 1;
    measure.aliases += field.alias === undefined ? 0 : 1;
    const definitionOf = isObjectType(parent) ? parent.getFields()[field.name.value] : undefined;
    const type = definitionOf && getNamedType(definitionOf.type);
    if (field.selectionSet === undefined || !isCompositeType(type)) return;
    const size = multiplier * listSizeOf(field, variables);
    measure.cost += size;
    refuseOver('cost', limits.cost, measure.cost);
    walk(field.selectionSet, type, depth + 1, size);
  };
  walk(definition.selectionSet, root, 1, 1);
}

const INTROSPECTION = new Set(['__schema', '__type']);

/** Does any operation ask for the schema itself, be it through fragments? */
export function usesIntrospection(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Field: ({ name }) => {
      found ||= INTROSPECTION.has(name.value);
    },
  });
  return found;
}

/** How many objects a field can answer: its page size, or the number of ids asked. */
function listSizeOf(field: FieldNode, variables: Readonly<Record<string, unknown>>): number {
  const argument = (name: string) => {
    const node = field.arguments?.find((each) => each.name.value === name);
    if (node === undefined) return undefined;
    return node.value.kind === Kind.VARIABLE ? variables[node.value.name.value] : literalOf(node.value);
  };
  const ids = argument('ids');
  if (Array.isArray(ids)) {
    refuseOver('ids', MAX_IDS, ids.length);
    return Math.max(1, ids.length);
  }
  const first = argument('first');
  if (typeof first === 'number') return Math.max(1, first);
  return first === undefined ? 1 : DEFAULT_PAGE;
}

function literalOf(node: ValueNode): unknown {
  if (node.kind === Kind.INT) return Number(node.value);
  return node.kind === Kind.LIST ? node.values : undefined;
}

function operationOf(document: DocumentNode, name: string | null | undefined): OperationDefinitionNode | undefined {
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  return name ? operations.find((operation) => operation.name?.value === name) : operations[0];
}

function fragmentOf(document: DocumentNode, name: string) {
  return document.definitions
    .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
    .find((fragment) => fragment.name.value === name);
}

function refuseOver(what: string, allowed: number, came: number): void {
  if (came > allowed) {
    throw facetError('LIMIT_EXCEEDED', `Expected at most ${allowed} (${what}), but the operation has ${came}.`);
  }
}
