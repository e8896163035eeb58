/**
 * How HubSpot tells of a changed contact: one request with an array of events, signed twice (v3, and v1 as it still is).
 * Source: vendors.md §1; schedule of the repeats from memory, their number and span documented.
 */
import { createHash, createHmac, randomInt } from 'node:crypto';
import type { VendorWebhooks } from '../vendor';
import type { ContactStore } from './contact-store';

const EVENTS = ['contact.propertyChange', 'contact.creation', 'contact.deletion', 'contact.privacyDeletion'] as const;
const PORTAL_ID = 145_625_150;
const APP_ID = 2_987_650;
/** Each event type, and each property, is a subscription of its own. */
const FIRST_SUBSCRIPTION_ID = 3_450_000;
const MINUTE_MS = 60_000;
const NEVER_REPEATED = [400, 401, 403, 404, 405];

/** What HubSpot decodes in a URL before it signs. */
const DECODED: Readonly<Record<string, string>> = {
  ...{ '%3A': ':', '%2F': '/', '%3F': '?', '%40': '@', '%21': '!', '%24': '$', '%27': "'" },
  ...{ '%28': '(', '%29': ')', '%2A': '*', '%2C': ',', '%3B': ';' },
};

/** X-HubSpot-Signature, which older receivers check: body under the client secret. Shape: hex of a plain SHA-256. */
export const hubspotSignatureV1 = (options: { secret: string; body: string }): string =>
  createHash('sha256')
    .update(options.secret + options.body)
    .digest('hex');

/** X-HubSpot-Signature-v3: method, URL, body and timestamp under the client secret. Shape: base64. */
export function hubspotSignature(options: {
  secret: string;
  method: string;
  url: string;
  body: string;
  timestamp: string;
}): string {
  const { secret, method, url, body, timestamp } = options;
  const decoded = url.replace(/%[0-9A-F]{2}/gi, (escape) => DECODED[escape.toUpperCase()] ?? escape);
  return createHmac('sha256', secret).update(`${method}${decoded}${body}${timestamp}`).digest('base64');
}

/** Creates HubSpot's webhooks over the portal's contacts. */
export function createHubspotWebhooks(options: { store: ContactStore; secret: string }): VendorWebhooks {
  const { store, secret } = options;
  const subscription = (name: string): number => FIRST_SUBSCRIPTION_ID + (hash(name) % 10_000);
  return {
    events: EVENTS,
    timeoutMs: 5000,
    waitsMs: [1, 1, 5, 10, 30, 60, 120, 240, 360, 480].map((minutes) => minutes * MINUTE_MS),
    repeats: ({ status }) => status === null || !NEVER_REPEATED.includes(status),
    honoursRetryAfter: [429],
    endsWhenExhausted: false,
    usual: ['lifecyclestage'],
    removal: 'contact.deletion',
    messages: ({ id, event = 'contact.propertyChange', changed, previous, atMs }) => {
      const contact = store.find({ id, idProperty: 'hs_object_id' });
      if (!contact) return undefined;
      const common = { portalId: PORTAL_ID, appId: APP_ID, occurredAt: atMs, subscriptionType: event };
      const value = (name: string): string | null => contact.properties[name] ?? null;
      const names = changed.filter((name) => !Object.hasOwn(previous, name) || previous[name] !== value(name));
      const subjects = event === 'contact.propertyChange' ? names : [undefined];
      if (subjects.length === 0) return [];
      const events = subjects.map((name) => ({
        eventId: randomInt(1, 2 ** 32),
        subscriptionId: subscription(name ?? event),
        ...common,
        objectId: Number(id),
        ...(name === undefined
          ? { changeFlag: event === 'contact.creation' ? 'NEW' : 'DELETED' }
          : { propertyName: name, propertyValue: value(name) ?? '' }),
        changeSource: 'CRM_UI',
        sourceId: 'userId:12345',
      }));
      return [
        {
          event,
          id: events.map(({ eventId }) => eventId).join(','),
          compose: ({ url, attempt, atMs: sentMs }) => {
            const body = JSON.stringify(events.map((entry) => ({ ...entry, attemptNumber: attempt })));
            const timestamp = String(sentMs);
            return {
              headers: {
                'User-Agent': 'HubSpot Connect 2.0 (simulated)',
                'X-HubSpot-Signature': hubspotSignatureV1({ secret, body }),
                'X-HubSpot-Signature-Version': 'v1',
                'X-HubSpot-Signature-v3': hubspotSignature({ secret, method: 'POST', url, body, timestamp }),
                'X-HubSpot-Request-Timestamp': timestamp,
              },
              body,
            };
          },
        },
      ];
    },
  };
}

/** A number that stays the same for a name, run after run. */
const hash = (name: string): number => createHash('sha256').update(name).digest().readUInt32BE(0);
