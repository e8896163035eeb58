/**
 * From a call's body to a document that is valid against our schema, and the ids it asks for. Documents are remembered:
 * connectors send the same few. It must not execute anything.
 */
import {
  buildSchema,
  getOperationAST,
  parse,
  validate,
  valueFromASTUntyped,
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { VendorRequest } from '../vendor';
import { SHOPIFY_SDL } from './sdl';

export const SCHEMA: GraphQLSchema = buildSchema(SHOPIFY_SDL);

export type ReadDocument =
  | { kind: 'valid'; document: DocumentNode; operation: OperationDefinitionNode; variables: Record<string, unknown> }
  | { kind: 'wrong'; errors: readonly GraphQLError[] }
  | { kind: 'unreadable' };

const MAX_REMEMBERED = 500;

/** Creates a reader. Shape: `unreadable` is a body without a query, `wrong` one whose query our schema refuses. */
export function createDocumentReader(): (request: VendorRequest) => ReadDocument {
  const remembered = new Map<string, { document: DocumentNode } | { errors: readonly GraphQLError[] }>();
  const check = (query: string): { document: DocumentNode } | { errors: readonly GraphQLError[] } => {
    try {
      const document = parse(query, { maxTokens: 10_000 });
      const errors = validate(SCHEMA, document);
      return errors.length > 0 ? { errors } : { document };
    } catch (error) {
      return { errors: [error as GraphQLError] };
    }
  };
  return (request) => {
    const body = parseBody(request);
    if (typeof body?.query !== 'string') return { kind: 'unreadable' };
    let checked = remembered.get(body.query);
    if (!checked) {
      if (remembered.size >= MAX_REMEMBERED) remembered.clear();
      remembered.set(body.query, (checked = check(body.query)));
    }
    if ('errors' in checked) return { kind: 'wrong', errors: checked.errors };
    const operation = getOperationAST(checked.document, body.operationName ?? undefined);
    if (!operation) return { kind: 'unreadable' };
    return { kind: 'valid', document: checked.document, operation, variables: body.variables ?? {} };
  };
}

interface Body {
  query?: unknown;
  operationName?: string | null;
  variables?: Record<string, unknown> | null;
}

function parseBody(request: VendorRequest): Body | undefined {
  if ((request.headers['content-type'] ?? '').includes('application/graphql')) return { query: request.body };
  try {
    const value: unknown = JSON.parse(request.body);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The ids in the root fields' `id`, `ids`, `identifier` and `query: "id:…"` arguments, as written. */
export function idsIn(read: ReadDocument): string[] {
  if (read.kind !== 'valid') return [];
  return read.operation.selectionSet.selections.flatMap((selection) => {
    if (selection.kind !== 'Field') return [];
    return (selection.arguments ?? []).flatMap((argument): string[] => {
      const value: unknown = valueFromASTUntyped(argument.value, read.variables);
      const name = argument.name.value;
      if (name === 'ids' && Array.isArray(value)) return value.map(String);
      if ((name === 'id' || name === 'customerId') && typeof value === 'string') return [value];
      if (name === 'identifier') return Object.values((value ?? {}) as Record<string, unknown>).map(String);
      if (name !== 'query' || typeof value !== 'string') return [];
      return [...value.matchAll(/(?:^|[\s(])id:['"]?(\d+)/g)].map((match) => match[1]!);
    });
  });
}
