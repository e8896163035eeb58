/**
 * Objects that come in just the words the client, or another subgraph, is to get: recognised by a pattern made of what was asked, and carried
 * on as text, so that most of a large answer is neither parsed nor written. Whatever does not match, be it an error, a null where none is
 * allowed or another order of keys, is left to be parsed. Must not let pass what project.ts would not write.
 */
import {
  GraphQLNonNull,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import type { SubgraphResponse } from './fetch';
import type { AnswerField, AnswerShape } from './answer-shape';
import { createTree, Verbatim, type Tree } from './graft';
import { ANY_LEAF, leafPattern } from './leaves';
import { findMeetingPlaces, type RequiredField } from './meeting-places';
import type { PlanNode, PlanPath } from './plan';
import type { ObjectSelection, SelectedField, SelectionSet } from './selection';

/** Reads a subgraph's answer; undefined: it is to be parsed. */
export type ReadVerbatim = (text: string) => SubgraphResponse | undefined;

/** What one root field of a fetch answers: an object or a list of them. */
export interface AnsweredObjects {
  readonly answerKey: string;
  /** Where they lie in the tree. */
  readonly paths: readonly PlanPath[];
  readonly shape: AnswerShape;
}

/** undefined: something in these answers is not for the client, or for other subgraphs, as it comes. */
export type CompileVerbatim = (objects: AnsweredObjects) => ReadVerbatim | undefined;

/** Longer answers are parsed: the engine remembers each step of a match, within bounds. */
const MAX_ANSWER_LENGTH = 2 ** 20;
/** Longer patterns take longer to be made than they save. */
const MAX_PATTERN_LENGTH = 20_000;

export interface VerbatimOptions {
  /** All of it, since what one fetch answers another may look into; undefined where nothing is asked. */
  readonly plan: PlanNode | undefined;
  readonly selectionSet: SelectionSet;
  readonly publicSchema: GraphQLSchema;
  /** True: what is required of one subgraph is sent to others as JSON, so it may go in its own words. */
  readonly isSentAsJson: boolean;
}

export function prepareVerbatim({ plan, selectionSet, publicSchema, isSentAsJson }: VerbatimOptions): CompileVerbatim {
  const meetingAt = findMeetingPlaces(plan);
  const isCarried = (path: PlanPath, { key, shape }: AnswerField): boolean => {
    const { isShared, requiredAs } = meetingAt(path, key);
    if (key === TYPENAME) return true;
    return !isShared && requiredAs.every((required) => isSentAsJson && isWhole(required, shape));
  };
  return ({ answerKey, paths, shape }) => {
    const patterns = paths.map((path) => {
      const selection = selectionAlong(selectionSet, path);
      if (selection === undefined || !shape.every((field) => isCarried(path, field))) return undefined;
      return entityPattern(selection, shape, publicSchema);
    });
    const [pattern] = patterns;
    if (pattern === undefined || pattern.length > MAX_PATTERN_LENGTH) return undefined;
    if (patterns.some((each) => each !== pattern)) return undefined;
    return readerOf(answerKey, new RegExp(pattern, 'y'), shape);
  };
}

const TYPENAME = '__typename';

/** Is all that is answered required, under the same keys? Their order says nothing in a representation. */
function isWhole({ selections }: RequiredField, shape: AnswerShape | undefined): boolean {
  if (selections === undefined || shape === undefined) return selections === shape;
  const isRequired = ({ key, shape: below }: AnswerField) =>
    selections.some((each) => each.kind === 'field' && each.from === key && each.to === key && isWhole(each, below));
  return selections.length === shape.length && shape.every(isRequired);
}

function readerOf(answerKey: string, entity: RegExp, shape: AnswerShape): ReadVerbatim {
  const head = `{"data":{"${answerKey}":`;
  const readEntity = (found: RegExpExecArray): Tree | null => {
    if (found[0] === NULL) return null;
    const tree = createTree();
    for (let index = 0; index < shape.length; index++) {
      const { key } = shape[index] as AnswerField;
      const text = found[index + 1] as string;
      // The type is looked at on the way to other fetches.
      if (key === TYPENAME) tree[key] = text.slice(1, -1);
      else tree[key] = text === NULL ? null : new Verbatim(text);
    }
    return tree;
  };
  return (text) => {
    if (text.length > MAX_ANSWER_LENGTH || !text.startsWith(head)) return undefined;
    const isList = text.charAt(head.length) === '[';
    const entities: (Tree | null)[] = [];
    let at = isList ? head.length + 1 : head.length;
    let next = ',';
    while (next === ',') {
      entity.lastIndex = at;
      const found = entity.exec(text);
      if (found === null) return undefined;
      entities.push(readEntity(found));
      at = entity.lastIndex;
      next = isList ? text.charAt(at++) : '';
    }
    if (!isList) return readRest(text.slice(at), { [answerKey]: entities[0] });
    return next === ']' ? readRest(text.slice(at), { [answerKey]: entities }) : undefined;
  };
}

const NULL = 'null';

/** What follows on the data: the end, or extensions and errors. */
function readRest(rest: string, data: Record<string, unknown>): SubgraphResponse | undefined {
  if (rest.trimEnd() === '}}') return { data };
  if (!rest.startsWith('},')) return undefined;
  const others = JSON.parse(`{${rest.slice(2)}`) as SubgraphResponse;
  return Object.hasOwn(others, 'data') ? undefined : { ...others, data };
}

/** What the client selected of the objects a path leads to; undefined where it did not, or where they are of several types. */
function selectionAlong(root: SelectionSet, path: PlanPath): ObjectSelection | undefined {
  let selectionSet: SelectionSet | undefined = root;
  for (const step of path) {
    if (step.kind === 'field') selectionSet = selectionOf(selectionSet)?.fieldAt(step.key)?.selectionSet;
  }
  return selectionOf(selectionSet);
}

function selectionOf(selectionSet: SelectionSet | undefined): ObjectSelection | undefined {
  return isObjectType(selectionSet?.type) ? selectionSet.of(selectionSet.type.name) : undefined;
}

/** With a group for the value of each field, which the client may see under another key, or not at all. */
function entityPattern(
  selection: ObjectSelection,
  shape: AnswerShape,
  publicSchema: GraphQLSchema,
): string | undefined {
  const members = shape.map(({ key, shape: below }) => {
    const field = selection.fieldAt(key);
    const value =
      key === TYPENAME
        ? `"${selection.type.name}"`
        : field === undefined
          ? jsonPattern(below)
          : valuePattern(field, below, publicSchema);
    return value && `"${key}":(${value})`;
  });
  return members.includes(undefined) ? undefined : `${NULL}|\\{${members.join(',')}\\}`;
}

/** Of what no client sees: any JSON with these keys. */
function jsonPattern(shape: AnswerShape | undefined): string {
  const members = shape?.map(({ key, shape: below }) => `"${key}":(?:${jsonPattern(below)})`);
  const element = members === undefined ? `${NULL}|${ANY_LEAF}` : `${NULL}|\\{${members.join(',')}\\}`;
  return `${element}|${listPattern(element)}`;
}

function listPattern(element: string): string {
  return `\\[(?:(?:${element})(?:,(?:${element}))*)?\\]`;
}

function valuePattern(
  { type, selectionSet }: SelectedField,
  shape: AnswerShape | undefined,
  publicSchema: GraphQLSchema,
): string | undefined {
  const patternOf = (of: GraphQLOutputType): string | undefined => {
    if (!isNonNullType(of)) {
      const value = patternOf(new GraphQLNonNull(of));
      return value && `${NULL}|${value}`;
    }
    const { ofType } = of;
    if (isListType(ofType)) {
      const element = patternOf(ofType.ofType);
      return element && listPattern(element);
    }
    if (isLeafType(ofType)) return leafPattern(ofType, publicSchema);
    const selection = selectionOf(selectionSet);
    return selection && shape && objectPattern(selection, shape, publicSchema);
  };
  return patternOf(type);
}

/** Of an object that the client sees whole: the same keys in the same order. */
function objectPattern(
  { type, fields }: ObjectSelection,
  shape: AnswerShape,
  publicSchema: GraphQLSchema,
): string | undefined {
  if (fields.length !== shape.length) return undefined;
  const members = fields.map((field, index) => {
    const { key, shape: below } = shape[index] as AnswerField;
    if (field.answerKey !== key || field.responseKey !== key) return undefined;
    const value = field.name === TYPENAME ? `"${type.name}"` : valuePattern(field, below, publicSchema);
    return value && `"${key}":(?:${value})`;
  });
  return members.includes(undefined) ? undefined : `\\{${members.join(',')}\\}`;
}
