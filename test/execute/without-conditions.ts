/**
 * An operation without what its variables skip, and the answer to it as if nothing had been taken out. So that who reads past @skip and
 * @include can be asked what is left of it. Must not know who answers.
 */
import {
  getDirectiveValues,
  getVariableValues,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  visit,
  type DocumentNode,
  type GraphQLSchema,
  type SelectionNode,
} from 'graphql';
import type { Answered } from './world-graph';

/** Stands in for a selection set of which nothing is left, since there are no empty ones. */
const NOTHING = 'nothing__';

export function withoutConditions(
  document: DocumentNode,
  apiSchema: GraphQLSchema,
  variables: Record<string, unknown>,
): DocumentNode {
  const operation = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
  const { coerced = {} } = getVariableValues(apiSchema, operation?.variableDefinitions ?? [], variables);
  const isSkipped = (node: SelectionNode) =>
    getDirectiveValues(GraphQLSkipDirective, node, coerced)?.if === true ||
    getDirectiveValues(GraphQLIncludeDirective, node, coerced)?.if === false;
  return visit(document, {
    Field: (node) => (isSkipped(node) ? null : undefined),
    InlineFragment: (node) => (isSkipped(node) ? null : undefined),
    FragmentSpread: (node) => (isSkipped(node) ? null : undefined),
    Directive: ({ name }) => (name.value === 'skip' || name.value === 'include' ? null : undefined),
    SelectionSet: {
      leave: (node) => (node.selections.length > 0 ? undefined : { ...node, selections: [PLACEHOLDER] }),
    },
  });
}

const PLACEHOLDER = {
  kind: Kind.FIELD as const,
  alias: { kind: Kind.NAME as const, value: NOTHING },
  name: { kind: Kind.NAME as const, value: '__typename' },
};

export function withoutPlaceholders({ data, ...rest }: Answered): Answered {
  return { data: stripped(data), ...rest };
}

function stripped(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(stripped);
  const entries = Object.entries(value).filter(([key]) => key !== NOTHING);
  return Object.fromEntries(entries.map(([key, below]) => [key, stripped(below)]));
}
