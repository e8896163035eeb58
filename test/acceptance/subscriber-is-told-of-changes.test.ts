import type { PersonRef, Vendor } from '../../simulator/simulator';
import { first, runFacet } from './running-facet';
import type { RunningFacet } from './running-facet';
import { subscribe } from './subscriber';
import type { Subscription } from './subscriber';
import { VENDOR_REQUESTS } from './vendor-requests';

let facet: RunningFacet;
/** Known to all four vendors. Each test changes people of its own. */
let people: PersonRef[];
const opened: Subscription[] = [];

beforeAll(async () => {
  facet = await runFacet({ customers: 200 });
  people = facet.population.examples('readyForCartMail').filter(({ cases }) => !cases.includes('lastSeenUnknown'));
});
afterEach(async () => {
  for (const subscription of opened.splice(0)) await subscription.end();
});
afterAll(() => facet.close());

const follow = async (query: string, options: Parameters<typeof subscribe>[2]) => {
  const subscription = await subscribe(facet.url, query, options);
  opened.push(subscription);
  return subscription;
};
const somebody = (): PersonRef => {
  const person = people.shift();
  if (person === undefined) throw new Error('Expected more people in the population.');
  return person;
};
const customerOf = async (namespace: string, value: string | null | undefined): Promise<string> => {
  const { body } = await facet.graphql(
    'query ($namespace: IdentityNamespace!, $value: String!) { customerByIdentity(namespace: $namespace, value: $value) { id } }',
    { as: 'privacyOfficer', purpose: 'DATA_SUBJECT_RIGHTS', variables: { namespace, value } },
  );
  return (body.data?.customerByIdentity as { id: string }).id;
};
const contactOf = ({ hubspotIds: [id] }: PersonRef) => customerOf('hubspot.contact', id);
const patch = (vendor: Vendor, id: string | null | undefined, body: Record<string, unknown>) =>
  facet.control(`/customers/${vendor}/${id}`, { method: 'PATCH', body }) as Promise<Answered>;
const remove = (vendor: Vendor, id: string | null | undefined) =>
  facet.control(`/customers/${vendor}/${id}`, { method: 'DELETE' });
interface Answered {
  readonly id: string;
  readonly updatedAt: string;
}

/** Whoever may see everything follows one customer. */
const followWhole = async (id: string) =>
  follow(
    `subscription ($ids: [ID!]) {
      customerChanged(ids: $ids) {
        kind changedFields
        customer {
          contact { firstName email } orderCount consents { purpose state } lastSeenAt visitCount identities { namespace value }
          openTickets satisfaction tickets(first: 1) { edges { node { subject status } } }
        }
      }
    }`,
    { bearer: facet.token('privacyOfficer'), purpose: 'DATA_SUBJECT_RIGHTS', variables: { ids: [id] } },
  );
const told = async (events: Subscription) => {
  const { data, errors } = await events.next();
  expect(errors).toBeUndefined();
  return data?.customerChanged as { kind: string; changedFields: string[]; customer: Record<string, unknown> };
};

const ticketIs = (status: string) => ({ edges: [{ node: { subject: 'Parcel', status } }] });
type Seen = Record<string, unknown>;
/** What changes at the vendor, the fields that changed by it, and what a subscriber sees of them. */
const CHANGES: ReadonlyArray<
  readonly [
    vendor: Vendor,
    what: string,
    change: (person: PersonRef) => Promise<Answered>,
    changedFields: readonly string[],
    seen: (answered: Answered) => Seen,
  ]
