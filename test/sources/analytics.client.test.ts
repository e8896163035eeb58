// PostHog's persons as a source, against the simulated PostHog; what that does not do, against a double.
import { startSimulator, type Simulator } from '../../simulator/simulator';
import { createPosthogClient, posthogSettings } from '../../subgraphs/analytics/analytics.client';
import type { MappedRecord, SourceClient } from '../../subgraphs/source';
import { errorText, failureOf } from '../upstream/bench';
import { reply, startVendorDouble, type VendorDouble } from '../upstream/vendor-double';
import { asked, control, readAllPages, soon } from './conversation';

const clientOf = (url: string, token: string, projectId = '1'): SourceClient =>
  createPosthogClient(
    posthogSettings.parse({ POSTHOG_URL: url, POSTHOG_PROJECT_ID: projectId, POSTHOG_TOKEN: token }),
    { now: Date.now },
  );
const bounds = () => ({ ...soon(), changedSince: null });
const idsOf = ({ identities }: MappedRecord, namespace: string) =>
  identities.filter((identity) => identity.namespace === namespace).map(({ value }) => value);

describe('PostHog', () => {
  let simulator: Simulator;
  let client: SourceClient;
  beforeAll(async () => {
    simulator = await startSimulator({ customers: 300, seed: 7 });
  });
  afterAll(() => simulator.close());
  beforeEach(async () => {
    await control(simulator, 'DELETE', 'requests');
    client = fresh();
  });
  afterEach(async () => {
    await client.close();
    await control(simulator, 'PUT', 'faults/posthog', {});
  });

  const fresh = (token = simulator.credentials.posthog.token) =>
    clientOf(simulator.urls.posthog, token, simulator.credentials.posthog.projectId);
  const project = () => `/api/projects/${simulator.credentials.posthog.projectId}`;
  const people = () => simulator.population.people.filter(({ posthogId }) => posthogId !== null);

  it('is read whole, page by page: everybody who is identified, nobody who is not', async () => {
    const { records, invalid } = await readAllPages(client, null);
    expect(invalid).toBe(0);
    expect(records.map(({ sourceId }) => sourceId).sort()).toEqual(
      people()
        .map(({ posthogDistinctIds: [first] }) => first)
        .sort(),
    );
    const calls = await asked(simulator, 'posthog');
    const pages = Math.ceil(simulator.population.posthog.records.length / 200);
    expect(calls.filter((call) => call === `GET ${project()}/persons/`)).toHaveLength(pages);
    expect(calls.filter((call) => call === `POST ${project()}/query/`)).toHaveLength(pages * 2);
  });

  it('knows each person by contact id and address, and by every distinct id', async () => {
    const { records } = await readAllPages(client, null);
    const byId = new Map(records.map((record) => [record.sourceId, record]));
    for (const { posthogDistinctIds, hubspotIds, email, cases } of people()) {
      const record = byId.get(posthogDistinctIds[0] ?? '');
      const linked = cases.includes('posthogByEmail') ? [] : hubspotIds.slice(0, 1);
      expect(record && [idsOf(record, 'posthog.distinct_id'), idsOf(record, 'hubspot.contact')]).toEqual([
        posthogDistinctIds,
        linked,
      ]);
      expect(record && idsOf(record, 'email')).toEqual([email?.toLowerCase()]);
    }
  });

  it('tells what was done lately, and where nothing was, that nothing was', async () => {
    const { records } = await readAllPages(client, null);
    const byId = new Map(records.map((record) => [record.sourceId, record]));
    const lately = people().filter(({ cases }) => cases.includes('activeLately'));
    for (const { posthogDistinctIds, cases } of people()) {
      const record = byId.get(posthogDistinctIds[0] ?? '');
      const active = cases.includes('activeLately');
      expect((record?.categories.BEHAVIOUR as { visitCount: number }).visitCount > 0).toBe(active);
      expect((record?.facts.activities ?? []).length > 0).toBe(active);
    }
    expect(lately.length).toBeGreaterThan(0);
  });

  it('counts every event of every distinct id', async () => {
    const { person, events } = simulator.population.posthog.records.find(
      ({ person }) => person.distinctIds.length > 1 && person.lastSeenAt !== null,
    )!;
    const since = Math.floor(Date.now() / 86_400_000 - 29) * 86_400_000;
    const recent = events().filter(({ atMs }) => atMs >= since);
    const record = (await client.fetchMany([person.distinctIds[0]!], bounds())).get(person.distinctIds[0]!)!;
    const count = (type: string) =>
      (record.facts.activities ?? []).filter((one) => one.type === type).reduce((sum, one) => sum + one.count, 0);
    const named = (name: string) => recent.filter((event) => event.name === name).length;
    expect(['pageview', 'product_view', 'add_to_cart', 'email_click', 'form_submit'].map(count)).toEqual(
      ['$pageview', 'product_viewed', 'product_added_to_cart', 'email_link_clicked', 'form_submitted'].map(named),
    );
    expect(record.categories.BEHAVIOUR).toMatchObject({
      lastSeenAt: person.lastSeenAt,
      visitCount: new Set(recent.map(({ sessionId, atMs }) => `${sessionId} ${Math.floor(atMs / 86_400_000)}`)).size,
    });
  });

  it('reads two hundred persons with one call to each endpoint, by any of their ids, and leaves out who is nobody', async () => {
    const known = people().slice(0, 150);
    const anonymous = simulator.population.posthog.records.filter(
      ({ person }) => !('email' in person.properties) && !('hubspot_contact_id' in person.properties),
    );
    const keys = known.map(({ posthogDistinctIds }) => posthogDistinctIds.at(-1)!);
    const strangers = [...anonymous.slice(0, 40).map(({ person }) => person.distinctIds[0]!), 'nobody'];
    const records = await client.fetchMany([...keys, ...strangers], bounds());
    expect([...records.keys()]).toEqual(keys);
    expect([...records.values()].map(({ sourceId }) => sourceId)).toEqual(
      known.map(({ posthogDistinctIds }) => posthogDistinctIds[0]),
    );
    expect(await asked(simulator, 'posthog')).toEqual([
      `POST ${project()}/persons/batch_by_distinct_ids/`,
      `POST ${project()}/query/`,
      `POST ${project()}/query/`,
    ]);
    expect(strangers.length).toBeGreaterThan(1);
  });

  it('is asked about behaviour only where there is somebody', async () => {
    await expect(client.fetchMany(['nobody'], bounds())).resolves.toEqual(new Map());
    expect(await asked(simulator, 'posthog')).toEqual([`POST ${project()}/persons/batch_by_distinct_ids/`]);
  });

  it('answers two ids of one person with one record', async () => {
    const { posthogDistinctIds } = people().find((person) => person.posthogDistinctIds.length > 1)!;
    const records = await client.fetchMany(posthogDistinctIds, bounds());
    expect([...records.keys()]).toEqual(posthogDistinctIds);
    expect(new Set(records.values()).size).toBe(1);
  });

  it('is not asked for nothing, and not for more than two hundred', async () => {
    await expect(client.fetchMany([], bounds())).resolves.toEqual(new Map());
    const keys = Array.from({ length: 201 }, (_, i) => String(i));
    await expect(client.fetchMany(keys, bounds())).rejects.toThrow(RangeError);
    expect(await asked(simulator, 'posthog')).toEqual([]);
  });

  it('is read by what changed since: who was seen since, or of whom that is not known', async () => {
    const since = Date.now() - 3 * 24 * 3_600_000;
    const { records } = await readAllPages(client, since);
    const expected = simulator.population.posthog.records
      .map(({ person }) => person)
      .filter(({ properties }) => 'email' in properties)
      .filter(({ lastSeenAt }) => lastSeenAt === null || Date.parse(lastSeenAt) >= since);
    expect(records.map(({ sourceId }) => sourceId).sort()).toEqual(
      expected.map(({ distinctIds: [first] }) => first).sort(),
    );
    expect(expected.length).toBeGreaterThan(0);
  });

  it('does not say how many persons it has', async () => {
    await expect(client.count(soon())).resolves.toBeNull();
  });

  it('refuses a position that is not its own', async () => {
    await expect(client.fetchPage('https://elsewhere.example/?offset=100', bounds())).rejects.toThrow(RangeError);
  });

  it('that refuses the key is UPSTREAM_UNAUTHENTICATED, and the key is not told', async () => {
    const stranger = fresh('phx_hush');
    const call = () => stranger.fetchMany(['1'], bounds());
    await expect(failureOf(call())).resolves.toEqual({
      code: 'UPSTREAM_UNAUTHENTICATED',
      message: 'PostHog, persons batch: expected status 2xx, got 401',
    });
    expect(await errorText(call())).not.toContain('hush');
    await stranger.close();
  });

  it('that throttles longer than the deadline is UPSTREAM_THROTTLED', async () => {
    await control(simulator, 'PUT', 'faults/posthog', { throttle: true });
    const call = client.fetchMany(['1'], { deadlineAt: Date.now() + 600, changedSince: null });
    await expect(failureOf(call)).resolves.toMatchObject({ code: 'UPSTREAM_THROTTLED' });
  });

  it('that hangs is UPSTREAM_TIMEOUT at the deadline', async () => {
    await control(simulator, 'PUT', 'faults/posthog', { hang: true });
    const call = client.fetchMany(['1'], { deadlineAt: Date.now() + 50, changedSince: null });
    await expect(failureOf(call)).resolves.toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
  });

  it('that fails now and then is asked again', async () => {
    await control(simulator, 'PUT', 'faults/posthog', { failRate: 0.5, status: 503 });
    const [id = ''] = people()[0]!.posthogDistinctIds;
    expect([...(await client.fetchMany([id], bounds())).keys()]).toEqual([id]);
  });
});

