/**
 * `GET incremental/tickets/cursor` and `incremental/users/cursor`: everything changed since a moment, in order of change.
 * A record that changes again comes again.
 */
import type { VendorReply, VendorRequest } from '../vendor';
import { originOf } from './paging';
import { invalid, ok, refusal } from './replies';

const MAX_SIZE = 1000;
/** The vendor does not begin later than this. */
const RECENT_MS = 60_000;

/** Answers one page. Units: `start_time` epoch seconds; `now` epoch milliseconds. */
export function incremental<T extends { id: string; updatedAt: string }>(options: {
  request: VendorRequest;
  name: string;
  records: readonly T[];
  show: (record: T) => unknown;
  now: () => number;
}): VendorReply {
  const { request, name, records, show, now } = options;
  const { query } = request;
  const size = Number(query.get('per_page') ?? MAX_SIZE);
  if (!Number.isInteger(size) || size < 1 || size > MAX_SIZE) return invalid(`per_page must be from 1 to ${MAX_SIZE}`);
  const cursor = query.get('cursor');
  const startSeconds = Number(query.get('start_time') ?? Number.NaN);
  if (cursor === null && !Number.isInteger(startSeconds)) return invalid('start_time is missing or not a time');
  if (cursor === null && startSeconds * 1000 > now() - RECENT_MS) {
    return refusal(422, 'StartTimeTooRecent', 'Too recent start_time. Use a start_time older than 1 minute');
  }
  const from = cursor === null ? { at: startSeconds, id: -1 } : parseCursor(cursor);
  if (!from) return invalid(`cursor is not valid: ${cursor}`);
  const position = (record: T): { at: number; id: number } => ({
    at: Date.parse(record.updatedAt) / 1000,
    id: Number(record.id),
  });
  const rest = records
    .map((record) => ({ record, ...position(record) }))
    .filter(({ at, id }) => at > from.at || (at === from.at && id > from.id))
    .sort((a, b) => a.at - b.at || a.id - b.id);
  const shown = rest.slice(0, size);
  const last = shown.at(-1) ?? from;
  const after = Buffer.from(`${last.at}|${last.id}`).toString('base64url');
  return ok({
    [name]: shown.map(({ record }) => show(record)),
    after_url: `${originOf(request)}${request.path}?cursor=${after}&per_page=${size}`,
    after_cursor: after,
    before_url: null,
    before_cursor: null,
    end_of_stream: rest.length <= size,
  });
}

function parseCursor(cursor: string): { at: number; id: number } | undefined {
  const [, at, id] = /^(\d+)\|(-?\d+)$/.exec(Buffer.from(cursor, 'base64url').toString('utf8')) ?? [];
  return at === undefined || id === undefined ? undefined : { at: Number(at), id: Number(id) };
}
