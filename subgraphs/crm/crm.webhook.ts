/**
 * HubSpot's webhooks: signature v3, then the contacts the events are about. Must not apply anything.
 *
 * Source: HubSpot, "Validating requests" (X-HubSpot-Signature-v3) and "Webhooks" (event shape, at most 100 a request). HubSpot
 * repeats a request for up to 24 h on any status but 400, 401, 403, 404 and 405.
 */
import { z } from 'zod';
import type { CreateWebhook } from '../source';
import { isRecent, isSignature, signatureOf } from '../upstream/webhook-signature';
import { parseBody } from '../webhook';

const eventsSchema = z
  .array(
    z.object({
      eventId: z.number().int(),
      subscriptionId: z.number().int().optional(),
      subscriptionType: z.string(),
      objectTypeId: z.string().optional(),
      objectId: z.number().int(),
    }),
  )
  .max(100);

/** `contact.*` of the classic platform, `object.*` with the contact's type id of the new one. */
const CONTACT_TYPE_ID = '0-1';

export const createHubspotWebhook: CreateWebhook<{ readonly HUBSPOT_WEBHOOK_SECRET?: string | undefined }> =
  ({ HUBSPOT_WEBHOOK_SECRET: secret }, { now }) =>
  ({ method, url, headers, rawBody }) => {
    const timestamp = headers['x-hubspot-request-timestamp'] ?? '';
    if (secret === undefined || !isRecent(Number(timestamp || Number.NaN), now())) return { status: 401 };
    const expected = signatureOf(secret, method, decodeSigned(url), rawBody, timestamp);
    if (!isSignature(headers['x-hubspot-signature-v3'], expected)) return { status: 401 };

    const events = eventsSchema.safeParse(parseBody(rawBody));
    if (!events.success) return { status: 400 };
    const known = events.data.filter(
      ({ subscriptionType, objectTypeId }) =>
        subscriptionType.startsWith('contact.') ||
        (subscriptionType.startsWith('object.') && objectTypeId === CONTACT_TYPE_ID),
    );
    // Only events nobody subscribed us to: a configuration to be mended, and nothing that a repeat would cure.
    if (known.length === 0) return { status: 400 };
    return {
      status: 200,
      events: known.map(({ eventId, subscriptionId, objectId }) => ({
        eventId: `${eventId}:${subscriptionId ?? ''}`,
        key: String(objectId),
      })),
    };
  };

/** HubSpot signs the URL with these escapes decoded. */
function decodeSigned(url: string): string {
  const decoded: Readonly<Record<string, string>> = {
    '%3A': ':',
    '%2F': '/',
    '%3F': '?',
    '%40': '@',
    '%21': '!',
    '%24': '$',
    '%27': "'",
    '%28': '(',
    '%29': ')',
    '%2A': '*',
    '%2C': ',',
    '%3B': ';',
  };
  return url.replaceAll(/%[0-9A-F]{2}/gi, (escape) => decoded[escape.toUpperCase()] ?? escape);
}
