/** HubSpot's own SDK against the simulator: whatever it parses, a connector may rely on. */
import { Client } from '@hubspot/api-client';
import { startSimulator, type Simulator } from '../../simulator/simulator';
import { example } from './callers';

describe("HubSpot's official SDK", () => {
  let simulator: Simulator;
  let client: Client;
  beforeAll(async () => {
    simulator = await startSimulator({ customers: 100 });
    client = new Client({ accessToken: simulator.credentials.hubspot.token, basePath: simulator.urls.hubspot });
  });
  afterAll(() => simulator.close());

  const contactOf = (id: string) => simulator.population.hubspot.contacts.find((contact) => contact.id === id)!;

  it('reads a batch by id', async () => {
    const ids = simulator.population.hubspot.contacts.slice(0, 30).map(({ id }) => id);
    const inputs = ids.map((id) => ({ id }));
    const answer = await client.crm.contacts.batchApi.read({
      inputs,
      properties: ['email'],
      propertiesWithHistory: [],
    });
    expect(answer.status).toBe('COMPLETE');
    expect(answer.startedAt).toBeInstanceOf(Date);
    expect(answer.results.map(({ id }) => id)).not.toEqual(ids);
    expect(answer.results.map(({ id }) => id).sort()).toEqual([...ids].sort());
    const first = answer.results.find(({ id }) => id === ids[0])!;
    const { email, createdate, lastmodifieddate } = contactOf(ids[0]!).properties;
    expect(first).toMatchObject({
      properties: { email, createdate, hs_object_id: ids[0], lastmodifieddate },
      createdAt: new Date(createdate!),
      updatedAt: new Date(lastmodifieddate!),
      archived: false,
    });
  });

  it('reads a batch by e-mail and reports the unknown', async () => {
    const { email } = example(simulator, 'crossId');
    const inputs = [{ id: email!.toUpperCase() }, { id: 'nobody@example.com' }];
    const answer = await client.crm.contacts.batchApi.read({
      idProperty: 'email',
      inputs,
      properties: ['email'],
      propertiesWithHistory: ['email'],
    });
    expect(answer.results.map(({ properties }) => properties.email)).toEqual([email]);
    expect(answer.results[0]!.propertiesWithHistory!.email![0]).toMatchObject({ value: email, sourceType: 'CRM_UI' });
    expect(answer).toMatchObject({
      numErrors: 1,
      errors: [{ category: 'OBJECT_NOT_FOUND', context: { ids: ['nobody@example.com'] } }],
    });
  });

  it('searches', async () => {
    const { email, hubspotIds } = example(simulator, 'crossId');
    const answer = await client.crm.contacts.searchApi.doSearch({
      filterGroups: [{ filters: [{ propertyName: 'email', operator: 'EQ' as never, value: email! }] }],
      properties: ['shopify_customer_id'],
      limit: 10,
      after: '0',
      sorts: [],
    });
    expect(answer.total).toBe(1);
    expect(answer.results[0]).toMatchObject({ id: hubspotIds[0] });
  });

  it('lists everybody page by page', async () => {
    const ids: string[] = [];
    let after: string | undefined;
    do {
      const page = await client.crm.contacts.basicApi.getPage(40, after, ['email']);
      ids.push(...page.results.map(({ id }) => id));
      after = page.paging?.next?.after;
    } while (after !== undefined);
    expect(ids).toEqual(simulator.population.hubspot.contacts.map(({ id }) => id));
  });

  it('gets one, by id and by e-mail', async () => {
    const { email, hubspotIds } = example(simulator, 'crossId');
    const byId = await client.crm.contacts.basicApi.getById(hubspotIds[0]!, ['email']);
    expect(byId.properties.email).toBe(email);
    const args = [email!, ['email'], undefined, undefined, false, 'email'] as const;
    const byEmail = await client.crm.contacts.basicApi.getById(...([...args] as never as [string]));
    expect(byEmail.id).toBe(hubspotIds[0]);
  });

  it('raises an error with the code of a wrong token', async () => {
    const stranger = new Client({ accessToken: 'pat-eu1-wrong', basePath: simulator.urls.hubspot });
    await expect(stranger.crm.contacts.basicApi.getPage()).rejects.toMatchObject({
      code: 401,
      body: { category: 'INVALID_AUTHENTICATION' },
    });
  });

  it('reaches the dated dialect through apiRequest', async () => {
    const response = await client.apiRequest({ path: '/crm/objects/2026-09/contacts?limit=1' });
    const body = (await response.json()) as { results: { id: string }[] };
    expect(body.results.map(({ id }) => id)).toEqual([simulator.population.hubspot.contacts[0]!.id]);
  });
});
