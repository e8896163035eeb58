/**
 * Why Hive's router runtime 1.4 may answer otherwise than we do, each with the clause that decides. What none of these explains is a
 * mistake of ours until shown otherwise. Of the differences from the graph as a whole there is one to explain, and it is an error too.
 */
import { isDeepStrictEqual } from 'node:util';
import { Kind, print, type DocumentNode, type GraphQLSchema } from 'graphql';
import { completed, isOfCompletion, landings } from './compare';
import type { Answered } from './world-graph';

export interface Asked {
  readonly subgraphs: readonly string[];
  readonly representations: readonly string[];
}

export interface Difference {
  readonly document: DocumentNode;
  readonly variables: Record<string, unknown>;
  readonly apiSchema: GraphQLSchema;
  readonly ours: Answered;
  readonly hive: Answered;
  /** What each asked, and of whom. */
  readonly askedByUs: Asked;
  readonly askedByHive: Asked;
}

export const CLAUSES = {
  completion:
    'GraphQL §6.4.3, §6.4.4: values are completed, and a null in a non-null place moves up; Hive passes on what came.',
  silence: 'GraphQL §6.4.4: what cannot be completed is a field error; Hive answers null without one.',
  wholeFetch:
    'GraphQL §7.1.2: `path` leads to each field that has no value; of a failed call Hive reports one, without indices.',
  indices: 'GraphQL §7.1.2: `path` holds every list index; Hive leaves out those of lists within lists.',
  skipped: 'GraphQL §6.3.2: what is skipped is not executed; Hive asks for some of it and reports its errors.',
  nothingLeft:
    'GraphQL §6.3.2: an object of which everything is skipped is an object without fields; Hive answers null.',
  rootFragments:
    'GraphQL §6.3.2: a fragment on the root type applies; Hive loses its fields beside a root `__typename`.',
  representations:
    'Federation, @requires: a representation holds every required field; Hive leaves out nulls, and asks though one has no answer.',
} as const;
export type Clause = keyof typeof CLAUSES;

/** undefined: no clause explains it. No clause at all: there is no difference. */
export async function explain(difference: Difference): Promise<readonly Clause[] | undefined> {
  const { document, variables, apiSchema, ours, hive } = difference;
  const emptied: Answered = { ...ours, data: withoutEmptyObjects(ours.data) as Answered['data'] };
  if (!isEqual(ours.data, hive.data) && isSkipping(document) && isEqual(emptied.data, hive.data)) {
    const others = await explain({ ...difference, ours: emptied });
    return others && ['nothingLeft', ...others];
  }
  const used: Clause[] = [];
  const fixed = await completed(hive, document, apiSchema, variables);
  if (!isEqual(ours.data, hive.data)) {
    if (!isEqual(ours.data, fixed.data)) return explainedByInput(difference);
    used.push('completion');
  }
  if (isDeepStrictEqual(landings(ours), landings(fixed))) return used;

  const coded = [withoutCompletion(ours), withoutCompletion(fixed)] as const;
  if (isDeepStrictEqual(landings(coded[0]), landings(coded[1]))) return [...used, 'silence'];
  const isUnreached = (answer: Answered) => answer.errors?.some(isOfWholeFetch) === true;
  const reached = coded.map((answer) => ({
    ...answer,
    errors: answer.errors?.filter((each) => !isOfWholeFetch(each)) ?? [],
  }));
  const [left, right] = reached as [Answered, Answered];
  if (isUnreached(ours) === isUnreached(hive) && isDeepStrictEqual(landings(left), landings(right))) {
    return [...used, 'wholeFetch'];
  }
  if (isSameWithoutIndices(left, right)) return [...used, 'indices'];
  const shown = { ...right, errors: right.errors?.filter(({ path }) => isInData(right.data, path ?? [])) ?? [] };
  if (isDeepStrictEqual(landings(left), landings(shown))) return [...used, 'skipped'];
  return explainedByInput(difference);
}

/** Where the two have not asked the same questions, or not read the same fields, there is nothing further to compare. */
function explainedByInput({ document, askedByUs, askedByHive }: Difference): readonly Clause[] | undefined {
  if (isSkipping(document) && !isDeepStrictEqual(askedByUs, askedByHive)) return ['skipped'];
  if (!isDeepStrictEqual(askedByUs.representations, askedByHive.representations)) return ['representations'];
  const [operation] = document.definitions;
  const selections = operation?.kind === Kind.OPERATION_DEFINITION ? operation.selectionSet.selections : [];
  const hasTypename = selections.some((node) => node.kind === Kind.FIELD && node.name.value === '__typename');
  return hasTypename && selections.some(({ kind }) => kind !== Kind.FIELD) ? ['rootFragments'] : undefined;
}

