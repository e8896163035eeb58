// Who we are to a vendor: one token for all, kept while it lasts, renewed once.
import { errorText, failureOf, startBench, type Bench } from './bench';
import { reply } from './vendor-double';

const AUTH = {
  kind: 'client_credentials',
  tokenPath: '/oauth/token',
  clientId: 'client',
  clientSecret: 'hush-hush',
  scope: 'read',
} as const;

describe('Credentials', () => {
  let bench: Bench;
  /** Tokens that the vendor takes. */
  let taken: Set<string>;
  let issued: number;
  beforeEach(async () => {
    bench = await startBench();
    taken = new Set();
    issued = 0;
    bench.double.script = ({ path, headers }, response) => {
      if (path === '/oauth/token') {
        issued += 1;
        taken.add(`token-${issued}`);
        return reply(response, 200, { access_token: `token-${issued}`, expires_in: 3_600 });
      }
      const token = headers.authorization?.replace('Bearer ', '') ?? (headers['x-token'] as string | undefined);
      return taken.has(token ?? '') ? reply(response, 200, { ok: true }) : reply(response, 401, { why: token });
    };
  });
  afterEach(() => bench.close());

  const paths = () => bench.double.asked.map(({ path }) => path);

  it('are fetched once for all calls that wait for them', async () => {
    const upstream = bench.createUpstream({ auth: AUTH });
    await Promise.all(Array.from({ length: 5 }, () => bench.read(upstream)));
    expect(paths().filter((path) => path === '/oauth/token')).toEqual(['/oauth/token']);
    expect(bench.double.asked[0]).toMatchObject({
      body: 'grant_type=client_credentials&client_id=client&client_secret=hush-hush&scope=read',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
  });

  it('are kept until a minute before they end', async () => {
    const upstream = bench.createUpstream({ auth: AUTH });
    await bench.read(upstream);
    bench.clock.advance(3_600_000 - 60_001);
    await bench.read(upstream);
    expect(issued).toBe(1);
    bench.clock.advance(1);
    await bench.read(upstream);
    expect(issued).toBe(2);
  });

  it('are renewed once when the vendor refuses them, and the call goes on', async () => {
    const upstream = bench.createUpstream({ auth: AUTH });
    await bench.read(upstream);
    taken.clear();
    await expect(Promise.all([bench.read(upstream), bench.read(upstream)])).resolves.toEqual([
      { ok: true },
      { ok: true },
    ]);
    expect(issued).toBe(2);
  });

  it('that are refused anew are UPSTREAM_UNAUTHENTICATED, after one renewal', async () => {
    const upstream = bench.createUpstream({ auth: AUTH });
    const { script } = bench.double;
    bench.double.script = (asked, response) =>
      asked.path === '/oauth/token' ? script(asked, response) : reply(response, 401, {});
    await expect(failureOf(bench.read(upstream))).resolves.toEqual({
      code: 'UPSTREAM_UNAUTHENTICATED',
      message: 'Acme, things read: expected status 2xx, got 401',
    });
    expect(paths()).toEqual(['/oauth/token', '/things/4711', '/oauth/token', '/things/4711']);
  });

  it('of a fixed token are never asked for again', async () => {
    await expect(failureOf(bench.read(bench.createUpstream()))).resolves.toMatchObject({
      code: 'UPSTREAM_UNAUTHENTICATED',
    });
    expect(paths()).toEqual(['/things/4711']);
  });

  it('go in the header the vendor wants', async () => {
    await bench.read(bench.createUpstream({ auth: { ...AUTH, tokenHeader: 'x-token' } }));
    expect(bench.double.asked[1]?.headers).toMatchObject({ 'x-token': 'token-1' });
    expect(bench.double.asked[1]?.headers.authorization).toBeUndefined();
  });

  it.each([
    [400, { error: 'invalid_client hush-hush' }, 'UPSTREAM_UNAUTHENTICATED'],
    [403, {}, 'UPSTREAM_UNAUTHENTICATED'],
    [429, {}, 'UPSTREAM_THROTTLED'],
    [503, {}, 'UPSTREAM_UNAVAILABLE'],
    [200, { token: 'hush-hush' }, 'UPSTREAM_INVALID'],
    [200, 'hush-hush', 'UPSTREAM_INVALID'],
  ])('that the vendor answers with %i %j are %s, and no secret is told', async (status, body, code) => {
    const { script } = bench.double;
    bench.double.script = (_asked, response) => reply(response, status, body);
    const upstream = bench.createUpstream({ auth: AUTH });
    await expect(failureOf(bench.read(upstream))).resolves.toMatchObject({ code });
    expect(await errorText(bench.read(upstream))).not.toMatch(/hush-hush|client\b/);
    bench.double.script = script;
    await expect(bench.read(upstream)).resolves.toEqual({ ok: true });
  });

  it('do not outlast the deadline of a call that waits for them', async () => {
    bench.double.script = () => undefined;
    const upstream = bench.createUpstream({ auth: AUTH });
    await expect(failureOf(bench.read(upstream, { withinMs: 50 }))).resolves.toEqual({
      code: 'UPSTREAM_TIMEOUT',
      message: 'Acme, things read: expected an answer before the deadline, got none',
    });
  });
});
