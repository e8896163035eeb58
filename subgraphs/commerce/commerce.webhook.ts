/**
 * Shopify's webhooks: HMAC over the raw body, then the customer the topic is about. Must not apply anything.
 *
 * Source: Shopify, "Deliver webhooks through HTTPS" and "Webhook topics". Shopify repeats anything that is not 2xx, and ends the
 * subscription after eight failures: so a topic we do not know is accepted and left at that.
 */
import { z } from 'zod';
import type { CreateWebhook } from '../source';
import { isRecent, isSignature, SIGNATURE_TOLERANCE_MS, signatureOf } from '../upstream/webhook-signature';
import { parseBody } from '../webhook';

/** Shopify repeats a request for four hours, with the time of the first. */
const REPEATS_END_MS = 4 * 3_600_000 + SIGNATURE_TOLERANCE_MS;

/** Where each topic's body names the customer. */
const customerSchema = z.object({ id: z.union([z.number().int(), z.string()]) });
const orderSchema = z.object({ customer: customerSchema.nullable() });
const consentSchema = z.object({ customer_id: z.union([z.number().int(), z.string()]) });

export const createShopifyWebhook: CreateWebhook<{ readonly SHOPIFY_CLIENT_SECRET: string }> =
  ({ SHOPIFY_CLIENT_SECRET: secret }, { now }) =>
  ({ headers, rawBody }) => {
    if (!isSignature(headers['x-shopify-hmac-sha256'], signatureOf(secret, rawBody))) return { status: 401 };
    const triggeredAt = headers['x-shopify-triggered-at'];
    // Not signed, so no proof of freshness; a request that says itself that it is older than any repeat is refused all the same.
    if (triggeredAt !== undefined && !isRecent(Date.parse(triggeredAt), now(), REPEATS_END_MS)) return { status: 401 };
    const eventId = headers['x-shopify-webhook-id'];
    if (eventId === undefined) return { status: 400 };

    const topic = headers['x-shopify-topic'] ?? '';
    const body = parseBody(rawBody);
    if (body === undefined) return { status: 400 };
    const id = customerIdOf(topic, body);
    if (id === undefined) return { status: 400 };
    return { status: 200, events: id === null ? [] : [{ eventId, key: id }] };
  };

/** null: a topic that is not about a customer; undefined: a body that does not fit its topic. */
function customerIdOf(topic: string, body: unknown): string | null | undefined {
  if (topic === 'customers/email_marketing_consent_update') {
    const consent = consentSchema.safeParse(body);
    return consent.success ? String(consent.data.customer_id) : undefined;
  }
  if (topic.startsWith('customers/')) {
    const customer = customerSchema.safeParse(body);
    return customer.success ? String(customer.data.id) : undefined;
  }
  if (topic.startsWith('orders/')) {
    const order = orderSchema.safeParse(body);
    if (!order.success) return undefined;
    return order.data.customer === null ? null : String(order.data.customer.id);
  }
  return null;
}
