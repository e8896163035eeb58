// Zendesk's users as a source, against the simulated Zendesk; what that does not do, against a double.
import { startSimulator, type Simulator } from '../../simulator/simulator';
import type { MappedRecord, SourceClient } from '../../subgraphs/source';
import { createZendeskClient, zendeskSettings } from '../../subgraphs/support/support.client';
import { errorText, failureOf } from '../upstream/bench';
import { reply, startVendorDouble, type VendorDouble } from '../upstream/vendor-double';
import { asked, control, readAllPages, soon } from './conversation';

const TOKEN = 'POST /oauth/tokens';
const clientOf = (url: string, clientId: string, secret: string, now: () => number = Date.now): SourceClient =>
  createZendeskClient(
    zendeskSettings.parse({ ZENDESK_URL: url, ZENDESK_CLIENT_ID: clientId, ZENDESK_CLIENT_SECRET: secret }),
    { now },
  );
const bounds = () => ({ ...soon(), changedSince: null });
const ticketsOf = ({ categories }: MappedRecord) =>
  (categories.SUPPORT_HISTORY as { tickets: Array<{ id: string }> } | undefined)?.tickets.map(({ id }) => id);

describe('Zendesk', () => {
  let simulator: Simulator;
  let client: SourceClient;
  beforeAll(async () => {
    simulator = await startSimulator({ customers: 400, seed: 7 });
  });
  afterAll(() => simulator.close());
  beforeEach(async () => {
    await control(simulator, 'DELETE', 'requests');
    client = fresh();
  });
  afterEach(async () => {
    await client.close();
    await control(simulator, 'PUT', 'faults/zendesk', {});
  });

  const fresh = (secret = simulator.credentials.zendesk.clientSecret) =>
    clientOf(simulator.urls.zendesk, simulator.credentials.zendesk.clientId, secret);
  const customers = () => simulator.population.zendesk.users.filter(({ role }) => role === 'end-user');
  const ticketIdsOf = (userId: string) =>
    simulator.population.zendesk.tickets
      .filter(({ requesterId }) => requesterId === userId)
      .sort((a, b) => b.createdAt.localeCompare(a.createdAt) || Number(b.id) - Number(a.id))
      .map(({ id }) => id);

  it('is read whole, page by page: every customer with every ticket, agents left out', async () => {
    const { records, invalid, pages } = await readAllPages(client, null);
    expect({ invalid, pages }).toEqual({ invalid: 0, pages: Math.ceil(customers().length / 100) });
    expect(records.map((record) => [record.sourceId, ticketsOf(record)])).toEqual(
      customers().map(({ id }) => [id, ticketIdsOf(id)]),
    );
    await expect(client.count(soon())).resolves.toBe(customers().length);
    expect((await asked(simulator, 'zendesk')).filter((call) => call.includes('incremental'))).toEqual([
      'GET /api/v2/incremental/tickets/cursor',
    ]);
  });

  it('counts open tickets and knows the last rating', async () => {
    const { records } = await readAllPages(client, null);
    const open = new Set(simulator.population.examples('openTicket').map(({ zendeskId }) => zendeskId));
    for (const { sourceId, categories } of records) {
      const { openTickets } = categories.SUPPORT_HISTORY as { openTickets: number };
      expect(openTickets).toBe(open.has(sourceId) ? 1 : 0);
    }
    expect(open.size).toBeGreaterThan(0);
    const ratings = new Set(records.map(({ categories }) => categories.SUPPORT_HISTORY?.satisfaction));
    expect(ratings).toEqual(new Set(['good', 'bad', null]));
  });

  it('reads a hundred users in one call, without tickets, and leaves out unknown ones and agents', async () => {
    const known = customers().slice(0, 98);
    const agent = simulator.population.zendesk.users.find(({ role }) => role === 'agent')!;
    const records = await client.fetchMany([...known.map(({ id }) => id), agent.id, '1'], bounds());
    expect([...records.keys()]).toEqual(known.map(({ id }) => id));
    expect([...records.values()].every(({ categories }) => Object.keys(categories).length === 0)).toBe(true);
    expect(await asked(simulator, 'zendesk')).toEqual([TOKEN, 'GET /api/v2/users/show_many']);
  });

  it('reads users that webhooks named with all their tickets, and leaves out unknown ones and agents', async () => {
    const known = customers()
      .filter(({ id }) => ticketIdsOf(id).length > 0)
      .slice(0, 10);
    const agent = simulator.population.zendesk.users.find(({ role }) => role === 'agent')!;
    const records = await client.fetchChanged!([...known.map(({ id }) => id), agent.id, '1'], soon());
    expect([...records].map(([key, record]) => [key, ticketsOf(record)])).toEqual(
      known.map(({ id }) => [id, ticketIdsOf(id)]),
    );
    expect([...records.values()].every(({ facts }) => (facts.activities ?? []).length > 0)).toBe(true);
    expect((await asked(simulator, 'zendesk')).sort()).toEqual(
      [
        TOKEN,
        'GET /api/v2/users/show_many',
        ...known.map(({ id }) => `GET /api/v2/users/${id}/tickets/requested`),
      ].sort(),
    );
  });

  it('is not asked for nothing, and not for more than a hundred', async () => {
    await expect(client.fetchChanged!([], soon())).resolves.toEqual(new Map());
    await expect(client.fetchChanged!(new Array<string>(101).fill('1'), soon())).rejects.toThrow(RangeError);
    await expect(client.fetchMany([], bounds())).resolves.toEqual(new Map());
    const keys = Array.from({ length: 101 }, (_, i) => String(i + 1));
    await expect(client.fetchMany(keys, bounds())).rejects.toThrow(RangeError);
    expect(await asked(simulator, 'zendesk')).toEqual([]);
  });

  it('is read by what changed since: users who did, or one of whose tickets did, with all their tickets', async () => {
    const since = Date.now() - 20 * 24 * 3_600_000;
    const { records } = await readAllPages(client, since);
    const changed = customers().filter(({ id, updatedAt }) =>
      [
        updatedAt,
        ...simulator.population.zendesk.tickets
          .filter(({ requesterId }) => requesterId === id)
          .map((ticket) => ticket.updatedAt),
      ].some((at) => Date.parse(at) >= since),
    );
    expect(records.map((record) => [record.sourceId, ticketsOf(record)])).toEqual(
      changed.map(({ id }) => [id, ticketIdsOf(id)]),
    );
    expect(changed.length).toBeGreaterThan(0);
  });

  it('goes on from a position with a new client, as after a restart', async () => {
    const first = await client.fetchPage(null, bounds());
    const restarted = fresh();
    const [here, there] = await Promise.all([client, restarted].map((one) => one.fetchPage(first.next, bounds())));
    expect(there).toEqual(here);
    await restarted.close();
  });

  it.each([
    ['users:1', 0],
    ['changed:x', 0],
    ['changed:1', null],
    ['x', null],
  ])('refuses the position %j of another run (%j)', async (position, changedSince) => {
    await expect(client.fetchPage(position, { ...soon(), changedSince })).rejects.toThrow(RangeError);
  });

  it('that refuses the secret is UPSTREAM_UNAUTHENTICATED, and the secret is not told', async () => {
    const stranger = fresh('hush');
    const call = () => stranger.fetchMany(['1'], bounds());
    await expect(failureOf(call())).resolves.toMatchObject({ code: 'UPSTREAM_UNAUTHENTICATED' });
    expect(await errorText(call())).not.toContain('hush');
    await stranger.close();
  });

  it('that throttles longer than the deadline is UPSTREAM_THROTTLED', async () => {
    await control(simulator, 'PUT', 'faults/zendesk', { throttle: true });
    const call = client.fetchMany(['1'], { deadlineAt: Date.now() + 600, changedSince: null });
    await expect(failureOf(call)).resolves.toMatchObject({ code: 'UPSTREAM_THROTTLED' });
  });

  it('that hangs is UPSTREAM_TIMEOUT at the deadline', async () => {
    await client.count(soon());
    await control(simulator, 'PUT', 'faults/zendesk', { hang: true });
    const call = client.fetchMany(['1'], { deadlineAt: Date.now() + 50, changedSince: null });
    await expect(failureOf(call)).resolves.toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
  });
});

