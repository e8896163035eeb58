/**
 * What an operation asks a subgraph for, field by field, and which of that an object must hold to be an answer. Must not see an answer.
 */
import { Kind, parse, type FragmentDefinitionNode, type SelectionSetNode } from 'graphql';

/** The fields an operation asks a subgraph for, of all type conditions together: an answer holds those of its own type. */
export type AnswerShape = readonly AnswerField[];

export interface AnswerField {
  readonly key: string;
  /** undefined for a leaf. */
  readonly shape: AnswerShape | undefined;
  /** True for keys any plain object inherits (`constructor` …), which must be looked up as own. */
  readonly isInherited: boolean;
  /** Who must hold it: every object, or those of these types; undefined where only the subgraph's schema could tell. */
  readonly expectedOf: true | ReadonlySet<string> | undefined;
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

export function readAnswerShape(operation: string): AnswerShape {
  const fragments = new Map<string, FragmentDefinitionNode>();
  let root: SelectionSetNode | undefined;
  for (const node of parse(operation, { noLocation: true }).definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
    if (node.kind === Kind.OPERATION_DEFINITION) root = node.selectionSet;
  }
  return root === undefined ? [] : shapeOf([[root]], fragments);
}

/** What an object of an answer holds under the field's key itself; undefined: nothing. */
export function valueOf(source: Readonly<Record<string, unknown>>, { key, isInherited }: AnswerField): unknown {
  return isInherited && !Object.hasOwn(source, key) ? undefined : source[key];
}

/** `typeName` as the object says it, `asked` as it was asked for by it, where it is an entity. */
export function isExpected({ expectedOf }: AnswerField, typeName: unknown, asked: unknown): boolean {
  if (typeof expectedOf !== 'object') return expectedOf === true;
  return expectedOf.has(typeName as string) || expectedOf.has(asked as string);
}

/** Selection sets that are one object's all together. */
type Alternative = readonly SelectionSetNode[];

/** One time a field is asked for: within the innermost of these type conditions, or without any. */
interface Occurrence {
  readonly condition: string | undefined;
  readonly selectionSet: SelectionSetNode | undefined;
}

/** An object has one of the alternatives, by the type of what it lies in: what only some of them ask for is not expected of all. */
function shapeOf(alternatives: readonly Alternative[], fragments: Fragments): AnswerShape {
  const found = alternatives.map((sets) => occurrencesIn(sets, fragments));
  const keys = new Set(found.flatMap((occurrences) => [...occurrences.keys()]));
  return [...keys].map((key) => {
    const each = found.map((occurrences) => occurrences.get(key) ?? []);
    const below = each.flatMap(alternativesBelow);
    return {
      key,
      shape: below.length === 0 ? undefined : shapeOf(below, fragments),
      isInherited: key in Object.prototype,
      expectedOf: expectedOfAll(each),
    };
  });
}

function occurrencesIn(sets: Alternative, fragments: Fragments): ReadonlyMap<string, Occurrence[]> {
  const found = new Map<string, Occurrence[]>();
  const collect = (set: SelectionSetNode, condition: string | undefined, within: readonly string[]): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        const known = found.get(key) ?? [];
        known.push({ condition, selectionSet: selection.selectionSet });
        found.set(key, known);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        collect(selection.selectionSet, selection.typeCondition?.name.value ?? condition, within);
      } else {
        const name = selection.name.value;
        const fragment = within.includes(name) ? undefined : fragments.get(name);
        if (fragment !== undefined) {
          collect(fragment.selectionSet, fragment.typeCondition.name.value, [...within, name]);
        }
      }
    }
  };
  for (const set of sets) collect(set, undefined, []);
  return found;
}

function expectedOfAll(each: readonly (readonly Occurrence[])[]): AnswerField['expectedOf'] {
  const isAlways = (occurrences: readonly Occurrence[]) => occurrences.some(({ condition }) => condition === undefined);
  if (each.every(isAlways)) return true;
  const [only, ...others] = each;
  return only === undefined || others.length > 0
    ? undefined
    : new Set(only.map(({ condition }) => condition as string));
}

/** What is asked of every object, and that together with what is asked of objects of each condition. */
function alternativesBelow(occurrences: readonly Occurrence[]): readonly Alternative[] {
  const setsOf = (wanted: string | undefined) =>
    occurrences.flatMap(({ condition, selectionSet }) => (condition === wanted ? (selectionSet ?? []) : []));
  const always = setsOf(undefined);
  const conditions = new Set(occurrences.flatMap(({ condition }) => condition ?? []));
  const conditional = [...conditions].map((condition) => [...always, ...setsOf(condition)]);
  return (always.length > 0 || conditions.size === 0 ? [always, ...conditional] : conditional).filter(
    (sets) => sets.length > 0,
  );
}
