/**
 * Entities that come in just the words the client is to get: recognised by a pattern made of what was asked, and carried on as text,
 * so that most of a large answer is neither parsed nor written. Whatever does not match, be it an error, a null where none is allowed
 * or another order of keys, is left to be parsed. Must not let pass what project.ts would not write.
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
import type { AnswerShape } from './answer-shape';
import { createTree, Verbatim, type Tree } from './graft';
import { leafPattern } from './leaves';
import { findMeetingPlaces } from './meeting-places';
import type { EntityFetchNode, PlanNode, PlanPath } from './plan';
import type { ObjectSelection, SelectedField, SelectionSet } from './selection';

/** Reads a subgraph's answer; undefined: it is to be parsed. */
export type ReadVerbatim = (text: string) => SubgraphResponse | undefined;

/** undefined: something in the answers to this fetch is not for the client as it comes. */
export type CompileVerbatim = (node: EntityFetchNode, shape: AnswerShape) => ReadVerbatim | undefined;

/** Longer answers are parsed: the engine remembers each step of a match, within bounds. */
const MAX_ANSWER_LENGTH = 2 ** 20;
/** Longer patterns take longer to be made than they save. */
const MAX_PATTERN_LENGTH = 20_000;

/** `plan`: all of it, since what one fetch answers another may look into; undefined where nothing is asked. */
export function prepareVerbatim(
  plan: PlanNode | undefined,
  selectionSet: SelectionSet,
  publicSchema: GraphQLSchema,
): CompileVerbatim {
  const isMeetingPlace = findMeetingPlaces(plan);
  return ({ entities }, shape) => {
    const [only, ...others] = entities;
    if (only === undefined || others.length > 0) return undefined;
    const patterns = only.paths.map((path) => {
      const selection = selectionAlong(selectionSet, path);
      if (selection === undefined || shape.some(({ key }) => isMeetingPlace(path, key))) return undefined;
      return entityPattern(selection, shape, publicSchema);
    });
    const [pattern] = patterns;
    if (pattern === undefined || pattern.length > MAX_PATTERN_LENGTH) return undefined;
    if (patterns.some((each) => each !== pattern)) return undefined;
    return readerOf(only.answerKey, new RegExp(pattern, 'y'), shape);
  };
}

function readerOf(answerKey: string, entity: RegExp, shape: AnswerShape): ReadVerbatim {
  const head = `{"data":{"${answerKey}":[`;
  const readEntity = (found: RegExpExecArray): Tree | null => {
    if (found[0] === 'null') return null;
    const tree = createTree();
    for (let index = 0; index < shape.length; index++) {
      const text = found[index + 1] as string;
      tree[(shape[index] as AnswerShape[number]).key] = text === 'null' ? null : new Verbatim(text);
    }
    return tree;
  };
  return (text) => {
    if (text.length > MAX_ANSWER_LENGTH || !text.startsWith(head)) return undefined;
    const entities: (Tree | null)[] = [];
    let at = head.length;
    let next = ',';
    while (next === ',') {
      entity.lastIndex = at;
      const found = entity.exec(text);
      if (found === null) return undefined;
      entities.push(readEntity(found));
      next = text.charAt(entity.lastIndex);
      at = entity.lastIndex + 1;
    }
    return next === ']' ? readRest(text.slice(at), { [answerKey]: entities }) : undefined;
  };
}

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

/** With a group for the value of each field, which the client may see under another key. */
function entityPattern(
  selection: ObjectSelection,
  shape: AnswerShape,
  publicSchema: GraphQLSchema,
): string | undefined {
  const members = shape.map(({ key, shape: below }) => {
    const field = selection.fieldAt(key);
    // Others look at the type of an entity, even where the client does.
    if (field === undefined || field.name === '__typename') return undefined;
    const value = valuePattern(field, below, publicSchema);
    return value && `"${key}":(${value})`;
  });
  return members.includes(undefined) ? undefined : `null|\\{${members.join(',')}\\}`;
}

function valuePattern(
  { type, selectionSet }: SelectedField,
  shape: AnswerShape | undefined,
  publicSchema: GraphQLSchema,
): string | undefined {
  const patternOf = (of: GraphQLOutputType): string | undefined => {
    if (!isNonNullType(of)) {
      const value = patternOf(new GraphQLNonNull(of));
      return value && `null|${value}`;
    }
    const { ofType } = of;
    if (isListType(ofType)) {
      const element = patternOf(ofType.ofType);
      return element && `\\[(?:(?:${element})(?:,(?:${element}))*)?\\]`;
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
    const { key, shape: below } = shape[index] as AnswerShape[number];
    if (field.answerKey !== key || field.responseKey !== key) return undefined;
    const value = field.name === '__typename' ? `"${type.name}"` : valuePattern(field, below, publicSchema);
    return value && `"${key}":(?:${value})`;
  });
  return members.includes(undefined) ? undefined : `\\{${members.join(',')}\\}`;
}
