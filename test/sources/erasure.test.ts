// Erasing a person at each of the simulated vendors, by the sources' own clients: what is gone, what stays, what a repeat does.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startSimulator, type Simulator } from '../../simulator/simulator';
import type { ErasureOutcome, SourceClient } from '../../subgraphs/source';
import { sources } from '../../subgraphs/sources';
import { failureOf } from '../upstream/bench';
import { asked, control, soon } from './conversation';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 10, 24, 12);

describe('A person is erased', () => {
  let simulator: Simulator;
  let folder: string;
  const clients: SourceClient[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'facet-erasure-'));
    simulator = await startSimulator({ customers: 200, seed: 7, dataDir: folder, now: () => NOW });
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    for (const vendor of ['hubspot', 'shopify', 'posthog', 'zendesk']) {
      await control(simulator, 'PUT', `faults/${vendor}`, {});
    }
    await control(simulator, 'DELETE', 'requests');
  });
  afterAll(async () => {
    await simulator.close();
    await rm(folder, { recursive: true });
  });

  const clientOf = (name: string): SourceClient => {
    const source = sources.find((each) => each.name === name);
    if (source === undefined) throw new Error(`Expected a source ${name}.`);
    const { urls, credentials } = simulator;
    const settings = source.settings.parse({
      HUBSPOT_URL: urls.hubspot,
      HUBSPOT_TOKEN: credentials.hubspot.token,
      SHOPIFY_URL: urls.shopify,
      SHOPIFY_CLIENT_ID: credentials.shopify.clientId,
      SHOPIFY_CLIENT_SECRET: credentials.shopify.clientSecret,
      POSTHOG_URL: urls.posthog,
      POSTHOG_PROJECT_ID: credentials.posthog.projectId,
      POSTHOG_TOKEN: credentials.posthog.token,
      ZENDESK_URL: urls.zendesk,
      ZENDESK_CLIENT_ID: credentials.zendesk.clientId,
      ZENDESK_CLIENT_SECRET: credentials.zendesk.clientSecret,
    });
    const client = source.createClient(settings, { now: Date.now });
    clients.push(client);
    return client;
  };
  const erase = async (client: SourceClient, ...keys: string[]): Promise<ErasureOutcome> => {
    if (!client.erase) throw new Error('Expected a client that erases.');
    return client.erase(keys, soon());
  };
  const isFound = async (client: SourceClient, key: string) =>
    (await client.fetchMany([key], { ...soon(), changedSince: null })).has(key);

  it('at HubSpot, for good; a second time does no harm', async () => {
    const client = clientOf('crm');
    const { id } = simulator.population.hubspot.contacts[0] ?? { id: '' };
    expect(await isFound(client, id)).toBe(true);
    expect(await erase(client, id)).toEqual({ outcome: 'ERASED' });
    expect(await isFound(client, id)).toBe(false);
    expect(await erase(client, id)).toEqual({ outcome: 'ERASED' });
    expect((await asked(simulator, 'hubspot'))[1]).toBe('POST /crm/objects/2026-09/contacts/gdpr-delete');
  });

  it('at PostHog, with every distinct id', async () => {
    const client = clientOf('analytics');
    const record = simulator.population.posthog.records.find(
      ({ person }) => person.distinctIds.length > 1 && person.properties.email !== undefined,
    );
    const [first = '', second = ''] = record?.person.distinctIds ?? [];
    expect(await isFound(client, first)).toBe(true);
    expect(await erase(client, first)).toEqual({ outcome: 'ERASED' });
    expect([await isFound(client, first), await isFound(client, second)]).toEqual([false, false]);
    expect(await erase(client, first, second)).toEqual({ outcome: 'ERASED' });
  });

  it('at Zendesk, tickets first, and both for good', async () => {
    const client = clientOf('support');
    const open = simulator.population.zendesk.tickets.find(({ status }) => status === 'open');
    const userId = open?.requesterId ?? '';
    expect(await erase(client, userId)).toEqual({ outcome: 'ERASED' });
    expect(await isFound(client, userId)).toBe(false);
    expect(simulator.population.zendesk.tickets.some(({ requesterId }) => requesterId === userId)).toBe(false);
    const calls = (await asked(simulator, 'zendesk')).filter((call) => call.startsWith('DELETE'));
    expect(calls.slice(-2)).toEqual([`DELETE /api/v2/users/${userId}`, `DELETE /api/v2/deleted_users/${userId}`]);
    expect(await erase(client, userId)).toEqual({ outcome: 'ERASED' });
  });

  it('at Shopify, which takes the request and says until when it keeps what', async () => {
    const client = clientOf('commerce');
    const { customers } = simulator.population.shopify;
    const youngest = (orders: (typeof customers)[number]['orders']) =>
      Math.max(...orders.map(({ processedAt }) => Date.parse(processedAt)));
    const recent = customers.find(({ orders }) => orders.length > 0 && youngest(orders) > NOW - 100 * DAY_MS);
    const without = customers.find(({ orders }) => orders.length === 0);
    expect(await erase(client, recent?.id ?? '')).toEqual({
      outcome: 'RETAINED',
      basis: 'Shopify keeps what belongs to orders for 180 days.',
      until: youngest(recent?.orders ?? []) + 180 * DAY_MS,
    });
    expect(await erase(client, without?.id ?? '')).toMatchObject({
      outcome: 'RETAINED',
      basis: 'Shopify erases ten days after it was asked to.',
    });
    expect(await erase(client, '999999')).toEqual({ outcome: 'ERASED' });
  });

  it('and stays so when the simulator is started again', async () => {
    const client = clientOf('crm');
    const { id } = simulator.population.hubspot.contacts[3] ?? { id: '' };
    await erase(client, id);
    await simulator.close();
    simulator = await startSimulator({ dataDir: folder, now: () => NOW });
    expect(simulator.population.hubspot.contacts.some((contact) => contact.id === id)).toBe(false);
  });

  it('or the vendor says why not: down, and refusing the credentials', async () => {
    const client = clientOf('crm');
    await control(simulator, 'PUT', 'faults/hubspot', { status: 503 });
    expect((await failureOf(erase(client, '1'))).code).toBe('UPSTREAM_UNAVAILABLE');
    await control(simulator, 'PUT', 'faults/hubspot', { status: 401 });
    expect((await failureOf(erase(clientOf('crm'), '1'))).code).toBe('UPSTREAM_UNAUTHENTICATED');
  });
});
