/**
 * Zendesk's two ways of paging a list in order of id: by cursor when `page[…]` is asked, else by offset. Links lead back to
 * the address that was called. It must not know what is listed.
 */
import type { VendorReply, VendorRequest } from '../vendor';
import { invalid, ok } from './replies';

const MAX_SIZE = 100;
/** Beyond this many records only cursors lead. */
const MAX_OFFSET = 10_000;

/** Where the caller reached the account. */
export const originOf = (request: VendorRequest): string => `http://${request.headers.host ?? '127.0.0.1'}`;

const linkWith = (request: VendorRequest, changes: Record<string, string>): string => {
  const query = new URLSearchParams(request.query);
  for (const name of ['page[after]', 'page[before]']) query.delete(name);
  for (const [name, value] of Object.entries(changes)) query.set(name, value);
  return `${originOf(request)}${request.path}?${query}`;
};

/** Answers one page of `records` under the member `name`. */
export function page<T extends { id: string }>(options: {
  request: VendorRequest;
  name: string;
  records: readonly T[];
  show: (record: T) => unknown;
}): VendorReply {
  if (options.request.query.has('sort')) return invalid('sort is not supported by this simulator');
  const byCursor = [...options.request.query.keys()].some((name) => name.startsWith('page['));
  return byCursor ? cursorPage(options) : offsetPage({ ...options, limit: MAX_OFFSET });
}

function cursorPage<T extends { id: string }>(options: {
  request: VendorRequest;
  name: string;
  records: readonly T[];
  show: (record: T) => unknown;
}): VendorReply {
  const { request, name, records, show } = options;
  const { query } = request;
  const size = Number(query.get('page[size]') ?? MAX_SIZE);
  const [after, before] = ['page[after]', 'page[before]'].map((param) => query.get(param));
  const cursorId = Buffer.from(after ?? before ?? '', 'base64url').toString('utf8');
  const wrongCursor = (after || before) && !/^\d+$/.test(cursorId);
  if (!Number.isInteger(size) || size < 1 || size > MAX_SIZE || wrongCursor) {
    const parameter = wrongCursor ? 'cursor' : 'page[size]';
    const errors = [{ code: 'InvalidPaginationParameter', title: `${parameter} is not valid` }];
    return { status: 400, headers: {}, body: { errors } };
  }
  const from = (includes: boolean): number => {
    const index = records.findIndex(({ id }) => Number(id) > Number(cursorId) || (includes && id === cursorId));
    return index === -1 ? records.length : index;
  };
  const start = after ? from(false) : before ? Math.max(0, from(true) - size) : 0;
  const end = before && !after ? from(true) : start + size;
  const shown = records.slice(start, end);
  const hasMore = before && !after ? start > 0 : end < records.length;
  const cursor = (record: T | undefined): string | null =>
    record ? Buffer.from(record.id).toString('base64url') : null;
  const [first, last] = [cursor(shown[0]), cursor(shown.at(-1))];
  const link = (param: string, value: string | null): string | null =>
    value === null ? null : linkWith(request, { [param]: value });
  return ok({
    [name]: shown.map(show),
    meta: { has_more: hasMore, after_cursor: last, before_cursor: first },
    links: {
      next: end < records.length ? link('page[after]', last) : null,
      prev: start > 0 ? link('page[before]', first) : null,
    },
  });
}

/** Answers by `page` and `per_page`. Units: `limit` records, after which no page is served. */
export function offsetPage<T>(options: {
  request: VendorRequest;
  name: string;
  records: readonly T[];
  show: (record: T) => unknown;
  limit: number;
  beyond?: VendorReply;
  extra?: Record<string, unknown>;
}): VendorReply {
  const { request, name, records, show, limit, extra } = options;
  const number = Number(request.query.get('page') ?? 1);
  const size = Math.min(MAX_SIZE, Number(request.query.get('per_page') ?? MAX_SIZE));
  if (!Number.isInteger(number) || number < 1 || !Number.isInteger(size) || size < 1) {
    return invalid('page and per_page must be positive whole numbers');
  }
  if ((number - 1) * size >= limit) {
    return options.beyond ?? invalid(`Use cursor pagination beyond ${limit} records`);
  }
  const start = (number - 1) * size;
  const link = (to: number): string => linkWith(request, { page: String(to) });
  return ok({
    [name]: records.slice(start, start + size).map(show),
    ...extra,
    next_page: start + size < records.length ? link(number + 1) : null,
    previous_page: number > 1 ? link(number - 1) : null,
    count: records.length,
  });
}
