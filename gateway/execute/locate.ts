/**
 * Where a place of a subgraph's answer lies in the client's response.
 * Follows answer keys along the client's selection and stops at the last field the client selected. Must only be needed when
 * there is an error or a note to place: the hot path knows no paths.
 */
import { getNullableType, isListType, type GraphQLOutputType } from 'graphql';
import type { ResponsePath } from './failure';
import type { Tree } from './graft';
import type { PlanPath } from './plan';
import type { ObjectSelection, SelectionSet } from './selection';

/** A position in response and tree at once. */
export interface Place {
  readonly path: ResponsePath;
  /** undefined below what the client selected: such a place is as deep as a client may look. */
  readonly below: { readonly type: GraphQLOutputType; readonly selectionSet: SelectionSet | undefined } | undefined;
  readonly value: unknown;
}

export function rootPlace(selectionSet: SelectionSet, tree: Tree): Place {
  return { path: [], below: { type: selectionSet.type, selectionSet }, value: tree };
}

/** One step down by an answer's key or index. */
export function placeBelow(place: Place, step: string | number): Place {
  const value = (place.value as Tree | undefined | null)?.[step];
  const { below } = place;
  if (below === undefined) return { ...place, value };
  const type = getNullableType(below.type);
  if (isListType(type)) {
    if (typeof step !== 'number') return { ...place, below: undefined, value };
    return { path: [...place.path, step], below: { type: type.ofType, selectionSet: below.selectionSet }, value };
  }
  const field = typeof step === 'string' ? fieldAt(below.selectionSet, place.value, step) : undefined;
  if (field === undefined) return { ...place, below: undefined, value };
  return {
    path: [...place.path, field.responseKey],
    below: { type: field.type, selectionSet: field.selectionSet },
    value,
  };
}

/** Follows an answer's path down from a place. Steps that are neither key nor index end it, as unselected fields do. */
export function placeAt(place: Place, steps: readonly unknown[]): Place {
  let current = place;
  for (const step of steps) {
    if (current.below === undefined || (typeof step !== 'string' && !isIndex(step))) break;
    current = placeBelow(current, step);
  }
  return current;
}

/** The places of the objects a plan's path leads to, in the order `collectObjects` finds the objects. */
export function placesAlong(
  root: Place,
  path: PlanPath,
  possibleTypes: (names: readonly string[]) => ReadonlySet<string>,
): Place[] {
  let places: Place[] = [root];
  for (const step of path) {
    if (step.kind === 'field') {
      places = places.filter(({ value }) => isObject(value)).map((place) => placeBelow(place, step.key));
    } else if (step.kind === 'elements') {
      places = places.flatMap(elementsOf);
    } else {
      const names = possibleTypes(step.names);
      places = places.filter(({ value }) => isObject(value) && names.has(value.__typename as string));
    }
  }
  return places.filter(({ value }) => isObject(value));
}

function elementsOf(place: Place): Place[] {
  if (!Array.isArray(place.value)) return [place];
  return place.value.flatMap((_, index) => elementsOf(placeBelow(place, index)));
}

function fieldAt(
  selectionSet: SelectionSet | undefined,
  value: unknown,
  answerKey: string,
): ReturnType<ObjectSelection['fieldAt']> {
  if (selectionSet === undefined) return undefined;
  const typeName = isObject(value) ? value.__typename : undefined;
  const known = typeof typeName === 'string' ? selectionSet.of(typeName) : undefined;
  if (known !== undefined) return known.fieldAt(answerKey);
  // Where the subgraph left null there is no type to read; response keys of one answer key differ only between types.
  for (const name of selectionSet.possibleTypes) {
    const field = selectionSet.of(name)?.fieldAt(answerKey);
    if (field !== undefined) return field;
  }
  return undefined;
}

export function isIndex(step: unknown): step is number {
  return typeof step === 'number' && Number.isInteger(step) && step >= 0;
}

function isObject(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
