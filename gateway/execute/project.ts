/**
 * Writes the client's response from the tree, as JSON: what was selected, under the client's keys, in the document's order.
 * Implements "CompleteValue" and "Handling Field Errors" of the GraphQL specification (§6.4.3, §6.4.4) over the full schema.
 * Must not fetch, and must not show a field that was not selected.
 */
import {
  isAbstractType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  type GraphQLLeafType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import type { Failure, ResponsePath } from './failure';
import { createReasons } from './reasons';
import type { Reasons } from './reasons';
import { Verbatim, type Tree } from './graft';
import { leafWriter, writeAny, writeString } from './leaves';
import type { ObjectSelection, SelectedField, SelectionSet } from './selection';

/** One projection's state: where it is, and the failures it reads and adds to. */
interface Projecting {
  readonly path: (string | number)[];
  readonly answerPath: (string | number)[];
  readonly failures: Failure[];
  /** Made when a null first wants a reason. */
  reasons?: Reasons;
}

const NULL = 'null';

/** Stands for a null where none is allowed, on its way up to the nearest nullable place. */
const BUBBLE = Symbol('null in a non-null place');

/** To JSON. */
type Complete = (value: unknown, depth: number, state: Projecting) => string | typeof BUBBLE;

/** Answers the data as JSON. */
export type Project = (tree: Tree, failures: Failure[]) => string;

/** Compiles the selection. Errors: what breaks the schema's promise is added to the failures given, unless one of them explains it. */
export function compileProjection(selectionSet: SelectionSet, publicSchema: GraphQLSchema): Project {
  const root = compileObject(selectionSet, publicSchema);
  return (tree, failures) => {
    const data = root(tree, 0, { path: [], answerPath: [], failures });
    return data === BUBBLE ? NULL : data;
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
      if (completed !== NULL) return completed;
      addUnlessExplained(state, depth, message);
      return BUBBLE;
    };
  }
  if (isListType(type)) return compileList(compileType(type.ofType, field, parent, publicSchema));
  if (field.selectionSet !== undefined) return compileObject(field.selectionSet, publicSchema);
  return isLeafType(type) ? compileLeaf(type, publicSchema) : writeAny;
}

function compileLeaf(type: GraphQLLeafType, publicSchema: GraphQLSchema): Complete {
  const write = leafWriter(type, publicSchema);
  const expected = `a value of the ${isEnumType(type) ? 'enum' : 'scalar'} ${type.name}`;
  return (value, depth, state) => {
    if (value === undefined || value === null) return NULL;
    return write(value) ?? refuseValue(state, depth, expected);
  };
}

function compileList(complete: Complete): Complete {
  return (value, depth, state) => {
    if (value === undefined || value === null) return NULL;
    if (!Array.isArray(value)) return refuseValue(state, depth, 'a list');
    let text = '[';
    let isBubbling = false;
    for (let index = 0; index < value.length; index++) {
      state.path[depth] = index;
      state.answerPath[depth] = index;
      const element = complete(value[index], depth + 1, state);
      if (element === BUBBLE) isBubbling = true;
      else text += index === 0 ? element : `,${element}`;
    }
    return isBubbling ? NULL : `${text}]`;
  };
}

function compileObject(selectionSet: SelectionSet, publicSchema: GraphQLSchema): Complete {
  const { type } = selectionSet;
  if (!isAbstractType(type)) {
    const selection = selectionSet.of(type.name) as ObjectSelection;
    const write = compileFields(selection, publicSchema);
    return (value, depth, state) => {
      if (value === undefined || value === null) return NULL;
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
    if (value === undefined || value === null) return NULL;
    const write = isObject(value) ? writerOf(value.__typename) : undefined;
    if (write !== undefined) return write(value, depth, state);
    // An interface object whose type could not be asked for, or one that came without: there is an error for that already.
    const isUntyped = isObject(value) && (value.__typename === type.name || value.__typename === undefined);
    if (isUntyped && isExplained(state, state.path.slice(0, depth))) return NULL;
    return refuseValue(state, depth, `an object of a type of ${type.name}`);
  };
}

function compileFields(selection: ObjectSelection, publicSchema: GraphQLSchema): Complete {
  const fields = selection.fields.map((field, index) => ({
    ...field,
    prefix: `${index === 0 ? '' : ','}${JSON.stringify(field.responseKey)}:`,
    write: isLeafType(field.type) ? leafWriter(field.type, publicSchema) : undefined,
    complete: compileField(field, selection.type.name, publicSchema),
  }));
  return (value, depth, state) => {
    const source = value as Tree;
    let text = '{';
    let isBubbling = false;
    for (let index = 0; index < fields.length; index++) {
      const field = fields[index] as (typeof fields)[number];
      const value = source[field.answerKey];
      // Most fields, and most of them well: no path that nobody reads.
      const written =
        value instanceof Verbatim
          ? value.text
          : field.write && (value === undefined || value === null ? NULL : field.write(value));
      if (written !== undefined) {
        text += field.prefix + written;
        continue;
      }
      state.path[depth] = field.responseKey;
      state.answerPath[depth] = field.answerKey;
      const completed = field.complete(value, depth + 1, state);
      if (completed === BUBBLE) isBubbling = true;
      else text += field.prefix + completed;
    }
    return isBubbling ? NULL : `${text}}`;
  };
}

function compileField(field: SelectedField, parent: string, publicSchema: GraphQLSchema): Complete {
  if (field.name === '__typename') return () => writeString(parent);
  if (field.isIntrospection) return writeAny;
  return compileType(field.type, field, parent, publicSchema);
}

function refuseValue(state: Projecting, depth: number, expected: string): string {
  const path = state.path.slice(0, depth);
  fail(state, { code: 'SUBGRAPH_UNAVAILABLE', message: `Expected ${expected}, got something else.`, path });
  return NULL;
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