describe('PostHog’s odd answers', () => {
  let double: VendorDouble;
  let client: SourceClient;
  beforeEach(async () => {
    double = await startVendorDouble();
    client = clientOf(double.url, 'phx_token');
  });
  afterEach(async () => {
    await client.close();
    await double.close();
  });

  const ada = { distinct_ids: ['usr_1'], properties: { email: 'ada@example.com' } };
  const bad = [null, {}, { distinct_ids: [], properties: {} }, { ...ada, properties: 'ada@example.com' }];
  /** Persons, and what each named query answers. */
  const answering =
    (persons: unknown, queries: unknown = { columns: [], results: [] }): VendorDouble['script'] =>
    ({ path }, response) =>
      reply(response, 200, path.includes('/query/') ? queries : persons);

  it('an unreadable person costs itself, not the page', async () => {
    double.script = answering({ results: [...bad, ada], next: null });
    await expect(client.fetchPage(null, bounds())).resolves.toMatchObject({
      records: [{ sourceId: 'usr_1' }],
      invalid: 4,
      next: null,
    });
  });

  it('a batch with an unreadable person fails, since a missing one would count as deleted', async () => {
    double.script = answering({ results: { usr_1: ada, usr_2: bad[3] } });
    const call = () => client.fetchMany(['usr_1', 'usr_2'], bounds());
    await expect(failureOf(call())).resolves.toEqual({
      code: 'UPSTREAM_INVALID',
      message: 'PostHog, persons batch: expected persons, got 1 unreadable',
    });
    expect(await errorText(call())).not.toContain('ada@example.com');
  });

  it('a person is found by an id beyond those that PostHog shows of one', async () => {
    double.script = answering({ results: { usr_1: ada, device_11: ada } });
    const records = await client.fetchMany(['usr_1', 'device_11', 'device_12'], bounds());
    expect([...records].map(([key, { sourceId }]) => [key, sourceId])).toEqual([
      ['usr_1', 'usr_1'],
      ['device_11', 'usr_1'],
    ]);
    // One person: completed once, and one record for both.
    expect(records.get('device_11')).toBe(records.get('usr_1'));
  });

  it('a link to the next page leads nowhere else', async () => {
    double.script = answering({ results: [ada], next: 'https://elsewhere.example/api/?offset=999' });
    await expect(client.fetchPage('200', bounds())).resolves.toMatchObject({ next: '400' });
  });

  it.each([
    ['columns are others', { columns: ['distinct_id'], results: [['usr_1']] }, 'the columns asked for, got others'],
    ['rows are cut', { columns: [], results: [], hasMore: true }, 'all rows, got some'],
  ])('a query whose %s is UPSTREAM_INVALID', async (_what, queries, expected) => {
    double.script = answering({ results: { usr_1: ada } }, queries);
    const { code, message } = await failureOf(client.fetchMany(['usr_1'], bounds()));
    expect({ code, message: message.replace(/facet_\w+/, 'query') }).toEqual({
      code: 'UPSTREAM_INVALID',
      message: `PostHog, query: expected ${expected}`,
    });
  });

  it('a query about more ids than its rows allow is asked in parts', async () => {
    const ids = Array.from({ length: 1_700 }, (_, i) => `usr_${i}`);
    double.script = answering({ results: { usr_0: { ...ada, distinct_ids: ids } } });
    await client.fetchMany(['usr_0'], bounds());
    const parts = double.asked.filter(({ path }) => path.includes('/query/')).map(({ body }) => JSON.parse(body));
    expect(parts.map(({ name, query }) => [name, query.values.ids.length]).sort()).toEqual([
      ['facet_engagement', 1666],
      ['facet_engagement', 34],
      ['facet_recent', 1666],
      ['facet_recent', 34],
    ]);
  });
});
