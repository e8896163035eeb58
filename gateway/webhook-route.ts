/** `POST /webhooks/{source}`: a vendor's request, handed to its source as it came. Must not verify or read it. */
import type { IncomingMessage } from 'node:http';
import type { HttpAnswer } from './graphql-http';
import { MAX_WEBHOOK_BYTES } from './limits';
import { readBody } from './request';

/** Takes a vendor's webhooks; what it makes of them is the source's business. */
export interface WebhookReceiver {
  receive(request: {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string | undefined>>;
    readonly rawBody: Uint8Array;
  }): Promise<number>;
}

/** Hands a request on as it came. Errors: BODY_TOO_LARGE, BAD_REQUEST. */
export async function receiveWebhook(
  receiver: WebhookReceiver,
  request: IncomingMessage,
  publicUrl: string,
): Promise<HttpAnswer> {
  const rawBody = await readBody(request, MAX_WEBHOOK_BYTES);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
  const url = `${publicUrl}${request.url ?? ''}`;
  return {
    status: await receiver.receive({ method: request.method ?? 'POST', url, headers, rawBody }),
    headers: {},
    body: '',
  };
}

/**
 * What keeps a webhook from being taken in passes, and no event is to be lost over it. Every vendor repeats after this answer;
 * Zendesk after no other, and only where it says when, below a minute.
 */
export function comeAgain({ headers, body }: HttpAnswer): HttpAnswer {
  return { status: 503, headers: { ...headers, 'retry-after': '10' }, body };
}
