import { startSimulator, type Simulator } from '../../simulator/simulator';
import { call, control, example, handClock, zendesk, zendeskToken, type Answer } from './callers';

describe('Zendesk', () => {
  let simulator: Simulator;
  let token: string;
  const clock = handClock();
  beforeAll(async () => {
    simulator = await startSimulator({ customers: 200, now: clock.now });
  });
  afterAll(() => simulator.close());
  // Every test begins with full limits, and a token that has not expired meanwhile.
  beforeEach(async () => {
    clock.advance(60_001);
    token = await zendeskToken(simulator);
  });

  const get = (path: string) => zendesk(simulator, token, path);
  const users = () => simulator.population.zendesk.users;
  const userOf = (id: string | null) => users().find((user) => user.id === id)!;
  const tickets = () => simulator.population.zendesk.tickets;
  const ids = (records: { id: number }[]) => records.map(({ id }) => String(id));

  describe('Tokens', () => {
    const ask = (form: object) =>
      call(`${simulator.urls.zendesk}/oauth/tokens`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(form),
      });
    const right = () => {
      const { clientId, clientSecret } = simulator.credentials.zendesk;
      return { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
    };

    it('are granted for client credentials and last as long as asked', async () => {
      const answer = await ask({ ...right(), scope: 'tickets:read users:read', expires_in: 301 });
      expect(answer.body).toEqual({
        access_token: expect.stringMatching(/^[0-9a-f]{64}$/),
        token_type: 'bearer',
        scope: 'tickets:read users:read',
        expires_in: 301,
      });
      const list = () => zendesk(simulator, answer.body.access_token, 'users');
      clock.advance(300_000);
      expect((await list()).status).toBe(200);
      clock.advance(1001);
      expect(await list()).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
    });

    it.each([
      [{ grant_type: 'password' }, 400, 'unsupported_grant_type'],
      [{ client_id: 'other' }, 401, 'invalid_client'],
      [{ client_secret: 'wrong' }, 401, 'invalid_client'],
      [{ expires_in: 300 }, 400, 'invalid_request'],
      [{ expires_in: 172_800 }, 400, 'invalid_request'],
    ])('are refused for %j', async (wrong, status, error) => {
      const answer = await ask({ ...right(), ...wrong });
      expect(answer.status).toBe(status);
      expect(answer.body).toEqual({ error, error_description: expect.any(String) });
    });

    it('are needed; Basic credentials are not taken', async () => {
      const url = `${simulator.urls.zendesk}/api/v2/users.json`;
      for (const headers of [{}, { authorization: 'Basic YTpi' }] as Record<string, string>[]) {
        const answer = await call(url, { headers });
        expect([answer.status, answer.body]).toEqual([401, { error: "Couldn't authenticate you" }]);
      }
    });
  });

  describe('Users', () => {
    it.each(['', '.json'])('are shown by id and external id, unknown ones left out (suffix "%s")', async (suffix) => {
      const [linked, byEmail] = [example(simulator, 'readyForCartMail'), example(simulator, 'zendeskByEmail')];
      const user = userOf(linked.zendeskId);
      const byId = await get(`users/show_many${suffix}?ids=${byEmail.zendeskId},1,${linked.zendeskId}`);
      expect(ids(byId.body.users)).toEqual([byEmail.zendeskId, linked.zendeskId].sort((a, b) => Number(a) - Number(b)));
      const byExternalId = await get(`users/show_many${suffix}?external_ids=${linked.hubspotIds[0]},nobody`);
      expect(byExternalId.body).toEqual({
        users: [
          {
            id: Number(user.id),
            url: `${simulator.urls.zendesk}/api/v2/users/${user.id}.json`,
            name: user.name,
            email: user.email,
            created_at: user.createdAt,
            updated_at: user.updatedAt,
            time_zone: 'Berlin',
            iana_time_zone: 'Europe/Berlin',
            phone: user.phone,
            shared_phone_number: user.phone === null ? null : false,
            photo: null,
            locale: user.locale,
            organization_id: null,
            role: 'end-user',
            verified: true,
            external_id: linked.hubspotIds[0],
            tags: user.tags,
            alias: null,
            active: true,
            shared: false,
            last_login_at: null,
            notes: user.notes,
            details: null,
            suspended: false,
            user_fields: {},
          },
        ],
        next_page: null,
        previous_page: null,
        count: 1,
      });
    });

    it('link by external id, by a verified address, or not at all', async () => {
      const shown = async (zendeskId: string | null) => (await get(`users/${zendeskId}`)).body.user;
      const [byEmail, unverified] = [example(simulator, 'zendeskByEmail'), example(simulator, 'zendeskUnverified')];
      expect(await shown(byEmail.zendeskId)).toMatchObject({ external_id: null, verified: true, email: byEmail.email });
      expect(await shown(unverified.zendeskId)).toMatchObject({ external_id: null, verified: false });
    });

    it('are shown with their identities when asked', async () => {
      const { zendeskId, email } = example(simulator, 'zendeskUnverified');
      const { body } = await get(`users/show_many?ids=${zendeskId}&include=identities`);
      expect(body.identities).toMatchObject([
        { user_id: Number(zendeskId), type: 'email', value: email, verified: false, primary: true },
      ]);
    });

    it('are at most a hundred at a time', async () => {
      const many = (count: number) => Array.from({ length: count }, (_, i) => i).join(',');
      expect((await get(`users/show_many?ids=${many(100)}`)).body).toMatchObject({ users: [], count: 0 });
      expect(await get(`users/show_many?ids=${many(101)}`)).toMatchObject({
        status: 400,
        body: { error: 'InvalidValue' },
      });
      expect((await get(`tickets/show_many?ids=${many(101)}`)).status).toBe(400);
    });

    it('are found by address and external id exactly, and by text', async () => {
      const { zendeskId, email, hubspotIds } = example(simulator, 'readyForCartMail');
      const found = async (query: string) => ids((await get(`users/search?${query}`)).body.users);
      expect(await found(`query=${encodeURIComponent(`email:${email!.toUpperCase()}`)}`)).toEqual([zendeskId]);
      expect(await found(`external_id=${hubspotIds[0]}`)).toEqual([zendeskId]);
      expect(await found(`query=${encodeURIComponent(email!.slice(0, -1))}`)).toEqual([zendeskId]);
      expect(await found('query=email:nobody@example.com')).toEqual([]);
      expect((await get('users/search?query=shoe:46')).status).toBe(422);
    });

    it('are listed by cursor, links leading back here, agents among them', async () => {
      const found: string[] = [];
      let path: string | null = 'users?page[size]=30';
      let answer!: Answer;
      let previous: string | null = null;
      while (path) {
        answer = await get(path);
        expect(answer.body.meta.has_more).toBe(answer.body.links.next !== null);
        found.push(...ids(answer.body.users));
        previous = answer.body.links.prev;
        path = answer.body.links.next?.replace(`${simulator.urls.zendesk}/api/v2/`, '') ?? null;
      }
      expect(found).toEqual(users().map(({ id }) => id));
      const back = await call(previous!, { headers: { authorization: `Bearer ${token}` } });
      expect(ids(back.body.users)).toEqual(found.slice(30, 60));
      const customers = await get('users?role=end-user&page[size]=100');
      expect(customers.body.users).toHaveLength(users().length - 2);
    });

    it('are listed by offset too', async () => {
      const { body } = await get('users?per_page=40&page=2');
      expect(ids(body.users)).toEqual(
        users()
          .slice(40, 80)
          .map(({ id }) => id),
      );
      expect(body).toMatchObject({
        count: users().length,
        next_page: `${simulator.urls.zendesk}/api/v2/users?per_page=40&page=3`,
        previous_page: `${simulator.urls.zendesk}/api/v2/users?per_page=40&page=1`,
      });
    });

    it.each(['page[size]=101', 'page[size]=none', 'page[size]=1&page[after]=nonsense'])('refuse %s', async (query) => {
      expect(await get(`users?${query}`)).toMatchObject({
        status: 400,
        body: { errors: [{ code: 'InvalidPaginationParameter' }] },
      });
    });

    it('are changed by control', async () => {
      const { zendeskId } = example(simulator, 'zendeskByEmail');
      const change = { name: 'Zaphod', email: 'zaphod@example.com', phone: null, notes: 'two heads' };
      const answer = await control(simulator, 'PATCH', `customers/zendesk/${zendeskId}`, change);
      const updatedAt = `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
      expect(answer.body).toEqual({ vendor: 'zendesk', id: zendeskId, changed: Object.keys(change), updatedAt });
      expect((await get(`users/${zendeskId}`)).body.user).toMatchObject({ ...change, updated_at: updatedAt });
      expect(ids((await get('users/search?query=email:zaphod@example.com')).body.users)).toEqual([zendeskId]);
      const { email } = example(simulator, 'readyForCartMail');
      const patch = (id: string | null, body: object) => control(simulator, 'PATCH', `customers/zendesk/${id}`, body);
      expect(await patch(zendeskId, { email })).toMatchObject({
        status: 400,
        body: { error: `email: expected one no other user has, but got ${email}` },
      });
      expect(await patch(zendeskId, { role: 'admin' })).toMatchObject({
        status: 400,
        body: { error: 'expected only name, email, phone, notes, but got role' },
      });
      expect((await patch('1', {})).status).toBe(404);
    });
  });

  describe('Tickets', () => {
    it('are those a user requested', async () => {
      const { zendeskId } = example(simulator, 'badSatisfaction');
      const own = tickets().filter(({ requesterId }) => requesterId === zendeskId);
      const { body } = await get(`users/${zendeskId}/tickets/requested?page[size]=100`);
      expect(ids(body.tickets)).toEqual(own.map(({ id }) => id));
      const bad = own.find(({ satisfaction }) => satisfaction === 'bad')!;
      expect(body.tickets.find(({ id }: { id: number }) => id === Number(bad.id))).toEqual({
        id: Number(bad.id),
        url: `${simulator.urls.zendesk}/api/v2/tickets/${bad.id}.json`,
        external_id: null,
        via: { channel: bad.channel },
        created_at: bad.createdAt,
        updated_at: bad.updatedAt,
        type: bad.type,
        subject: bad.subject,
        raw_subject: bad.subject,
        description: bad.description,
        priority: bad.priority,
        status: bad.status,
        recipient: null,
        requester_id: Number(zendeskId),
        submitter_id: Number(zendeskId),
        assignee_id: Number(bad.assigneeId),
        organization_id: null,
        group_id: null,
        collaborator_ids: [],
        has_incidents: false,
        is_public: true,
        due_at: null,
        tags: bad.tags,
        custom_fields: [],
        satisfaction_rating: { id: expect.any(Number), score: 'bad', comment: 'Nobody answered for a week.' },
      });
      expect((await get(`users/${zendeskId}/related`)).body).toEqual({
        user_related: {
          assigned_tickets: 0,
          requested_tickets: own.length,
          ccd_tickets: 0,
          organization_subscriptions: 0,
        },
      });
      expect((await get(`users/${example(simulator, 'withoutTickets').zendeskId}/tickets/requested`)).body).toEqual({
        ...{ tickets: [], next_page: null, previous_page: null, count: 0 },
      });
    });

    it('are shown many at a time', async () => {
      const wanted = tickets()
        .slice(3, 9)
        .map(({ id }) => id);
      expect(ids((await get(`tickets/show_many?ids=${wanted.join()},999999`)).body.tickets)).toEqual(wanted);
    });

    it('are searched by requester, status and time, the latest first', async () => {
      const { zendeskId, email } = example(simulator, 'openTicket');
      const own = tickets().filter(({ requesterId }) => requesterId === zendeskId);
      const found = async (query: string) => {
        const { body } = await get(`search?query=${encodeURIComponent(query)}&sort_by=created_at`);
        return body.results;
      };
      const results = await found(`type:ticket requester:${zendeskId}`);
      expect(ids(results)).toEqual(own.map(({ id }) => id).reverse());
      expect(results[0]).toMatchObject({ result_type: 'ticket' });
      expect(await found(`type:ticket requester:${email}`)).toEqual(results);
      const open = own.filter(({ status }) => !['solved', 'closed'].includes(status)).map(({ id }) => id);
      expect(ids(await found(`type:ticket requester:${zendeskId} status<solved`))).toEqual(open);
      expect(ids(await found(`type:ticket requester:${zendeskId} -status:solved -status:closed`))).toEqual(open);
      const { createdAt } = own.at(-1)!;
      expect(ids(await found(`type:ticket requester:${zendeskId} created>=${createdAt}`))).toEqual(open);
      expect(await get('search?query=type:ticket shoe:46')).toMatchObject({ status: 422 });
      expect(await get('search?query=help')).toMatchObject({ status: 422 });
      expect(await get('search?query=type:ticket&per_page=100&page=11')).toMatchObject({
        status: 422,
        body: { description: 'Invalid search: Requested response size was greater than Search Response Limits' },
      });
    });

    it('are opened and changed by control', async () => {
      const { zendeskId } = example(simulator, 'readyForCartMail');
      const opened = await control(simulator, 'POST', 'tickets', { requester_id: Number(zendeskId), subject: 'Help' });
      const at = `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
      expect(opened.body).toEqual({
        vendor: 'zendesk',
        id: expect.stringMatching(/^tickets\/\d+$/),
        changed: ['requester_id', 'subject'],
        updatedAt: at,
      });
      const id = opened.body.id.replace('tickets/', '');
      const show = async () => (await get(`tickets/${id}`)).body.ticket;
      expect(await show()).toMatchObject({ subject: 'Help', status: 'new', created_at: at, updated_at: at });
      clock.advance(5000);
      const change = {
        id,
        status: 'solved',
        priority: 'high',
        satisfaction_rating: { score: 'good', comment: 'Quick' },
      };
      expect((await control(simulator, 'POST', 'tickets', change)).status).toBe(200);
      expect(await show()).toMatchObject({
        status: 'solved',
        priority: 'high',
        satisfaction_rating: { score: 'good', comment: 'Quick' },
        created_at: at,
        updated_at: `${new Date(clock.now()).toISOString().slice(0, 19)}Z`,
      });
      const requested = (await get(`users/${zendeskId}/tickets/requested`)).body.tickets;
      expect(ids(requested)).toContain(id);
    });

    it.each([
      [{ subject: 'A' }, 400, /^requester_id: expected the id of a user, but got undefined$/],
      [{ requester_id: 18000000000005 }, 400, /^subject: expected a string, but got nothing$/],
      [{ id: 1, requester_id: 1 }, 400, /^expected id or requester_id, but got both/],
      [{ id: 999999, status: 'open' }, 404, /but got tickets\/999999$/],
      [{ id: 'new', subject: 'A' }, 400, /^requester_id/],
    ])('are refused: %j', async (body, status, error) => {
      const answer = await control(simulator, 'POST', 'tickets', body);
      expect(answer).toMatchObject({ status, body: { error: expect.stringMatching(error) } });
    });

    it.each([{ status: 'lost' }, { satisfaction_rating: 'good' }, { tags: 'a' }, { shoe: 46 }])(
      'are refused a change of %j',
      async (change) => {
        const { id } = tickets()[0]!;
        expect((await control(simulator, 'POST', 'tickets', { id, ...change })).status).toBe(400);
      },
    );
  });

  describe('Incremental exports', () => {
    const drain = async (path: string, name: string) => {
      const found: string[] = [];
      let answer = await get(path);
      for (;;) {
        found.push(...ids(answer.body[name]));
        if (answer.body.end_of_stream) return { found, cursor: answer.body.after_cursor as string };
        answer = await call(answer.body.after_url, { headers: { authorization: `Bearer ${token}` } });
      }
    };

    it.each([
      ['tickets', () => tickets()],
      ['users', () => users()],
    ] as const)('give all %s in order of change, then what changed since', async (name, all) => {
      const { found, cursor } = await drain(`incremental/${name}/cursor.json?start_time=0&per_page=100`, name);
      const expected = [...all()].sort((a, b) => a.updatedAt.localeCompare(b.updatedAt) || Number(a.id) - Number(b.id));
      expect(found).toEqual(expected.map(({ id }) => id));
      const nothing = await get(`incremental/${name}/cursor?cursor=${cursor}`);
      expect(nothing.body).toEqual({
        [name]: [],
        after_url: expect.stringContaining(cursor),
        after_cursor: cursor,
        before_url: null,
        before_cursor: null,
        end_of_stream: true,
      });
      clock.advance(1000);
      const { id } = all()[5]!;
      if (name === 'users') await control(simulator, 'PATCH', `customers/zendesk/${id}`, { notes: 'x' });
      else await control(simulator, 'POST', 'tickets', { id, subject: 'Again' });
      expect(ids((await get(`incremental/${name}/cursor?cursor=${cursor}`)).body[name])).toEqual([id]);
    });

    it.each([
      ['', 400],
      ['?start_time=soon', 400],
      ['?cursor=nonsense', 400],
      ['?start_time=0&per_page=1001', 400],
    ])('refuse %s with %d', async (query, status) => {
      expect((await get(`incremental/tickets/cursor${query}`)).status).toBe(status);
    });

    it('do not begin within the last minute', async () => {
      const nowSeconds = Math.floor(clock.now() / 1000);
      const from = (seconds: number) => get(`incremental/tickets/cursor?start_time=${seconds}`);
      expect(await from(nowSeconds - 30)).toMatchObject({ status: 422, body: { error: 'StartTimeTooRecent' } });
      expect((await from(nowSeconds - 61)).status).toBe(200);
    });
  });

  it('notes the ids that calls ask', async () => {
    await control(simulator, 'DELETE', 'requests');
    for (const path of [
      'users/show_many.json?ids=1,2',
      'users/show_many?external_ids=a',
      'users/3/tickets/requested',
    ]) {
      await get(path);
    }
    await get('tickets/show_many?ids=4');
    await get('users?page[size]=1');
    const { body } = await control(simulator, 'GET', 'requests?vendor=zendesk');
    expect(body.map(({ ids: asked }: { ids: string[] }) => asked)).toEqual([['1', '2'], ['a'], ['3'], ['4'], []]);
  });

  it.each([
    ['GET', 'users/1', 404, 'RecordNotFound'],
    ['GET', 'users/1/tickets/requested', 404, 'RecordNotFound'],
    ['GET', 'tickets/999999', 404, 'RecordNotFound'],
    ['GET', 'organizations', 404, 'InvalidEndpoint'],
    ['GET', 'users/1/groups', 404, 'InvalidEndpoint'],
    ['GET', 'users?sort=-id', 400, 'InvalidValue'],
    ['POST', 'tickets', 405, 'MethodNotAllowed'],
    ['DELETE', 'users/1', 404, 'RecordNotFound'],
    ['DELETE', 'organizations/1', 404, 'InvalidEndpoint'],
  ])('refuses %s %s with %d %s', async (method, path, status, error) => {
    const answer = await zendesk(simulator, token, path, method);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({ error, description: expect.any(String) });
  });

  it('fails and throttles in its own shape when told to', async () => {
    const fault = (set: object) => control(simulator, 'PUT', 'faults/zendesk', set);
    await fault({ throttle: true });
    const throttled = await get('users');
    expect([throttled.status, throttled.headers.get('x-rate-limit-remaining')]).toEqual([429, '0']);
    await fault({ status: 503 });
    expect(await get('users')).toMatchObject({ status: 503, body: { error: 'InternalServerError' } });
    await fault({});
    expect((await get('users')).status).toBe(200);
  });
});

