/**
 * A query or mutation made ready: from variables to the result. Must not plan.
 */
import { execute, type GraphQLError, type GraphQLSchema } from 'graphql';
import { toGraphQLError, withoutRepeats } from './failure';
import type { LocatedNote, RequestContext } from './fetch';
import type { ResolvedOperation } from './operation';
import type { CompiledOutcome, Outcomes } from './outcomes';
import { introspectionDocument } from './planned-document';
import { createRun, type Run } from './run';

export interface PreparedOperation {
  readonly kind: 'query' | 'mutation';
  /** Never rejects for a subgraph's trouble: that is an error at each place it touches. */
  execute(variables: Record<string, unknown>, context: RequestContext): Promise<GatewayResult>;
}

export interface GatewayResult {
  /** The data as JSON, since most of it is only sent on; `null` where there is none. See `dataOf`. */
  dataText: string;
  /** Each with `extensions.code`, and `extensions.serviceName` where a subgraph is the reason. */
  errors?: GraphQLError[];
  /** The subgraphs' lists of notes, merged by name, at the client's paths. */
  privacy?: Record<string, LocatedNote[]>;
}

export function prepareOperation(kind: PreparedOperation['kind'], outcomes: Outcomes): PreparedOperation {
  return {
    kind,
    async execute(variables, context) {
      const chosen = outcomes.choose(variables);
      if (chosen.outcome === undefined) return { dataText: 'null', errors: chosen.errors };
      const { outcome } = chosen;
      const run = createRun(chosen.variables, context, outcome.selectionSet);
      outcome.introspect?.(run);
      const pending = outcome.step?.(run);
      if (pending !== undefined) await pending;
      return resultOf(run, outcome);
    },
  };
}

/** For those who look into it. */
export function dataOf({ dataText }: GatewayResult): Record<string, unknown> | null {
  return JSON.parse(dataText) as Record<string, unknown> | null;
}

/** Once everything that was asked for has come. */
export function resultOf(run: Run, { project }: CompiledOutcome): GatewayResult {
  const result: GatewayResult = { dataText: project(run.tree, run.failures) };
  if (run.failures.length > 0) result.errors = withoutRepeats(run.failures).map(toGraphQLError);
  if (run.notes !== undefined) result.privacy = run.notes;
  return result;
}

/** Answers `__schema` and `__type` from the public schema, under the tree's keys. */
export function compileIntrospection(
  operation: ResolvedOperation,
  publicSchema: GraphQLSchema,
): CompiledOutcome['introspect'] {
  const document = introspectionDocument(operation);
  if (document === undefined) return undefined;
  return (run) => {
    // graphql-js answers at once when no resolver is asynchronous, and those of introspection are not.
    const { data } = execute({ schema: publicSchema, document, variableValues: run.variables }) as {
      data?: Record<string, unknown>;
    };
    for (const field of run.selectionSet.of(operation.rootType.name)?.fields ?? []) {
      if (field.isIntrospection) run.tree[field.answerKey] = data?.[field.responseKey];
    }
  };
}
