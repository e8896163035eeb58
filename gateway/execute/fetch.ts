/**
 * How the executor reaches a subgraph: the signature every transport has, and the transport within one process.
 * Must not know of plans, of entities or of what an answer means; it carries a request there and an answer back.
 */
import { execute, parse, type DocumentNode, type GraphQLSchema } from 'graphql';
import type { RequestPolicy } from '../../schema/request-policy';

export interface SubgraphRequest {
  readonly query: string;
  readonly operationName?: string;
  readonly variables: Record<string, unknown>;
}

/** Per client request, opaque to the executor: handed to the transport as it is. */
export interface RequestContext {
  readonly policy?: RequestPolicy;
  /** Unix time in milliseconds when the client stops waiting. */
  readonly deadlineAt: number;
  readonly signal?: AbortSignal;
  readonly requestId: string;
}

/**
 * Something a subgraph says about a place in its answer (withheld, masked, stale …).
 *
 * Shape: `path` is local to the subgraph's answer; the executor relocates it to the client's path as it does error paths.
 */
export interface LocatedNote {
  readonly path: ReadonlyArray<string | number>;
  readonly [key: string]: unknown;
}

export interface SubgraphError {
  readonly message: string;
  readonly path?: ReadonlyArray<string | number>;
  readonly extensions?: Record<string, unknown>;
}

export interface SubgraphResponse {
  data?: Record<string, unknown> | null;
  errors?: ReadonlyArray<SubgraphError>;
  extensions?: { privacy?: Record<string, ReadonlyArray<LocatedNote>> } & Record<string, unknown>;
}

/** Carries one request to one subgraph. Errors: rejects when no answer came; the executor turns that into SUBGRAPH_UNAVAILABLE. */
export type SubgraphTransport = (request: SubgraphRequest, context: RequestContext) => Promise<SubgraphResponse>;

export interface InProcessOptions<ContextValue> {
  /** The subgraph's executable schema, `_entities` included. */
  readonly schema: GraphQLSchema;
  /** Makes the resolvers' context value for one subgraph request. Default: the request context itself. */
  readonly createContext?: (context: RequestContext) => ContextValue;
  /** Read from that context value when the operation is done: what becomes `extensions` of the answer. */
  readonly extensionsOf?: (contextValue: ContextValue) => SubgraphResponse['extensions'];
}

/** Documents kept parsed per subgraph. A gateway sends the texts of its cached plans, so that few are seen only once. */
const PARSED_DOCUMENTS = 1_000;

/** A transport that runs the operation in this process with graphql-js. The documents are the planner's own, so they are not validated again. */
export function inProcessTransport<ContextValue = RequestContext>(
  options: InProcessOptions<ContextValue>,
): SubgraphTransport {
  const { schema, createContext, extensionsOf } = options;
  const documents = new Map<string, DocumentNode>();

  const documentOf = (query: string): DocumentNode => {
    const known = documents.get(query);
    if (known !== undefined) return known;
    const document = parse(query, { noLocation: true });
    if (documents.size >= PARSED_DOCUMENTS) documents.delete(documents.keys().next().value as string);
    documents.set(query, document);
    return document;
  };

  return async (request, context) => {
    const contextValue = createContext === undefined ? (context as ContextValue) : createContext(context);
    const result = await execute({
      schema,
      document: documentOf(request.query),
      operationName: request.operationName,
      variableValues: request.variables,
      contextValue,
    });
    const extensions = extensionsOf?.(contextValue);
    return { ...(result as SubgraphResponse), ...(extensions === undefined ? {} : { extensions }) };
  };
}
