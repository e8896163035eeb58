/**
 * The federation executor: from a supergraph and a transport per subgraph to prepared operations and their results.
 * Assembly only: reading is operation.ts, planning plan.ts, running compile.ts, writing project.ts. Must not authenticate,
 * limit or decide policy: the request context goes to the transports as it is.
 */
import { execute, getVariableValues, print, type DocumentNode, type GraphQLError, type GraphQLSchema } from 'graphql';
import { facetError } from '../../schema/errors';
import type { Subgraph } from './call';
import { compilePlan, nothingToFetch, type Step } from './compile';
import { toGraphQLError, withoutRepeats } from './failure';
import type { LocatedNote, RequestContext, SubgraphTransport } from './fetch';
import { readOperation, type Operation } from './operation';
import { createPlanner } from './plan';
import { compileProjection, type Project } from './project';
import { refuseUnorderedMutations } from './mutation-order';
import { createRun, type Run } from './run';
import { readSupergraph } from './schemas';
import { collectSelection, type SelectionSet } from './selection';

export interface Executor {
  /** The API schema: without @inaccessible, join__, link__ … Callers validate against it. */
  readonly publicSchema: GraphQLSchema;
  /**
   * Plans and compiles, or finds what was: an operation is planned once per document and name.
   *
   * Errors: OPERATION_UNSUPPORTED when a part of it could not be executed; GRAPHQL_VALIDATION_FAILED when there is no such operation.
   */
  prepare(document: DocumentNode, operationName?: string): PreparedOperation;
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
}

/** Errors: throws when the supergraph cannot be read, a transport is missing or a number is not a positive integer. */
export function createExecutor(options: ExecutorOptions): Executor {
  const { supergraphSdl, transports } = options;
  const timeoutMs = positiveInteger('subgraphTimeoutMs', options.subgraphTimeoutMs ?? 800);
  const maxRepresentations = positiveInteger('maxRepresentations', options.maxRepresentations ?? 100);
  const planCacheSize = positiveInteger('planCacheSize', options.planCacheSize ?? 1_000);
  const schemas = readSupergraph(supergraphSdl);
  const planner = createPlanner(supergraphSdl);
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
    const plan = operation.planned === undefined ? undefined : planner.plan(operation.planned);
    if (plan !== undefined && operation.kind === 'mutation') refuseUnorderedMutations(plan, operation);
    const step =
      plan === undefined ? nothingToFetch : compilePlan(plan, { schema: schemas.full, subgraphs, maxRepresentations });
    return prepared(operation, step, schemas.full, schemas.public);
  };

  const plans = new Map<string, PreparedOperation>();
  // Callers that keep a document, as for trusted ones, are spared the printing.
  const byDocument = new WeakMap<DocumentNode, Map<string | undefined, PreparedOperation>>();
  return {
    publicSchema: schemas.public,
    prepare(document, operationName) {
      const known = byDocument.get(document)?.get(operationName);
      if (known !== undefined) return known;
      const key = JSON.stringify([operationName, print(document)]);
      const operation = plans.get(key) ?? prepareNew(document, operationName);
      plans.delete(key);
      plans.set(key, operation);
      if (plans.size > planCacheSize) plans.delete(plans.keys().next().value as string);
      const names = byDocument.get(document) ?? new Map<string | undefined, PreparedOperation>();
      byDocument.set(document, names.set(operationName, operation));
      return operation;
    },
  };
}

/** Selections kept per plan: one for each set of values of the variables in @skip and @include that was seen. */
const SELECTIONS_PER_PLAN = 64;

function prepared(
  operation: Operation,
  step: Step,
  full: GraphQLSchema,
  publicSchema: GraphQLSchema,
): PreparedOperation {
  const { conditionVariables } = operation;
  const variableDefinitions = operation.definition.variableDefinitions ?? [];
  const introspect = compileIntrospection(operation, publicSchema);
  const selections = new Map<string, { selectionSet: SelectionSet; project: Project }>();

  const selectionFor = (variables: Record<string, unknown>) => {
    let key = '';
    for (const name of conditionVariables) key += variables[name] === true ? '1' : '0';
    const known = selections.get(key);
    if (known !== undefined) return known;
    // Only Booleans decide, and the selection outlives the request: it must not keep the client's other values.
    const conditions = Object.fromEntries(conditionVariables.map((name) => [name, variables[name] === true]));
    const selectionSet = collectSelection(operation, full, conditions);
    const selection = { selectionSet, project: compileProjection(selectionSet, publicSchema) };
    if (selections.size >= SELECTIONS_PER_PLAN) selections.clear();
    selections.set(key, selection);
    return selection;
  };

  return {
    kind: operation.kind,
    async execute(variables, context) {
      const { coerced, errors } = getVariableValues(full, variableDefinitions, variables);
      if (coerced === undefined) return { data: null, errors: (errors ?? []).map(toBadUserInput) };
      const { selectionSet, project } = selectionFor(coerced);
      const run = createRun(coerced, context, selectionSet);
      introspect?.(run);
      const pending = step(run);
      if (pending !== undefined) await pending;
      const data = project(run.tree, run.failures);
      const result: GatewayResult = { data };
      if (run.failures.length > 0) result.errors = withoutRepeats(run.failures).map(toGraphQLError);
      if (run.notes !== undefined) result.privacy = run.notes;
      return result;
    },
  };
}

/** Answers `__schema` and `__type` from the public schema, under the tree's keys. */
function compileIntrospection(operation: Operation, publicSchema: GraphQLSchema): ((run: Run) => void) | undefined {
  const document = operation.introspection;
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
