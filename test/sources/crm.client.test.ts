// HubSpot's contacts as a source, against the simulated HubSpot; what that does not do, against a double.
import { startSimulator, type Simulator } from '../../simulator/simulator';
import { createHubspotClient, hubspotSettings, nextChanged } from '../../subgraphs/crm/crm.client';
import { mapContact } from '../../subgraphs/crm/crm.mapping';
import type { MappedRecord, SourceClient } from '../../subgraphs/source';
import { errorText, failureOf } from '../upstream/bench';
import { reply, startVendorDouble, type VendorDouble } from '../upstream/vendor-double';
import { asked, control, readAllPages, soon } from './conversation';

describe.each(['2026-09', 'v3'])('HubSpot %s', (version) => {
  let simulator: Simulator;
  let client: SourceClient;
  beforeAll(async () => {
    simulator = await startSimulator({ customers: 400, seed: 7 });
    client = clientOf(simulator.urls.hubspot, simulator.credentials.hubspot.token);
  });
  afterAll(async () => {
    await client.close();
    await simulator.close();
  });
  beforeEach(() => control(simulator, 'DELETE', 'requests'));

  const clientOf = (url: string, token: string) =>
    createHubspotClient(
      hubspotSettings.parse({ HUBSPOT_URL: url, HUBSPOT_API_VERSION: version, HUBSPOT_TOKEN: token }),
      { now: Date.now },
    );
  const contacts = () => simulator.population.hubspot.contacts;

  it('reads a hundred contacts in one call, whatever their order, and leaves out unknown ones', async () => {
    const known = contacts().slice(0, 99);
    const records = await client.fetchMany([...known.map(({ id }) => id), '999999999999'], {
      ...soon(),
      changedSince: null,
    });
    expect(records).toEqual(new Map(known.map((contact) => [contact.id, mapContact(contact)])));
    expect(await asked(simulator, 'hubspot')).toEqual([
      `POST ${version === 'v3' ? '/crm/v3/objects/contacts' : '/crm/objects/2026-09/contacts'}/batch/read`,
    ]);
  });

  it('is not asked for nothing, and not for more than a hundred', async () => {
    await expect(client.fetchMany([], { ...soon(), changedSince: null })).resolves.toEqual(new Map());
    const keys = Array.from({ length: 101 }, (_, i) => String(i));
    await expect(client.fetchMany(keys, { ...soon(), changedSince: null })).rejects.toThrow(RangeError);
    expect(await asked(simulator, 'hubspot')).toEqual([]);
  });

  it('is read whole, page by page', async () => {
    const { records, invalid, pages } = await readAllPages(client, null);
    expect({ invalid, pages }).toEqual({ invalid: 0, pages: Math.ceil(contacts().length / 100) });
    expect(records).toEqual(contacts().map(mapContact));
    await expect(client.count(soon())).resolves.toBe(contacts().length);
  });

  it('is read by what changed since, oldest change first', async () => {
    const versions = contacts()
      .map(mapContact)
      .map(({ sourceVersion }) => sourceVersion)
      .sort((a, b) => a - b);
    const since = versions[versions.length - 150]!;
    const { records, pages } = await readAllPages(client, since);
    expect(pages).toBe(2);
    expect(records.map(({ sourceVersion }) => sourceVersion)).toEqual(versions.slice(-150));
  });

  it('that refuses the token is UPSTREAM_UNAUTHENTICATED, and the token is not told', async () => {
    const stranger = clientOf(simulator.urls.hubspot, 'pat-eu1-hush');
    const call = () => stranger.fetchMany(['1'], { ...soon(), changedSince: null });
    await expect(failureOf(call())).resolves.toEqual({
      code: 'UPSTREAM_UNAUTHENTICATED',
      message: 'HubSpot, contacts batch read: expected status 2xx, got 401',
    });
    expect(await errorText(call())).not.toContain('hush');
    await stranger.close();
  });

  it('that throttles longer than the deadline is UPSTREAM_THROTTLED', async () => {
    await control(simulator, 'PUT', 'faults/hubspot', { throttle: true });
    // A client of its own: it takes the vendor at its word, and would wait for the next window.
    const throttled = clientOf(simulator.urls.hubspot, simulator.credentials.hubspot.token);
    const call = throttled.fetchMany(['1'], { deadlineAt: Date.now() + 600, changedSince: null });
    await expect(failureOf(call)).resolves.toEqual({
      code: 'UPSTREAM_THROTTLED',
      message: 'HubSpot, contacts batch read: expected an answer, got throttled',
    });
    await control(simulator, 'PUT', 'faults/hubspot', {});
    await throttled.close();
  });

  it('that fails now and then is asked again', async () => {
    await control(simulator, 'PUT', 'faults/hubspot', { failRate: 0.5, status: 503 });
    const id = contacts()[0]!.id;
    const records = [await client.fetchMany([id], { ...soon(), changedSince: null })];
    records.push(await client.fetchMany([id], { ...soon(), changedSince: null }));
    expect(records.map((record) => [...record.keys()])).toEqual([[id], [id]]);
    await control(simulator, 'PUT', 'faults/hubspot', {});
  });
});