> = [
  [
    'hubspot',
    'a name',
    ({ hubspotIds: [id] }) => patch('hubspot', id, { firstname: 'Trillian' }),
    ['contact'],
    () => ({ contact: expect.objectContaining({ firstName: 'Trillian' }) }),
  ],
  [
    'shopify',
    'a subscription to mails that ends',
    ({ shopifyId }) => patch('shopify', shopifyId, { marketingState: 'UNSUBSCRIBED' }),
    ['consents'],
    () => ({ consents: expect.arrayContaining([{ purpose: 'EMAIL_MARKETING', state: 'WITHDRAWN' }]) }),
  ],
  [
    'posthog',
    'a property, by which the person was seen',
    ({ posthogDistinctIds: [id] }) => patch('posthog', id, { plan: 'gold' }),
    ['lastSeenAt'],
    ({ updatedAt }) => ({ lastSeenAt: updatedAt }),
  ],
  [
    'posthog',
    'an address',
    ({ posthogDistinctIds: [id] }) => patch('posthog', id, { email: 'trillian@example.com' }),
    ['identities', 'lastSeenAt'],
    () => ({ identities: expect.arrayContaining([{ namespace: 'email', value: 'trillian@example.com' }]) }),
  ],
  [
    'zendesk',
    'an address of a user',
    ({ zendeskId }) => patch('zendesk', zendeskId, { email: 'tricia@example.com' }),
    ['identities'],
    () => ({ identities: expect.arrayContaining([{ namespace: 'email', value: 'tricia@example.com' }]) }),
  ],
  [
    'zendesk',
    'a ticket that is opened',
    ({ zendeskId }) =>
      facet.control('/tickets', { body: { requester_id: zendeskId, subject: 'Parcel' } }) as Promise<Answered>,
    ['engagement', 'openTickets', 'tickets'],
    () => ({ openTickets: 1, tickets: ticketIs('new') }),
  ],
];

describe('A subscriber is told of profile changes', () => {
  it.each(CHANGES)('at %s: %s', async (_vendor, _what, change, changedFields, seen) => {
    const person = somebody();
    const events = await followWhole(await contactOf(person));
    const answered = await change(person);
    const event = await told(events);
    expect({ ...event, changedFields: event.changedFields.toSorted() }).toEqual({
      kind: 'UPDATED',
      changedFields,
      customer: expect.objectContaining(seen(answered)),
    });
  });

  it('at zendesk: a ticket that is solved and rated, of which several webhooks tell and one change comes', async () => {
    const person = somebody();
    const opening = { requester_id: person.zendeskId, subject: 'Parcel' };
    const events = await followWhole(await contactOf(person));
    const { id } = (await facet.control('/tickets', { body: opening })) as Answered;
    expect((await told(events)).customer).toMatchObject({ openTickets: 1, tickets: ticketIs('new') });

    const rated = { id: id.replace('tickets/', ''), status: 'solved', satisfaction_rating: { score: 'bad' } };
    await facet.control('/tickets', { body: rated });
    const event = await told(events);
    expect(event.customer).toMatchObject({ openTickets: 0, satisfaction: 'bad', tickets: ticketIs('solved') });
    expect(event.changedFields).toEqual(expect.arrayContaining(['openTickets', 'tickets']));

    await patch('zendesk', person.zendeskId, { email: 'rated@example.com' });
    expect((await told(events)).changedFields).toEqual(['identities']);
  });

  it('by an event with fields of every subgraph, each under the purpose of who is told', async () => {
    const person = somebody();
    const id = await contactOf(person);
    const query = `subscription ($ids: [ID!]) {
      customerChanged(ids: $ids) {
        cursor kind changedFields
        customer { id contact { firstName } cart { checkoutUrl } lastOrder { placedAt } }
      }
    }`;
    const other = somebody();
    const otherId = await contactOf(other);
    const followAs = (purpose: string, followed: string) =>
      follow(query, { bearer: facet.token('renderer'), purpose, variables: { ids: [followed] } });
    const events = await followAs('ESSENTIAL_SERVICE', id);
    const marketing = await followAs('EMAIL_MARKETING', id);
    const unconcerned = await followAs('ESSENTIAL_SERVICE', otherId);

    await patch('hubspot', person.hubspotIds[0], { firstname: 'Zaphod' });
    expect(await events.next()).toEqual({
      data: {
        customerChanged: {
          cursor: expect.any(String),
          kind: 'UPDATED',
          changedFields: ['contact'],
          customer: {
            id,
            contact: { firstName: 'Zaphod' },
            cart: null,
            lastOrder: { placedAt: expect.stringMatching(/Z$/) },
          },
        },
      },
      extensions: {
        privacy: { withheld: [expect.objectContaining({ path: ['customerChanged', 'customer', 'cart'] })], masked: [] },
      },
    });
    expect((await marketing.next()).data).toEqual({
      customerChanged: expect.objectContaining({
        customer: expect.objectContaining({ cart: { checkoutUrl: expect.stringMatching(/^https:/) } }),
      }),
    });
    // What the third is told of first is what it asked for.
    await patch('hubspot', other.hubspotIds[0], { firstname: 'Ford' });
    expect((await told(unconcerned)).customer).toMatchObject({ id: otherId, contact: { firstName: 'Ford' } });
  });

  it('decided anew for each delivery: after a withdrawal the very next event has the fields null', async () => {
    const id = await contactOf(somebody());
    const events = await follow(
      `subscription ($ids: [ID!]) {
        customerChanged(ids: $ids) { kind changedFields customer { id contact { firstName } cart { checkoutUrl } lastOrder { placedAt } } }
      }`,
      { bearer: facet.token('renderer'), purpose: 'EMAIL_MARKETING', variables: { ids: [id] } },
    );
    await facet.graphql(
      'mutation ($id: ID!) { withdrawConsent(input: { customerId: $id, purpose: EMAIL_MARKETING }) { version } }',
      { as: 'privacyOfficer', variables: { id } },
    );
    expect(await told(events)).toEqual({
      kind: 'UPDATED',
      changedFields: [],
      customer: { id, contact: { firstName: null }, cart: null, lastOrder: null },
    });
  });

  it('answers a bad document on its own subscription, and a bad token by closing the socket', async () => {
    const events = await follow('subscription { nothing }', { bearer: facet.token('renderer') });
    await expect(events.next()).rejects.toEqual([
      expect.objectContaining({ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }),
    ]);
    const refused = await follow('subscription { customerChanged { cursor } }', { bearer: 'garbage' });
    await expect(refused.next()).rejects.toEqual(expect.objectContaining({ code: expect.any(Number) }));
  });
});

