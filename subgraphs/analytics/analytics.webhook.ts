/**
 * PostHog's webhooks: the destination "HTTP Webhook" with its default body, signed as Standard Webhooks. Reads whom an event is
 * of. Must not apply anything.
 *
 * Source: PostHog, template-webhook, standard-webhooks.ts and cdp-fetch.ts: each attempt is signed anew, with one id for all;
 * 408, 429, 500, 502, 503 and 504 are repeated, anything else from 300 on counts as a failure of the destination at once, and
 * too many of those end it. So an event that changes nothing of ours is accepted and left at that. Standard Webhooks: five
 * minutes of tolerance, several signatures while a secret is changed.
 */
import { z } from 'zod';
import type { CreateWebhook } from '../source';
import { isRecent, isSignature, signatureOf } from '../upstream/webhook-signature';
import { parseBody } from '../webhook';

/** The specification's least; a shorter one is the rest of a paste that went wrong, and can be guessed. */
const LEAST_KEY_BYTES = 24;

const MOST_CHARACTERS = 400;
const bodySchema = z.object({
  event: z.object({
    event: z.string(),
    distinct_id: z.string().min(1).max(MOST_CHARACTERS),
    properties: z.record(z.string(), z.unknown()).nullish(),
  }),
});

/** Who a person is, and what our queries count (analytics.queries.ts). */
const EVENTS: ReadonlySet<string> = new Set([
  '$identify',
  '$set',
  '$create_alias',
  '$merge_dangerously',
  '$pageview',
  'product_viewed',
  'product_added_to_cart',
  'email_link_clicked',
  'form_submitted',
]);
/** Any event may change properties of its person along the way. */
const CHANGES = ['$set', '$set_once', '$unset'];

export const createPosthogWebhook: CreateWebhook<{ readonly POSTHOG_WEBHOOK_SECRET?: string | undefined }> = (
  { POSTHOG_WEBHOOK_SECRET: secret },
  { now },
) => {
  const key = secret === undefined ? null : keyOf(secret);
  return ({ headers, rawBody }) => {
    const { 'webhook-id': id = '', 'webhook-timestamp': timestamp = '', 'webhook-signature': given = '' } = headers;
    if (key === null || id === '' || !isRecent(Number(timestamp || Number.NaN) * 1000, now())) return { status: 401 };
    const expected = `v1,${signatureOf(key, `${id}.${timestamp}.`, rawBody)}`;
    if (!given.split(' ').some((signature) => isSignature(signature, expected))) return { status: 401 };

    const body = bodySchema.safeParse(parseBody(rawBody));
    if (!body.success) return { status: 400 };
    const { event, distinct_id: distinctId, properties } = body.data.event;
    const isKnown = EVENTS.has(event) || CHANGES.some((name) => Object.hasOwn(properties ?? {}, name));
    return { status: 200, events: isKnown ? [{ eventId: id, key: distinctId }] : [] };
  };
};

export function isWebhookSecret(secret: string): boolean {
  return /^(whsec_)?[A-Za-z0-9+/]+={0,2}$/.test(secret) && keyOf(secret).length >= LEAST_KEY_BYTES;
}

const keyOf = (secret: string): Buffer => Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
