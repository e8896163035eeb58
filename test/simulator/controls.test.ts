import { startSimulator, type PersonRef, type Simulator, type Vendor } from '../../simulator/simulator';
import { call, control, customerGid, example, handClock, hubspot, posthog, shopify, shopifyToken } from './callers';
import { zendesk, zendeskToken } from './callers';

describe('Controls', () => {
  let simulator: Simulator;
  let token: string;
  const clock = handClock();
  beforeAll(async () => {
    simulator = await startSimulator({ customers: 100, now: clock.now });
    token = await shopifyToken(simulator);
  });
  afterAll(() => simulator.close());
  beforeEach(async () => {
    clock.advance(10_001);
    await control(simulator, 'DELETE', 'requests');
    await control(simulator, 'PUT', 'faults/hubspot', {});
    await control(simulator, 'PUT', 'faults/shopify', {});
  });
  const list = () => hubspot(simulator, 'GET', '/crm/v3/objects/contacts?limit=1');
  const shop = () => shopify({ simulator, token, query: '{ shop { name } }' });

  describe('The log of calls', () => {
    it('notes every vendor call with the ids it asks, oldest first, and no control', async () => {
      const gids = ['gid://shopify/Customer/1', 'gid://shopify/Customer/2'];
      await hubspot(simulator, 'POST', '/crm/objects/2026-09/contacts/batch/read', {
        inputs: [{ id: '7' }, { id: '8' }],
      });
      await hubspot(simulator, 'GET', '/crm/v3/objects/contacts/a%40example.com?idProperty=email');
      await shopify({
        simulator,
        token,
        query: 'query N($ids: [ID!]!) { nodes(ids: $ids) { id } }',
        variables: { ids: gids },
      });
      await shopify({ simulator, token, query: '{ customers(first: 2, query: "id:5 OR id:6") { nodes { id } } }' });
      await control(simulator, 'GET', 'population');
      const at = new Date(clock.now()).toISOString();
      const graphql = '/admin/api/2026-07/graphql.json';
      const calls = [
        { vendor: 'hubspot', method: 'POST', path: '/crm/objects/2026-09/contacts/batch/read', ids: ['7', '8'], at },
        {
          vendor: 'hubspot',
          method: 'GET',
          path: '/crm/v3/objects/contacts/a%40example.com',
          ids: ['a@example.com'],
          at,
        },
        { vendor: 'shopify', method: 'POST', path: graphql, ids: gids, at },
        { vendor: 'shopify', method: 'POST', path: graphql, ids: ['5', '6'], at },
      ];
      expect((await control(simulator, 'GET', 'requests')).body).toEqual(calls);
      expect((await control(simulator, 'GET', 'requests?vendor=hubspot', undefined, 'shopify')).body).toEqual(
        calls.slice(0, 2),
      );
      expect((await control(simulator, 'GET', 'requests?vendor=shopify')).body).toEqual(calls.slice(2));
    });

    it('is cleared by DELETE', async () => {
      await list();
      expect(await control(simulator, 'DELETE', 'requests')).toMatchObject({ status: 204, body: undefined });
      expect((await control(simulator, 'GET', 'requests')).body).toEqual([]);
    });
  });

  describe('Faults', () => {
    const fault = (vendor: Vendor, set: unknown) => control(simulator, 'PUT', `faults/${vendor}`, set);

    it('fail in the vendor’s shape, 500 unless told, spread evenly', async () => {
      await fault('hubspot', { failRate: 0.5 });
      const statuses = [];
      for (let i = 0; i < 4; i += 1) statuses.push((await list()).status);
      expect(statuses).toEqual([200, 500, 200, 500]);
      await fault('hubspot', { status: 503 });
      expect(await list()).toMatchObject({ status: 503, body: { status: 'error', category: 'INTERNAL_ERROR' } });
      await fault('shopify', { failRate: 1, status: 502 });
      expect(await shop()).toMatchObject({ status: 502, body: { errors: 'Bad Gateway' } });
      await fault('hubspot', { status: 401 });
      expect(await list()).toMatchObject({ status: 401, body: { category: 'INVALID_AUTHENTICATION' } });
    });

    it('throttle in the vendor’s way', async () => {
      await fault('hubspot', { throttle: true });
      expect(await list()).toMatchObject({ status: 429, body: { policyName: 'TEN_SECONDLY_ROLLING' } });
      await fault('shopify', { throttle: true });
      const answer = await shop();
      expect(answer.status).toBe(200);
      expect(answer.body.errors[0].extensions.code).toBe('THROTTLED');
      expect(answer.body.extensions.cost).toMatchObject({
        requestedQueryCost: 1,
        throttleStatus: { currentlyAvailable: 0 },
      });
    });

    it('delay', async () => {
      await fault('hubspot', { latencyMs: 80 });
      const start = performance.now();
      expect((await list()).status).toBe(200);
      expect(performance.now() - start).toBeGreaterThanOrEqual(75);
    });

    it('hang until cleared, sparing the other vendor and the controls', async () => {
      await fault('hubspot', { hang: true });
      const hanging = list();
      const patience = new AbortController();
      const impatient = fetch(`${simulator.urls.hubspot}/crm/v3/objects/contacts`, { signal: patience.signal });
      expect((await shop()).status).toBe(200);
      expect((await control(simulator, 'GET', 'faults/hubspot')).body).toEqual({ hang: true });
      patience.abort();
      await expect(impatient).rejects.toThrow('aborted');
      await fault('hubspot', {});
      expect((await hanging).status).toBe(200);
    });

    it('are replaced as a whole', async () => {
      await fault('hubspot', { throttle: true });
      await fault('hubspot', { latencyMs: 1 });
      expect((await list()).status).toBe(200);
    });

    it.each([
      [{ latency: 5 }, 'expected only latencyMs, failRate, status, throttle, hang, but got latency'],
      [{ latencyMs: '5' }, 'latencyMs: expected a number of milliseconds from 0 to 600000, but got "5"'],
      [{ failRate: 2 }, 'failRate: expected a number from 0 to 1, but got 2'],
      [{ status: 200 }, 'status: expected a whole number from 400 to 599, but got 200'],
      [{ hang: 1 }, 'hang: expected true or false, but got 1'],
      [[], 'expected an object of latencyMs, failRate, status, throttle, hang, but got []'],
      ['nonsense', 'expected a JSON body, but got text that is not JSON'],
    ])('refuse %j and stay as they were', async (set, error) => {
      await fault('hubspot', { throttle: true });
      expect(await fault('hubspot', set)).toMatchObject({ status: 400, body: { error } });
      expect((await control(simulator, 'GET', 'faults/hubspot')).body).toEqual({ throttle: true });
    });
  });

  describe('Changing a record', () => {
    it('changes a HubSpot contact and its modification time', async () => {
      const id = example(simulator, 'crossId').hubspotIds[0]!;
      const answer = await control(simulator, 'PATCH', `customers/hubspot/${id}`, {
        firstname: 'Zaphod',
        phone: '',
        email: 'Zaphod@Example.com',
      });
      const updatedAt = new Date(clock.now()).toISOString();
      expect(answer.body).toEqual({ vendor: 'hubspot', id, changed: ['firstname', 'phone', 'email'], updatedAt });
      const read = await hubspot(
        simulator,
        'GET',
        '/crm/v3/objects/contacts/zaphod@example.com?idProperty=email&properties=firstname,phone',
      );
      expect(read.body).toMatchObject({
        id,
        updatedAt,
        properties: { firstname: 'Zaphod', phone: null, lastmodifieddate: updatedAt },
      });
      const since = { propertyName: 'lastmodifieddate', operator: 'GTE', value: updatedAt };
      const found = await hubspot(simulator, 'POST', '/crm/v3/objects/contacts/search', {
        filterGroups: [{ filters: [since] }],
      });
      expect(found.body.results.map((result: { id: string }) => result.id)).toEqual([id]);
    });

    it('changes a Shopify customer, its update time and the time of its marketing state', async () => {
      const person = example(simulator, 'readyForCartMail');
      const answer = await control(simulator, 'PATCH', `customers/shopify/${person.shopifyId}`, {
        firstName: 'Zaphod',
        marketingState: 'UNSUBSCRIBED',
      });
      const updatedAt = `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
      expect(answer.body).toEqual({
        vendor: 'shopify',
        id: person.shopifyId,
        changed: ['firstName', 'marketingState'],
        updatedAt,
      });
      const query =
        'query C($id: ID!) { customer(id: $id) { firstName updatedAt defaultEmailAddress { marketingState marketingUpdatedAt } } }';
      const read = await shopify({ simulator, token, query, variables: { id: customerGid(person) } });
      expect(read.body.data.customer).toEqual({
        firstName: 'Zaphod',
        updatedAt,
        defaultEmailAddress: { marketingState: 'UNSUBSCRIBED', marketingUpdatedAt: updatedAt },
      });
    });

    it.each([
      ['hubspot', { shoe: '46' }, /^expected only email, .* but got shoe$/],
      ['hubspot', { hs_object_id: '1' }, /but got hs_object_id$/],
      ['hubspot', { firstname: 5 }, /^firstname: expected a string or null, but got 5$/],
      ['shopify', { firstname: 'Z' }, /^expected only firstName, .* but got firstname$/],
      ['shopify', { marketingState: 'MAYBE' }, /^marketingState: expected one of INVALID, .* but got "MAYBE"$/],
    ] as const)('refuses a %s change of %j', async (vendor, change, error) => {
      const person = example(simulator, 'crossId');
      const id = vendor === 'hubspot' ? person.hubspotIds[0] : person.shopifyId;
      const answer = await control(simulator, 'PATCH', `customers/${vendor}/${id}`, change);
      expect(answer).toMatchObject({ status: 400, body: { error: expect.stringMatching(error) } });
    });

    it('refuses an address another contact has, and an unknown id', async () => {
      const [a, b] = simulator.population.examples('readyForCartMail');
      const taken = await control(simulator, 'PATCH', `customers/hubspot/${a!.hubspotIds[0]}`, { email: b!.email });
      expect(taken).toMatchObject({
        status: 400,
        body: { error: `email: expected one no other contact has, but got ${b!.email}` },
      });
      const unknown = await control(simulator, 'PATCH', 'customers/hubspot/1', { firstname: 'Z' });
      expect(unknown).toMatchObject({
        status: 404,
        body: { error: 'expected the id of a hubspot customer, but got 1' },
      });
    });
  });

  describe('Removing a record', () => {
    // A simulator of its own: the others' counts stay as they are.
    let own: Simulator;
    beforeAll(async () => {
      own = await startSimulator({ customers: 100, now: clock.now });
    });
    afterAll(() => own.close());
    const remove = (vendor: Vendor, id: string | null) => control(own, 'DELETE', `customers/${vendor}/${id}`);

    it('leaves nothing of a HubSpot contact', async () => {
      const id = example(own, 'crossId').hubspotIds[0]!;
      expect(await remove('hubspot', id)).toMatchObject({ status: 204, body: undefined });
      expect((await hubspot(own, 'GET', `/crm/v3/objects/contacts/${id}`)).status).toBe(404);
      expect(await remove('hubspot', id)).toMatchObject({
        status: 404,
        body: { error: `expected the id of a hubspot customer, but got ${id}` },
      });
    });

    it('leaves nothing of a Shopify customer, who must not have ordered', async () => {
      const isFree = ({ shopifyId }: PersonRef) => own.population.shopify.customers.some(({ id }) => id === shopifyId);
      const person = own.population.examples('noOrders').find(isFree)!;
      expect((await remove('shopify', person.shopifyId)).status).toBe(204);
      const ownToken = await shopifyToken(own);
      const query = 'query C($id: ID!) { customer(id: $id) { id } }';
      const { body } = await shopify({
        simulator: own,
        token: ownToken,
        query,
        variables: { id: customerGid(person) },
      });
      expect(body.data).toEqual({ customer: null });
      const checkouts = '{ abandonedCheckouts(first: 250) { nodes { customer { id } } } }';
      const left = await shopify({ simulator: own, token: ownToken, query: checkouts, variables: {} });
      expect(left.body.errors).toBeUndefined();
      expect(await remove('shopify', example(own, 'readyForCartMail').shopifyId)).toMatchObject({
        status: 400,
        body: { error: expect.stringMatching(/^expected a customer without orders, but got \d+$/) },
      });
    });

    it('leaves nothing of a PostHog person', async () => {
      const { posthogDistinctIds } = example(own, 'severalDistinctIds');
      expect((await remove('posthog', posthogDistinctIds[0]!)).status).toBe(204);
      const { body } = await posthog(own, 'POST', 'persons/batch_by_distinct_ids/', {
        distinct_ids: posthogDistinctIds,
      });
      expect(body).toEqual({ results: {} });
    });

    it('leaves a Zendesk user, not active, where users are asked for by id', async () => {
      const { zendeskId } = example(own, 'inZendesk');
      expect((await remove('zendesk', zendeskId)).status).toBe(204);
      const zendeskAccess = await zendeskToken(own);
      const shown = await zendesk(own, zendeskAccess, `users/show_many?ids=${zendeskId}`);
      expect(shown.body.users).toMatchObject([{ id: Number(zendeskId), active: false }]);
      const listed = await zendesk(own, zendeskAccess, 'users?role=end-user&page[size]=100');
      expect(listed.body.users.map(({ id }: { id: number }) => String(id))).not.toContain(zendeskId);
      expect((await remove('zendesk', zendeskId)).status).toBe(404);
    });
  });

  it('summarise the population', async () => {
    const { body } = await control(simulator, 'GET', 'population');
    expect(body).toMatchObject({
      customers: 100,
      seed: 42,
      hubspotContacts: 93,
      shopifyCustomers: 90,
      posthogPersons: 100,
      zendeskUsers: 42,
      cases: simulator.population.counts,
    });
  });

  it('name what they know when asked for something else', async () => {
    expect(await control(simulator, 'GET', 'nonsense')).toMatchObject({
      status: 404,
      body: { error: expect.stringContaining('GET /__simulator/population') },
    });
    expect(await control(simulator, 'PUT', 'faults/salesforce', {})).toMatchObject({
      status: 404,
      body: { error: 'expected a vendor, one of hubspot, shopify, posthog, zendesk, but got salesforce' },
    });
  });

  it('are not under a vendor path', async () => {
    expect((await call(`${simulator.urls.shopify}/admin/__simulator/requests`)).status).toBe(404);
  });
});
