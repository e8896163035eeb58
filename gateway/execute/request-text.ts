/**
 * A request to a subgraph as JSON: as `JSON.stringify` writes it, but what was written before is not written again, and what is in an
 * answer's own words is passed on. Must not send it.
 */
import type { SubgraphRequest } from './fetch';
import { Verbatim } from './graft';
import { writeString } from './leaves';

export function textOf({ query, variables, ...rest }: SubgraphRequest): string {
  let members = '';
  for (const name of Object.keys(variables)) {
    const value = variables[name];
    const text = Array.isArray(value) ? listTextOf(value) : writeValue(value);
    if (text !== undefined) members += `${members === '' ? '' : ','}${writeString(name)}:${text}`;
  }
  const operationName = rest.operationName === undefined ? '' : `"operationName":${writeString(rest.operationName)},`;
  return `{"query":${queryTextOf(query)},${operationName}"variables":{${members}}}`;
}

/** Queries are those of plans, which are kept; so many of them that all together hold no more than some megabytes. */
const MAX_QUERIES = 1_000;
const queryTexts = new Map<string, string>();

function queryTextOf(query: string): string {
  const known = queryTexts.get(query);
  if (known !== undefined) return known;
  if (queryTexts.size >= MAX_QUERIES) queryTexts.clear();
  const text = writeString(query);
  queryTexts.set(query, text);
  return text;
}

/** Representations that several subgraphs are sent are one list. */
const listTexts = new WeakMap<readonly unknown[], string>();

function listTextOf(list: readonly unknown[]): string {
  const known = listTexts.get(list);
  if (known !== undefined) return known;
  // Joined, and so one piece of text: added up, it would be put together again for each subgraph.
  const text = `[${list.map(writeElement).join(',')}]`;
  listTexts.set(list, text);
  return text;
}

/** An element that holds an answer's own words is an object, made here. */
function writeElement(element: unknown): string {
  if (typeof element !== 'object' || element === null || Array.isArray(element)) return writeValue(element) ?? 'null';
  const record = element as Readonly<Record<string, unknown>>;
  let text = '';
  for (const key of Object.keys(record)) {
    const value = writeValue(record[key]);
    if (value !== undefined) text += `${text === '' ? '' : ','}${writeString(key)}:${value}`;
  }
  return `{${text}}`;
}

function writeValue(value: unknown): string | undefined {
  if (typeof value === 'string') return writeString(value);
  return value instanceof Verbatim ? value.text : JSON.stringify(value);
}