describe('Zendesk’s odd answers', () => {
  let double: VendorDouble;
  let client: SourceClient;
  /** Answers by path; the token is always given. */
  let answers: Array<readonly [path: string, body: unknown | (() => unknown), headers?: Record<string, string>]>;
  beforeEach(async () => {
    double = await startVendorDouble();
    client = clientOf(double.url, 'facet', 'secret');
    double.script = ({ path }, response) => {
      if (path === '/oauth/tokens') return reply(response, 200, { access_token: 'token', expires_in: 7_200 });
      const [, body, headers] = answers.find(([part]) => path.includes(part)) ?? ['', {}];
      return reply(response, 200, typeof body === 'function' ? body() : body, headers);
    };
  });
  afterEach(async () => {
    await client.close();
    await double.close();
  });

  const ada = {
    id: 1,
    name: 'Ada Lovelace',
    email: 'ada@example.com',
    external_id: null,
    role: 'end-user',
    active: true,
    verified: true,
    updated_at: '2026-10-01T00:00:00Z',
  };
  const parcel = {
    id: 11,
    requester_id: 1,
    subject: 'Parcel',
    status: 'open',
    created_at: '2026-10-02T00:00:00Z',
    updated_at: '2026-10-02T00:00:00Z',
  };
  const badUsers = [null, { ...ada, id: 'x' }, { ...ada, updated_at: 'ada@example.com' }];
  const badTickets = [null, { ...parcel, id: 'x' }, { ...parcel, created_at: 'ada@example.com' }];
  const end = { after_cursor: 'end', end_of_stream: true };
  const last = { meta: { has_more: false, after_cursor: null } };

  it('an unreadable user or ticket costs itself, not the page', async () => {
    answers = [
      ['incremental/tickets', { tickets: [...badTickets, parcel], ...end }],
      ['users', { users: [...badUsers, ada], ...last }],
    ];
    const { records, invalid, next } = await client.fetchPage(null, bounds());
    expect({ records: records.map((record) => [record.sourceId, ticketsOf(record)]), invalid, next }).toEqual({
      records: [['1', ['11']]],
      invalid: 6,
      next: null,
    });
  });

  it('a batch with an unreadable user fails, since a missing one would count as deleted', async () => {
    answers = [['show_many', { users: [badUsers[2], ada] }]];
    const call = () => client.fetchMany(['1', '2'], bounds());
    await expect(failureOf(call())).resolves.toEqual({
      code: 'UPSTREAM_INVALID',
      message: 'Zendesk, users by id: expected users, got 1 unreadable',
    });
    expect(await errorText(call())).not.toContain('ada@example.com');
  });

  it('a ticket that changes while the export runs counts once, as it is last', async () => {
    const exports = [
      { tickets: [parcel], after_cursor: 'more', end_of_stream: false },
      {
        tickets: [
          { ...parcel, status: 'solved' },
          { ...parcel, id: 12, status: 'deleted' },
        ],
        ...end,
      },
    ];
    answers = [
      ['incremental/tickets', () => exports.shift()],
      ['users', { users: [ada], ...last }],
    ];
    const { records } = await client.fetchPage(null, bounds());
    expect(records[0]?.categories.SUPPORT_HISTORY).toMatchObject({ openTickets: 0, tickets: [{ status: 'solved' }] });
    expect(double.asked.map(({ path }) => path.split('?')[1]).slice(1, 3)).toEqual(['start_time=0', 'cursor=more']);
  });

  it('an export that is cut short by the deadline goes on where it stood', async () => {
    let hang = true;
    const parts = [
      { tickets: [parcel], after_cursor: 'more', end_of_stream: false },
      { tickets: [{ ...parcel, id: 12 }], ...end },
    ];
    answers = [
      ['users', { users: [ada], ...last }],
      ['incremental/tickets', () => parts.shift()],
    ];
    const script = double.script;
    double.script = (request, response) => {
      if (request.path.includes('cursor=more') && hang) return;
      script(request, response);
    };
    const cut = client.fetchPage(null, { deadlineAt: Date.now() + 300, changedSince: null });
    await expect(failureOf(cut)).resolves.toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
    hang = false;
    const { records } = await client.fetchPage(null, bounds());
    expect(records.map(ticketsOf)).toEqual([['12', '11']]);
    expect(double.asked.filter(({ path }) => path.includes('start_time'))).toHaveLength(1);
  });

  const solved = { ...parcel, status: 'solved', updated_at: '2026-10-03T00:00:00Z' };
  const states = ({ categories }: MappedRecord) =>
    (categories.SUPPORT_HISTORY as { tickets: Array<{ status: string }> }).tickets.map(({ status }) => status);

  it('an export that is older than what a webhook brought since does not take its place', async () => {
    answers = [
      ['incremental/tickets', { tickets: [parcel, { ...parcel, id: 12, requester_id: 2 }], ...end }],
      ['show_many', { users: [ada] }],
      ['requested', { tickets: [solved], ...last }],
      ['users', { users: [ada], meta: { has_more: true, after_cursor: 'more' } }],
    ];
    let time = 1_000;
    await client.close();
    client = clientOf(double.url, 'facet', 'secret', () => (time += 1));
    const first = await client.fetchPage(null, bounds());
    expect(first.records.map(states)).toEqual([['open']]);
    await client.fetchChanged!(['1'], soon());
    answers[3] = ['users', { users: [ada, { ...ada, id: 2 }], ...last }];
    const second = await client.fetchPage(first.next, bounds());
    expect(second.records.map(states)).toEqual([['solved'], ['open']]);

    // The next run's export is newer than that.
    answers[0] = ['incremental/tickets', { tickets: [{ ...solved, status: 'closed' }], ...end }];
    const next = await client.fetchPage(null, bounds());
    expect(next.records.map(states)).toEqual([['closed'], []]);
  });

  it('tickets a run read itself later than a webhook did are its own', async () => {
    answers = [
      ['incremental/users', { users: [ada], ...end }],
      ['incremental/tickets', { tickets: [parcel], ...end }],
      ['show_many', { users: [ada] }],
      ['requested', { tickets: [parcel], ...last }],
    ];
    let time = 1_000;
    await client.close();
    client = clientOf(double.url, 'facet', 'secret', () => (time += 1));
    const script = double.script;
    let webhook: Promise<unknown> | undefined;
    double.script = (request, response) => {
      // While the run is on, and before it asks for the tickets itself.
      if (request.path.includes('incremental/users') && webhook === undefined) {
        webhook = client.fetchChanged!(['1'], soon()).then(() => {
          answers[3] = ['requested', { tickets: [solved], ...last }];
          script(request, response);
        });
        return;
      }
      script(request, response);
    };
    const { records } = await client.fetchPage(null, { ...soon(), changedSince: 0 });
    await webhook;
    expect(records.map(states)).toEqual([['solved']]);
  });

  it('a user that cannot be read is not taken for a deleted one when a webhook names it', async () => {
    answers = [
      ['show_many', { users: [badUsers[2], ada] }],
      ['requested', { tickets: [], ...last }],
    ];
    await expect(failureOf(client.fetchChanged!(['1', '2'], soon()))).resolves.toMatchObject({
      code: 'UPSTREAM_INVALID',
    });
  });

  it('a ticket that cannot be read costs itself when a webhook names its user', async () => {
    answers = [
      ['show_many', { users: [ada] }],
      ['requested', { tickets: [...badTickets, parcel], ...last }],
    ];
    expect([...(await client.fetchChanged!(['1'], soon())).values()].map(ticketsOf)).toEqual([['11']]);
  });

  it('tickets of one user come page by page', async () => {
    const pages = [
      { tickets: [parcel], meta: { has_more: true, after_cursor: 'more' } },
      { tickets: [{ ...parcel, id: 12 }], ...last },
    ];
    answers = [
      ['incremental/users', { users: [ada], ...end }],
      ['incremental/tickets', { tickets: [], ...end }],
      ['show_many', { users: [ada] }],
      ['requested', () => pages.shift()],
    ];
    const { records } = await client.fetchPage(null, { ...soon(), changedSince: 0 });
    expect(records.map(ticketsOf)).toEqual([['12', '11']]);
  });

  it('an export does not begin later than a minute ago', async () => {
    answers = [
      ['incremental/users', { users: [], ...end }],
      ['incremental/tickets', { tickets: [], ...end }],
    ];
    const asked = Date.now();
    await client.fetchPage(null, { ...soon(), changedSince: asked });
    const begins = double.asked.flatMap(({ path }) => /start_time=(\d+)/.exec(path)?.[1] ?? []).map(Number);
    expect(begins).toHaveLength(2);
    expect(Math.max(...begins) * 1_000).toBeLessThan(asked - 60_000);
  });

  it('a limit that is used up is not asked again before it is restored', async () => {
    answers = [['show_many', { users: [ada] }, { 'ratelimit-remaining': '0', 'ratelimit-reset': '41' }]];
    await client.fetchMany(['1'], bounds());
    double.asked.length = 0;
    await expect(
      failureOf(client.fetchMany(['1'], { deadlineAt: Date.now() + 600, changedSince: null })),
    ).resolves.toEqual({
      code: 'UPSTREAM_THROTTLED',
      message: 'Zendesk, users by id: expected room in the rate limit, there is none before the deadline',
    });
    expect(double.asked).toEqual([]);
  });

  it('asks for a token that ends', async () => {
    answers = [['show_many', { users: [ada] }]];
    await client.fetchMany(['1'], bounds());
    expect(Object.fromEntries(new URLSearchParams(double.asked[0]?.body))).toEqual({
      grant_type: 'client_credentials',
      client_id: 'facet',
      client_secret: 'secret',
      scope: 'users:read users:write tickets:read tickets:write',
      expires_in: '7200',
    });
  });
});
