import { startSimulator, type Simulator } from '../../simulator/simulator';
import { call, control, example, handClock, posthog } from './callers';

describe('PostHog persons', () => {
  let simulator: Simulator;
  const clock = handClock();
  beforeAll(async () => {
    simulator = await startSimulator({ customers: 200, now: clock.now });
  });
  afterAll(() => simulator.close());
  // Every test begins with full limits.
  beforeEach(() => clock.advance(3_600_001));

  const persons = () => simulator.population.posthog.records.map(({ person }) => person);
  const personOf = (uuid: string | null) => persons().find((person) => person.uuid === uuid)!;

  it.each(['projects', 'environments'])(
    'answers a batch as a map by the distinct ids asked, under %s',
    async (root) => {
      const ref = example(simulator, 'severalDistinctIds', 'activeLately', 'crossId');
      const [signedIn, anonymous] = ref.posthogDistinctIds;
      const { token, projectId } = simulator.credentials.posthog;
      const answer = await call(`${simulator.urls.posthog}/api/${root}/${projectId}/persons/batch_by_distinct_ids/`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ distinct_ids: [signedIn, anonymous, 'nobody'] }),
      });
      const { id, uuid, distinctIds, properties, createdAt, lastSeenAt } = personOf(ref.posthogId);
      const view = {
        id,
        name: properties.email,
        distinct_ids: distinctIds,
        properties,
        created_at: createdAt,
        uuid,
        last_seen_at: lastSeenAt,
      };
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({ results: { [signedIn!]: view, [anonymous!]: view } });
    },
  );

  it('links by contact id, by address alone, or to nobody', async () => {
    const [linked, byEmail, visitor] = [
      example(simulator, 'readyForCartMail'),
      example(simulator, 'posthogByEmail'),
      example(simulator, 'anonymousOnly'),
    ];
    const { body } = await posthog(simulator, 'POST', 'persons/batch_by_uuids/', {
      uuids: [linked.posthogId, byEmail.posthogId, visitor.posthogId],
    });
    const properties = ({ posthogId }: { posthogId: string | null }) => body.results[posthogId!].properties;
    expect(properties(linked)).toMatchObject({ hubspot_contact_id: linked.hubspotIds[0] });
    expect(properties(byEmail).email.toLowerCase()).toBe(byEmail.email);
    expect(properties(byEmail)).not.toHaveProperty('hubspot_contact_id');
    expect(properties(visitor)).not.toHaveProperty('email');
    expect(body.results[visitor.posthogId!].name).toBe(visitor.posthogDistinctIds[0]);
  });

  it('leaves out silently what exceeds 200 in a batch', async () => {
    const unknown = Array.from({ length: 200 }, (_, i) => `nobody-${i}`);
    const [known] = example(simulator, 'inPosthog').posthogDistinctIds;
    const ask = (distinct_ids: unknown[]) =>
      posthog(simulator, 'POST', 'persons/batch_by_distinct_ids/', { distinct_ids });
    expect(Object.keys((await ask([...unknown.slice(1), known])).body.results)).toEqual([known]);
    expect(await ask([...unknown, known])).toMatchObject({ status: 200, body: { results: {} } });
  });

  it('lists everybody, the newest first, by following next, which stays here', async () => {
    const found: { uuid: string; created_at: string }[] = [];
    const headers = { authorization: `Bearer ${simulator.credentials.posthog.token}` };
    let answer = await posthog(simulator, 'GET', 'persons/?limit=90');
    found.push(...answer.body.results);
    while (answer.body.next) {
      expect(new URL(answer.body.next).origin).toBe(simulator.urls.posthog);
      answer = await call(answer.body.next, { headers });
      found.push(...answer.body.results);
    }
    expect(found.map(({ uuid }) => uuid).sort()).toEqual(
      persons()
        .map(({ uuid }) => uuid)
        .sort(),
    );
    const created = found.map(({ created_at }) => created_at);
    expect(created).toEqual([...created].sort().reverse());
  });

  it('filters by address and distinct id exactly, and searches within', async () => {
    const ref = example(simulator, 'severalDistinctIds', 'readyForCartMail');
    const uuids = async (filter: string) => {
      const { body } = await posthog(simulator, 'GET', `persons/?${filter}`);
      return body.results.map(({ uuid }: { uuid: string }) => uuid);
    };
    const email = String(personOf(ref.posthogId).properties.email);
    expect(await uuids(`email=${encodeURIComponent(email)}`)).toEqual([ref.posthogId]);
    expect(await uuids(`email=${encodeURIComponent(email.slice(1))}`)).toEqual([]);
    expect(await uuids(`distinct_id=${ref.posthogDistinctIds[1]}`)).toEqual([ref.posthogId]);
    expect(await uuids(`search=${encodeURIComponent(email.slice(1).toUpperCase())}`)).toContain(ref.posthogId);
  });

  it('gets one by UUID and by number', async () => {
    const { id, uuid } = persons()[0]!;
    expect((await posthog(simulator, 'GET', `persons/${uuid}/`)).body).toMatchObject({ id, uuid });
    expect((await posthog(simulator, 'GET', `persons/${id}/`)).body).toMatchObject({ id, uuid });
  });

  it('does not know when everybody was last seen', async () => {
    const { posthogId } = example(simulator, 'lastSeenUnknown');
    expect((await posthog(simulator, 'GET', `persons/${posthogId}/`)).body.last_seen_at).toBeNull();
  });

  it('shows a change by control at once', async () => {
    const { posthogId, posthogDistinctIds } = example(simulator, 'readyForCartMail');
    const change = { plan: 'gold', $browser: null };
    const answer = await control(simulator, 'PATCH', `customers/posthog/${posthogDistinctIds[0]}`, change);
    const updatedAt = new Date(clock.now()).toISOString();
    expect(answer.body).toEqual({
      vendor: 'posthog',
      id: posthogDistinctIds[0],
      changed: ['plan', '$browser'],
      updatedAt,
    });
    const { body } = await posthog(simulator, 'GET', `persons/${posthogId}/`);
    expect(body).toMatchObject({ properties: { plan: 'gold' }, last_seen_at: updatedAt });
    expect(body.properties).not.toHaveProperty('$browser');
    expect((await control(simulator, 'PATCH', 'customers/posthog/nobody', change)).status).toBe(404);
  });

  it('notes the ids that calls ask', async () => {
    await control(simulator, 'DELETE', 'requests');
    await posthog(simulator, 'POST', 'persons/batch_by_distinct_ids/', { distinct_ids: ['a', 'b'] });
    await posthog(simulator, 'GET', 'persons/7/');
    await posthog(simulator, 'GET', 'persons/?distinct_id=c');
    await posthog(simulator, 'POST', 'query/', { query: { values: { ids: ['d'] } } });
    const { body } = await control(simulator, 'GET', 'requests?vendor=posthog');
    expect(body.map(({ ids }: { ids: string[] }) => ids)).toEqual([['a', 'b'], ['7'], ['c'], ['d']]);
  });

  it.each([
    ['POST', 'persons/batch_by_distinct_ids/', { distinct_ids: 'a' }, 400, 'validation_error', 'distinct_ids'],
    ['POST', 'persons/batch_by_distinct_ids/', '{', 400, 'validation_error', 'distinct_ids'],
    ['GET', 'persons/?limit=none', undefined, 400, 'validation_error', 'limit'],
    ['GET', 'persons/1/', undefined, 404, 'invalid_request', null],
    ['DELETE', 'persons/1/', undefined, 405, 'invalid_request', null],
    ['GET', 'events/', undefined, 404, 'invalid_request', null],
  ])('refuses %s %s %j with %d', async (method, path, body, status, type, attr) => {
    const answer = await posthog(simulator, method, path, body);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({ type, code: expect.any(String), detail: expect.any(String), attr });
  });

  it('refuses another project, and a missing or wrong token', async () => {
    const { token, projectId } = simulator.credentials.posthog;
    const get = (project: string, headers: Record<string, string>) =>
      call(`${simulator.urls.posthog}/api/projects/${project}/persons/`, { headers });
    expect(await get('1', { authorization: `Bearer ${token}` })).toMatchObject({
      status: 404,
      body: { detail: 'Project not found.' },
    });
    expect(await get(projectId, {})).toMatchObject({ status: 401, body: { code: 'not_authenticated' } });
    expect(await get(projectId, { authorization: 'Bearer phx_wrong' })).toMatchObject({
      status: 401,
      body: {
        type: 'authentication_error',
        code: 'invalid_personal_api_key',
        detail: 'Invalid personal API key.',
        attr: null,
      },
    });
  });

  it('fails and throttles in its own shape when told to', async () => {
    const fault = (set: object) => control(simulator, 'PUT', 'faults/posthog', set);
    await fault({ throttle: true });
    expect((await posthog(simulator, 'GET', 'persons/')).body.code).toBe('throttled');
    await fault({ status: 503 });
    expect(await posthog(simulator, 'GET', 'persons/')).toMatchObject({ status: 503, body: { type: 'server_error' } });
    await fault({});
    expect((await posthog(simulator, 'GET', 'persons/')).status).toBe(200);
  });
});

describe('PostHog limits', () => {
  it('refuse what exceeds a minute, then an hour, saying when there is room; queries are counted apart', async () => {
    const clock = handClock();
    const simulator = await startSimulator({ customers: 50, now: clock.now, rateLimits: { posthogPerMinute: 1 } });
    const list = () => posthog(simulator, 'GET', 'persons/?limit=1');
    try {
      expect((await list()).status).toBe(200);
      clock.advance(48_000);
      const refused = await list();
      expect(refused.status).toBe(429);
      expect(refused.headers.get('retry-after')).toBe('12');
      expect(refused.body).toEqual({
        type: 'throttled_error',
        code: 'throttled',
        detail: 'Request was throttled. Expected available in 12 seconds.',
        attr: null,
      });
      expect((await posthog(simulator, 'POST', 'query/', {})).status).toBe(400);
      for (let call = 1; call < 5; call += 1) {
        clock.advance(60_000);
        expect((await list()).status).toBe(200);
      }
      clock.advance(60_000);
      const hour = await list();
      expect([hour.status, hour.headers.get('retry-after')]).toEqual([429, String(3600 - 348)]);
    } finally {
      await simulator.close();
    }
  });
});