describe('Zendesk limits', () => {
  it('count down within a minute, say when it ends, and count exports apart', async () => {
    const clock = handClock(Date.UTC(2026, 10, 23, 12, 0, 19));
    const simulator = await startSimulator({ customers: 50, now: clock.now, rateLimits: { zendeskPerMinute: 12 } });
    const token = await zendeskToken(simulator);
    const get = (path: string) => zendesk(simulator, token, path);
    try {
      const first = await get('users');
      const header = (answer: Answer) => (name: string) => answer.headers.get(name);
      expect(['x-rate-limit', 'x-rate-limit-remaining', 'ratelimit-limit'].map(header(first))).toEqual([
        '12',
        '11',
        '12',
      ]);
      expect(['ratelimit-remaining', 'ratelimit-reset', 'retry-after'].map(header(first))).toEqual(['11', '41', null]);
      for (let i = 0; i < 10; i += 1) {
        expect((await get('incremental/users/cursor?start_time=0')).status).toBe(200);
      }
      const eleventh = await get('incremental/users/cursor?start_time=0');
      expect(eleventh.status).toBe(429);
      expect(eleventh.headers.get('retry-after')).toBe('41');
      expect(eleventh.body).toEqual({
        error: 'APIRateLimitExceeded',
        description: 'Number of allowed API requests per minute exceeded',
      });
      expect((await get('users')).headers.get('x-rate-limit-remaining')).toBe('0');
      expect((await get('users')).status).toBe(429);
      clock.advance(41_000);
      expect((await get('users')).status).toBe(200);
    } finally {
      await simulator.close();
    }
  });
});
