/**
 * A subscription's document, turned into the query that reads one change: `customerChanged(ids, fields, after)` becomes the internal
 * `customerChange(cursor, fields)` with the same selection. Pure. Must not execute.
 */
import { getArgumentValues, isObjectType, Kind, parse, visit } from 'graphql';
import type { DocumentNode, FieldNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { facetError } from '../schema/errors';

/** Variables that carry the cursor and the fields: names no client's document holds by accident. */
export const CURSOR_VARIABLE = 'facetCursor__';
export const FIELDS_VARIABLE = 'facetFields__';

const ASKED = parse(`query ($${CURSOR_VARIABLE}: Cursor!, $${FIELDS_VARIABLE}: [String!]) {
  customerChange(cursor: $${CURSOR_VARIABLE}, fields: $${FIELDS_VARIABLE}) { cursor }
}`).definitions[0] as OperationDefinitionNode;

export interface SubscriptionReading {
  readonly operation: DocumentNode;
  /** Name of the one field of its answer. */
  readonly root: string;
  /** The customers asked for; null: all. */
  readonly ids: readonly string[] | null;
  /** Fields of Customer whose changes are asked for; null: all. */
  readonly fields: readonly string[] | null;
  /** The cursor to go on after; null: from now on. */
  readonly after: string | null;
}

/** Errors: GRAPHQL_VALIDATION_FAILED unless the subscription has the one root field customerChanged; BAD_USER_INPUT for a field that Customer lacks. */
export function readSubscription(
  schema: GraphQLSchema,
  asked: {
    readonly document: DocumentNode;
    readonly operationName: string | null;
    readonly variableValues: Record<string, unknown>;
  },
): SubscriptionReading {
  const { definitions } = asked.document;
  const fragments = definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
  const subscription = definitions
    .filter((node) => node.kind === Kind.OPERATION_DEFINITION)
    .find(({ name }) => asked.operationName === null || name?.value === asked.operationName);
  const root = subscription?.selectionSet.selections[0];
  const field = schema.getSubscriptionType()?.getFields().customerChanged;
  if (root?.kind !== Kind.FIELD || root.name.value !== 'customerChanged' || field === undefined) {
    throw facetError('GRAPHQL_VALIDATION_FAILED', 'Expected the one root field customerChanged.');
  }
  const {
    ids = null,
    fields = null,
    after = null,
  } = getArgumentValues(field, root, asked.variableValues) as {
    ids?: string[] | null;
    fields?: string[] | null;
    after?: unknown;
  };
  const customer = schema.getType('Customer');
  const known = isObjectType(customer) ? customer.getFields() : {};
  const unknown = fields?.find((name) => !Object.hasOwn(known, name));
  if (unknown !== undefined) {
    throw facetError('BAD_USER_INPUT', 'Argument "fields" takes names of fields of Customer, but got another one.');
  }
  if (after !== null && typeof after !== 'string') {
    throw facetError('BAD_USER_INPUT', 'Argument "after" takes a cursor that the change feed gave.');
  }

  const selection: FieldNode = {
    ...(ASKED.selectionSet.selections[0] as FieldNode),
    alias: root.alias ?? { kind: Kind.NAME, value: root.name.value },
    ...(root.selectionSet === undefined ? {} : { selectionSet: root.selectionSet }),
  };
  const query = { ...ASKED, selectionSet: { kind: Kind.SELECTION_SET as const, selections: [selection] } };
  const used = variablesIn({ kind: Kind.DOCUMENT, definitions: [query, ...fragments] });
  const declared = (subscription?.variableDefinitions ?? []).filter(({ variable }) => used.has(variable.name.value));
  const variableDefinitions = [...(ASKED.variableDefinitions ?? []), ...declared];
  return {
    operation: { kind: Kind.DOCUMENT, definitions: [{ ...query, variableDefinitions }, ...fragments] },
    root: (root.alias ?? root.name).value,
    ...{ ids, fields, after },
  };
}

function variablesIn(document: DocumentNode): Set<string> {
  const names = new Set<string>();
  visit(document, {
    Variable: ({ name }) => {
      names.add(name.value);
    },
  });
  return names;
}
