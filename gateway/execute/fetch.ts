/**
 * How the executor reaches a subgraph: the signature every transport has, and the transport within one process.
 * Must not know of plans, of entities or of what an answer means; it carries a request there and an answer back.
 */
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

/** A subgraph in this process, as whoever starts it hands it over. */
export type InProcessEndpoint = (
  request: SubgraphRequest,
  policy: RequestPolicy | undefined,
) => Promise<SubgraphResponse>;

/** The transport within one process: the policy is handed over as it is, with no signature and no bytes between. */
export function inProcessTransport(endpoint: InProcessEndpoint): SubgraphTransport {
  return (request, { policy }) => endpoint(request, policy);
}
