/**
 * The tree the answers grow into, and how an answer is grafted onto it: only what the plan asked for, copied, by known keys.
 * So no answer can bring a key nobody asked for, and nothing a transport keeps is changed. Must not judge values: see project.ts.
 */
import { Kind, parse, type FragmentDefinitionNode, type SelectionSetNode } from 'graphql';

/** An object of the tree. It inherits nothing, so that no key, `__proto__` and `constructor` included, means anything but itself. */
export interface Tree {
  [key: string]: unknown;
}

/** A constructor keeps the engine's fast objects, which Object.create(null) does not. */
const TreeObject = function () {} as unknown as { new (): Tree; prototype: unknown };
TreeObject.prototype = Object.create(null);

export function createTree(): Tree {
  return new TreeObject();
}

/** The fields an operation asks a subgraph for, of all type conditions together: an answer holds those of its own type. */
export type AnswerShape = readonly AnswerField[];

export interface AnswerField {
  readonly key: string;
  /** undefined for a leaf: its value is taken as it came. */
  readonly shape: AnswerShape | undefined;
  /** True for keys any plain object inherits (`constructor` …), which must be looked up as own. */
  readonly isInherited: boolean;
}

export function readAnswerShape(operation: string): AnswerShape {
  const fragments = new Map<string, FragmentDefinitionNode>();
  let root: SelectionSetNode | undefined;
  for (const node of parse(operation, { noLocation: true }).definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
    if (node.kind === Kind.OPERATION_DEFINITION) root = node.selectionSet;
  }
  return root === undefined ? [] : shapeOf([root], fragments);
}

function shapeOf(
  sets: readonly SelectionSetNode[],
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): AnswerShape {
  const below = new Map<string, SelectionSetNode[]>();
  const visited = new Set<string>();
  const collect = (set: SelectionSetNode): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        const known = below.get(key) ?? [];
        if (selection.selectionSet !== undefined) known.push(selection.selectionSet);
        below.set(key, known);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        collect(selection.selectionSet);
      } else if (!visited.has(selection.name.value)) {
        visited.add(selection.name.value);
        const fragment = fragments.get(selection.name.value);
        if (fragment !== undefined) collect(fragment.selectionSet);
      }
    }
  };
  sets.forEach(collect);
  return [...below].map(([key, inner]) => ({
    key,
    shape: inner.length === 0 ? undefined : shapeOf(inner, fragments),
    isInherited: key in Object.prototype,
  }));
}

/** Copies what the shape names from an answer's object to the tree's. Where both have an object or list of one length, they are joined. */
export function graft(target: Tree, source: Record<string, unknown>, shape: AnswerShape): void {
  for (let index = 0; index < shape.length; index++) {
    const field = shape[index] as AnswerField;
    const value = field.isInherited && !Object.hasOwn(source, field.key) ? undefined : source[field.key];
    if (value === undefined) continue;
    const present = target[field.key];
    target[field.key] =
      present === undefined || present === null ? copy(value, field.shape) : join(present, value, field.shape);
  }
}

/** Lists within lists directly; no schema comes near, and an answer must not be able to use up the stack. */
const MOST_NESTED_LISTS = 32;

function copy(value: unknown, shape: AnswerShape | undefined, nestedLists = 0): unknown {
  if (shape === undefined || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    if (nestedLists === MOST_NESTED_LISTS) return null;
    const elements = new Array<unknown>(value.length);
    for (let index = 0; index < value.length; index++) elements[index] = copy(value[index], shape, nestedLists + 1);
    return elements;
  }
  const target = new TreeObject();
  fill(target, value as Record<string, unknown>, shape);
  return target;
}

/** As `graft`, where nothing is there yet to be joined. */
function fill(target: Tree, source: Record<string, unknown>, shape: AnswerShape): void {
  for (let index = 0; index < shape.length; index++) {
    const field = shape[index] as AnswerField;
    const value = field.isInherited && !Object.hasOwn(source, field.key) ? undefined : source[field.key];
    if (value !== undefined) target[field.key] = field.shape === undefined ? value : copy(value, field.shape);
  }
}

function join(present: unknown, value: unknown, shape: AnswerShape | undefined): unknown {
  if (value === null) return present;
  if (shape === undefined || typeof present !== 'object' || typeof value !== 'object') return value;
  if (Array.isArray(present)) {
    if (!Array.isArray(value) || value.length !== present.length) return present;
    return present.map((element, index) =>
      element === undefined || element === null
        ? copy(value[index], shape)
        : join(element, value[index] ?? null, shape),
    );
  }
  if (!Array.isArray(value)) graft(present as Tree, value as Record<string, unknown>, shape);
  return present;
}
