/**
 * The federation executor: from a supergraph and a transport per subgraph to prepared operations and their results.
 * Assembly only: reading is operation.ts, planning plan.ts, running compile.ts, writing project.ts. Must not authenticate,
 * limit or decide policy: the request context goes to the transports as it is.
 */
import type { DocumentNode, GraphQLSchema } from 'graphql';
import type { Subgraph } from './call';
import { compilePlan } from './compile';
import type { SubgraphTransport } from './fetch';
import type { Line } from './line';
import { refuseUnorderedMutations } from './mutation-order';
import { readOperation, resolveConditions, type Operation } from './operation';
import { compileOutcomes, forEachOutcome, type CompiledOutcome, type IsTrue } from './outcomes';
import { createPlanCache, type PlanCacheFigures } from './plan-cache';
import { plannedText } from './planned-document';
import { createPlanner } from './planner';
import { compileIntrospection, prepareOperation, type PreparedOperation } from './prepared-operation';
import { compileProjection } from './project';
import { refusal } from './refusal';
import { refuseUnansweredRequirements } from './required-fields';
import { readRequirements } from './requirements';
import { readSupergraph } from './schemas';
import { collectSelection } from './selection';
import type { StoredPlans } from './stored-plans';
import {
  compileSource,
  prepareSubscription,
  takeSource,
  type PreparedSubscription,
  type SourceStream,
} from './subscription';
import { prepareVerbatim } from './verbatim';

export interface Executor {
  /** The API schema: without @inaccessible, join__, link__ … Callers validate against it. */
  readonly publicSchema: GraphQLSchema;
  /**
   * Plans and compiles, or finds what was: an operation is planned once per document and name.
   *
   * Errors: OPERATION_UNSUPPORTED when a part of it could not be executed; GRAPHQL_VALIDATION_FAILED when there is no such operation.
   */
  prepare(document: DocumentNode, operationName?: string): PreparedOperation;
  /** The same for a subscription; not kept. Errors: also when the subgraph it is of has no source stream. */
  prepareSubscription(document: DocumentNode, operationName?: string): PreparedSubscription;
  /**
   * Has what `prepare` needs planned beside this thread, for many operations at once. Never rejects for what the operation is: `prepare`
   * says so.
   */
  planAhead(document: DocumentNode, operationName?: string): Promise<void>;
  readonly planCache: PlanCacheFigures;
  /** To subgraphs over the network, by name. */
  readonly lines: ReadonlyMap<string, Line>;
}

export { dataOf } from './prepared-operation';
export type { GatewayResult, PreparedOperation } from './prepared-operation';

export interface ExecutorOptions {
  readonly supergraphSdl: string;
  /** By subgraph name as in `@join__graph(name:)`; each of the supergraph's must be there. */
  readonly transports: Readonly<Record<string, SubgraphTransport>>;
  /** By subgraph name: those that can be subscribed to. Default none: subscriptions are refused by name. */
  readonly sourceStreams?: Readonly<Record<string, SourceStream>>;
  /** Default 800: how long one call may take, if the request's deadline does not end it before. */
  readonly subgraphTimeoutMs?: number;
  /** Default 100: the most representations in one `_entities` field; more are asked for in parallel calls. */
  readonly maxRepresentations?: number;
  /** Default 1,000: plans kept, the least recently used goes first. */
  readonly planCacheSize?: number;
  /** Plans made beforehand; see `stored-plans.ts`. */
  readonly storedPlans?: StoredPlans | undefined;
  /** Told each plan that is made or found, as the planner gives it. */
  readonly onPlanned?: ((operation: string, plan: unknown) => void) | undefined;
}

/** Errors: throws when the supergraph cannot be read, a transport is missing or a number is not a positive integer. */
export function createExecutor(options: ExecutorOptions): Executor {
  const { supergraphSdl, transports } = options;
  const timeoutMs = positiveInteger('subgraphTimeoutMs', options.subgraphTimeoutMs ?? 800);
  const maxRepresentations = positiveInteger('maxRepresentations', options.maxRepresentations ?? 100);
  const planCacheSize = positiveInteger('planCacheSize', options.planCacheSize ?? 1_000);
  const schemas = readSupergraph(supergraphSdl);
  const requirementsOf = readRequirements(schemas.full);
  const planner = createPlanner(options);
  const subgraphs = new Map<string, Subgraph>();
  const lines = new Map<string, Line>();
  for (const name of schemas.subgraphNames) {
    const transport = Object.hasOwn(transports, name) ? transports[name] : undefined;
    if (typeof transport !== 'function') {
      throw new TypeError(`Expected transports["${name}"] to be a function, got ${typeof transport}.`);
    }
    subgraphs.set(name, { name, isOurs: transport.isOurs === true, transport, timeoutMs });
    if (transport.line !== undefined) lines.set(name, transport.line);
  }

  const isSentAsJson = [...subgraphs.values()].every(({ transport }) => transport.sendsJson === true);
  const compileOptions = { schema: schemas.full, subgraphs, maxRepresentations };
  const compileOutcome = (operation: Operation, isTrue: IsTrue): CompiledOutcome => {
    const resolved = resolveConditions(operation, isTrue);
    const text = plannedText(resolved, schemas.full);
    const plan = text === undefined ? undefined : planner.plan(text);
    if (plan !== undefined) refuseUnansweredRequirements(plan, requirementsOf);
    if (plan !== undefined && operation.kind === 'mutation') refuseUnorderedMutations(plan, resolved);
    const { source, rest } = operation.kind === 'subscription' ? takeSource(plan) : { source: undefined, rest: plan };
    const selectionSet = collectSelection(resolved, schemas.full);
    const compileVerbatim = prepareVerbatim({ plan, selectionSet, publicSchema: schemas.public, isSentAsJson });
    return {
      selectionSet,
      introspect: compileIntrospection(resolved, schemas.public),
      openSource: source && compileSource(source, options.sourceStreams ?? {}, subgraphs),
      step: rest && compilePlan(rest, { ...compileOptions, compileVerbatim }),
      project: compileProjection(selectionSet, schemas.public),
    };
  };
  const compileOperation = (operation: Operation) =>
    compileOutcomes(operation, schemas, (isTrue) => compileOutcome(operation, isTrue));

  const cache = createPlanCache(planCacheSize);
  return {
    publicSchema: schemas.public,
    prepare: (document, operationName) =>
      cache.get(document, operationName, () => {
        const operation = readOperation(document, operationName, schemas);
        if (operation.kind === 'subscription') throw refusal('a subscription');
        return prepareOperation(operation.kind, compileOperation(operation));
      }),
    prepareSubscription(document, operationName) {
      const operation = readOperation(document, operationName, schemas);
      if (operation.kind !== 'subscription') throw refusal(`a ${operation.kind} instead of a subscription`);
      return prepareSubscription(compileOperation(operation));
    },
    async planAhead(document, operationName) {
      const texts = new Set<string>();
      try {
        const operation = readOperation(document, operationName, schemas);
        forEachOutcome(operation, (isTrue) => {
          const text = plannedText(resolveConditions(operation, isTrue), schemas.full);
          if (text !== undefined) texts.add(text);
        });
      } catch {
        return;
      }
      await Promise.all([...texts].map(planner.planAhead));
    },
    planCache: cache.figures,
    lines,
  };
}

function positiveInteger(name: string, value: number): number {
  if (Number.isInteger(value) && value > 0) return value;
  throw new TypeError(`Expected ${name} to be a positive integer, got ${String(value)}.`);
}
