/**
 * A subgraph's endpoint in one process: a request and its verified policy in, a GraphQL response out, with what was withheld,
 * masked or stale beside it. Must not verify, sign or route; over HTTP `serve.ts` does that.
 */
import { execute, parse, validate } from 'graphql';
import type { DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema } from 'graphql';
import { createPrivacyReport } from '../schema/enforce';
import type { EnforcementContext, PrivacyNote } from '../schema/enforce';
import type { MaybePromise } from '../schema/maybe-promise';
import type { RequestPolicy } from '../schema/request-policy';
import { compileQuery } from './compiled-query';
import { createRequestReads } from './read-log';
import type { ReadAudit } from './read-log';
import type { CompiledQuery } from './compiled-query';

export interface SubgraphRequest {
  readonly query: string;
  readonly operationName?: string;
  readonly variables: Record<string, unknown>;
}

/** A stored record that is older than asked for, answered because its source could not be asked. */
export type StaleNote = {
  readonly path: ReadonlyArray<string | number>;
  readonly source: string;
  /** UTC, ISO 8601. */
  readonly fetchedAt: string;
};

/** A record that was fetched for this request and told something the decision rests on, which had been taken before. */
export type RedecideNote = { readonly path: ReadonlyArray<string | number>; readonly source: string };

export interface SubgraphResponse {
  data?: Record<string, unknown> | null;
  errors?: NonNullable<ExecutionResult['errors']>;
  extensions?: {
    privacy: {
      withheld: PrivacyNote[];
      masked: PrivacyNote[];
      /** Absent when there are none. */
      observed?: PrivacyNote[];
      stale: StaleNote[];
      redecide: RedecideNote[];
    };
  };
}

/** Takes what is to be done when nobody waits for the answer any more. The last one given counts. */
export type WhenUnwanted = (giveUp: () => void) => void;

export type SubgraphEndpoint = (
  request: SubgraphRequest,
  policy: RequestPolicy | undefined,
  whenUnwanted?: WhenUnwanted,
) => Promise<SubgraphResponse>;

export interface RequestScope extends EnforcementContext {
  readonly whenUnwanted: WhenUnwanted | undefined;
  readonly stale: StaleNote[];
  readonly redecide: RedecideNote[];
}

/** Documents come from our own gateway, which sends few distinct ones; this bounds what a misbehaving one can cost. */
const MAX_DOCUMENTS = 1_000;

/** Errors: throws for a schema that was defined without policy. */
export function createEndpoint<Context extends EnforcementContext>(options: {
  readonly schema: GraphQLSchema;
  /** Completes the context of one request. */
  readonly contextOf: (scope: RequestScope) => Context;
  /** Takes what was read into the audit trail. */
  readonly audit?: Pick<ReadAudit, 'note'> | undefined;
}): SubgraphEndpoint {
  const { schema, contextOf, audit } = options;
  // Whatever serves a subgraph, in this process or by itself, comes through here.
  if (schema.extensions.policy === 'none') {
    throw new Error('Expected an enforced schema, but this one is defined with policy: none, which is for tests.');
  }
  const known = new Map<string, CompiledQuery>();

  const compiled = (query: string, operationName: string | undefined): CompiledQuery => {
    const key = operationName === undefined ? query : `${operationName}\n${query}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    if (known.size >= MAX_DOCUMENTS) known.clear();
    const made = compile(schema, query, operationName);
    known.set(key, made);
    return made;
  };

  return async ({ query, operationName, variables }, policy, whenUnwanted) => {
    const privacy = createPrivacyReport();
    const stale: StaleNote[] = [];
    const redecide: RedecideNote[] = [];
    const reads = audit === undefined || policy === undefined ? undefined : createRequestReads();
    const context = contextOf({ policy, privacy, stale, redecide, reads, whenUnwanted });
    const result = (await compiled(query, operationName)(variables, context)) as SubgraphResponse;
    if (reads !== undefined && policy !== undefined) audit?.note(policy, reads);
    const { withheld, masked, observed } = privacy.notes;
    if ([withheld, masked, observed, stale, redecide].some((notes) => notes.length > 0)) {
      const seen = observed.length > 0 ? { observed } : {};
      return { ...result, extensions: { privacy: { withheld, masked, ...seen, stale, redecide } } };
    }
    return result;
  };
}

/** A document that is refused is known as well: its answer is always the same. */
function compile(schema: GraphQLSchema, query: string, operationName: string | undefined): CompiledQuery {
  let document: DocumentNode;
  try {
    document = parse(query);
  } catch (error) {
    return () => ({ errors: [error as GraphQLError] });
  }
  const errors = validate(schema, document);
  if (errors.length > 0) return () => ({ errors });
  return (
    compileQuery(schema, document, operationName) ??
    ((variableValues, contextValue) =>
      execute({
        schema,
        document,
        variableValues,
        operationName: operationName ?? null,
        contextValue,
      }) as MaybePromise<ExecutionResult>)
  );
}
