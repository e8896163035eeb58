/**
 * Which entities one fetch asks about: finds the objects along the plan's paths, and writes each distinct representation once.
 * Must not send anything.
 */
import { isAbstractType, type GraphQLSchema } from 'graphql';
import { Verbatim, type Tree } from './graft';
import type { EntitySelection, PathStep, PlanPath, RequiredSelection, TypeRename } from './plan';

/** Types by name, and what the abstract ones among them can be: an interface object is answered under the interface's name. */
export function typeNamesBelow(schema: GraphQLSchema, names: readonly string[]): ReadonlySet<string> {
  return new Set(
    names.flatMap((name) => {
      const type = schema.getType(name);
      return isAbstractType(type) ? [name, ...schema.getPossibleTypes(type).map((possible) => possible.name)] : [name];
    }),
  );
}

export interface Representations {
  /** The objects of the tree that the answers are grafted onto, found along each path in turn. */
  readonly objects: readonly Tree[];
  readonly distinct: readonly Record<string, unknown>[];
  /** For each representation, where in `objects` those are that it stands for. An object that cannot be asked about is in none. */
  readonly positionsOf: readonly (readonly number[])[];
}

export type CollectRepresentations = (tree: Tree) => Representations;

export function compileRepresentations(entities: EntitySelection, schema: GraphQLSchema): CollectRepresentations {
  const walks = entities.paths.map((path) => compileWalk(path, schema));
  const represent = compileRequired(entities.requires, schema);
  const rename = compileRenames(entities.renames, schema);

  return (tree) => {
    const objects: Tree[] = [];
    for (const walk of walks) walk(tree, objects);
    const distinct: Record<string, unknown>[] = [];
    const positionsOf: number[][] = [];
    const admission: Admission = { latest: new Map(), before: [] };
    for (let position = 0; position < objects.length; position++) {
      const representation: Record<string, unknown> = {};
      if (!represent(objects[position] as Tree, representation)) continue;
      rename?.(representation);
      const index =
        objects.length === 1 ? distinct.push(representation) - 1 : admit(representation, distinct, admission);
      const positions = positionsOf[index];
      if (positions === undefined) positionsOf.push([position]);
      else positions.push(position);
    }
    return { objects, distinct, positionsOf };
  };
}

function compileRenames(
  renames: readonly TypeRename[],
  schema: GraphQLSchema,
): ((representation: Record<string, unknown>) => void) | undefined {
  if (renames.length === 0) return undefined;
  const names = new Map(
    renames.flatMap(({ types, to }) => [...typeNamesBelow(schema, types)].map((name) => [name, to])),
  );
  return (representation) => {
    representation.__typename = names.get(representation.__typename as string) ?? representation.__typename;
  };
}

/** Longer values are left out of what is looked up: hashing an opaque scalar costs more than comparing the few that remain. */
const LOOKUP_CHARACTERS = 64;

/** Finds the equal one among those admitted before. */
interface Admission {
  /** The latest by what it is looked up by; `before` leads on from each to the one before it, -1 ends. */
  readonly latest: Map<string, number>;
  readonly before: number[];
}

/** The index of an equal representation already admitted, or of this one as a new one. */
function admit(
  representation: Record<string, unknown>,
  distinct: Record<string, unknown>[],
  { latest, before }: Admission,
): number {
  const lookup = lookupOf(representation);
  const known = latest.get(lookup) ?? -1;
  for (let index = known; index >= 0; index = before[index] as number) {
    if (isEqual(distinct[index], representation)) return index;
  }
  latest.set(lookup, distinct.length);
  before.push(known);
  return distinct.push(representation) - 1;
}

/** An id tells nearly all apart by itself; what it does not, `isEqual` does. */
function lookupOf(representation: Record<string, unknown>): string {
  const id = wordsOf(representation.id);
  if (typeof id === 'string' && id.length <= LOOKUP_CHARACTERS) return id;
  let lookup = '';
  for (const key in representation) {
    const value = wordsOf(representation[key]);
    if (typeof value === 'string' ? value.length <= LOOKUP_CHARACTERS : typeof value === 'number')
      lookup += `${value}\n`;
  }
  return lookup;
}

