/**
 * The federation executor: from a supergraph and a transport per subgraph to prepared operations and their results.
 * Assembly only: reading is operation.ts, planning plan.ts, running compile.ts, writing project.ts. Must not authenticate,
 * limit or decide policy: the request context goes to the transports as it is.
 */
import { execute, getVariableValues, GraphQLError, type DocumentNode, type GraphQLSchema } from 'graphql';
import { facetError } from '../../schema/errors';
import type { Subgraph } from './call';
import { compilePlan, type Step } from './compile';
import { toGraphQLError, withoutRepeats } from './failure';
import type { LocatedNote, RequestContext, SubgraphTransport } from './fetch';
import { readOperation, resolveConditions, type Operation, type ResolvedOperation } from './operation';
import { createPlanCache, type PlanCacheFigures } from './plan-cache';
import { introspectionDocument, plannedText } from './planned-document';
import { createPlanner } from './planner';
import { compileProjection, type Project } from './project';
import { refuseUnorderedMutations } from './mutation-order';
import { refusal } from './refusal';
import { refuseUnansweredRequirements } from './required-fields';
import { createRun, type Run } from './run';
import { readSupergraph } from './schemas';
import { collectSelection, type SelectionSet } from './selection';
import type { StoredPlans } from './stored-plans';

export interface Executor {
  /** The API schema: without @inaccessible, join__, link__ … Callers validate against it. */
  readonly publicSchema: GraphQLSchema;
  /**
   * Plans and compiles, or finds what was: an operation is planned once per document and name.
   *
   * Errors: OPERATION_UNSUPPORTED when a part of it could not be executed; GRAPHQL_VALIDATION_FAILED when there is no such operation.
   */
  prepare(document: DocumentNode, operationName?: string): PreparedOperation;
  /**
   * Has what `prepare` needs planned beside this thread, for many operations at once. Never rejects for what the operation is: `prepare`
   * says so.
   */
  planAhead(document: DocumentNode, operationName?: string): Promise<void>;
  readonly planCache: PlanCacheFigures;
}

export interface PreparedOperation {
  readonly kind: 'query' | 'mutation';
  /** Never rejects for a subgraph's trouble: that is an error at each place it touches. */
  execute(variables: Record<string, unknown>, context: RequestContext): Promise<GatewayResult>;
}

export interface GatewayResult {
  data: Record<string, unknown> | null;
  /** Each with `extensions.code`, and `extensions.serviceName` where a subgraph is the reason. */
  errors?: GraphQLError[];
  /** The subgraphs' lists of notes, merged by name, at the client's paths. */
  privacy?: Record<string, LocatedNote[]>;
}

export interface ExecutorOptions {
  readonly supergraphSdl: string;
  /** By subgraph name as in `@join__graph(name:)`; each of the supergraph's must be there. */
  readonly transports: Readonly<Record<string, SubgraphTransport>>;
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
  const planner = createPlanner(options);
  const subgraphs = new Map<string, Subgraph>();
  for (const name of schemas.subgraphNames) {
    const transport = Object.hasOwn(transports, name) ? transports[name] : undefined;
    if (typeof transport !== 'function') {
      throw new TypeError(`Expected transports["${name}"] to be a function, got ${typeof transport}.`);
    }
    subgraphs.set(name, { name, transport, timeoutMs });
  }

  const prepareNew = (document: DocumentNode, operationName: string | undefined): PreparedOperation => {
    const operation = readOperation(document, operationName, schemas);
    return prepareOperation(operation, schemas.full, (isTrue) => {
      const resolved = resolveConditions(operation, isTrue);
      const text = plannedText(resolved, schemas.full);
      const plan = text === undefined ? undefined : planner.plan(text);
      if (plan !== undefined) refuseUnansweredRequirements(plan);
      if (plan !== undefined && operation.kind === 'mutation') refuseUnorderedMutations(plan, resolved);
      const selectionSet = collectSelection(resolved, schemas.full);
      return {
        selectionSet,
        introspect: compileIntrospection(resolved, schemas.public),
        step: plan && compilePlan(plan, { schema: schemas.full, subgraphs, maxRepresentations }),
        project: compileProjection(selectionSet, schemas.public),
      };
    });
  };

