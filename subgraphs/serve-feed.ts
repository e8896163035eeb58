/**
 * The change feed over HTTP, for gateways: cursors and ids, no data. `GET /feed?after=` as server-sent events, `GET /feed/page?after=&limit=`
 * what there is now, `GET /feed/end` the place behind the last change. Must not verify; `serve.ts` has done that.
 */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { facetError } from '../schema/errors';
import type { ChangeFeed, FeedEntry } from './profiles/feed';

/** Longer than any silence of the feed, so that a proxy in between keeps the connection. */
const HEARTBEAT_MS = 10_000;
const MAX_PAGE = 1_000;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Aborted when the server closes. */
  readonly closing: AbortSignal;
}

/** Errors: BAD_USER_INPUT for a cursor never given, BAD_REQUEST, ROUTE_UNKNOWN, STORE_UNAVAILABLE. */
export async function answerFeed(feed: Omit<ChangeFeed, 'find'>, route: string, exchange: Exchange): Promise<void> {
  const asked = new URL(exchange.request.url ?? '', 'http://localhost').searchParams;
  const after = asked.get('after') ?? '';
  switch (route) {
    case 'GET /feed/end':
      return answer(exchange, { cursor: await feed.findEnd() });
    case 'GET /feed/page': {
      const limit = Number(asked.get('limit'));
      if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
        throw facetError('BAD_REQUEST', `Expected a limit of 1 to ${MAX_PAGE}.`);
      }
      return answer(exchange, { entries: (await feed.findAfter({ after, limit })).map(told) });
    }
    case 'GET /feed':
      return follow(feed, after, exchange);
    default:
      throw facetError('ROUTE_UNKNOWN', 'No such route.');
  }
}

async function follow(feed: Pick<ChangeFeed, 'follow'>, after: string, { response, closing }: Exchange): Promise<void> {
  const gone = new AbortController();
  const leave = () => gone.abort();
  response.on('close', leave);
  closing.addEventListener('abort', leave);
  const changes = feed.follow({ after, signal: gone.signal });
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(': following\n\n');
  const heartbeat = setInterval(() => response.write(': alive\n\n'), HEARTBEAT_MS);
  try {
    for await (const entry of changes) {
      const taken = response.write(`id: ${entry.cursor}\ndata: ${JSON.stringify(told(entry))}\n\n`);
      if (!taken) await once(response, 'drain', { signal: gone.signal }).catch(() => undefined);
    }
  } finally {
    clearInterval(heartbeat);
    closing.removeEventListener('abort', leave);
    response.end();
  }
}

const told = ({ cursor, customerId }: FeedEntry) => ({ cursor, customerId });

function answer({ response }: Exchange, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}