function wordsOf(value: unknown): unknown {
  return value instanceof Verbatim ? value.text : value;
}

function isEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every(
    (key) =>
      Object.hasOwn(right, key) &&
      isEqual((left as Record<string, unknown>)[key], (right as Record<string, unknown>)[key]),
  );
}

type Walk = (value: unknown, found: Tree[]) => void;

function compileWalk(path: PlanPath, schema: GraphQLSchema): Walk {
  return path.reduceRight<Walk>((next, step) => compileStep(step, next, schema), collectObject);
}

const collectObject: Walk = (value, found) => {
  if (isObject(value)) found.push(value);
};

function compileStep(step: PathStep, next: Walk, schema: GraphQLSchema): Walk {
  if (step.kind === 'field') {
    const { key } = step;
    return (value, found) => {
      if (isObject(value)) next(value[key], found);
    };
  }
  if (step.kind === 'types') {
    const names = typeNamesBelow(schema, step.names);
    return (value, found) => {
      if (isObject(value) && names.has(value.__typename as string)) next(value, found);
    };
  }
  // One '@' stands for a list of any depth.
  const elements: Walk = (value, found) => {
    if (!Array.isArray(value)) return next(value, found);
    for (let index = 0; index < value.length; index++) elements(value[index], found);
  };
  return elements;
}

/** Writes what is required of an object to a representation; false when something required was not answered. */
type Represent = (source: Tree, target: Record<string, unknown>) => boolean;

function compileRequired(selections: readonly RequiredSelection[], schema: GraphQLSchema): Represent {
  const writers = selections.map((selection) => compileRequiredSelection(selection, schema));
  const fragmentsOnly = selections.every((selection) => selection.kind === 'fragment');
  return (source, target) => {
    for (let index = 0; index < writers.length; index++) {
      if (!(writers[index] as Represent)(source, target)) return false;
    }
    // No fragment of its type: the fetch has nothing to ask of this entity.
    return !fragmentsOnly || target.__typename !== undefined;
  };
}

function compileRequiredSelection(selection: RequiredSelection, schema: GraphQLSchema): Represent {
  if (selection.kind === 'fragment') {
    const names = typeNamesBelow(schema, [selection.type]);
    const represent = compileRequiredFields(selection.selections, schema);
    return (source, target) => {
      if (!names.has(source.__typename as string)) return true;
      return represent(source, target);
    };
  }
  const { from, to, selections } = selection;
  const represent = selections && compileRequiredBelow(selections, schema);
  return (source, target) => {
    const value = represent === undefined ? source[from] : requiredBelow(source[from], represent);
    if (value === undefined) return false;
    target[to] = value;
    return true;
  };
}

/** What lies within: where fields depend on the type, the type goes with them, or the subgraph could not tell what it was given. */
function compileRequiredBelow(selections: readonly RequiredSelection[], schema: GraphQLSchema): Represent {
  const represent = compileRequiredFields(selections, schema);
  if (selections.every(({ kind }) => kind === 'field')) return represent;
  return (source, target) => {
    if (source.__typename !== undefined) target.__typename = source.__typename;
    return represent(source, target);
  };
}

function compileRequiredFields(selections: readonly RequiredSelection[], schema: GraphQLSchema): Represent {
  const writers = selections.map((selection) => compileRequiredSelection(selection, schema));
  return (source, target) => {
    for (let index = 0; index < writers.length; index++) {
      if (!(writers[index] as Represent)(source, target)) return false;
    }
    return true;
  };
}

/** The required part of a nested object or list; null stays null, undefined says it was not answered. */
function requiredBelow(value: unknown, represent: Represent): unknown {
  if (value === undefined || value === null) return value;
  // All that is required, and nothing else: see verbatim.ts.
  if (value instanceof Verbatim) return value;
  if (Array.isArray(value)) {
    const elements = new Array<unknown>(value.length);
    for (let index = 0; index < value.length; index++) {
      const element = requiredBelow(value[index], represent);
      if (element === undefined) return undefined;
      elements[index] = element;
    }
    return elements;
  }
  const target: Record<string, unknown> = {};
  return isObject(value) && represent(value, target) ? target : undefined;
}

function isObject(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
