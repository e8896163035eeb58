import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readJson, startProcess } from './process';
import type { Started } from './process';

// Whole processes start here, several in one test, on machines that do other things too.
jest.setTimeout(90_000);

let dataDir: string;
const running: Started[] = [];
beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'facet-start-'));
});
afterEach(async () => {
  for (const each of running.splice(0)) await each.end('SIGKILL');
  rmSync(dataDir, { recursive: true, force: true });
});

interface Endpoints {
  gateway: string;
  simulator: { hubspot: string; shopify: string };
}
const start = (environment: Record<string, string> = {}, folder = dataDir) => {
  const started = startProcess(folder, environment);
  running.push(started);
  return started;
};
const ready = (facet: Started) => facet.until('ready', () => /^ready$/m.test(facet.stdout()));
const endpoints = () => readJson<Endpoints>(path.join(dataDir, 'endpoints.json'));

/** Pages through every customer, as an administrator may: ids only. */
async function countCustomers(folder: string): Promise<number> {
  const { gateway } = readJson<Endpoints>(path.join(folder, 'endpoints.json')) ?? { gateway: '' };
  const { admin } = readJson<Record<string, string>>(path.join(folder, 'dev-credentials.json')) ?? {};
  const seen = new Set<string>();
  for (let after: string | null = null; ;) {
    const response = await fetch(`${gateway}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${admin}` },
      body: JSON.stringify({
        query:
          'query ($after: String) { searchCustomers(first: 100, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } } }',
        variables: { after },
      }),
    });
    const { data } = (await response.json()) as {
      data: {
        searchCustomers: {
          edges: Array<{ node: { id: string } }>;
          pageInfo: { hasNextPage: boolean; endCursor: string };
        };
      };
    };
    for (const { node } of data.searchCustomers.edges) seen.add(node.id);
    if (!data.searchCustomers.pageInfo.hasNextPage) return seen.size;
    after = data.searchCustomers.pageInfo.endCursor;
  }
}

/** All that production asks for, but where people reach it. */
const PRODUCTION = {
  FACET_PROFILE: 'production',
  FACET_JWKS_URL: 'https://issuer.example/keys',
  FACET_ISSUER: 'https://issuer.example',
  FACET_IDENTITY_SECRET: 'i'.repeat(32),
  FACET_MASK_SECRET: 'm'.repeat(32),
  FACET_SIGNING_SECRET: 's'.repeat(43),
  FACET_ENCRYPTION_KEYS: Buffer.alloc(32, 'e').toString('base64'),
};

