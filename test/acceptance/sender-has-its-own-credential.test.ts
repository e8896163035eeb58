import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { first, runFacet } from './running-facet';
import type { RunningFacet } from './running-facet';

const DIST = path.join(__dirname, '..', '..', 'dist');

let facet: RunningFacet;
let id: string;
let other: string;
/** Everything a command printed that nobody else may ever read. */
const secrets: string[] = [];
beforeAll(async () => {
  facet = await runFacet();
  [id, other] = (await facet.customersWith('readyForCartMail')) as [string, string];
});
afterAll(() => facet.close());

/** A command of package.json's, as the operator runs it beside the running Facet. */
function run(command: string, ...args: string[]): string {
  return execFileSync(process.execPath, [path.join(DIST, 'deploy', command, 'main.js'), ...args], {
    cwd: path.join(DIST, '..'),
    env: { PATH: process.env.PATH, FACET_DATA_DIR: facet.dataDir },
    encoding: 'utf8',
  });
}

function secretOf(printed: string): { bearer: string; basic: string } {
  const [, bearer = ''] = /Bearer (\S+)/.exec(printed) ?? [];
  const [, user = '', password = ''] = /user (\S+), password (\S+)/.exec(printed) ?? [];
  secrets.push(password);
  return { bearer: `Bearer ${bearer}`, basic: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

/** A running gateway looks at its keys once a second. */
function aSecondLater(): void {
  facet.advance(1_000);
}

const read = async (authorization: string, customer = id) => {
  const { status, body } = await facet.fetch(`/v1/templates/abandoned-cart/customers/${customer}`, {
    headers: { authorization },
  });
  return { status, send: body.send };
};
/** Without any header, as a sender that can send none. */
const open = async (url: string) => {
  const response = await fetch(url);
  return { status: response.status, send: ((await response.json()) as { send?: boolean }).send };
};
const READ = { status: 200, send: true };
const REFUSED = { status: 401, send: undefined };

describe('A sender has a credential of its own', () => {
  it('reads a template with an API key that was just made, as a bearer and as Basic', async () => {
    const { bearer, basic } = secretOf(run('keys', 'create', 'braze-eu', '--role', 'RENDERER'));
    aSecondLater();
    expect([await read(bearer), await read(basic)]).toEqual([READ, READ]);
    const { body } = await facet.graphql('{ __typename }', { bearer: bearer.slice(7) });
    expect(body.errors).toBeUndefined();
  });

  it('subscribes with it', async () => {
    const { bearer } = secretOf(
      run('keys', 'create', 'warehouse', '--role', 'RENDERER', '--scope', 'operations:adhoc'),
    );
    aSecondLater();
    const client = createClient({
      url: `${facet.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      connectionParams: { authorization: bearer, purpose: 'ESSENTIAL_SERVICE' },
    });
    for await (const answer of client.iterate({ query: `{ customer(id: "${id}") { id } }` })) {
      expect(answer).toEqual({ data: { customer: { id } } });
    }
    await client.dispose();
  });

  it('misses nothing while its key is rotated, and reads nothing once it is revoked', async () => {
    const old = secretOf(run('keys', 'create', 'iterable', '--role', 'RENDERER'));
    const next = secretOf(run('keys', 'rotate', 'iterable', '--overlap-hours', '1'));
    aSecondLater();
    expect([await read(old.basic), await read(next.basic)]).toEqual([READ, READ]);
    facet.advance(3_600_000);
    expect([await read(old.basic), await read(next.basic)]).toEqual([REFUSED, READ]);
    run('keys', 'revoke', 'iterable');
    aSecondLater();
    expect(await read(next.basic)).toEqual(REFUSED);
  });

  it('that can send no header reads one customer by a signed URL, until it ends', async () => {
    secretOf(run('keys', 'create', 'sfmc', '--role', 'RENDERER'));
    aSecondLater();
    const url = run(
      'url',
      'abandoned-cart',
      '--key',
      'sfmc',
      '--customer',
      id,
      '--days',
      '2',
      '--origin',
      facet.url,
    ).trim();
    secrets.push(new URL(url).searchParams.get('signature') ?? '');
    expect(await open(url)).toEqual(READ);
    expect(await open(url.replace(id, other))).toEqual(REFUSED);
    expect(await open(url.replace('abandoned-cart', 'order-follow-up'))).toEqual(REFUSED);
    facet.advance(2 * 24 * 3_600_000);
    expect(await open(url)).toEqual(REFUSED);
  });

  it('is told by a signed URL, too, that somebody withdrew', async () => {
    const url = run('url', 'abandoned-cart', '--key', 'sfmc', '--customer', other, '--origin', facet.url).trim();
    expect(await open(url)).toEqual(READ);
    await facet.graphql(
      `mutation { withdrawConsent(input: { customerId: "${other}", purpose: EMAIL_MARKETING }) { version } }`,
      { as: 'privacyOfficer' },
    );
    expect(await open(url)).toEqual({ status: 200, send: false });
  });

  it('exchanges it for a token, in development', async () => {
    const { basic } = secretOf(run('keys', 'create', 'app', '--role', 'RENDERER'));
    aSecondLater();
    const { status, body } = await facet.fetch('/oauth/token', {
      method: 'POST',
      headers: { authorization: basic, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=client_credentials',
    });
    expect({ status, body }).toMatchObject({ status: 200, body: { token_type: 'Bearer', expires_in: 3_600 } });
    secrets.push(String(body.access_token));
    expect(await read(`Bearer ${String(body.access_token)}`)).toEqual(READ);
  });

  it('and none of them stands in a log, a metric or the file of the keys', async () => {
    const places = [
      facet.logged(),
      (await facet.fetch('/metrics')).body.text as string,
      readFileSync(path.join(facet.dataDir, 'api-keys.json'), 'utf8'),
      run('keys', 'list'),
      run('access'),
    ];
    expect(secrets).toHaveLength(8);
    expect(secrets.filter((secret) => secret === '' || places.some((place) => place.includes(secret)))).toEqual([]);
    expect(facet.logged()).toContain('"principal":"key:braze-eu"');
    expect(first(places.slice(-1))).toContain('sfmc');
  });
});