/** PostHog's own request about a person it tells nothing more of. */
const eventOf = async (distinctId: string) => {
  const posthog = VENDOR_REQUESTS.find(({ vendor }) => vendor === 'posthog');
  if (posthog === undefined) throw new Error('Expected PostHog among the vendors.');
  const url = `${facet.url}/webhooks/analytics`;
  const secret = facet.vendorCredentials.posthog.webhookSecret;
  const said = { secret, url, id: distinctId, eventId: 1, at: Date.now(), event: '$pageview' };
  const { headers, body } = posthog.compose(said);
  expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(200);
};
/** Who is erased at the vendor, how, and which fields are empty from then on. */
const ERASURES: ReadonlyArray<
  readonly [
    vendor: Vendor,
    what: string,
    who: () => readonly [namespace: string, value: string | null | undefined],
    erase: (value: string) => Promise<unknown>,
    changedField: string,
    seen: Seen,
  ]
> = [
  [
    'hubspot',
    'a contact that was deleted',
    () => ['hubspot.contact', somebody().hubspotIds[0]],
    (id) => remove('hubspot', id),
    'contact',
    { contact: { firstName: null, email: null } },
  ],
  [
    'shopify',
    'a customer who was deleted',
    () => ['shopify.customer', first(facet.population.examples('noOrders')).shopifyId],
    (id) => remove('shopify', id),
    'orderCount',
    { orderCount: null },
  ],
  [
    'posthog',
    'a person who was deleted, at the next event',
    () => ['posthog.distinct_id', somebody().posthogDistinctIds[0]],
    async (id) => {
      await remove('posthog', id);
      await eventOf(id);
    },
    'lastSeenAt',
    { lastSeenAt: null, visitCount: null },
  ],
  [
    'posthog',
    'a person who is anonymous again',
    () => ['posthog.distinct_id', somebody().posthogDistinctIds[0]],
    (id) => patch('posthog', id, { email: null, hubspot_contact_id: null }),
    'lastSeenAt',
    { lastSeenAt: null, visitCount: null },
  ],
  [
    'zendesk',
    'a user who was deleted',
    () => ['zendesk.user', somebody().zendeskId],
    (id) => remove('zendesk', id),
    'tickets',
    { openTickets: null, tickets: null, satisfaction: null },
  ],
];

describe('And of a record that is gone at its source, whose fields are null from then on', () => {
  it.each(ERASURES)('at %s: %s', async (_vendor, _what, who, erase, changedField, seen) => {
    const [namespace, value] = who();
    const events = await followWhole(await customerOf(namespace, value));
    await erase(value ?? '');
    expect(await told(events)).toEqual({
      kind: 'UPDATED',
      changedFields: expect.arrayContaining([changedField]),
      customer: expect.objectContaining(seen),
    });
  });
});
