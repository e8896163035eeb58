import { Signature } from '@hubspot/api-client';
import { hubspotSignature, hubspotSignatureV1 } from '../../simulator/hubspot/webhook';
import { standardSignature } from '../../simulator/posthog/webhook';
import { shopifySignature } from '../../simulator/shopify/webhook';
import { zendeskSignature } from '../../simulator/zendesk/webhook';
import { startSimulator, type Simulator, type SimulatorOptions, type Vendor } from '../../simulator/simulator';
import { control, example, handClock, UUID } from './callers';
import { startWebhookTarget, type WebhookTarget } from './webhook-target';

describe('Published signatures', () => {
  it('HubSpot v1, the documentation’s example', () => {
    const body =
      '[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM","changeFlag":"NEW","appId":54321}]';
    expect(hubspotSignatureV1({ secret: 'yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy', body })).toBe(
      '232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de',
    );
  });

  it('HubSpot v3, as the official SDK computes it, with the documented escapes decoded', () => {
    const [secret, method, body, timestamp] = ['s', 'POST', '[]', '1711234567890'];
    const plain = { url: 'http://127.0.0.1:1/webhooks/crm?a=@:/', clientSecret: secret, requestBody: body };
    const expected = Signature.getSignature(method, 'v3', { ...plain, timestamp: Number(timestamp) } as never);
    const url = 'http://127.0.0.1:1/webhooks/crm?a=%40%3a%2F';
    expect(hubspotSignature({ secret, method, url, body, timestamp })).toBe(expected);
    expect(hubspotSignature({ secret, method, url: `${url}%20`, body, timestamp })).not.toBe(expected);
  });

  it('Shopify', () => {
    expect(shopifySignature({ secret: 'hush', body: '{"a":1}' })).toBe('3+Yq/TpwjqJ7IXuMq8EfED7b+y0XbokqOKLUdagDxMI=');
  });

  it('Standard Webhooks, the specification’s example', () => {
    const [id, timestamp, body] = ['msg_p5jXN8AQM9LWM0D4loKWxJek', '1614265330', '{"test": 2432232314}'];
    expect(standardSignature({ secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', id, timestamp, body })).toBe(
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
  });
});

describe('Computed signatures', () => {
  it('Zendesk, as its documentation describes', () => {
    const [timestamp, body] = ['2026-11-23T00:00:00Z', '{"a":1}'];
    expect(zendeskSignature({ secret: 'secret', timestamp, body })).toBe(
      '8O2aI/qMN6M6WBfMUU+GNJz28liVHhPIeTVAPxT4q7g=',
    );
  });
});

describe('Webhooks', () => {
  let simulator: Simulator;
  let target: WebhookTarget;
  const start = async (vendor: Vendor, options: SimulatorOptions = {}): Promise<void> => {
    target = await startWebhookTarget(vendor);
    simulator = await startSimulator({
      customers: 50,
      webhookTargets: { [vendor]: target.url },
      webhookWaitFactor: 0,
      ...options,
    });
  };
  afterEach(() => Promise.all([simulator.close(), target.close()]));

  const change = async (vendor: Vendor, id: string, properties: object) => {
    expect((await control(simulator, 'PATCH', `customers/${vendor}/${id}`, properties)).status).toBe(200);
    await simulator.webhooksSettled();
  };
  const deliver = async (vendor: Vendor, body: object) => {
    const answer = await control(simulator, 'POST', `webhooks/${vendor}/deliver`, body);
    await simulator.webhooksSettled();
    return answer;
  };
  const listed = async (vendor: Vendor) => (await control(simulator, 'GET', `webhooks/${vendor}`)).body.deliveries;
  const bodies = () => target.received.map(({ body }) => JSON.parse(body));

  describe('of HubSpot', () => {
    it('tell each changed property as an event, in one signed request that the official SDK accepts', async () => {
      await start('hubspot');
      const id = example(simulator, 'crossId').hubspotIds[0]!;
      const before = Date.now();
      await change('hubspot', id, { firstname: 'Zaphod', email: 'Zaphod@Example.com', phone: '' });
      expect(target.received).toHaveLength(1);
      const [{ method, path, headers, body }] = target.received as [WebhookTarget['received'][number]];
      const common = {
        eventId: expect.any(Number),
        subscriptionId: expect.any(Number),
        portalId: expect.any(Number),
        appId: expect.any(Number),
        occurredAt: expect.any(Number),
        subscriptionType: 'contact.propertyChange',
        attemptNumber: 0,
        objectId: Number(id),
        changeSource: 'CRM_UI',
        sourceId: 'userId:12345',
      };
      expect(JSON.parse(body)).toEqual([
        { ...common, propertyName: 'firstname', propertyValue: 'Zaphod' },
        { ...common, propertyName: 'email', propertyValue: 'zaphod@example.com' },
        { ...common, propertyName: 'phone', propertyValue: '' },
      ]);
      expect([method, path, headers['content-type']]).toEqual(['POST', '/webhooks/hubspot', 'application/json']);
      const timestamp = Number(headers['x-hubspot-request-timestamp']);
      expect(timestamp).toBeGreaterThanOrEqual(before);
      const signed = { clientSecret: simulator.credentials.hubspot.webhookSecret, requestBody: body, url: target.url };
      const v3 = { signatureVersion: 'v3', signature: String(headers['x-hubspot-signature-v3']), timestamp };
      expect(Signature.isValid({ ...signed, ...v3, method })).toBe(true);
      expect(Signature.isValid({ ...signed, ...v3, method, requestBody: `${body} ` })).toBe(false);
      expect(Signature.isValid({ ...signed, signature: String(headers['x-hubspot-signature']) })).toBe(true);
    });

    it('say nothing of a value that stays the same', async () => {
      await start('hubspot');
      const contact = simulator.population.hubspot.contacts[0]!;
      await change('hubspot', contact.id, { firstname: contact.properties.firstname });
      expect(await listed('hubspot')).toEqual([]);
    });

    it('are sent again with the same event, its attempt counted and signed anew, until accepted', async () => {
      const clock = handClock();
      await start('hubspot', { now: clock.now });
      target.answers.push({ status: 500 }, { status: 429, headers: { 'retry-after': '3600' } });
      await change('hubspot', example(simulator, 'crossId').hubspotIds[0]!, { firstname: 'Zaphod' });
      const events = bodies().flat();
      expect(events.map(({ attemptNumber }) => attemptNumber)).toEqual([0, 1, 2]);
      expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(1);
      expect(new Set(target.received.map(({ headers }) => headers['x-hubspot-signature-v3'])).size).toBe(3);
      const at = new Date(clock.now()).toISOString();
      expect(await listed('hubspot')).toEqual([
        {
          id: expect.stringMatching(UUID),
          vendor: 'hubspot',
          event: 'contact.propertyChange',
          messageId: String(events[0].eventId),
          url: target.url,
          state: 'delivered',
          attempts: [500, 429, 200].map((status) => ({ at, status })),
        },
      ]);
    });

    it.each([400, 401, 403, 404, 405])('are not sent again after %d', async (status) => {
      await start('hubspot');
      target.answers.push({ status });
      await change('hubspot', example(simulator, 'crossId').hubspotIds[0]!, { firstname: 'Zaphod' });
      expect(await listed('hubspot')).toMatchObject([{ state: 'failed', attempts: [{ status }] }]);
    });

    it('are given up after ten repeats, and the subscription stays', async () => {
      await start('hubspot');
      await target.close();
      await change('hubspot', example(simulator, 'crossId').hubspotIds[0]!, { firstname: 'Zaphod' });
      const [delivery] = await listed('hubspot');
      expect(delivery.state).toBe('failed');
      expect(delivery.attempts.map(({ status }: { status: number | null }) => status)).toEqual(Array(11).fill(null));
      expect((await control(simulator, 'GET', 'webhooks/hubspot')).body.url).toBe(target.url);
    });
  });

  describe('of Shopify', () => {
    it('tell the customer as REST showed it, without consent, tags and totals', async () => {
      const clock = handClock();
      await start('shopify', { now: clock.now });
      const { shopifyId } = example(simulator, 'readyForCartMail');
      await change('shopify', shopifyId!, { firstName: 'Zaphod', tags: ['loyal'] });
      expect(target.received).toHaveLength(1);
      const [{ headers, body }] = target.received as [WebhookTarget['received'][number]];
      const customer = simulator.population.shopify.customers.find(({ id }) => id === shopifyId)!;
      const parsed = JSON.parse(body);
      const { created_at, updated_at, addresses, default_address, ...rest } = parsed;
      expect(rest).toEqual({
        id: Number(shopifyId),
        email: customer.email,
        first_name: 'Zaphod',
        last_name: customer.lastName,
        state: customer.state.toLowerCase(),
        note: null,
        verified_email: true,
        multipass_identifier: null,
        tax_exempt: false,
        phone: customer.phone,
        currency: 'EUR',
        tax_exemptions: [],
        admin_graphql_api_id: `gid://shopify/Customer/${shopifyId}`,
      });
      expect([Date.parse(created_at), Date.parse(updated_at)]).toEqual([
        Date.parse(customer.createdAt),
        Date.parse(customer.updatedAt),
      ]);
      expect(addresses[0]).toEqual(default_address);
      expect(headers).toMatchObject({
        'x-shopify-topic': 'customers/update',
        'x-shopify-hmac-sha256': shopifySignature({ secret: simulator.credentials.shopify.clientSecret, body }),
        'x-shopify-shop-domain': 'facet-demo.myshopify.com',
        'x-shopify-api-version': '2026-07',
        'x-shopify-webhook-id': expect.stringMatching(UUID),
        'x-shopify-event-id': expect.stringMatching(UUID),
        'x-shopify-triggered-at': new Date(clock.now()).toISOString(),
      });
      expect(simulator.credentials.shopify.webhookSecret).toBe(simulator.credentials.shopify.clientSecret);
    });

    it('tell a consent that changed under a topic of its own, of the same event', async () => {
      await start('shopify');
      const { shopifyId } = example(simulator, 'readyForCartMail');
      await change('shopify', shopifyId!, { marketingState: 'UNSUBSCRIBED' });
      await change('shopify', shopifyId!, { marketingState: 'UNSUBSCRIBED' });
      const topics = target.received.map(({ headers }) => headers['x-shopify-topic']);
      expect(topics.sort()).toEqual([
        'customers/email_marketing_consent_update',
        'customers/update',
        'customers/update',
      ]);
      const consent = target.received.find(({ headers }) => String(headers['x-shopify-topic']).includes('consent'))!;
      expect(JSON.parse(consent.body)).toEqual({
        customer_id: Number(shopifyId),
        email_address: expect.stringContaining('@'),
        email_marketing_consent: {
          state: 'unsubscribed',
          opt_in_level: 'confirmed_opt_in',
          consent_updated_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+01:00$/),
        },
      });
      const [ids, events] = ['webhook', 'event'].map(
        (name) => new Set(target.received.map(({ headers }) => headers[`x-shopify-${name}-id`])),
      );
      expect([ids!.size, events!.size]).toEqual([3, 2]);
    });

    it('keep id and moment when repeated, and end the subscription after eight repeats in vain', async () => {
      await start('shopify');
      target.answers.push(...Array.from({ length: 9 }, () => ({ status: 404 })));
      await change('shopify', example(simulator, 'readyForCartMail').shopifyId!, { note: 'hello' });
      const same = (name: string) => new Set(target.received.map(({ headers }) => headers[name])).size;
      expect([same('x-shopify-webhook-id'), same('x-shopify-triggered-at')]).toEqual([1, 1]);
      expect(target.received).toHaveLength(9);
      expect((await control(simulator, 'GET', 'webhooks/shopify')).body).toMatchObject({
        url: null,
        deliveries: [{ state: 'failed' }],
      });
    });
  });

  describe('of PostHog', () => {
    it('tell event and person, signed as Standard Webhooks', async () => {
      const clock = handClock();
      await start('posthog', { now: clock.now });
      const [distinctId] = example(simulator, 'readyForCartMail').posthogDistinctIds;
      await change('posthog', distinctId!, { plan: 'gold' });
      const [{ headers, body }] = target.received as [WebhookTarget['received'][number]];
      const { person } = simulator.population.posthog.records.find((r) => r.person.distinctIds.includes(distinctId!))!;
      expect(JSON.parse(body)).toEqual({
        event: {
          uuid: expect.stringMatching(UUID),
          event: '$set',
          distinct_id: distinctId,
          properties: { $set: { plan: 'gold' } },
          timestamp: new Date(clock.now()).toISOString(),
          url: expect.any(String),
        },
        person: {
          id: person.uuid,
          name: person.properties.email,
          properties: person.properties,
          url: expect.any(String),
        },
      });
      const { webhookSecret: secret } = simulator.credentials.posthog;
      const [id, timestamp] = [String(headers['webhook-id']), String(Math.floor(clock.now() / 1000))];
      expect(headers).toMatchObject({
        'webhook-timestamp': timestamp,
        'webhook-signature': standardSignature({ secret, id, timestamp, body }),
      });
    });

    it('are tried three times, with one id', async () => {
      await start('posthog');
      target.answers.push({ status: 500 }, { status: 429 }, { status: 503 });
      await change('posthog', example(simulator, 'inPosthog').posthogId!, { plan: 'gold' });
      expect(new Set(target.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
      expect(await listed('posthog')).toMatchObject([{ state: 'failed', attempts: [{}, {}, { status: 503 }] }]);
    });
  });

  describe('of Zendesk', () => {
    it('tell each changed attribute of a user as an event, signed over timestamp and body', async () => {
      const clock = handClock();
      await start('zendesk', { now: clock.now });
      const { zendeskId } = example(simulator, 'readyForCartMail');
      const user = simulator.population.zendesk.users.find(({ id }) => id === zendeskId)!;
      const { name: previous, notes } = user;
      await change('zendesk', zendeskId!, { name: 'Zaphod', notes });
      const at = `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
      const [{ headers, body }] = target.received as [WebhookTarget['received'][number]];
      expect(bodies()).toEqual([
        {
          type: 'zen:event-type:user.name_changed',
          account_id: 12_514_403,
          id: expect.stringMatching(UUID),
          time: at,
          zendesk_event_version: '2022-11-06',
          subject: `zen:user:${zendeskId}`,
          detail: {
            id: zendeskId,
            name: 'Zaphod',
            email: user.email,
            external_id: user.externalId,
            role: 'end-user',
            organization_id: null,
            created_at: user.createdAt,
            updated_at: at,
          },
          event: { current: 'Zaphod', previous },
        },
      ]);
      expect(headers).toMatchObject({
        'x-zendesk-account-id': '12514403',
        'x-zendesk-webhook-id': expect.any(String),
        'x-zendesk-webhook-invocation-id': expect.stringMatching(UUID),
        'x-zendesk-webhook-signature-timestamp': at,
        'x-zendesk-webhook-signature': zendeskSignature({
          secret: simulator.credentials.zendesk.webhookSecret,
          timestamp: at,
          body,
        }),
      });
    });

    it('tell a ticket that is opened, then each change', async () => {
      await start('zendesk');
      const { zendeskId } = example(simulator, 'readyForCartMail');
      const opened = await control(simulator, 'POST', 'tickets', { requester_id: zendeskId, subject: 'Help' });
      await simulator.webhooksSettled();
      const ticketId = opened.body.id.replace('tickets/', '');
      await control(simulator, 'POST', 'tickets', {
        id: ticketId,
        status: 'solved',
        satisfaction_rating: { score: 'bad' },
      });
      await simulator.webhooksSettled();
      const types = bodies().map(({ type }) => type.replace('zen:event-type:ticket.', ''));
      expect([types[0], ...types.slice(1).sort()]).toEqual(['created', 'satisfaction_score_changed', 'status_changed']);
      expect(bodies()[0]).toMatchObject({
        subject: `zen:ticket:${ticketId}`,
        detail: { id: ticketId, status: 'NEW', requester_id: zendeskId, subject: 'Help' },
      });
      expect(bodies().find(({ type }) => type.includes('status_changed')).event).toEqual({
        current: 'solved',
        previous: 'new',
      });
    });

    it.each([
      [{ status: 409 }, 2],
      [{ status: 503, headers: { 'retry-after': '5' } }, 2],
      [{ status: 429, headers: { 'retry-after': '600' } }, 1],
      [{ status: 503 }, 1],
      [{ status: 500 }, 1],
    ])('meet %j with %d attempts', async (answer, attempts) => {
      await start('zendesk');
      target.answers.push(answer);
      await deliver('zendesk', { id: example(simulator, 'inZendesk').zendeskId, event: 'user.created' });
      expect(target.received).toHaveLength(attempts);
    });
  });

  describe('of a record that is gone', () => {
    const removed = async (vendor: Vendor, id: string | null) => {
      expect((await control(simulator, 'DELETE', `customers/${vendor}/${id}`)).status).toBe(204);
      await simulator.webhooksSettled();
    };

    it('tell HubSpot’s deletion', async () => {
      await start('hubspot');
      const id = example(simulator, 'crossId').hubspotIds[0]!;
      await removed('hubspot', id);
      expect(bodies().flat()).toMatchObject([{ subscriptionType: 'contact.deletion', objectId: Number(id) }]);
    });

    it('tell Shopify’s deletion', async () => {
      await start('shopify');
      const { shopifyId } = example(simulator, 'noOrders');
      await removed('shopify', shopifyId);
      expect(target.received.map(({ headers }) => headers['x-shopify-topic'])).toEqual(['customers/delete']);
      expect(bodies()).toMatchObject([{ id: Number(shopifyId) }]);
    });

    it('tell Zendesk’s deletion', async () => {
      await start('zendesk');
      const { zendeskId } = example(simulator, 'inZendesk');
      await removed('zendesk', zendeskId);
      expect(bodies()).toMatchObject([{ type: 'zen:event-type:user.deleted', detail: { id: zendeskId } }]);
    });

    it('tell nothing of PostHog’s', async () => {
      await start('posthog');
      await removed('posthog', example(simulator, 'inPosthog').posthogId);
      expect(target.received).toEqual([]);
    });
  });

  describe('by hand', () => {
    it.each(['hubspot', 'shopify', 'posthog', 'zendesk'] as const)('need no more than an id: %s', async (vendor) => {
      await start(vendor);
      const { hubspotIds, shopifyId, posthogId, zendeskId } = example(simulator, 'readyForCartMail');
      const id = { hubspot: hubspotIds[0], shopify: shopifyId, posthog: posthogId, zendesk: zendeskId }[vendor];
      expect((await deliver(vendor, { id })).status).toBe(202);
      expect(await listed(vendor)).toMatchObject([{ vendor, state: 'delivered', attempts: [{ status: 200 }] }]);
    });

    it('go out as any event the vendor knows', async () => {
      await start('hubspot');
      const id = example(simulator, 'crossId').hubspotIds[0]!;
      const answer = await deliver('hubspot', { id, properties: ['email'] });
      expect(answer).toMatchObject({
        status: 202,
        body: [{ vendor: 'hubspot', event: 'contact.propertyChange', state: 'pending', attempts: [] }],
      });
      await deliver('hubspot', { id, event: 'contact.deletion' });
      expect(bodies().flat()).toMatchObject([
        { subscriptionType: 'contact.propertyChange', propertyName: 'email' },
        { subscriptionType: 'contact.deletion', objectId: Number(id), changeFlag: 'DELETED' },
      ]);
    });

    it('go out a second time as the very same message', async () => {
      await start('shopify');
      const { body } = await deliver('shopify', { id: example(simulator, 'crossId').shopifyId });
      await deliver('shopify', { repeat: body[0].id });
      const [first, second] = target.received;
      expect(second!.body).toBe(first!.body);
      expect(second!.headers['x-shopify-webhook-id']).toBe(first!.headers['x-shopify-webhook-id']);
      expect(await listed('shopify')).toHaveLength(2);
    });

    it.each([
      [{ id: '1' }, 404, 'expected the id of a hubspot customer, but got 1'],
      [{ repeat: '1' }, 404, 'expected the id of a delivery, but got 1'],
      [
        { id: '1', event: 'contact.merge' },
        400,
        /^event: expected one of contact\.propertyChange, .*"contact\.merge"$/,
      ],
      [{}, 400, 'expected an object of id, event, properties; or of repeat alone, but got {}'],
      [{ id: '1', repeat: '1' }, 400, /^expected an object of id, event, properties; or of repeat alone, but got/],
    ])('refuse %j with %d', async (body, status, error) => {
      await start('hubspot');
      const answer = await deliver('hubspot', body);
      expect(answer).toMatchObject({ status, body: { error: expect.stringMatching(error) } });
    });
  });

  describe('Targets', () => {
    it('are registered and cleared; without one nothing is sent', async () => {
      await start('hubspot', { webhookTargets: {} });
      const id = example(simulator, 'crossId').hubspotIds[0]!;
      await change('hubspot', id, { firstname: 'A' });
      expect(await deliver('hubspot', { id })).toMatchObject({
        status: 409,
        body: { error: 'expected a target registered for hubspot, but got none' },
      });
      const { url } = target;
      expect(await control(simulator, 'PUT', 'webhooks/hubspot', { url })).toMatchObject({
        status: 200,
        body: { url },
      });
      await change('hubspot', id, { firstname: 'B' });
      expect((await control(simulator, 'PUT', 'webhooks/hubspot', {})).body).toEqual({ url: null });
      await change('hubspot', id, { firstname: 'C' });
      simulator.setWebhookTarget('hubspot', url);
      await change('hubspot', id, { firstname: 'D' });
      simulator.setWebhookTarget('hubspot', null);
      await change('hubspot', id, { firstname: 'E' });
      expect(bodies().map(([event]) => event.propertyValue)).toEqual(['B', 'D']);
    });

    it.each([
      'https://127.0.0.1/webhooks/crm',
      'http://example.com/webhooks/crm',
      'http://127.0.0.1.example.com/',
      'http://127.0.0.1@example.com/',
      'http://user:secret@127.0.0.1/',
      'file:///etc/passwd',
      'nonsense',
      7,
    ])('elsewhere are refused: %p', async (url) => {
      await start('hubspot');
      const error = `url: expected http://127.0.0.1:… or http://localhost:…, but got ${JSON.stringify(url)}`;
      expect(await control(simulator, 'PUT', 'webhooks/hubspot', { url })).toMatchObject({
        status: 400,
        body: { error },
      });
      expect(() => simulator.setWebhookTarget('hubspot', url as string)).toThrow(new TypeError(error));
      await expect(startSimulator({ customers: 50, webhookTargets: { shopify: url as string } })).rejects.toThrow(
        error,
      );
      expect((await control(simulator, 'GET', 'webhooks/hubspot')).body.url).toBe(target.url);
    });

    it('cannot send the sender elsewhere by a redirect', async () => {
      await start('shopify');
      const elsewhere = await startWebhookTarget('elsewhere');
      try {
        target.answers.push({ status: 307, headers: { location: elsewhere.url } });
        await deliver('shopify', { id: example(simulator, 'crossId').shopifyId });
        expect(elsewhere.received).toEqual([]);
        expect(await listed('shopify')).toMatchObject([{ attempts: [{ status: 307 }, { status: 200 }] }]);
      } finally {
        await elsewhere.close();
      }
    });

    it('that never answer do not keep the simulator from closing', async () => {
      await start('hubspot', { webhookWaitFactor: 1 });
      target.answers.push({ status: 500 }, 'hang');
      const id = example(simulator, 'crossId').hubspotIds[0]!;
      for (const firstname of ['A', 'B']) {
        expect((await control(simulator, 'PATCH', `customers/hubspot/${id}`, { firstname })).status).toBe(200);
      }
      await expect(simulator.close()).resolves.toBeUndefined();
    });
  });
});
