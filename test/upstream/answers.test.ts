// What the pipeline makes of answers: parsed data, or a coded error that tells nothing of what came.
import { z } from 'zod';
import { errorText, failureOf, startBench, type Bench } from './bench';
import { reply, type Script } from './vendor-double';

const CANARY = 'ada@example.com';

describe('An upstream’s answer', () => {
  let bench: Bench;
  beforeEach(async () => void (bench = await startBench()));
  afterEach(() => bench.close());

  it('is parsed; keys that are not documented are dropped', async () => {
    bench.double.script = (_asked, response) => reply(response, 200, { ok: true, surplus: 1 });
    await expect(bench.read(bench.createUpstream())).resolves.toEqual({ ok: true });
  });

  it('is asked for below the base URL’s own path, with credentials, as JSON', async () => {
    bench.double.script = (_asked, response) => reply(response, 200, { ok: true });
    const upstream = bench.createUpstream({ baseUrl: `${bench.double.url}/tenant/` });
    await bench.read(upstream, { body: { id: 1 } });
    expect(bench.double.asked).toMatchObject([
      {
        method: 'POST',
        path: '/tenant/things/4711',
        body: '{"id":1}',
        headers: { authorization: 'Bearer secret-token', 'content-type': 'application/json' },
      },
    ]);
  });

  const invalid: ReadonlyArray<readonly [string, Script, string]> = [
    ['HTML', (_, r) => reply(r, 200, `<html>${CANARY}</html>`), 'expected JSON, got something else'],
    ['garbage', (_, r) => reply(r, 200, `\u0000${CANARY}`), 'expected JSON, got something else'],
    ['nothing', (_, r) => reply(r, 200, ''), 'expected JSON, got something else'],
    ['half a body', (_, r) => reply(r, 200, `{"ok":true,"email":"${CANARY}`), 'expected JSON, got something else'],
    [
      'wrong types',
      (_, r) => reply(r, 200, { ok: CANARY }),
      'expected the documented shape, got another at ok (invalid_type)',
    ],
    [
      'another root',
      (_, r) => reply(r, 200, [CANARY]),
      'expected the documented shape, got another at its root (invalid_type)',
    ],
    ['a refusal of the request', (_, r) => reply(r, 400, { message: CANARY }), 'expected status 2xx, got 400'],
    [
      'a redirect',
      (_, r) => reply(r, 302, '', { location: `http://127.0.0.1:9/${CANARY}` }),
      'expected status 2xx, got 302',
    ],
    [
      'more than the size limit',
      (_, r) => reply(r, 200, `{"ok":true,"fill":"${CANARY.repeat(200)}"}`),
      'expected an answer within the size limit, got a larger one',
    ],
  ];

  it.each(invalid)('%s is UPSTREAM_INVALID, at once and without a word of it', async (_, script, what) => {
    bench.double.script = script;
    const upstream = bench.createUpstream({ maxResponseBytes: 1_000 });
    await expect(failureOf(bench.read(upstream))).resolves.toEqual({
      code: 'UPSTREAM_INVALID',
      message: `Acme, things read: ${what}`,
    });
    expect(bench.double.asked).toHaveLength(1);
    const text = await errorText(bench.read(upstream));
    expect([CANARY, '4711', 'secret-token', bench.double.url].filter((secret) => text.includes(secret))).toEqual([]);
  });

  it('of more than 10 MB is not read to its end', async () => {
    let written = 0;
    bench.double.script = (_asked, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const chunk = 'x'.repeat(1024 * 1024);
      const write = (): void => {
        if (response.destroyed || written > 200) return;
        written += 1;
        if (response.write(chunk)) setImmediate(write);
        else response.once('drain', write);
      };
      write();
    };
    await expect(failureOf(bench.read(bench.createUpstream()))).resolves.toEqual({
      code: 'UPSTREAM_INVALID',
      message: 'Acme, things read: expected an answer within the size limit, got a larger one',
    });
    expect(written).toBeLessThan(200);
  });

  it('keyed by personal data does not show the key in the shape’s path', async () => {
    bench.double.script = (_asked, response) => reply(response, 200, { results: { [CANARY]: { ok: 'no' } } });
    const schema = z.object({ results: z.record(z.string(), z.object({ ok: z.boolean() })) });
    const upstream = bench.createUpstream();
    const call = upstream.request({
      name: 'things read',
      method: 'GET',
      path: '/',
      effect: 'read',
      schema,
      deadlineAt: bench.clock.now() + 5_000,
    });
    await expect(failureOf(call)).resolves.toEqual({
      code: 'UPSTREAM_INVALID',
      message: 'Acme, things read: expected the documented shape, got another at results.*.ok (invalid_type)',
    });
  });

  it('that breaks off is UPSTREAM_UNAVAILABLE, after the retries', async () => {
    bench.double.script = (_asked, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write(CANARY, () => response.destroy());
    };
    await expect(failureOf(bench.read(bench.createUpstream()))).resolves.toEqual({
      code: 'UPSTREAM_UNAVAILABLE',
      message: 'Acme, things read: expected an answer, the connection failed',
    });
    expect(bench.double.asked).toHaveLength(4);
  });

  it('of the vendor’s own refusal inside a good status has the code the vendor’s policy gives it', async () => {
    bench.double.script = (_asked, response) => reply(response, 200, { ok: true, errors: [{ message: CANARY }] });
    const upstream = bench.createUpstream({
      refusalOf: ({ body }) =>
        'errors' in (body as object)
          ? { code: 'UPSTREAM_UNAVAILABLE', reason: 'expected data, got errors', retryable: false }
          : null,
    });
    await expect(failureOf(bench.read(upstream))).resolves.toEqual({
      code: 'UPSTREAM_UNAVAILABLE',
      message: 'Acme, things read: expected data, got errors',
    });
  });
});
