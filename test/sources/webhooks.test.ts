// Reading the vendors' webhooks: published signatures, and which record an event is about. Refusals over the front door are
// test/acceptance/webhook-that-cannot-be-trusted-is-refused.test.ts.
import { createHmac } from 'node:crypto';
import { posthogSettings } from '../../subgraphs/analytics/analytics.client';
import { createPosthogWebhook } from '../../subgraphs/analytics/analytics.webhook';
import { createShopifyWebhook } from '../../subgraphs/commerce/commerce.webhook';
import { createHubspotWebhook } from '../../subgraphs/crm/crm.webhook';
import { createZendeskWebhook } from '../../subgraphs/support/support.webhook';
import { signatureOf } from '../../subgraphs/upstream/webhook-signature';
import type { ReadWebhook, WebhookRequest } from '../../subgraphs/source';

/** A request as the gateway hands it on. */
const request = (headers: Record<string, string>, body: string): WebhookRequest => ({
  method: 'POST',
  url: 'https://facet.example/webhooks/source',
  headers,
  rawBody: Buffer.from(body),
});

describe('A signature', () => {
  // Vectors: the Standard Webhooks specification's example; of Zendesk and Shopify computed after their documentation.
  it('of Standard Webhooks is the specification’s', () => {
    const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
    expect(signatureOf(key, 'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.', '{"test": 2432232314}')).toBe(
      'g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
  });

  it('of Zendesk is over timestamp and body', () => {
    expect(signatureOf('secret', '2026-11-23T00:00:00Z', Buffer.from('{"a":1}'))).toBe(
      '8O2aI/qMN6M6WBfMUU+GNJz28liVHhPIeTVAPxT4q7g=',
    );
  });

  it('of Shopify is over the body', () => {
    expect(signatureOf('hush', Buffer.from('{"a":1}'))).toBe('3+Yq/TpwjqJ7IXuMq8EfED7b+y0XbokqOKLUdagDxMI=');
  });
});

describe('PostHog’s request', () => {
  const ID = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
  const TIMESTAMP = 1_614_265_330;
  const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const read = (secret: string | undefined = SECRET, nowSeconds = TIMESTAMP): ReadWebhook =>
    createPosthogWebhook({ POSTHOG_WEBHOOK_SECRET: secret }, { now: () => nowSeconds * 1000 });
  const sign = (body: string) => {
    const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${ID}.${TIMESTAMP}.${body}`).digest('base64')}`;
  };
  const signed = (body: string, signature = sign(body)) =>
    request({ 'webhook-id': ID, 'webhook-timestamp': String(TIMESTAMP), 'webhook-signature': signature }, body);
  const told = (event: Record<string, unknown>) => signed(JSON.stringify({ event }));

  it('that is the specification’s example holds, and only says nothing of ours', () => {
    const example = signed('{"test": 2432232314}', 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
    expect(read()(example)).toEqual({ status: 400 });
    expect(read('whsec_bm90LXRoZS1zZWNyZXQtb2YtdGhpcy1vbmU=')(example)).toEqual({ status: 401 });
  });

  it('is about the person of its event, under the id of the request', () => {
    expect(read()(told({ event: '$identify', distinct_id: 'usr_1', properties: {} }))).toEqual({
      status: 200,
      events: [{ eventId: ID, key: 'usr_1' }],
    });
  });

  it.each([
    ['of the shop’s that is counted', { event: 'product_viewed', distinct_id: 'usr_1' }, 1],
    ['of any name that sets a property', { event: 'won', distinct_id: 'usr_1', properties: { $set: { a: 1 } } }, 1],
    ['of any name that unsets one', { event: 'won', distinct_id: 'usr_1', properties: { $unset: ['a'] } }, 1],
    ['of any other name', { event: 'won', distinct_id: 'usr_1', properties: { prize: 1 } }, 0],
  ])('with an event %s', (_what, event, count) => {
    expect(read()(told(event))).toMatchObject({ status: 200, events: { length: count } });
  });

  it.each([
    ['a whole body of the customer’s own', '{"hello":"world"}'],
    ['an event of nobody', '{"event":{"event":"$set","distinct_id":""}}'],
    [
      'a distinct id beyond PostHog’s own bound',
      JSON.stringify({ event: { event: '$set', distinct_id: 'x'.repeat(401) } }),
    ],
    ['no JSON', '{"event":'],
  ])('with %s is 400', (_what, body) => {
    expect(read()(signed(body))).toEqual({ status: 400 });
  });

  it('may carry several signatures, of which one holds, as while a secret is changed', () => {
    const body = JSON.stringify({ event: { event: '$set', distinct_id: 'usr_1' } });
    const several = ['v1,bm90IHRoaXMgb25l', 'v1a,bm9yIHRoaXM=', sign(body)].join(' ');
    expect(read()(signed(body, several)).status).toBe(200);
    expect(read()(signed(body, several.split(' ').slice(0, 2).join(' '))).status).toBe(401);
    // The signature alone, without its version, is another scheme's.
    expect(read()(signed(body, sign(body).slice(3))).status).toBe(401);
  });

  it.each([
    ['five minutes old', 300, 200],
    ['older', 301, 401],
    ['five minutes ahead', -300, 200],
    ['further ahead', -301, 401],
  ])('%s', (_what, ageSeconds, status) => {
    const body = JSON.stringify({ event: { event: '$set', distinct_id: 'usr_1' } });
    expect(read(SECRET, TIMESTAMP + ageSeconds)(signed(body)).status).toBe(status);
  });

  it.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('without %s is refused', (header) => {
    const { headers, ...rest } = told({ event: '$set', distinct_id: 'usr_1' });
    expect(read()({ ...rest, headers: { ...headers, [header]: undefined } })).toEqual({ status: 401 });
  });

  it('is refused where no secret is set', () => {
    expect(createPosthogWebhook({}, { now: () => TIMESTAMP * 1000 })(signed('{}'))).toEqual({ status: 401 });
  });

  it.each([
    [SECRET, true],
    [SECRET.slice('whsec_'.length), true],
    [`${SECRET.slice(0, -4)}`, false],
    ['whsec_', false],
    ['not base64 at all, however long it may be', false],
  ])('has a secret of 24 bytes in base64, with or without its prefix: %s', (secret, isFit) => {
    const settings = { POSTHOG_URL: 'https://eu.posthog.com', POSTHOG_PROJECT_ID: '1', POSTHOG_TOKEN: 'phx_1' };
    expect(posthogSettings.safeParse({ ...settings, POSTHOG_WEBHOOK_SECRET: secret }).success).toBe(isFit);
  });
});

describe('Zendesk’s request', () => {
  const TIMESTAMP = '2026-11-23T00:00:00Z';
  const read = (ageMs = 0): ReadWebhook =>
    createZendeskWebhook({ ZENDESK_WEBHOOK_SECRET: 'secret' }, { now: () => Date.parse(TIMESTAMP) + ageMs });
  const sign = (body: string) => createHmac('sha256', 'secret').update(`${TIMESTAMP}${body}`).digest('base64');
  const signed = (body: string, signature = sign(body)) =>
    request({ 'x-zendesk-webhook-signature': signature, 'x-zendesk-webhook-signature-timestamp': TIMESTAMP }, body);
  const told = (body: Record<string, unknown>) => signed(JSON.stringify({ id: 'event-1', ...body }));

  it('that is signed after the documentation holds, and only says nothing of ours', () => {
    expect(read()(signed('{"a":1}', '8O2aI/qMN6M6WBfMUU+GNJz28liVHhPIeTVAPxT4q7g='))).toEqual({ status: 400 });
    expect(read()(signed('{"a":2}', '8O2aI/qMN6M6WBfMUU+GNJz28liVHhPIeTVAPxT4q7g='))).toEqual({ status: 401 });
  });

  it.each([
    ['of a user', { type: 'zen:event-type:user.name_changed', detail: { id: '35436' } }],
    ['of a deleted user', { type: 'zen:event-type:user.deleted', detail: { id: '35436' } }],
    ['written with a slash', { type: 'zen:event-type/user.merged', detail: { id: 35_436 } }],
    ['of a ticket', { type: 'zen:event-type:ticket.created', detail: { id: '7', requester_id: '35436' } }],
    ['of a deleted ticket', { type: 'zen:event-type:ticket.soft_deleted', detail: { id: '7', requester_id: 35_436 } }],
  ])('with an event %s is about the user', (_what, body) => {
    expect(read()(told(body))).toEqual({ status: 200, events: [{ eventId: 'event-1', key: '35436' }] });
  });

  it('with a ticket that was handed on is about who has it and who had it', () => {
    const body = {
      type: 'zen:event-type:ticket.requester_changed',
      detail: { id: '7', requester_id: '35436' },
      event: { current: '35436', previous: '777' },
    };
    expect(read()(told(body))).toEqual({
      status: 200,
      events: [
        { eventId: 'event-1', key: '35436' },
        { eventId: 'event-1:previous', key: '777' },
      ],
    });
  });

  it('with an event about something else is accepted and left at that', () => {
    expect(read()(told({ type: 'zen:event-type:organization.created', detail: { id: '1' } }))).toEqual({
      status: 200,
      events: [],
    });
  });

  it.each([
    ['a user without an id', '{"id":"1","type":"zen:event-type:user.created","detail":{}}'],
    ['a ticket of nobody', '{"id":"1","type":"zen:event-type:ticket.created","detail":{"id":"7"}}'],
    ['an id that is none', '{"id":"1","type":"zen:event-type:user.created","detail":{"id":"7/tickets"}}'],
    ['no id of its own', '{"type":"zen:event-type:user.created","detail":{"id":"7"}}'],
    ['a body that a trigger wrote', '{"ticket":"7"}'],
    ['no JSON', 'id=7'],
  ])('with %s is 400', (_what, body) => {
    expect(read()(signed(body))).toEqual({ status: 400 });
  });

  it.each([
    ['five minutes old', 300_000, 200],
    ['older', 300_001, 401],
    ['further ahead than five minutes', -300_001, 401],
  ])('%s', (_what, ageMs, status) => {
    expect(read(ageMs)(told({ type: 'zen:event-type:user.created', detail: { id: '7' } })).status).toBe(status);
  });

  it('is refused where no secret is set', () => {
    expect(createZendeskWebhook({}, { now: () => Date.parse(TIMESTAMP) })(signed('{"a":1}'))).toEqual({ status: 401 });
  });
});

describe('Where no secret is set', () => {
  it('HubSpot’s request is refused, even signed with nothing', () => {
    const now = 1_711_234_567_890;
    const url = 'https://facet.example/webhooks/source';
    const signature = createHmac('sha256', '').update(`POST${url}[]${now}`).digest('base64');
    const headers = { 'x-hubspot-request-timestamp': String(now), 'x-hubspot-signature-v3': signature };
    expect(createHubspotWebhook({}, { now: () => now })(request(headers, '[]'))).toEqual({ status: 401 });
  });
});

describe('Shopify’s request', () => {
  const read = createShopifyWebhook({ SHOPIFY_CLIENT_SECRET: 'hush' }, { now: () => 0 });
  const signed = (topic: string, body: string) =>
    request(
      {
        'x-shopify-topic': topic,
        'x-shopify-webhook-id': 'w-1',
        'x-shopify-hmac-sha256': createHmac('sha256', 'hush').update(body).digest('base64'),
      },
      body,
    );

  it.each([
    ['customers/update', '{"id":7064055069}', ['7064055069']],
    ['customers/delete', '{"id":7064055069}', ['7064055069']],
    ['orders/updated', '{"customer":{"id":7064055069}}', ['7064055069']],
    ['orders/create', '{"customer":null}', []],
    ['customers/email_marketing_consent_update', '{"customer_id":7064055069}', ['7064055069']],
    ['products/update', '{"id":1}', []],
  ])('of topic %s and %s is about %j', (topic, body, keys) => {
    expect(read(signed(topic, body))).toEqual({ status: 200, events: keys.map((key) => ({ eventId: 'w-1', key })) });
  });
});
