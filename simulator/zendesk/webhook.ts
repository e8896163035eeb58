/**
 * How Zendesk tells of a changed user or ticket: one request per changed attribute, each an event.
 * Source: vendors.md §4; names of the events beyond ticket.created, and schedule of the repeats, from memory. The circuit
 * breaker (70 % errors) is not imitated.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { second } from '../population/orders';
import type { SupportTicket, SupportUser } from '../population';
import type { VendorWebhooks } from '../vendor';
import type { SupportStore } from './support-store';

const ACCOUNT_ID = 12_514_403;
const WEBHOOK_ID = '01JD8W3Q6Z7M5T1K9X2B4C6D8E';

const USER_EVENTS: Readonly<Record<string, string>> = {
  name: 'user.name_changed',
  email: 'user.identity_changed',
  phone: 'user.identity_changed',
  notes: 'user.notes_changed',
};
const TICKET_EVENTS: Readonly<Record<string, string>> = {
  subject: 'ticket.subject_changed',
  description: 'ticket.description_changed',
  status: 'ticket.status_changed',
  priority: 'ticket.priority_changed',
  type: 'ticket.type_changed',
  tags: 'ticket.tags_changed',
  satisfaction_rating: 'ticket.satisfaction_score_changed',
};

/** X-Zendesk-Webhook-Signature: timestamp and raw body, nothing between them. Shape: base64. */
export const zendeskSignature = (options: { secret: string; timestamp: string; body: string }): string =>
  createHmac('sha256', options.secret).update(`${options.timestamp}${options.body}`).digest('base64');

const userDetail = (user: SupportUser): Record<string, unknown> => ({
  id: user.id,
  name: user.name,
  email: user.email,
  external_id: user.externalId,
  role: user.role,
  organization_id: null,
  created_at: user.createdAt,
  updated_at: user.updatedAt,
});

const ticketDetail = (ticket: SupportTicket): Record<string, unknown> => ({
  id: ticket.id,
  status: ticket.status.toUpperCase(),
  requester_id: ticket.requesterId,
  submitter_id: ticket.requesterId,
  assignee_id: ticket.assigneeId,
  priority: ticket.priority?.toUpperCase() ?? null,
  type: ticket.type?.toUpperCase() ?? null,
  subject: ticket.subject,
  description: ticket.description,
  tags: ticket.tags,
  via: { channel: ticket.channel },
  created_at: ticket.createdAt,
  updated_at: ticket.updatedAt,
});

/** Creates Zendesk's webhooks over the account's users and tickets. */
export function createZendeskWebhooks(options: { store: SupportStore; secret: string }): VendorWebhooks {
  const { store, secret } = options;
  return {
    events: [
      ...new Set(['user.created', 'user.deleted', ...Object.values(USER_EVENTS)]),
      ...['ticket.created', ...Object.values(TICKET_EVENTS)],
    ],
    timeoutMs: 12_000,
    waitsMs: [1000, 5000, 15_000, 30_000],
    repeats: ({ status, retryAfterSeconds }) =>
      status === null ||
      status === 409 ||
      ((status === 429 || status === 503) && retryAfterSeconds !== null && retryAfterSeconds < 60),
    honoursRetryAfter: [429, 503],
    endsWhenExhausted: false,
    usual: ['name', 'status'],
    removal: 'user.deleted',
    messages: ({ id, event, changed, previous, atMs }) => {
      const [, ticketId] = /^tickets\/(\d+)$/.exec(id) ?? [];
      const user = store.user(id);
      const ticket = ticketId === undefined ? undefined : store.ticket(ticketId);
      if (!user && !ticket) return undefined;
      const kind = ticket ? 'ticket' : 'user';
      if (event !== undefined && !event.startsWith(`${kind}.`)) return undefined;
      const detail = ticket ? ticketDetail(ticket) : userDetail(user!);
      const current: Record<string, unknown> = ticket
        ? { ...ticket, satisfaction_rating: { score: ticket.satisfaction } }
        : { ...user };
      const events = ticket ? TICKET_EVENTS : USER_EVENTS;
      const opened = changed.includes('requester_id');
      const differs = (name: string): boolean => JSON.stringify(previous[name]) !== JSON.stringify(current[name]);
      const names =
        opened || event !== undefined
          ? [undefined]
          : changed.filter((name) => Object.hasOwn(events, name) && differs(name));
      return names.map((name) => {
        const type = event ?? (name === undefined ? 'ticket.created' : events[name]!);
        const eventId = randomUUID();
        const body = JSON.stringify({
          type: `zen:event-type:${type}`,
          account_id: ACCOUNT_ID,
          id: eventId,
          time: second(atMs),
          zendesk_event_version: '2022-11-06',
          subject: `zen:${kind}:${ticketId ?? id}`,
          detail,
          event:
            name === undefined
              ? { meta: { sequence: { id: randomUUID(), position: 1 } } }
              : { current: current[name] ?? null, previous: previous[name] ?? null },
        });
        const invocationId = randomUUID();
        return {
          event: type,
          id: eventId,
          compose: ({ atMs: sentMs }) => {
            const timestamp = second(sentMs);
            return {
              headers: {
                'User-Agent': 'Zendesk Webhook (simulated)',
                'X-Zendesk-Account-Id': String(ACCOUNT_ID),
                'X-Zendesk-Webhook-Id': WEBHOOK_ID,
                'X-Zendesk-Webhook-Invocation-Id': invocationId,
                'X-Zendesk-Webhook-Signature': zendeskSignature({ secret, timestamp, body }),
                'X-Zendesk-Webhook-Signature-Timestamp': timestamp,
              },
              body,
            };
          },
        };
      });
    },
  };
}
