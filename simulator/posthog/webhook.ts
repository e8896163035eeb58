/**
 * How PostHog tells of an event: the destination "HTTP Webhook" with its default body, signed as Standard Webhooks.
 * Source: vendors.md §3, template-webhook; number and schedule of the repeats from memory.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { EVENT_NAMES } from '../population/analytics';
import type { VendorWebhooks } from '../vendor';
import type { PersonStore } from './person-store';

/** `webhook-signature`. Shape: `v1,` and base64; the key is what follows `whsec_`, decoded. */
export function standardSignature(options: { secret: string; id: string; timestamp: string; body: string }): string {
  const { secret, id, timestamp, body } = options;
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

/** Creates PostHog's webhooks over the project's persons. */
export function createPosthogWebhooks(options: {
  store: PersonStore;
  secret: string;
  projectId: string;
}): VendorWebhooks {
  const { store, secret, projectId } = options;
  return {
    events: ['$set', '$identify', ...EVENT_NAMES],
    timeoutMs: 10_000,
    waitsMs: [1000, 5000],
    repeats: ({ status }) => status === null || status === 429 || status >= 500,
    honoursRetryAfter: [],
    endsWhenExhausted: false,
    usual: [],
    removal: null,
    messages: ({ id, event = '$set', changed, atMs }) => {
      const person = store.byDistinctId(id) ?? store.find(id);
      if (!person) return undefined;
      const set = Object.fromEntries(changed.map((name) => [name, person.properties[name] ?? null]));
      const url = `https://eu.posthog.com/project/${projectId}`;
      const messageId = randomUUID();
      const body = JSON.stringify({
        event: {
          uuid: randomUUID(),
          event,
          distinct_id: person.distinctIds[0],
          properties: changed.length > 0 ? { $set: set } : {},
          timestamp: new Date(atMs).toISOString(),
          url: `${url}/events/`,
        },
        person: {
          id: person.uuid,
          name: String(person.properties.email ?? person.distinctIds[0]),
          properties: person.properties,
          url: `${url}/person/${person.distinctIds[0]}`,
        },
      });
      return [
        {
          event,
          id: messageId,
          compose: ({ atMs: sentMs }) => {
            const timestamp = String(Math.floor(sentMs / 1000));
            return {
              headers: {
                'webhook-id': messageId,
                'webhook-timestamp': timestamp,
                'webhook-signature': standardSignature({ secret, id: messageId, timestamp, body }),
              },
              body,
            };
          },
        },
      ];
    },
  };
}
