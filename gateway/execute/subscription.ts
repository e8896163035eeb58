/**
 * Subscriptions over subgraphs: a source stream of one subgraph, and for each of its events the rest of the plan.
 * Implements "CreateSourceEventStream" and "MapSourceToResponseEvent" of the GraphQL specification (§6.2.3.1, §6.2.3.2).
 * Must not hold events back: the next is asked for when the last has been taken.
 */
import { takeRootAnswer } from './answer';
import { readAnswerShape } from './answer-shape';
import { unavailable, type Answerer } from './failure';
import type { RequestContext, SubgraphRequest, SubgraphResponse } from './fetch';
import type { Outcomes } from './outcomes';
import type { FetchNode, PlanNode } from './plan';
import { resultOf, type GatewayResult } from './prepared-operation';
import { refusal } from './refusal';
import { createRun, type Run } from './run';

/**
 * Subscribes at one subgraph. It is told to stop by `return()`, and while it waits for an event by the context's reader.
 *
 * Errors: throws when the stream breaks; that ends the subscription.
 */
export type SourceStream = (request: SubgraphRequest, context: RequestContext) => AsyncIterable<SubgraphResponse>;

export interface PreparedSubscription {
  /**
   * `contextOf` makes the context of the source stream, then one for each event: a deadline or a policy is never older than that.
   *
   * Errors: an operation that cannot begin, and a stream that breaks, give one last result with the errors.
   */
  subscribe(
    variables: Record<string, unknown>,
    contextOf: () => RequestContext,
  ): AsyncGenerator<GatewayResult, void, void>;
}

export interface OpenSource {
  open(variables: Record<string, unknown>, context: RequestContext): AsyncIterable<SubgraphResponse>;
  take(run: Run, answer: SubgraphResponse): void;
  /** The stream broke: every field it would have answered. */
  fail(run: Run): void;
}

/** The source stream's fetch, and what is to be done for each event. */
export function takeSource(plan: PlanNode | undefined): { source: FetchNode; rest: PlanNode | undefined } {
  const [first, ...others] = plan?.kind === 'sequence' ? plan.nodes : plan === undefined ? [] : [plan];
  if (first?.kind !== 'subscription') throw refusal('a subscription whose plan does not begin with one');
  return { source: first.primary, rest: others.length === 0 ? undefined : { kind: 'sequence', nodes: others } };
}

/** Errors: OPERATION_UNSUPPORTED when that subgraph has no source stream. */
export function compileSource(
  node: FetchNode,
  sourceStreams: Readonly<Record<string, SourceStream>>,
  subgraphs: ReadonlyMap<string, Answerer>,
): OpenSource {
  const { serviceName, operation: query, variableUsages } = node;
  const sourceStream = Object.hasOwn(sourceStreams, serviceName) ? sourceStreams[serviceName] : undefined;
  const subgraph = subgraphs.get(serviceName);
  if (sourceStream === undefined || subgraph === undefined)
    throw refusal(`a subscription of ${serviceName}, which has no source stream`);
  const shape = readAnswerShape(query);
  return {
    open(variables, context) {
      const used = variableUsages.filter((name) => Object.hasOwn(variables, name));
      return sourceStream(
        { query, variables: Object.fromEntries(used.map((name) => [name, variables[name]])) },
        context,
      );
    },
    take: (run, answer) => takeRootAnswer(run, subgraph, { answer }, shape),
    fail: (run) => {
      const trouble = unavailable(serviceName, 'the source stream broke');
      takeRootAnswer(run, subgraph, { trouble }, shape);
    },
  };
}

export function prepareSubscription(outcomes: Outcomes): PreparedSubscription {
  return {
    async *subscribe(given, contextOf) {
      const chosen = outcomes.choose(given);
      if (chosen.outcome === undefined) return yield { dataText: 'null', errors: chosen.errors };
      const { outcome, variables } = chosen;
      const source = outcome.openSource as OpenSource;
      try {
        for await (const answer of source.open(variables, contextOf())) {
          const run = createRun(variables, contextOf(), outcome.selectionSet);
          source.take(run, answer);
          const pending = outcome.step?.(run);
          if (pending !== undefined) await pending;
          yield resultOf(run, outcome);
        }
      } catch {
        // Its reason stays here: it may name hosts.
        const run = createRun(variables, contextOf(), outcome.selectionSet);
        source.fail(run);
        yield resultOf(run, outcome);
      }
    },
  };
}