/**
 * The planner asks an interface object's subgraph for what fragments select of some types of all its entities, since it cannot tell them
 * apart; a non-null field that fails of one it was not selected of is then an error at, and takes with it, the object that was selected
 * (§6.4.4). True where that is all that differs: nulls of ours, each with an error of a subgraph at that very place.
 */
export function isAskedOfAllTypes(document: DocumentNode, ours: Answered, whole: Answered): boolean {
  if (!/\.\.\.\s*on /.test(print(document))) return false;
  const places = placesOfOwnNulls(ours.data, whole.data, []);
  if (places === undefined || places.length === 0) return false;
  const isTold = (place: Path) =>
    ours.errors?.some(
      ({ path, extensions }) => isDeepStrictEqual(path, place) && typeof extensions?.serviceName === 'string',
    ) === true;
  const elsewhere = (answer: Answered): Answered => ({
    data: ours.data,
    errors:
      answer.errors?.filter(
        ({ path = [] }) => !places.some((place) => isDeepStrictEqual(path.slice(0, place.length), place)),
      ) ?? [],
  });
  return places.every(isTold) && isDeepStrictEqual(landings(elsewhere(ours)), landings(elsewhere(whole)));
}

type Path = readonly (string | number)[];

/** Where ours is null and the other is not; undefined when they differ in any other way. */
function placesOfOwnNulls(ours: unknown, other: unknown, path: Path): Path[] | undefined {
  if (ours === null || typeof ours !== 'object') {
    return ours === other ? [] : ours === null ? [path] : undefined;
  }
  if (other === null || typeof other !== 'object') return undefined;
  const steps = Array.isArray(ours) ? [...ours.keys()] : Object.keys(ours);
  if (steps.length !== Object.keys(other).length) return undefined;
  const found: Path[] = [];
  for (const step of steps) {
    if (!Object.hasOwn(other, step)) return undefined;
    const below = placesOfOwnNulls(ours[step as never], other[step as never], [...path, step]);
    if (below === undefined) return undefined;
    found.push(...below);
  }
  return found;
}

function isSkipping(document: DocumentNode): boolean {
  return /@(skip|include)/.test(print(document));
}

function withoutEmptyObjects(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(withoutEmptyObjects);
  const entries = Object.entries(value);
  if (entries.length === 0) return null;
  return Object.fromEntries(entries.map(([key, below]) => [key, withoutEmptyObjects(below)]));
}

function isEqual(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

type AnsweredError = NonNullable<Answered['errors']>[number];

/** Without what the one who answered says of values itself. */
function withoutCompletion(answer: Answered): Answered {
  return { ...answer, errors: answer.errors?.filter(({ extensions }) => !isOfCompletion(extensions)) ?? [] };
}

function isOfWholeFetch({ extensions }: AnsweredError): boolean {
  return extensions?.code === 'SUBGRAPH_UNAVAILABLE' || extensions?.code === 'DOWNSTREAM_SERVICE_ERROR';
}

/** All of Hive's errors are ours; of those below one null in a non-null place we may have more. */
function isSameWithoutIndices(ours: Answered, hive: Answered): boolean {
  const withoutIndices = ({ path = [], extensions }: AnsweredError) =>
    JSON.stringify([path.filter((step) => typeof step === 'string'), extensions?.code ?? 'INTERNAL_SERVER_ERROR']);
  const known = new Set(hive.errors?.map(withoutIndices));
  const own = new Set(ours.errors?.map(withoutIndices));
  const more = ours.errors?.filter((error) => !known.has(withoutIndices(error))) ?? [];
  const isMovedUp = (error: AnsweredError) =>
    landings({ data: ours.data, errors: [error] })[0]?.endsWith('"moved up"]');
  return [...known].every((error) => own.has(error)) && more.every(isMovedUp);
}

function isInData(data: unknown, path: readonly (string | number)[]): boolean {
  let value = data;
  for (const step of path) {
    if (value === null) return true;
    value = (value as Record<string | number, unknown>)[step];
    if (value === undefined) return false;
  }
  return true;
}
