import { createHmac } from 'node:crypto';
import { createClient } from 'graphql-ws';
import type { Client, ExecutionResult } from 'graphql-ws';
import WebSocket from 'ws';
import { createIngest } from '../../subgraphs/profiles/ingest';
import { first, startTestFacet } from './facet';
import type { TestFacet } from './facet';

/** What HubSpot signs with, as the simulator made it. */
let secret: string;
let facet: TestFacet;
let id: string;
let hubspotId: string;
const clients: Client[] = [];

beforeAll(async () => {
  facet = await startTestFacet();
  secret = facet.facet.simulator?.credentials.hubspot.webhookSecret ?? '';
  id = first(await facet.customersWith('readyForCartMail'));
  hubspotId = first(facet.facet.simulator?.population.examples('readyForCartMail') ?? []).hubspotIds[0] ?? '';
});
afterAll(async () => {
  for (const client of clients) await client.dispose();
  await facet.close();
});

/** A subscription: `next()` resolves with the next event, or rejects when the stream ends. */
function subscribe(query: string, options: { bearer: string; purpose?: string; variables?: Record<string, unknown> }) {
  const client = createClient({
    url: `${facet.facet.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    lazy: false,
    onNonLazyError: () => {},
    connectionParams: { authorization: `Bearer ${options.bearer}`, purpose: options.purpose },
  });
  clients.push(client);
  const stream = client.iterate({ query, variables: options.variables ?? {} });
  return {
    next: async () => (await stream.next()).value as ExecutionResult,
    end: () => stream.return?.(),
  };
}

const QUERY = `subscription ($ids: [ID!]) {
  customerChanged(ids: $ids) {
    cursor kind changedFields
    customer { id contact { firstName } cart { checkoutUrl } lastOrder { placedAt } }
  }
}`;

const change = async (properties: Record<string, string>) => {
  const url = facet.facet.simulator?.urls.hubspot ?? '';
  await fetch(`${url}/__simulator/customers/hubspot/${hubspotId}`, {
    method: 'PATCH',
    body: JSON.stringify(properties),
  });
};

let lastEventId = 1000;
/** HubSpot's own request, signed as v3; `altered` breaks one thing. */
const webhook = async (
  altered: {
    secret?: string;
    timestamp?: number;
    body?: string;
    eventId?: number;
    headers?: Record<string, string>;
  } = {},
) => {
  const event = {
    eventId: altered.eventId ?? (lastEventId += 1),
    subscriptionId: 7,
    subscriptionType: 'contact.propertyChange',
    objectId: Number(hubspotId),
    propertyName: 'firstname',
    propertyValue: 'ignored: the record is read from the source',
  };
  const body = altered.body ?? JSON.stringify([event]);
  const timestamp = String(altered.timestamp ?? Date.now());
  const url = `${facet.facet.url}/webhooks/crm`;
  const signature = createHmac('sha256', altered.secret ?? secret)
    .update(`POST${url}${body}${timestamp}`)
    .digest('base64');
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-hubspot-signature-v3': signature,
      'x-hubspot-request-timestamp': timestamp,
      ...altered.headers,
    },
    body,
  });
  return response.status;
};

describe('A subscriber is told of profile changes', () => {
  it('by a change at the vendor, its signed webhook, and an event with fields of every subgraph', async () => {
    const events = subscribe(QUERY, {
      bearer: facet.token('renderer'),
      purpose: 'ESSENTIAL_SERVICE',
      variables: { ids: [id] },
    });
    const marketing = subscribe(QUERY, {
      bearer: facet.token('renderer'),
      purpose: 'EMAIL_MARKETING',
      variables: { ids: [id] },
    });
    const others = await facet.customersWith('onlyHubspot');
    const unconcerned = subscribe(QUERY, { bearer: facet.token('renderer'), variables: { ids: others } });
    const silent = unconcerned.next();
    const [told, toldMarketing] = [events.next(), marketing.next()];
    await settled();

    await change({ firstname: 'Trillian' });
    expect(await told).toEqual({
      data: {
        customerChanged: {
          cursor: expect.any(String),
          kind: 'UPDATED',
          changedFields: ['contact'],
          customer: {
            id,
            contact: { firstName: 'Trillian' },
            cart: null,
            lastOrder: { placedAt: expect.stringMatching(/Z$/) },
          },
        },
      },
      extensions: {
        privacy: { withheld: [expect.objectContaining({ path: ['customerChanged', 'customer', 'cart'] })], masked: [] },
      },
    });
    expect((await toldMarketing).data).toEqual({
      customerChanged: expect.objectContaining({
        customer: expect.objectContaining({ cart: { checkoutUrl: expect.stringMatching(/^https:/) } }),
      }),
    });
    await expect(Promise.race([silent, Promise.resolve('nothing')])).resolves.toBe('nothing');
    await events.end();
    await marketing.end();
  });

  it('decided anew for each delivery: after a withdrawal the very next event has the fields null', async () => {
    const events = subscribe(QUERY, {
      bearer: facet.token('renderer'),
      purpose: 'EMAIL_MARKETING',
      variables: { ids: [id] },
    });
    const told = events.next();
    await settled();
    await facet.graphql(
      'mutation ($id: ID!) { withdrawConsent(input: { customerId: $id, purpose: EMAIL_MARKETING }) { version } }',
      { as: 'privacyOfficer', variables: { id } },
    );
    const { data } = await told;
    expect(data).toEqual({
      customerChanged: {
        cursor: expect.any(String),
        kind: 'UPDATED',
        changedFields: [],
        customer: { id, contact: { firstName: null }, cart: null, lastOrder: null },
      },
    });
    await events.end();
  });

  it('and of a record that is gone at its source, whose fields are null from then on', async () => {
    // Somebody HubSpot knew once: stored by an earlier sync, erased there since.
    const { store, registry } = facet.facet.parts;
    const ingest = createIngest({ store, registry, sources: [{ name: 'crm' }, { name: 'commerce' }], now: Date.now });
    const erased = {
      sourceId: '999',
      sourceVersion: 1,
      categories: { CONTACT: { contact: { email: 'arthur@example.com' } } },
      identities: [
        { namespace: 'hubspot.contact', value: '999', verified: true },
        { namespace: 'email', value: 'arthur@example.com', verified: true },
      ],
      consents: [],
      facts: { name: null, country: null, birthDate: null, suppressions: [], historicValue: null },
    };
    const stored = await ingest({ source: 'crm', records: [erased], fetchedAt: Date.now() });
    const customerId = stored.customerIds[0];
    const events = subscribe(
      'subscription ($ids: [ID!]) { customerChanged(ids: $ids) { changedFields customer { contact { email } } } }',
      {
        bearer: facet.token('privacyOfficer'),
        purpose: 'DATA_SUBJECT_RIGHTS',
        variables: { ids: [customerId] },
      },
    );
    const told = events.next();
    await settled();
    const body = JSON.stringify([
      { eventId: 1, subscriptionId: 1, subscriptionType: 'contact.deletion', objectId: 999 },
    ]);
    expect(await webhook({ body })).toBe(200);
    expect((await told).data).toEqual({
      customerChanged: {
        changedFields: expect.arrayContaining(['contact', 'identities']),
        customer: { contact: { email: null } },
      },
    });
    await events.end();
  });

  it.each([
    ['a wrong signature', () => webhook({ secret: 'wrong' }), 401],
    ['no signature', () => webhook({ headers: { 'x-hubspot-signature-v3': '' } }), 401],
    ['a timestamp of six minutes ago', () => webhook({ timestamp: Date.now() - 6 * 60_000 }), 401],
    ['a body that is no event', () => webhook({ body: '{"nothing":true}' }), 400],
    [
      'an unknown event only',
      () => webhook({ body: JSON.stringify([{ eventId: 5, subscriptionType: 'deal.creation', objectId: 1 }]) }),
      400,
    ],
    ['a body of 1 MB', () => webhook({ body: JSON.stringify(['x'.repeat(1024 * 1024)]) }), 413],
  ])('refuses a webhook with %s, and applies nothing', async (_what, send, status) => {
    const before = await facet.facet.parts.store.lastChange();
    expect(await send()).toBe(status);
    expect(await facet.facet.parts.store.findPending('crm', 10)).toEqual([]);
    expect(await facet.facet.parts.store.lastChange()).toBe(before);
  });

  it('takes a repeated webhook for what it is, and asks the vendor nothing again', async () => {
    expect(await webhook({ eventId: 42 })).toBe(200);
    await settled();
    await facet.forget();
    expect(await webhook({ eventId: 42 })).toBe(200);
    await settled();
    expect(await facet.asked('hubspot')).toEqual([]);
  });

  it('answers a bad document on its own subscription, and a bad token by closing the socket', async () => {
    const events = subscribe('subscription { nothing }', { bearer: facet.token('renderer') });
    await expect(events.next()).rejects.toEqual([
      expect.objectContaining({ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }),
    ]);
    const refused = subscribe(QUERY, { bearer: 'garbage' });
    await expect(refused.next()).rejects.toEqual(expect.objectContaining({ code: expect.any(Number) }));
  });
});

/** Until what is under way in this process has come to rest: two answers over real sockets later. */
async function settled(): Promise<void> {
  for (let round = 0; round < 10; round += 1) await facet.fetch('/healthz');
}
