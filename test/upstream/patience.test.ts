// Deadlines, retries and throttling: how long the pipeline waits for a vendor, and when it does not.
import { bucketLimit, quotaLimit, windowLimit } from '../../subgraphs/upstream/rate-limit';
import { failureOf, startBench, START, type Bench } from './bench';
import { inTurn, reply } from './vendor-double';

describe('Patience with an upstream', () => {
  let bench: Bench;
  beforeEach(async () => void (bench = await startBench()));
  afterEach(() => bench.close());

  const TIMEOUT = {
    code: 'UPSTREAM_TIMEOUT',
    message: 'Acme, things read: expected an answer before the deadline, got none',
  };
  const THROTTLED = { code: 'UPSTREAM_THROTTLED', message: 'Acme, things read: expected an answer, got throttled' };

  it('ends at the deadline when the vendor hangs', async () => {
    bench.double.script = () => undefined;
    await expect(failureOf(bench.read(bench.createUpstream(), { withinMs: 50 }))).resolves.toEqual(TIMEOUT);
  });

  it('ends at the deadline in the middle of a body', async () => {
    bench.double.script = (_asked, response) => {
      response.writeHead(200);
      response.write('{"ok":');
    };
    await expect(failureOf(bench.read(bench.createUpstream(), { withinMs: 50 }))).resolves.toEqual(TIMEOUT);
  });

  it('does not begin after the deadline', async () => {
    await expect(failureOf(bench.read(bench.createUpstream(), { withinMs: 0 }))).resolves.toEqual(TIMEOUT);
    expect(bench.double.asked).toEqual([]);
  });

  it('ends when the caller goes away', async () => {
    const controller = new AbortController();
    bench.double.script = () => controller.abort();
    const call = bench.read(bench.createUpstream(), { signal: controller.signal });
    await expect(failureOf(call)).resolves.toEqual({
      code: 'UPSTREAM_TIMEOUT',
      message: 'Acme, things read: given up by the caller',
    });
  });

  it('ends when the upstream is closed', async () => {
    const upstream = bench.createUpstream();
    bench.double.script = () => void upstream.close();
    await expect(failureOf(bench.read(upstream))).resolves.toEqual({
      code: 'UPSTREAM_UNAVAILABLE',
      message: 'Acme, things read: not asked, since we are stopping',
    });
  });

  it('sends a failed read again, with full jitter that doubles its bound', async () => {
    const fail = (status: number) => (_: unknown, r: Parameters<typeof reply>[0]) => reply(r, status, {});
    bench.double.script = inTurn(fail(500), fail(503), fail(502), (_, r) => reply(r, 200, { ok: true }));
    await expect(bench.read(bench.createUpstream())).resolves.toEqual({ ok: true });
    expect(bench.slept).toEqual([100, 200, 400]);
  });

  it('gives a failed read up after four attempts', async () => {
    bench.double.script = (_asked, response) => reply(response, 500, {});
    await expect(failureOf(bench.read(bench.createUpstream()))).resolves.toEqual({
      code: 'UPSTREAM_UNAVAILABLE',
      message: 'Acme, things read: expected status 2xx, got 500',
    });
    expect(bench.double.asked).toHaveLength(4);
  });

  it('never sends a failed write again', async () => {
    bench.double.script = (_asked, response) => reply(response, 500, {});
    await failureOf(bench.read(bench.createUpstream(), { effect: 'write' }));
    expect(bench.double.asked).toHaveLength(1);
  });

  it('sends a throttled write again, since the vendor did not take it', async () => {
    bench.double.script = inTurn(
      (_, r) => reply(r, 429, {}, { 'retry-after': '1' }),
      (_, r) => reply(r, 200, { ok: true }),
    );
    await expect(bench.read(bench.createUpstream(), { effect: 'write' })).resolves.toEqual({ ok: true });
  });

  it.each([
    ['seconds', '3'],
    ['a date', new Date(START + 3_000).toUTCString()],
  ])('honours Retry-After in %s when it fits the deadline', async (_, value) => {
    bench.double.script = inTurn(
      (_asked, r) => reply(r, 429, {}, { 'retry-after': value }),
      (_asked, r) => reply(r, 200, { ok: true }),
    );
    await expect(bench.read(bench.createUpstream())).resolves.toEqual({ ok: true });
    expect(bench.slept).toEqual([3_000]);
  });

  it('answers throttled at once when Retry-After lies beyond the deadline', async () => {
    bench.double.script = (_asked, response) => reply(response, 429, {}, { 'retry-after': '30' });
    await expect(failureOf(bench.read(bench.createUpstream(), { withinMs: 30_000 }))).resolves.toEqual(THROTTLED);
    expect({ slept: bench.slept, asked: bench.double.asked.length }).toEqual({ slept: [], asked: 1 });
  });

  it('recognises throttling the way the vendor says it', async () => {
    bench.double.script = inTurn(
      (_, r) => reply(r, 200, { slow: 750 }),
      (_, r) => reply(r, 200, { ok: true }),
    );
    const upstream = bench.createUpstream({
      throttleOf: ({ body }) => ('slow' in (body as object) ? { waitMs: (body as { slow: number }).slow } : null),
    });
    await expect(bench.read(upstream)).resolves.toEqual({ ok: true });
    expect(bench.slept).toEqual([750]);
  });

  describe('within a limit of calls per window', () => {
    const rateLimit = () => windowLimit({ remaining: 'x-left', intervalMs: 'x-interval' });
    beforeEach(() => {
      bench.double.script = (_asked, response) =>
        reply(response, 200, { ok: true }, { 'x-left': '0', 'x-interval': '10000' });
    });

    it('waits for the next window when that fits the deadline', async () => {
      const upstream = bench.createUpstream({ rateLimit: rateLimit() });
      await bench.read(upstream);
      bench.clock.advance(4_000);
      await expect(bench.read(upstream)).resolves.toEqual({ ok: true });
      expect(bench.slept).toEqual([6_000]);
    });

    it('answers throttled at once, unasked, when it does not', async () => {
      const upstream = bench.createUpstream({ rateLimit: rateLimit() });
      await bench.read(upstream);
      await expect(failureOf(bench.read(upstream, { withinMs: 600 }))).resolves.toEqual({
        code: 'UPSTREAM_THROTTLED',
        message: 'Acme, things read: expected room in the rate limit, there is none before the deadline',
      });
      expect({ slept: bench.slept, asked: bench.double.asked.length }).toEqual({ slept: [], asked: 1 });
    });
  });

  describe('with limits that the vendor documents and never tells', () => {
    const rateLimit = () => quotaLimit({ calls: 2, perMs: 1_000 }, { calls: 3, perMs: 60_000 });
    beforeEach(() => {
      bench.double.script = (_asked, response) => reply(response, 200, { ok: true });
    });

    it('lets as many calls pass as each of them allows, then waits for the first to be forgotten', async () => {
      const upstream = bench.createUpstream({ rateLimit: rateLimit() });
      for (const afterMs of [0, 100, 0, 0]) {
        bench.clock.advance(afterMs);
        await bench.read(upstream, { withinMs: 120_000 });
      }
      expect(bench.slept).toEqual([900, 59_000]);
    });

    it('counts nothing that was not asked', async () => {
      const upstream = bench.createUpstream({ rateLimit: rateLimit() });
      await bench.read(upstream);
      await bench.read(upstream);
      for (let refused = 0; refused < 5; refused += 1) {
        await expect(failureOf(bench.read(upstream, { withinMs: 600 }))).resolves.toMatchObject({
          code: 'UPSTREAM_THROTTLED',
        });
      }
      bench.clock.advance(1_000);
      await expect(bench.read(upstream, { withinMs: 600 })).resolves.toEqual({ ok: true });
    });
  });

  it('waits as long as the vendor asks, whatever its limit was taken to be', async () => {
    bench.double.script = inTurn(
      (_, r) => reply(r, 429, {}, { 'retry-after': '1' }),
      (_, r) => reply(r, 200, { ok: true }),
    );
    const status = { maximumAvailable: 1_000, currentlyAvailable: 0, restoreRate: 1 };
    const upstream = bench.createUpstream({ rateLimit: bucketLimit(() => status) });
    await expect(bench.read(upstream, { cost: 500 })).resolves.toEqual({ ok: true });
    expect(bench.slept).toEqual([1_000]);
  });

  it('within a bucket of points waits until the missing ones are restored', async () => {
    bench.double.script = (_asked, response) => reply(response, 200, { ok: true });
    const status = { maximumAvailable: 1_000, currentlyAvailable: 250, restoreRate: 50 };
    const upstream = bench.createUpstream({ rateLimit: bucketLimit(() => status) });
    await bench.read(upstream, { cost: 100 });
    await bench.read(upstream, { cost: 300 });
    bench.clock.advance(500);
    await bench.read(upstream, { cost: 300 });
    expect(bench.slept).toEqual([1_000, 500]);
  });
});
