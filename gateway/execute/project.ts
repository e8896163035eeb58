/**
 * Writes the client's response from the tree: what was selected, under the client's keys, in the document's order.
 * Implements "CompleteValue" and "Handling Field Errors" of the GraphQL specification (§6.4.3, §6.4.4) over the full schema.
 * Must not fetch, and must not show a field that was not selected.
 */
import {
  isAbstractType,
  isEnumType,
  isListType,
  isNonNullType,
  isScalarType,
  isSpecifiedScalarType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import type { Failure, ResponsePath } from './failure';
import { createReasons } from './reasons';
import type { Reasons } from './reasons';
import { fitsScalar } from './scalars';
import type { Tree } from './graft';
import type { ObjectSelection, SelectedField, SelectionSet } from './selection';

/** One projection's state: where it is, and the failures it reads and adds to. */
interface Projecting {
  readonly path: (string | number)[];
  readonly answerPath: (string | number)[];
  readonly failures: Failure[];
  /** Made when a null first wants a reason. */
  reasons?: Reasons;
}

/** Stands for a null where none is allowed, on its way up to the nearest nullable place. */
const BUBBLE = Symbol('null in a non-null place');

type Complete = (value: unknown, depth: number, state: Projecting) => unknown;

export type Project = (tree: Tree, failures: Failure[]) => Record<string, unknown> | null;

/** Compiles the selection. Errors: what breaks the schema's promise is added to the failures given, unless one of them explains it. */
export function compileProjection(selectionSet: SelectionSet, publicSchema: GraphQLSchema): Project {
  const root = compileObject(selectionSet, publicSchema);
  return (tree, failures) => {
    const data = root(tree, 0, { path: [], answerPath: [], failures });
    return data === BUBBLE ? null : (data as Record<string, unknown> | null);
  };
}

function compileType(
  type: GraphQLOutputType,
  field: SelectedField,
  parent: string,
  publicSchema: GraphQLSchema,
): Complete {
  if (isNonNullType(type)) {
    const complete = compileType(type.ofType, field, parent, publicSchema);
    const message = `Cannot return null for non-nullable field ${parent}.${field.name}.`;
    return (value, depth, state) => {
      const completed = complete(value, depth, state);
      if (completed !== null) return completed;
      addUnlessExplained(state, depth, message);
      return BUBBLE;
    };
  }
  if (isListType(type)) return compileList(compileType(type.ofType, field, parent, publicSchema));
  if (field.selectionSet !== undefined) return compileObject(field.selectionSet, publicSchema);
  if (isEnumType(type)) {
    // An @inaccessible value must not be shown; an enum that is @inaccessible as a whole is only selected by ourselves.
    const visible = publicSchema.getType(type.name);
    const values = new Set((isEnumType(visible) ? visible : type).getValues().map((value) => value.name));
    return (value, depth, state) =>
      value === undefined || value === null || values.has(value as string)
        ? (value ?? null)
        : refuseValue(state, depth, `a value of the enum ${type.name}`);
  }
  if (isSpecifiedScalarType(type)) {
    const fits = fitsScalar(type.name);
    return (value, depth, state) =>
      value === undefined || value === null || fits(value)
        ? (value ?? null)
        : refuseValue(state, depth, `a value of the scalar ${type.name}`);
  }
  return (value) => value ?? null;
}

function compileList(complete: Complete): Complete {
  return (value, depth, state) => {
    if (value === undefined || value === null) return null;
    if (!Array.isArray(value)) return refuseValue(state, depth, 'a list');
    const elements = new Array<unknown>(value.length);
    let isBubbling = false;
    for (let index = 0; index < value.length; index++) {
      state.path[depth] = index;
      state.answerPath[depth] = index;
      const element = complete(value[index], depth + 1, state);
      if (element === BUBBLE) isBubbling = true;
      else elements[index] = element;
    }
    return isBubbling ? null : elements;
  };
}

function compileObject(selectionSet: SelectionSet, publicSchema: GraphQLSchema): Complete {
  const { type } = selectionSet;
  if (!isAbstractType(type)) {
    const selection = selectionSet.of(type.name) as ObjectSelection;
    const write = compileFields(selection, publicSchema);
    return (value, depth, state) => {
      if (value === undefined || value === null) return null;
      return isObject(value) ? write(value, depth, state) : refuseValue(state, depth, `an object of type ${type.name}`);
    };
  }
  const isPublic = publicSchema.getType(type.name) !== undefined;
  const writers = new Map<string, Complete>();
  const writerOf = (typeName: unknown): Complete | undefined => {
    const known = writers.get(typeName as string);
    if (known !== undefined) return known;
    // A type that is @inaccessible must not show through an interface or union that is not.
    if (typeof typeName !== 'string' || (isPublic && publicSchema.getType(typeName) === undefined)) return undefined;
    const selection = selectionSet.of(typeName);
    if (selection === undefined) return undefined;
    const write = compileFields(selection, publicSchema);
    writers.set(typeName, write);
    return write;
  };
  return (value, depth, state) => {
    if (value === undefined || value === null) return null;
    const write = isObject(value) ? writerOf(value.__typename) : undefined;
    if (write !== undefined) return write(value, depth, state);
    // An interface object whose type could not be asked for, or one that came without: there is an error for that already.
    const isUntyped = isObject(value) && (value.__typename === type.name || value.__typename === undefined);
    if (isUntyped && isExplained(state, state.path.slice(0, depth))) return null;
    return refuseValue(state, depth, `an object of a type of ${type.name}`);
  };
}

function compileFields(selection: ObjectSelection, publicSchema: GraphQLSchema): Complete {
  const fields = selection.fields.map((field) => ({
    ...field,
    isProto: field.responseKey === '__proto__',
    fits:
      isScalarType(field.type) && isSpecifiedScalarType(field.type) && field.responseKey !== '__proto__'
        ? fitsScalar(field.type.name)
        : undefined,
    complete: compileField(field, selection.type.name, publicSchema),
  }));
  return (value, depth, state) => {
    const source = value as Tree;
    const target: Record<string, unknown> = {};
    let isBubbling = false;
    for (let index = 0; index < fields.length; index++) {
      const field = fields[index] as (typeof fields)[number];
      if (field.fits !== undefined) {
        // Most fields, and most of them well: no path that nobody reads.
        const value = source[field.answerKey] ?? null;
        if (value === null || field.fits(value)) {
          target[field.responseKey] = value;
          continue;
        }
      }
      state.path[depth] = field.responseKey;
      state.answerPath[depth] = field.answerKey;
      const completed = field.complete(source[field.answerKey], depth + 1, state);
      if (completed === BUBBLE) isBubbling = true;
      else if (field.isProto) defineOwn(target, field.responseKey, completed);
      else target[field.responseKey] = completed;
    }
    return isBubbling ? null : target;
  };
}

function compileField(field: SelectedField, parent: string, publicSchema: GraphQLSchema): Complete {
  if (field.name === '__typename') return () => parent;
  if (field.isIntrospection) return (value) => value ?? null;
  return compileType(field.type, field, parent, publicSchema);
}

/** Assigning to `__proto__` would set the prototype instead of a key. */
function defineOwn(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

function refuseValue(state: Projecting, depth: number, expected: string): null {
  const path = state.path.slice(0, depth);
  fail(state, { code: 'SUBGRAPH_UNAVAILABLE', message: `Expected ${expected}, got something else.`, path });
  return null;
}

function addUnlessExplained(state: Projecting, depth: number, message: string): void {
  const path = state.path.slice(0, depth);
  if (!isExplained(state, path)) fail(state, { code: 'INTERNAL_SERVER_ERROR', message, path });
}

function fail(state: Projecting, failure: Failure): void {
  state.failures.push(failure);
  state.reasons?.add(failure);
}

function isExplained(state: Projecting, path: ResponsePath): boolean {
  state.reasons ??= createReasons(state.failures);
  return state.reasons.explain(path, state.answerPath);
}

function isObject(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
