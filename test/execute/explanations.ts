/**
 * Why Hive's router runtime 1.4 may answer otherwise than we do, each with the clause that decides. What none of these explains is a
 * mistake of ours until shown otherwise. Of the differences from the graph as a whole there is one to explain, and it is an error too.
 */
import { isDeepStrictEqual } from 'node:util';
import { Kind, print, type DocumentNode, type GraphQLSchema } from 'graphql';
import { completed, isOfCompletion, landings } from './compare';
import { withoutConditions, withoutPlaceholders } from './without-conditions';
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
  /** Hive asked for what the variables leave of the operation alone. */
  readonly askHiveForTheRest?: (document: DocumentNode) => Promise<Pick<Difference, 'hive' | 'askedByHive'>>;
}

export const CLAUSES = {
  completion:
    'GraphQL §6.4.3, §6.4.4: values are completed, and a null in a non-null place moves up; Hive passes on what came.',
  silence: 'GraphQL §6.4.4: what cannot be completed is a field error; Hive answers null without one.',
  wholeFetch:
    'GraphQL §7.1.2: `path` leads to each field that has no value; of a failed call Hive reports one, without indices.',
  indices: 'GraphQL §7.1.2: `path` holds every list index; Hive leaves out those of lists within lists.',
  skipped:
    'GraphQL §6.3.2: what is skipped is not executed, and an object of which all is skipped has no fields; Hive asks for some of it, reports its errors, and answers null. Asked for the rest alone it answers as we do, or another clause says why not.',
  rootFragments:
    'GraphQL §6.3.2: a fragment on the root type applies; Hive loses its fields beside a root `__typename`.',
  representations:
    'Federation, @requires: a representation holds every required field; Hive leaves out nulls, and asks though one has no answer.',
} as const;
export type Clause = keyof typeof CLAUSES;

/** undefined: no clause explains it. No clause at all: there is no difference. */
export async function explain(difference: Difference): Promise<readonly Clause[] | undefined> {
  const explained = await explainAsAsked(difference);
  const { document, apiSchema, variables, askHiveForTheRest, ...answers } = difference;
  if (explained !== undefined || askHiveForTheRest === undefined || !isSkipping(document)) return explained;
  const rest = withoutConditions(document, apiSchema, variables);
  const asked = await askHiveForTheRest(rest);
  const others = await explainAsAsked({ ...answers, ...asked, document: rest, apiSchema, variables });
  return others && ['skipped', ...others];
}

async function explainAsAsked(difference: Difference): Promise<readonly Clause[] | undefined> {
  const { document, variables, apiSchema, ours, hive } = difference;
  const used: Clause[] = [];
  const fixed = await completed(hive, document, apiSchema, variables);
  if (!isEqual(ours.data, hive.data)) {
    if (!isEqual(ours.data, withoutPlaceholders(fixed).data)) return explainedByInput(difference);
    if (!isEqual(ours.data, withoutPlaceholders(hive).data)) used.push('completion');
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
  return explainedByInput(difference);
}

/** Where the two have not asked the same questions, or not read the same fields, there is nothing further to compare. */
function explainedByInput({ document, askedByUs, askedByHive }: Difference): readonly Clause[] | undefined {
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
