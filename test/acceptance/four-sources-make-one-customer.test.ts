import type { HardCase } from '../../simulator/simulator';
import { first, runFacet } from './running-facet';
import type { RunningFacet } from './running-facet';
import { STORE } from './store-server';

/** Fewer on MongoDB: a server that is a test tool takes seconds for what a hundred refresh at four vendors. */
const MANY = STORE === 'mongodb' ? 25 : 100;

let facet: RunningFacet;
let id: string;
beforeAll(async () => {
  // Calls are counted here: a busy machine must not turn one into a retry or a stale answer.
  facet = await runFacet({ customers: 300, environment: { FACET_SUBGRAPH_TIMEOUT_MS: '4000' } });
  id = first(await facet.customersWith('readyForCartMail'));
});
afterAll(() => facet.close());

const people = (...cases: HardCase[]) => facet.population.examples(...cases);
const paths = async (vendor: Parameters<RunningFacet['asked']>[0]) =>
  (await facet.asked(vendor)).map(({ path }) => path.split('?')[0]?.replace(/^\/api\/(v2|projects\/\d+)\//, ''));
const byIdentity = async (namespace: string, value: string, fields = 'id') => {
  const { body } = await facet.graphql(
    `query ($value: String!) { customerByIdentity(namespace: "${namespace}", value: $value) { ${fields} } }`,
    { as: 'privacyOfficer', purpose: 'DATA_SUBJECT_RIGHTS', variables: { value } },
  );
  return body.data?.customerByIdentity as Record<string, unknown> | null;
};

describe('Four sources make one customer', () => {
  it('and win-back has of each what marketing may have, which of support is nothing', async () => {
    const { status, body } = await facet.template('win-back', id);
    expect(status).toBe(200);
    expect(body).toEqual({
      contact: { firstName: expect.any(String), email: expect.stringContaining('@') },
      address: { country: expect.stringMatching(/^[A-Z]{2}$/) },
      lastOrder: { placedAt: expect.stringMatching(/Z$/) },
      topCategories: expect.arrayContaining([expect.any(String)]),
      recentlyViewed: expect.arrayContaining([
        { title: expect.any(String), url: expect.stringMatching(/^https:\/\/shop\.example\/products\//) },
      ]),
      engagement: { score: expect.any(Number) },
      satisfaction: 'unknown',
      send: true,
      _facet: {
        reason: null,
        mailHeaders: expect.any(Object),
        withheld: [{ path: ['satisfaction'], category: 'SUPPORT_HISTORY', reason: 'NOT_PERMITTED' }],
        masked: [],
        stale: [],
        consentVersion: expect.any(Number),
      },
    });
  });

  it('whose tickets a support agent reads, and nothing that was looked at', async () => {
    const person = first(people('openTicket').filter(({ cases }) => !cases.includes('zendeskUnverified')));
    const withOpen = (await byIdentity('zendesk.user', person.zendeskId ?? ''))?.id;
    const { body } = await facet.graphql(
      `query ($id: ID!) { customer(id: $id) {
        openTickets satisfaction tickets(first: 1) { edges { node { id subject status createdAt updatedAt } } pageInfo { hasNextPage endCursor } }
        lastSeenAt visitCount topCategories recentlyViewed { title } engagement { score }
      } }`,
      { as: 'supportAgent', purpose: 'SUPPORT_SERVICE', variables: { id: withOpen } },
    );
    expect(body.errors).toBeUndefined();
    expect(body.data?.customer).toEqual({
      openTickets: 1,
      satisfaction: expect.anything(),
      tickets: {
        edges: [
          {
            node: {
              id: expect.stringMatching(/^\d+$/),
              subject: expect.any(String),
              status: expect.stringMatching(/^(new|open|pending|hold)$/),
              createdAt: expect.stringMatching(/Z$/),
              updatedAt: expect.stringMatching(/Z$/),
            },
          },
        ],
        pageInfo: { hasNextPage: expect.any(Boolean), endCursor: expect.any(String) },
      },
      lastSeenAt: null,
      visitCount: null,
      topCategories: null,
      recentlyViewed: null,
      engagement: null,
    });
  });

  it('found by each of several distinct ids', async () => {
    const person = people('severalDistinctIds', 'crossId').find(({ cases }) => !cases.includes('crossIdConflict'));
    const ids = person?.posthogDistinctIds ?? [];
    const found = await Promise.all(ids.map((value) => byIdentity('posthog.distinct_id', value)));
    expect(new Set(found.map((customer) => customer?.id)).size).toBe(1);
    expect(found[0]).toEqual(await byIdentity('hubspot.contact', person?.hubspotIds[0] ?? ''));
    expect(ids.length).toBeGreaterThan(1);
  });

  it('joined by address and name where no id says so', async () => {
    for (const [hardCase, namespace] of [
      ['posthogByEmail', 'posthog.distinct_id'],
      ['zendeskByEmail', 'zendesk.user'],
    ] as const) {
      const person = first(
        people(hardCase).filter(
          ({ cases }) =>
            !['sharedEmail', 'duplicate', 'unverifiedEmail'].some((trouble) => cases.includes(trouble as HardCase)),
        ),
      );
      const value = namespace === 'zendesk.user' ? person.zendeskId : person.posthogDistinctIds[0];
      expect(await byIdentity(namespace, value ?? '')).toEqual(
        await byIdentity('hubspot.contact', person.hubspotIds[0] ?? ''),
      );
    }
  });

  it('but not by an address that support has not verified, and never by an anonymous visit', async () => {
    const unverified = first(people('zendeskUnverified'));
    const stranger = await byIdentity('zendesk.user', unverified.zendeskId ?? '');
    expect(stranger).not.toEqual(await byIdentity('hubspot.contact', unverified.hubspotIds[0] ?? ''));
    expect(stranger).not.toBeNull();

    const anonymous = facet.population.posthog.records.filter(
      ({ person }) => person.properties.email === undefined && person.properties.hubspot_contact_id === undefined,
    );
    expect(anonymous?.length).toBeGreaterThan(0);
    const found = await Promise.all(
      (anonymous ?? [])
        .slice(0, 20)
        .map(({ person }) => byIdentity('posthog.distinct_id', person.distinctIds[0] ?? '')),
    );
    expect(new Set(found)).toEqual(new Set([null]));
  });

  it('whose looking at pharmacy articles is seen where SENSITIVE is, and nowhere else', async () => {
    const fields = 'topCategories recentlyViewed { title url }';
    const seen = await Promise.all(
      people('pharmacyOrder', 'activeLately').map(({ posthogDistinctIds: [value] }) =>
        byIdentity('posthog.distinct_id', value ?? '', `id ${fields}`),
      ),
    );
    const special = seen.filter((customer) => /Pharmacy|Nicotine|glucose|Iron/.test(JSON.stringify(customer)));
    expect(special.length).toBeGreaterThan(0);
    const { body } = await facet.graphql(`query ($ids: [ID!]!) { customers(ids: $ids) { ${fields} } }`, {
      as: 'analyst',
      purpose: 'ANALYTICS',
      variables: { ids: special.map((customer) => customer?.id) },
    });
    expect(JSON.stringify(body)).not.toMatch(/Pharmacy|Nicotine|glucose|Iron/i);
  });

  it('and one engagement score, from what each of them tells, that fades by itself', async () => {
    const active = people('readyForCartMail', 'inZendesk').map(({ hubspotIds: [value] }) =>
      byIdentity('hubspot.contact', value ?? '', 'engagement { score components { name value } }'),
    );
    const engagements = (await Promise.all(active)).map(
      (customer) => customer?.engagement as { score: number; components: Array<{ name: string; value: number }> },
    );
    const names = new Set(engagements.flatMap(({ components }) => components.map(({ name }) => name)));
    expect([...names]).toEqual(
      expect.arrayContaining(['pageview', 'session', 'product_view', 'order', 'ticket_opened']),
    );
    for (const { score, components } of engagements) {
      const raw = components.reduce((sum, { value }) => sum + value, 0);
      expect(Math.abs(score - 100 * (1 - Math.exp(-raw / 50)))).toBeLessThan(1);
    }
  });

  it('asks each vendor with as few calls as it takes, for one customer and for a hundred', async () => {
    const QUERY = `query ($ids: [ID!]!) { customers(ids: $ids) {
      contact { email } orderCount visitCount recentlyViewed { title } openTickets } }`;
    const ids = (await facet.customersWith('readyForCartMail')).concat(
      await facet.customersWith('crossId', 'inPosthog', 'inZendesk'),
    );
    for (const asked of [ids.slice(0, 1), [...new Set(ids)].slice(0, MANY)]) {
      facet.advance(301_000);
      await facet.forget();
      const { body } = await facet.graphql(QUERY, {
        as: 'privacyOfficer',
        purpose: 'DATA_SUBJECT_RIGHTS',
        variables: { ids: asked },
      });
      expect(body.errors).toBeUndefined();
      expect(await paths('posthog')).toEqual(['persons/batch_by_distinct_ids/', 'query/', 'query/']);
      expect((await paths('zendesk')).filter((path) => path !== '/oauth/tokens')).toEqual(['users/show_many']);
    }
  });

  it('whose tickets still stand after a read has refreshed the user', async () => {
    const person = first(people('openTicket', 'crossId'));
    const tickets = () =>
      byIdentity('zendesk.user', person.zendeskId ?? '', 'openTickets tickets { edges { node { id } } }');
    const before = await tickets();
    facet.advance(301_000);
    await facet.forget();
    expect(await tickets()).toEqual(before);
    expect(before?.openTickets).toBe(1);
    expect(await paths('zendesk')).toContain('users/show_many');
  });

  it.each(['posthog', 'zendesk'] as const)(
    'and answers from the store, marked stale, while %s is down',
    async (vendor) => {
      facet.advance(301_000);
      await facet.fault(vendor, { failRate: 1, status: 500 });
      const { body } = await facet.graphql(
        'query ($id: ID!) { customer(id: $id) { visitCount openTickets contact { email } } }',
        {
          as: 'privacyOfficer',
          purpose: 'DATA_SUBJECT_RIGHTS',
          variables: { id },
        },
      );
      await facet.fault(vendor, {});
      expect(body).toEqual({
        data: {
          customer: {
            visitCount: expect.any(Number),
            openTickets: expect.any(Number),
            contact: { email: expect.stringContaining('@') },
          },
        },
        extensions: {
          freshness: {
            stale: [
              {
                path: ['customer'],
                source: vendor === 'posthog' ? 'analytics' : 'support',
                fetchedAt: expect.stringMatching(/Z$/),
              },
            ],
          },
        },
      });
    },
  );
});
