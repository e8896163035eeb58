/** The last step of a request: an answer onto its socket, whole or row by row. Must not make one. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { HttpAnswer } from './graphql-http';

/** Was it the client who broke off what was being written? */
export function isGone(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ERR_STREAM_PREMATURE_CLOSE';
}

/** Errors: rejects when the answer's rows fail, or nobody reads them any more. */
export async function writeAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: HttpAnswer,
  requestId: string,
): Promise<void> {
  if (response.destroyed) return;
  const isUnread = !request.complete && request.method !== 'GET';
  response.writeHead(status, {
    ...headers,
    // Of a HEAD or a 304 it would be the length of what is not sent.
    ...(typeof body !== 'string' || body === '' ? {} : { 'content-length': Buffer.byteLength(body) }),
    'x-request-id': requestId,
    'x-content-type-options': 'nosniff',
    // A body that was refused unread must not be taken for the next request.
    ...(isUnread ? { connection: 'close' } : {}),
  });
  if (typeof body === 'string') response.end(body);
  else await pipeline(body, response);
}