describe('HubSpot’s odd answers', () => {
  let double: VendorDouble;
  let client: SourceClient;
  beforeEach(async () => {
    double = await startVendorDouble();
    client = createHubspotClient(hubspotSettings.parse({ HUBSPOT_URL: double.url, HUBSPOT_TOKEN: 'token' }), {
      now: Date.now,
    });
  });
  afterEach(async () => {
    await client.close();
    await double.close();
  });

  const good = { id: '1', properties: { lastmodifieddate: '2026-10-01T00:00:00Z' } };
  const bad = [
    { id: 1, properties: {} },
    { id: '2', properties: { lastmodifieddate: 'ada@example.com' } },
    { id: '3', properties: { lastmodifieddate: '2026-10-01T00:00:00Z', email: 7 } },
    null,
  ];

  it('a page keeps its good records and counts the others', async () => {
    double.script = (_asked, response) => reply(response, 200, { results: [...bad, good] });
    await expect(client.fetchPage(null, { ...soon(), changedSince: null })).resolves.toEqual({
      records: [mapContact(good)],
      invalid: 4,
      next: null,
    });
  });

  it('a batch with an unreadable record fails, since a missing one would count as deleted', async () => {
    double.script = (_asked, response) => reply(response, 200, { status: 'COMPLETE', results: [bad[1], good] });
    const call = () => client.fetchMany(['1', '2'], { ...soon(), changedSince: null });
    await expect(failureOf(call())).resolves.toEqual({
      code: 'UPSTREAM_INVALID',
      message: 'HubSpot, contacts batch read: expected contacts, got 1 unreadable',
    });
    expect(await errorText(call())).not.toContain('ada@example.com');
  });

  it('a batch that is not complete is UPSTREAM_UNAVAILABLE', async () => {
    double.script = (_asked, response) => reply(response, 200, { status: 'PROCESSING', results: [] });
    await expect(failureOf(client.fetchMany(['1'], { ...soon(), changedSince: null }))).resolves.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
    });
  });

  it('at the cap of ten thousand a search begins anew from the last change seen', () => {
    const seen = [{ sourceVersion: 5_000 }, { sourceVersion: 7_000 }] as MappedRecord[];
    expect(nextChanged({ since: 1_000, after: 9_700 }, seen)).toEqual({ since: 1_000, after: 9_800 });
    expect(nextChanged({ since: 1_000, after: 9_800 }, seen)).toEqual({ since: 1_000, after: 9_900 });
    expect(nextChanged({ since: 1_000, after: 9_900 }, seen)).toEqual({ since: 7_000, after: 0 });
    expect(() => nextChanged({ since: 7_000, after: 9_900 }, seen)).toThrow(
      'expected fewer than 10000 contacts of one moment',
    );
  });
});
