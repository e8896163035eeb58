/**
 * From a plan to closures, once per plan: what is left per request is to run them.
 * Must not look into an answer (see answer.ts), and must not see a plan part that parsePlan did not admit.
 */
import type { GraphQLSchema } from 'graphql';
import { readAnswerShape, type AnswerShape } from './answer-shape';
import { takeEntityAnswer, takeRootAnswer, type EntityAnswer } from './answer';
import { call, type Subgraph } from './call';
import type { Tree } from './graft';
import { placesAlong, rootPlace, type Place } from './locate';
import type { EntityFetchNode, EntitySelection, FetchNode, PlanNode } from './plan';
import { refusal } from './refusal';
import { compileRepresentations, typeNamesBelow, type Representations } from './representations';
import type { Run } from './run';
import type { CompileVerbatim } from './verbatim';

/** One plan node made ready. undefined: there was nothing to wait for. */
export type Step = (run: Run) => Promise<void> | undefined;

export interface CompileOptions {
  readonly schema: GraphQLSchema;
  readonly subgraphs: ReadonlyMap<string, Subgraph>;
  readonly maxRepresentations: number;
  readonly compileVerbatim: CompileVerbatim;
}

export function compilePlan(node: PlanNode, options: CompileOptions): Step {
  switch (node.kind) {
    case 'fetch':
      return compileFetch(node, options);
    case 'entityFetch':
      return compileEntityFetch(node, options);
    case 'subscription':
      throw refusal('a subscription within a plan');
    case 'sequence':
      return inSequence(node.nodes.map((inner) => compilePlan(inner, options)));
    case 'parallel': {
      // A mutation waits until what earlier mutations answered is read: they happen one after the other, in the plan's order.
      const mutations = node.nodes.filter(hasMutation).map((inner) => compilePlan(inner, options));
      const reads = node.nodes.filter((inner) => !hasMutation(inner)).map((inner) => compilePlan(inner, options));
      return mutations.length === 0 ? inParallel(reads) : inSequence([inParallel(reads), ...mutations]);
    }
  }
}

function hasMutation(node: PlanNode): boolean {
  if (node.kind === 'fetch') return node.isMutation;
  return (node.kind === 'sequence' || node.kind === 'parallel') && node.nodes.some(hasMutation);
}

function inSequence(steps: readonly Step[]): Step {
  if (steps.length === 1) return steps[0] as Step;
  return async (run) => {
    for (const step of steps) {
      const pending = step(run);
      if (pending !== undefined) await pending;
    }
  };
}

function inParallel(steps: readonly Step[]): Step {
  if (steps.length === 1) return steps[0] as Step;
  return (run) => {
    const pending: Promise<void>[] = [];
    for (const step of steps) {
      const started = step(run);
      if (started !== undefined) pending.push(started);
    }
    return pending.length < 2 ? pending[0] : Promise.all(pending).then(ignore);
  };
}

function ignore(): void {}

function subgraphOf(name: string, { subgraphs }: CompileOptions): Subgraph {
  const subgraph = subgraphs.get(name);
  if (subgraph === undefined) throw refusal(`a fetch from ${JSON.stringify(name)}, a subgraph without a transport`);
  return subgraph;
}

function compileFetch(node: FetchNode, options: CompileOptions): Step {
  const subgraph = subgraphOf(node.serviceName, options);
  const shape = readAnswerShape(node.operation);
  const [only, ...others] = shape;
  const readVerbatim =
    only?.shape !== undefined && others.length === 0
      ? options.compileVerbatim({ answerKey: only.key, paths: [[{ kind: 'field', key: only.key }]], shape: only.shape })
      : undefined;
  return async (run) => {
    const variables = pickVariables(node.variableUsages, run);
    const request = { query: node.operation, variables, ...(readVerbatim && { readVerbatim }) };
    takeRootAnswer(run, subgraph, await call(subgraph, request, run.context, !node.isMutation), shape);
  };
}

