/**
 * A subscription's document, turned into the query that reads one change: `customerChanged(ids)` becomes the internal
 * `customerChange(cursor)` with the same selection. Pure. Must not execute.
 */
import { getArgumentValues, Kind, parse, visit } from 'graphql';
import type { DocumentNode, FieldNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { facetError } from '../schema/errors';

/** Variable that carries the cursor: a name no client's document holds by accident. */
export const CURSOR_VARIABLE = 'facetCursor__';

const ASKED = parse(`query ($${CURSOR_VARIABLE}: Cursor!) { customerChange(cursor: $${CURSOR_VARIABLE}) { cursor } }`)
  .definitions[0] as OperationDefinitionNode;

export interface SubscriptionReading {
  readonly operation: DocumentNode;
  /** The customers asked for; null: all. */
  readonly ids: readonly string[] | null;
}

/** Errors: GRAPHQL_VALIDATION_FAILED unless the subscription has the one root field customerChanged. */
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
  const { ids } = getArgumentValues(field, root, asked.variableValues) as { ids?: string[] | null };

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
    ids: ids ?? null,
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
