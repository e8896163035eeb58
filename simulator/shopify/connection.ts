/**
 * Pages of records as Relay connections with Shopify's cursors. A cursor holds a position (sort value and id), not a
 * number of records, so a page stays right while records change. It must not know what the records are.
 */
import { GraphQLError } from 'graphql';

/** The arguments every connection has. */
export interface PageArgs {
  first?: number | null;
  last?: number | null;
  after?: string | null;
  before?: string | null;
  reverse?: boolean | null;
}

interface Position {
  value: string | number;
  id: number;
}

export interface Connection {
  edges: { cursor: string; node: unknown }[];
  nodes: unknown[];
  pageInfo: { startCursor: string | null; endCursor: string | null; hasNextPage: boolean; hasPreviousPage: boolean };
}

/** An error in the vendor's form: `extensions.code` beside the message. */
export const shopifyError = (message: string, code: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code } });

const MAX_PAGE = 250;

/** The page size asked for. Errors: throws the vendor's error when it is missing, negative or above 250. */
function pageSize(args: PageArgs): number {
  const size = args.first ?? args.last;
  if (size === undefined || size === null) throw shopifyError('you must provide one of first or last', 'BAD_REQUEST');
  const name = args.first === undefined || args.first === null ? 'last' : 'first';
  if (size < 1 || size > MAX_PAGE) throw shopifyError(`${name} must be between 1 and ${MAX_PAGE}`, 'BAD_REQUEST');
  return size;
}

const order = (a: Position, b: Position): number => (a.value < b.value ? -1 : a.value > b.value ? 1 : a.id - b.id);

const encode = (position: Position): string =>
  Buffer.from(JSON.stringify({ last_id: position.id, last_value: position.value })).toString('base64');

function decode(cursor: string): Position {
  try {
    const { last_id: id, last_value: value } = JSON.parse(Buffer.from(cursor, 'base64').toString('utf8')) as {
      last_id: number;
      last_value: string | number;
    };
    if (typeof id === 'number' && (typeof value === 'string' || typeof value === 'number')) return { id, value };
  } catch {
    // Falls through to the one refusal.
  }
  throw shopifyError('Invalid cursor for current pagination sort.', 'BAD_REQUEST');
}

/** Cuts a page out of `records`. Shape: `show` turns a record into its GraphQL source object, and runs for the page only. */
export function connection<T extends { id: string }>(options: {
  records: readonly T[];
  args: PageArgs;
  sortValue: (record: T) => string | number;
  show: (record: T) => unknown;
}): Connection {
  const { records, args, sortValue, show } = options;
  const size = pageSize(args);
  const sign = args.reverse ? -1 : 1;
  const after = args.after ? decode(args.after) : undefined;
  const before = args.before ? decode(args.before) : undefined;
  const placed = records
    .map((record) => ({ record, position: { value: sortValue(record), id: Number(record.id) } }))
    .sort((a, b) => sign * order(a.position, b.position));
  const inside = placed.filter(
    ({ position }) => (!after || sign * order(position, after) > 0) && (!before || sign * order(position, before) < 0),
  );
  const backward = args.first === undefined || args.first === null;
  const page = backward ? inside.slice(-size) : inside.slice(0, size);
  const edges = page.map(({ record, position }) => ({ cursor: encode(position), node: show(record) }));
  const more = inside.length > page.length;
  return {
    edges,
    nodes: edges.map((edge) => edge.node),
    pageInfo: {
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
      hasNextPage: backward ? before !== undefined : more,
      hasPreviousPage: backward ? more : after !== undefined,
    },
  };
}
