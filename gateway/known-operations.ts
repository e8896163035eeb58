/**
 * Operations that were parsed, validated, within the limits and answered once: asked again in the same words, they are executed at once.
 * Only the plain form of a request is looked up; every other, and whatever goes wrong, is Apollo's. Must not execute or answer.
 */
import type { HTTPGraphQLRequest } from '@apollo/server';
import type { DocumentNode } from 'graphql';

export interface PlainRequest {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Record<string, unknown>;
  readonly extensions: Record<string, unknown> | undefined;
  /** As the client sent it; it decides the answer's content type. */
  readonly accept: string | undefined;
}

export interface KnownOperation {
  readonly document: DocumentNode;
  /** The one that runs: its own name, be it asked for or not. */
  readonly name: string | undefined;
  /** As the client sent it. */
  readonly operationName: string | undefined;
  readonly accept: string | undefined;
  /** Of the answer, as Apollo gave them: they depend on `accept` and on the schema alone. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface KnownOperations {
  find(request: PlainRequest): KnownOperation | undefined;
  remember(request: PlainRequest, operation: Pick<KnownOperation, 'document' | 'name' | 'headers'>): void;
}

/** The least recently used goes first. */
const MAX_KNOWN = 1_000;
/** Longer ones are parsed each time, so that all together hold no more than some megabytes. */
const MAX_QUERY_LENGTH = 8_192;

export function createKnownOperations(): KnownOperations {
  const known = new Map<string, KnownOperation>();
  return {
    find({ query, operationName, accept }) {
      const operation = known.get(query);
      if (operation === undefined || operation.operationName !== operationName || operation.accept !== accept) {
        return undefined;
      }
      known.delete(query);
      known.set(query, operation);
      return operation;
    },
    remember({ query, operationName, accept }, operation) {
      if (query.length > MAX_QUERY_LENGTH) return;
      known.delete(query);
      known.set(query, { ...operation, operationName, accept });
      if (known.size > MAX_KNOWN) known.delete(known.keys().next().value as string);
    },
  };
}

/** undefined: anything but a POST of JSON with parts of the right kind, which Apollo refuses or reads in its own way. */
export function readPlainRequest({ method, headers, body }: HTTPGraphQLRequest): PlainRequest | undefined {
  if (method !== 'POST' || !isRecord(body)) return undefined;
  const { query, operationName, variables, extensions } = body;
  if (typeof query !== 'string' || query === '') return undefined;
  if (!isMissing(operationName) && typeof operationName !== 'string') return undefined;
  if (!isMissing(variables) && !isRecord(variables)) return undefined;
  if (!isMissing(extensions) && (!isRecord(extensions) || 'persistedQuery' in extensions)) return undefined;
  return {
    query,
    operationName: operationName ?? undefined,
    variables: variables ?? {},
    extensions: extensions ?? undefined,
    accept: headers.get('accept'),
  };
}

function isMissing(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