describe('npm start', () => {
  it('prints a table, then ready, and commands that work when pasted', async () => {
    const facet = start({ SIMULATOR_CUSTOMERS: '100' });
    await ready(facet);
    const lines = facet.stdout().trimEnd().split('\n');
    expect(lines.at(-1)).toBe('ready');
    expect(facet.stdout()).toContain(`${endpoints()?.gateway}/graphql`);
    expect(facet.stdout()).not.toContain('\u001b[');
    const curl = lines.find((line) => line.startsWith('curl ')) ?? '';
    const answer = execFileSync('sh', ['-c', curl], { cwd: tmpdir(), encoding: 'utf8' });
    expect(JSON.parse(answer)).toEqual(expect.objectContaining({ send: true, contact: expect.any(Object) }));
    expect(lines.find((line) => line.includes(' render -- '))).toMatch(
      /^npm --prefix '.*' run --silent render -- abandoned-cart --customer 01\w+ --data-dir /,
    );

    const credentials = path.join(dataDir, 'dev-credentials.json');
    expect(statSync(credentials).mode & 0o777).toBe(0o600);
    const tokens = readJson<Record<string, string>>(credentials) ?? {};
    expect(Object.keys(tokens)).toEqual(['renderer', 'analyst', 'supportAgent', 'privacyOfficer', 'admin']);
    expect(facet.stdout() + facet.stderr()).not.toContain(tokens.renderer);
    for (const secret of readdirSync(path.join(dataDir, 'secrets'))) {
      expect(statSync(path.join(dataDir, 'secrets', secret)).mode & 0o777).toBe(0o600);
    }
    expect(await facet.end('SIGTERM')).toBe(0);
  });

  it('is not ready before the first sync is complete', async () => {
    const facet = start({ SIMULATOR_CUSTOMERS: '1000' });
    const { gateway } = await facet.until('endpoints.json', endpoints);
    const early = await fetch(`${gateway}/readyz`);
    expect({ status: early.status, body: await early.json() }).toEqual({
      status: 503,
      body: { errors: [{ message: expect.any(String), extensions: { code: 'NOT_READY' } }] },
    });
    await ready(facet);
    expect((await fetch(`${gateway}/readyz`)).status).toBe(200);
  });

  it('keeps its data: customers, consent and tokens are the same after a second start', async () => {
    const first = start({ SIMULATOR_CUSTOMERS: '100' });
    await ready(first);
    const id = /customers\/(01\w+)/.exec(first.stdout())?.[1] ?? '';
    const { privacyOfficer } = readJson<Record<string, string>>(path.join(dataDir, 'dev-credentials.json')) ?? {};
    const withdrawn = await fetch(`${endpoints()?.gateway}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${privacyOfficer}` },
      body: JSON.stringify({
        query: `mutation { withdrawConsent(input: { customerId: "${id}", purpose: EMAIL_MARKETING }) { version } }`,
      }),
    });
    expect(await withdrawn.json()).toEqual({ data: { withdrawConsent: { version: expect.any(Number) } } });
    await first.end('SIGTERM');

    const second = start();
    await ready(second);
    expect(second.stderr()).not.toContain('first sync');
    expect(second.stdout()).toContain(id);
    const { renderer } = readJson<Record<string, string>>(path.join(dataDir, 'dev-credentials.json')) ?? {};
    const answer = await fetch(`${endpoints()?.gateway}/v1/templates/abandoned-cart/customers/${id}`, {
      headers: { authorization: `Bearer ${renderer}` },
    });
    expect(await answer.json()).toEqual({ send: false, _facet: expect.any(Object) });
  });

  it('goes on where it stood when it was killed during the first sync', async () => {
    const killed = start({ SIMULATOR_CUSTOMERS: '1000' });
    const { simulator } = await killed.until('endpoints.json', endpoints);
    await fetch(`${simulator.hubspot}/__simulator/faults/hubspot`, { method: 'PUT', body: '{"latencyMs":200}' });
    const calls = async (base: string) =>
      (await (await fetch(`${base}/__simulator/requests?vendor=hubspot`)).json()) as Array<{
        method: string;
        path: string;
      }>;
    await killed.until('a few pages', async () => (await calls(simulator.hubspot)).length >= 5);
    await killed.end('SIGKILL');
    rmSync(path.join(dataDir, 'endpoints.json'));

    const again = start();
    await ready(again);
    const base = endpoints()?.simulator.hubspot ?? '';
    const pages = (await calls(base)).filter(({ method }) => method === 'GET');
    // 930 contacts are ten pages; what the killed run had stored is not asked for again.
    expect(pages.length).toBeLessThan(8);

    const other = mkdtempSync(path.join(tmpdir(), 'facet-start-'));
    const undisturbed = start({ SIMULATOR_CUSTOMERS: '1000' }, other);
    await ready(undisturbed);
    expect(await countCustomers(dataDir)).toBe(await countCustomers(other));
    await undisturbed.end('SIGKILL');
    rmSync(other, { recursive: true, force: true });
  });

  it.each([
    [{ PORT: 'four thousand' }, 'PORT: '],
    [{ FACET_PROFILE: 'staging' }, 'FACET_PROFILE: '],
    [{ FACET_SENDER_NAMESPACES: 'Braze' }, 'FACET_SENDER_NAMESPACES: '],
    [{ FACET_PROFILE: 'production' }, 'FACET_JWKS_URL: required in production; came nothing'],
    [PRODUCTION, 'FACET_PUBLIC_URL: expected an https URL in production (RFC 8058); came nothing'],
    [
      { ...PRODUCTION, FACET_PUBLIC_URL: 'http://facet.example' },
      'FACET_PUBLIC_URL: expected an https URL in production (RFC 8058); came "http://facet.example"',
    ],
    [{ FACET_IDENTITY_SECRET: 'short-secret' }, 'FACET_IDENTITY_SECRET: '],
    [{ FACET_SIMULATOR: 'off' }, 'HUBSPOT_URL: expected an http(s) URL; came nothing'],
    [{ FACET_SIMULATOR: 'off' }, 'SHOPIFY_CLIENT_SECRET: expected string; came nothing'],
    [{ SIMULATOR_CUSTOMERS: '3' }, 'SIMULATOR_CUSTOMERS: '],
  ])('does not start with %j, and says what was expected and what came', async (environment, line) => {
    const facet = start(environment);
    const code = await new Promise((resolve) => facet.child.once('exit', resolve));
    expect(code).toBe(1);
    expect(facet.stderr()).toContain(line);
    expect(facet.stderr()).not.toMatch(/\n\s+at |short-secret/);
    expect(facet.stdout()).not.toContain('ready');
  });

  it('is refused on a data folder that another one uses, and takes over one that was left', async () => {
    const first = start({ SIMULATOR_CUSTOMERS: '100' });
    await ready(first);
    const second = start();
    const code = await new Promise((resolve) => second.child.once('exit', resolve));
    expect({ code, stderr: second.stderr() }).toEqual({
      code: 1,
      stderr: expect.stringContaining('is in use by another Facet'),
    });
    await first.end('SIGKILL');
    await ready(start());
  });

  it('says so when its port is taken, and leaves nothing running', async () => {
    const first = start({ SIMULATOR_CUSTOMERS: '100' });
    await ready(first);
    const port = new URL(endpoints()?.gateway ?? '').port;
    const other = mkdtempSync(path.join(tmpdir(), 'facet-start-'));
    const second = start({ PORT: port, SIMULATOR_CUSTOMERS: '100' }, other);
    const code = await new Promise((resolve) => second.child.once('exit', resolve));
    rmSync(other, { recursive: true, force: true });
    expect(code).toBe(1);
    expect(second.stderr()).toMatch(/EADDRINUSE/);
  });
});