  const cache = createPlanCache(planCacheSize);
  return {
    publicSchema: schemas.public,
    prepare: (document, operationName) => cache.get(document, operationName, () => prepareNew(document, operationName)),
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
  };
}

/** What is left to do per request: one for each outcome of the operation's conditions. */
interface Compiled {
  readonly selectionSet: SelectionSet;
  readonly introspect: ((run: Run) => void) | undefined;
  readonly step: Step | undefined;
  readonly project: Project;
}

/** Outcomes of conditions that are compiled when an operation is prepared: all of up to three variables'. */
const COMPILED_AT_ONCE = 8;
/** Outcomes kept per operation; with six variables and fewer that is all of them. */
const COMPILED_KEPT = 64;
/** An outcome is one bit per variable of a 32-bit number. */
const MOST_CONDITION_VARIABLES = 30;

/**
 * With more condition variables than are compiled at once, an outcome is compiled when it first occurs. Where it cannot be executed
 * the result is then the refusal alone.
 */
function prepareOperation(
  operation: Operation,
  schema: GraphQLSchema,
  compile: (isTrue: (variable: string) => boolean) => Compiled,
): PreparedOperation {
  const { kind, variableDefinitions, conditionVariables } = operation;
  const compiled = new Map<number, Compiled>();

  const compiledFor = (outcome: number): Compiled => {
    const known = compiled.get(outcome);
    if (known !== undefined) return known;
    const made = compile(truthIn(operation, outcome));
    if (compiled.size >= COMPILED_KEPT) compiled.clear();
    compiled.set(outcome, made);
    return made;
  };
  const outcomeOf = (variables: Record<string, unknown>): number => {
    let outcome = 0;
    for (let index = 0; index < conditionVariables.length; index++) {
      if (variables[conditionVariables[index] as string] === true) outcome |= 1 << index;
    }
    return outcome;
  };
  if (conditionVariables.length > MOST_CONDITION_VARIABLES) {
    throw refusal(
      `${conditionVariables.length} variables in @skip and @include, more than ${MOST_CONDITION_VARIABLES}`,
    );
  }
  forEachOutcome(operation, (_isTrue, outcome) => compiledFor(outcome));

  return {
    kind,
    async execute(variables, context) {
      const { coerced, errors } = getVariableValues(schema, variableDefinitions, variables);
      if (coerced === undefined) return { data: null, errors: (errors ?? []).map(toBadUserInput) };
      let selected: Compiled;
      try {
        selected = compiledFor(outcomeOf(coerced));
      } catch (error) {
        if (error instanceof GraphQLError) return { data: null, errors: [error] };
        throw error;
      }
      const { selectionSet, introspect, step, project } = selected;
      const run = createRun(coerced, context, selectionSet);
      introspect?.(run);
      const pending = step?.(run);
      if (pending !== undefined) await pending;
      const data = project(run.tree, run.failures);
      const result: GatewayResult = { data };
      if (run.failures.length > 0) result.errors = withoutRepeats(run.failures).map(toGraphQLError);
      if (run.notes !== undefined) result.privacy = run.notes;
      return result;
    },
  };
}

/** What each condition variable is in this outcome: one bit each. */
function truthIn({ conditionVariables }: Operation, outcome: number): (variable: string) => boolean {
  return (variable) => (outcome & (1 << conditionVariables.indexOf(variable))) !== 0;
}

/** The outcomes that are compiled at once. */
function forEachOutcome(
  operation: Operation,
  visit: (isTrue: (variable: string) => boolean, outcome: number) => void,
): void {
  const outcomes = Math.min(2 ** operation.conditionVariables.length, COMPILED_AT_ONCE);
  for (let outcome = 0; outcome < outcomes; outcome++) visit(truthIn(operation, outcome), outcome);
}

/** Answers `__schema` and `__type` from the public schema, under the tree's keys. */
function compileIntrospection(operation: ResolvedOperation, publicSchema: GraphQLSchema): Compiled['introspect'] {
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

function toBadUserInput(error: GraphQLError): GraphQLError {
  return facetError('BAD_USER_INPUT', error.message);
}

function positiveInteger(name: string, value: number): number {
  if (Number.isInteger(value) && value > 0) return value;
  throw new TypeError(`Expected ${name} to be a positive integer, got ${String(value)}.`);
}
