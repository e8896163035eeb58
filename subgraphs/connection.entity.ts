/**
 * Paging as the Relay Cursor Connections specification has it. Pages a list that is already in memory.
 * Must not load anything.
 */
import 'reflect-metadata';
import { Directive, Field, ObjectType } from 'type-graphql';
import { facetError } from '../schema/errors';

@ObjectType({ description: 'Where a page lies in its list (Relay Cursor Connections).' })
@Directive('@shareable')
export class PageInfo {
  @Field(() => Boolean, { description: 'Is there more after this page?' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Is there more before this page?' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the page’s first edge.' })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'Cursor of the page’s last edge: pass it as `after`.' })
  endCursor!: string | null;
}

export interface Connection<Node> {
  edges: Array<{ cursor: string; node: Node }>;
  pageInfo: PageInfo;
}

/** Largest page of any connection. */
export const MAX_PAGE_SIZE = 100;

/** Errors: BAD_USER_INPUT when `first` is not 1 to 100. */
export function checkPageSize(first: number): number {
  if (!Number.isInteger(first) || first < 1 || first > MAX_PAGE_SIZE) {
    throw facetError('BAD_USER_INPUT', `Argument "first" takes 1 to ${MAX_PAGE_SIZE}, but got ${first}.`);
  }
  return first;
}

/** Cursors are opaque: the key of the last node seen, so that a page stays right when nodes are added before it. */
export function encodeCursor(key: string): string {
  return Buffer.from(`k:${key}`).toString('base64url');
}

/** Errors: BAD_USER_INPUT for a cursor that this connection never gave. */
export function decodeCursor(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  if (!text.startsWith('k:') || encodeCursor(text.slice(2)) !== cursor) {
    throw facetError('BAD_USER_INPUT', 'Argument "after" takes a cursor that this connection gave.');
  }
  return text.slice(2);
}

/** A page of a list in memory. Errors: BAD_USER_INPUT as above, also for a cursor whose node is gone. */
export function pageOf<Node>(
  nodes: readonly Node[],
  keyOf: (node: Node) => string,
  page: { readonly first: number; readonly after?: string | null | undefined },
): Connection<Node> {
  const first = checkPageSize(page.first);
  let start = 0;
  if (page.after !== null && page.after !== undefined) {
    const after = decodeCursor(page.after);
    start = nodes.findIndex((node) => keyOf(node) === after) + 1;
    if (start === 0) throw facetError('BAD_USER_INPUT', 'Argument "after" names an entry that is no longer there.');
  }
  const edges = nodes.slice(start, start + first).map((node) => ({ cursor: encodeCursor(keyOf(node)), node }));
  return {
    edges,
    pageInfo: {
      hasNextPage: start + first < nodes.length,
      hasPreviousPage: start > 0,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
