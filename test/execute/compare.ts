/**
 * What two answers to one operation have in common: the data, and where errors show in it. Must not know who answered.
 */
import { execute, type DocumentNode, type GraphQLSchema } from 'graphql';
import type { Answered } from './world-graph';

/**
 * Where errors show in the data: their place and, where they did not move up from below, their code. Of errors below one null in a
 * non-null place any may be left out, once there is one (§6.4.4), so those are told by the place of the null alone.
 * An error without a code is INTERNAL_SERVER_ERROR, as clients of the gateway read it; so is here what no subgraph said.
 */
export function landings({ data, errors = [] }: Answered): string[] {
  const places = errors.flatMap(({ path = [], extensions }) => {
    let value: unknown = data;
    let depth = 0;
    while (depth < path.length && value !== null && value !== undefined) {
      const next: unknown = (value as never)[path[depth] as never];
      if (next === undefined) break;
      value = next;
      depth++;
    }
    // Of a field nobody selected, which the planner asked for: there is no null to explain.
    if (value !== null && value !== undefined) return [];
    const code = isOfCompletion(extensions) ? undefined : extensions?.code;
    const told = depth === path.length ? (code ?? 'INTERNAL_SERVER_ERROR') : 'moved up';
    return [JSON.stringify([path.slice(0, depth), told])];
  });
  return [...new Set(places)].sort();
}

/** True for what was said of a value by the one who completed it: no subgraph did. */
export function isOfCompletion(extensions: Record<string, unknown> | undefined): boolean {
  if (extensions?.code === COMPLETION) return true;
  const isOurs = extensions?.code === 'SUBGRAPH_UNAVAILABLE' || extensions?.code === 'INTERNAL_SERVER_ERROR';
  return isOurs && extensions.serviceName === undefined;
}

const COMPLETION = 'COMPLETION';

/**
 * What the specification makes of data (§6.4.3 "Value Completion", §6.4.4 "Handling Field Errors"): graphql-js over the same keys.
 * Its own errors are added to those there were.
 */
export async function completed(
  { data, errors = [] }: Answered,
  document: DocumentNode,
  apiSchema: GraphQLSchema,
  variableValues: Record<string, unknown>,
): Promise<Answered> {
  const result = await execute({
    schema: apiSchema,
    document,
    variableValues,
    rootValue: data,
    fieldResolver: (source, _args, _context, { path }) => (source as Record<string, unknown> | null)?.[path.key],
    typeResolver: (value) => (value as { __typename?: string }).__typename,
  });
  const shown = JSON.parse(JSON.stringify(result)) as Answered;
  const own = (shown.errors ?? []).map((error) => ({ ...error, extensions: { code: COMPLETION } }));
  return { data: shown.data, errors: [...errors, ...own] };
}
