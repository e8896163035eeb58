/**
 * A request to a subgraph as text. Lists of representations that several subgraphs are sent are written once. Must not send.
 */
import type { SubgraphRequest } from './fetch';

/** A request as JSON. */
export function textOf({ variables, ...request }: SubgraphRequest): string {
  const members = Object.entries(variables).flatMap(([name, value]) => {
    const text = Array.isArray(value) ? listTextOf(value) : JSON.stringify(value);
    return text === undefined ? [] : [`${JSON.stringify(name)}:${text}`];
  });
  return `${JSON.stringify(request).slice(0, -1)},"variables":{${members.join(',')}}}`;
}

const listTexts = new WeakMap<readonly unknown[], string>();

function listTextOf(list: readonly unknown[]): string {
  const text = listTexts.get(list) ?? JSON.stringify(list);
  listTexts.set(list, text);
  return text;
}