interface CompiledEntities {
  readonly selection: EntitySelection;
  readonly collect: (run: Run) => Representations;
  readonly shape: AnswerShape;
  readonly covers: ReadonlySet<string>;
}

function compileEntityFetch(node: EntityFetchNode, options: CompileOptions): Step {
  const subgraph = subgraphOf(node.serviceName, options);
  const root = readAnswerShape(node.operation);
  const compiled = node.entities.map((selection): CompiledEntities => {
    const shape = root.find((field) => field.key === selection.answerKey)?.shape ?? [];
    const covers = new Set(shape.map((field) => field.key));
    return { selection, collect: collectOnce(selection, options.schema), shape, covers };
  });
  const [only, ...others] = compiled;
  const readVerbatim =
    only !== undefined && others.length === 0
      ? options.compileVerbatim({ ...only.selection, shape: only.shape })
      : undefined;
  const { maxRepresentations } = options;
  const possibleTypes = (names: readonly string[]): ReadonlySet<string> => typeNamesBelow(options.schema, names);

  return (run) => {
    const found = compiled.map((entities) => entities.collect(run));
    const most = Math.max(...found.map(({ distinct }) => distinct.length));
    if (most === 0) return undefined;
    const places = compiled.map((entities, at) =>
      createPlaces(run, entities, found[at] as Representations, possibleTypes),
    );

    const askSlice = async (start: number): Promise<void> => {
      const variables = pickVariables(node.variableUsages, run);
      const answers = compiled.map((entities, at): EntityAnswer => {
        const { distinct } = found[at] as Representations;
        const slice = most <= maxRepresentations ? distinct : distinct.slice(start, start + maxRepresentations);
        variables[entities.selection.representationsVariable] = slice;
        const { objectsOf, placesOf } = places[at] as Places;
        return {
          answerKey: entities.selection.answerKey,
          shape: entities.shape,
          covers: entities.covers,
          representations: slice,
          objectsOf: (index) => objectsOf(start + index),
          placesOf: (index) => (index < slice.length ? placesOf(start + index) : []),
        };
      });
      const request = { query: node.operation, variables, ...(readVerbatim && { readVerbatim }) };
      const outcome = await call(subgraph, request, run.context, true);
      takeEntityAnswer(run, subgraph, outcome, answers);
    };

    if (most <= maxRepresentations) return askSlice(0);
    const slices: Promise<void>[] = [];
    for (let start = 0; start < most; start += maxRepresentations) slices.push(askSlice(start));
    return Promise.all(slices).then(ignore);
  };
}

/** Fetches that require the same of the same objects send the same list, not only an equal one: a transport may write it once. */
function collectOnce(selection: EntitySelection, schema: GraphQLSchema): (run: Run) => Representations {
  const collect = compileRepresentations(selection, schema);
  const key = JSON.stringify([selection.paths, selection.requires, selection.renames]);
  return (run) => {
    const known = run.collected.get(key);
    if (known !== undefined) return known;
    const found = collect(run.tree);
    run.collected.set(key, found);
    return found;
  };
}

interface Places {
  objectsOf(index: number): readonly Tree[];
  placesOf(index: number): readonly Place[];
}

/** From a representation back to what it stands for; response paths are only made when one is asked for. */
function createPlaces(
  run: Run,
  { selection }: CompiledEntities,
  { objects, positionsOf }: Representations,
  possibleTypes: (names: readonly string[]) => ReadonlySet<string>,
): Places {
  let places: Place[] | undefined;
  return {
    objectsOf: (index) => (positionsOf[index] ?? []).map((position) => objects[position] as Tree),
    placesOf(index) {
      places ??= selection.paths.flatMap((path) =>
        placesAlong(rootPlace(run.selectionSet, run.tree), path, possibleTypes),
      );
      return (positionsOf[index] ?? []).map((position) => (places as Place[])[position] as Place);
    },
  };
}

function pickVariables(names: readonly string[], run: Run): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const name of names) if (Object.hasOwn(run.variables, name)) picked[name] = run.variables[name];
  return picked;
}
