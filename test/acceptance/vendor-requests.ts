/**
 * The vendors' webhooks as requests of their own, signed as each documents it: what the simulator sends, with a part of it
 * altered. `expected` is the status each vendor is to be told; where it is 2xx the vendor would otherwise ask again, or no more.
 */
import { hubspotSignature } from '../../simulator/hubspot/webhook';
import { standardSignature } from '../../simulator/posthog/webhook';
import { shopifySignature } from '../../simulator/shopify/webhook';
import type { PersonRef, Vendor } from '../../simulator/simulator';
import { zendeskSignature } from '../../simulator/zendesk/webhook';

export interface Composed {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Said {
  readonly secret: string;
  /** As the vendor calls it. */
  readonly url: string;
  /** The record's id at the vendor. */
  readonly id: string;
  /** What the vendor tells repeats by: a number, which HubSpot's are. */
  readonly eventId: number;
  /** Unix time in milliseconds of the signature. */
  readonly at: number;
  readonly event: string;
  /** In place of the vendor's own. */
  readonly body?: string | undefined;
}

export interface VendorRequest {
  readonly vendor: Vendor;
  readonly source: string;
  readonly idOf: (person: PersonRef) => string;
  /** A property whose change reaches the subscribers. */
  readonly change: (value: string) => Record<string, string>;
  readonly event: string;
  readonly unknownEvent: string;
  readonly signatureHeader: string;
  readonly wrongSecret: string;
  /** Units: milliseconds after which a request is none of the vendor's any more. */
  readonly tooOldMs: number;
  readonly expected: { readonly unknownEvent: number };
  compose(said: Said): Composed;
}

const MINUTE_MS = 60_000;

export const VENDOR_REQUESTS: readonly VendorRequest[] = [
  {
    vendor: 'hubspot',
    source: 'crm',
    idOf: ({ hubspotIds }) => hubspotIds[0] ?? '',
    change: (value) => ({ firstname: value }),
    event: 'contact.propertyChange',
    unknownEvent: 'deal.creation',
    signatureHeader: 'x-hubspot-signature-v3',
    wrongSecret: 'wrong',
    tooOldMs: 6 * MINUTE_MS,
    // Never repeated after a 400, and nothing ends by it.
    expected: { unknownEvent: 400 },
    compose: ({ secret, url, id, eventId, at, event, body: given }) => {
      const common = { subscriptionId: 7, subscriptionType: event, propertyName: 'firstname' };
      const body = given ?? JSON.stringify([{ eventId, objectId: Number(id), ...common, propertyValue: 'not read' }]);
      const timestamp = String(at);
      return {
        body,
        headers: {
          'x-hubspot-signature-v3': hubspotSignature({ secret, method: 'POST', url, body, timestamp }),
          'x-hubspot-request-timestamp': timestamp,
        },
      };
    },
  },
  {
    vendor: 'shopify',
    source: 'commerce',
    idOf: ({ shopifyId }) => shopifyId ?? '',
    change: (value) => ({ lastName: value }),
    event: 'customers/update',
    unknownEvent: 'products/update',
    signatureHeader: 'x-shopify-hmac-sha256',
    wrongSecret: 'wrong',
    // Its repeats go on for four hours and keep the moment of the first.
    tooOldMs: 5 * 60 * MINUTE_MS,
    expected: { unknownEvent: 200 },
    compose: ({ secret, id, eventId, at, event, body: given }) => {
      const body = given ?? JSON.stringify({ id: Number(id), first_name: 'not read' });
      return {
        body,
        headers: {
          'x-shopify-topic': event,
          'x-shopify-hmac-sha256': shopifySignature({ secret, body }),
          'x-shopify-webhook-id': `webhook-${eventId}`,
          'x-shopify-triggered-at': new Date(at).toISOString(),
        },
      };
    },
  },
  {
    vendor: 'posthog',
    source: 'analytics',
    idOf: ({ posthogDistinctIds }) => posthogDistinctIds[0] ?? '',
    change: (value) => ({ name: value }),
    event: '$set',
    unknownEvent: 'survey answered',
    signatureHeader: 'webhook-signature',
    wrongSecret: `whsec_${Buffer.from('wrong'.repeat(5)).toString('base64')}`,
    tooOldMs: 6 * MINUTE_MS,
    expected: { unknownEvent: 200 },
    compose: ({ secret, id, eventId, at, event, body: given }) => {
      const body = given ?? JSON.stringify({ event: { event, distinct_id: id }, person: { properties: {} } });
      const timestamp = String(Math.floor(at / 1000));
      const messageId = `message-${eventId}`;
      return {
        body,
        headers: {
          'webhook-id': messageId,
          'webhook-timestamp': timestamp,
          'webhook-signature': standardSignature({ secret, id: messageId, timestamp, body }),
        },
      };
    },
  },
  {
    vendor: 'zendesk',
    source: 'support',
    idOf: ({ zendeskId }) => zendeskId ?? '',
    change: (value) => ({ name: value }),
    event: 'user.name_changed',
    unknownEvent: 'organization.created',
    signatureHeader: 'x-zendesk-webhook-signature',
    wrongSecret: 'wrong',
    tooOldMs: 6 * MINUTE_MS,
    expected: { unknownEvent: 200 },
    compose: ({ secret, id, eventId, at, event, body: given }) => {
      const body =
        given ??
        JSON.stringify({ id: `event-${eventId}`, type: `zen:event-type:${event}`, detail: { id, name: 'not read' } });
      const timestamp = new Date(at).toISOString();
      return {
        body,
        headers: {
          'x-zendesk-webhook-signature-timestamp': timestamp,
          'x-zendesk-webhook-signature': zendeskSignature({ secret, timestamp, body }),
        },
      };
    },
  },
];
