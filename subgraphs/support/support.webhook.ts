/**
 * Zendesk's webhooks that are subscribed to events: HMAC over timestamp and raw body, then the user the event is about, which
 * of a ticket is who asked. Must not apply anything.
 *
 * Source: Zendesk, "Verifying webhook authenticity", "Webhook event types" (user and ticket events) and "Webhook retries": 409 is
 * repeated, 429 and 503 where Retry-After is below a minute, nothing else; and when 70 % of five minutes' requests fail, none is
 * sent for a while. So an event that is not about a user or a ticket is accepted and left at that, and what is refused is refused
 * with a status that does not come again.
 */
import { z } from 'zod';
import type { CreateWebhook, WebhookEvent } from '../source';
import { isRecent, isSignature, signatureOf } from '../upstream/webhook-signature';
import { parseBody } from '../webhook';

/** Ids come as text, and as numbers where they are values. */
const idSchema = z.union([z.string().regex(/^\d{1,20}$/), z.number().int().positive()]).transform(String);
const eventSchema = z.object({ id: z.string().min(1), type: z.string() });
const userSchema = z.object({ detail: z.object({ id: idSchema }) });
const ticketSchema = z.object({ detail: z.object({ requester_id: idSchema }) });
const requesterChangedSchema = ticketSchema.extend({ event: z.object({ previous: idSchema.nullish() }) });

export const createZendeskWebhook: CreateWebhook<{ readonly ZENDESK_WEBHOOK_SECRET?: string | undefined }> =
  ({ ZENDESK_WEBHOOK_SECRET: secret }, { now }) =>
  ({ headers, rawBody }) => {
    const timestamp = headers['x-zendesk-webhook-signature-timestamp'] ?? '';
    if (secret === undefined || !isRecent(Date.parse(timestamp), now())) return { status: 401 };
    const expected = signatureOf(secret, timestamp, rawBody);
    if (!isSignature(headers['x-zendesk-webhook-signature'], expected)) return { status: 401 };

    const events = eventsIn(parseBody(rawBody));
    return events === null ? { status: 400 } : { status: 200, events };
  };

/** Empty: an event about something else; null: a body that does not fit its event. */
function eventsIn(body: unknown): WebhookEvent[] | null {
  const event = eventSchema.safeParse(body);
  if (!event.success) return null;
  const { id: eventId, type } = event.data;
  // Zendesk's own list writes it with a colon and, of some, with a slash.
  const [, subject, what] = /^zen:event-type[:/](user|ticket)\.(.+)$/.exec(type) ?? [];
  if (subject === 'user') {
    const user = userSchema.safeParse(body);
    return user.success ? [{ eventId, key: user.data.detail.id }] : null;
  }
  if (subject !== 'ticket') return [];
  if (what !== 'requester_changed') {
    const ticket = ticketSchema.safeParse(body);
    return ticket.success ? [{ eventId, key: ticket.data.detail.requester_id }] : null;
  }
  const moved = requesterChangedSchema.safeParse(body);
  if (!moved.success) return null;
  const { detail, event: change } = moved.data;
  const { previous = null } = change;
  // The ticket is gone from one customer and new at another.
  return [
    { eventId, key: detail.requester_id },
    ...(previous === null ? [] : [{ eventId: `${eventId}:previous`, key: previous }]),
  ];
}
