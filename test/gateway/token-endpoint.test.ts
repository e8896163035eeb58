/** `POST /oauth/token` over a socket: RFC 6749's client credentials, its answers and its refusals. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openApiKeys } from '../../gateway/api-keys';
import { changeKeyFile } from '../../gateway/api-keys/key-file';
import { createKey } from '../../gateway/api-keys/lifecycle';
import type { MadeKey } from '../../gateway/api-keys/lifecycle';
import { createAuthenticate } from '../../gateway/authenticate';
import { AUDIENCE, createVerifyToken, DEVELOPMENT_ISSUER } from '../../gateway/client-token';
import { openDevIssuer } from '../../gateway/dev-credentials';
import { composeSupergraph } from '../../gateway/supergraph';
import { createTokenEndpoint } from '../../gateway/token-endpoint';
import { basic } from './key-holder';
import { openTestGraph, startGatewayOver } from './started-gateway';
import type { StartedGateway } from './started-gateway';

const NOON = Date.UTC(2036, 10, 24, 12);

let folder: string;
let key: MadeKey;
let clock = NOON;
let gateway: StartedGateway;
let closed: StartedGateway;
let closeKeys: () => Promise<void>;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'facet-oauth-'));
  const file = path.join(folder, 'api-keys.json');
  const scopes = ['operations:adhoc', 'schema:read'];
  key = await changeKeyFile(file, (keys) => createKey(keys, { id: 'app', role: 'ANALYST', scopes, days: 1 }, NOON));
  const now = () => clock;
  const apiKeys = openApiKeys({ file, usesFile: path.join(folder, 'uses.json'), now, onTrouble: () => {} });
  closeKeys = () => apiKeys.close();
  const issuer = await openDevIssuer(folder, now);
  const verifyToken = createVerifyToken({ keys: issuer.keys, issuer: DEVELOPMENT_ISSUER, audience: AUDIENCE, now });
  const graph = await openTestGraph({
    supergraphSdl: composeSupergraph([{ name: 'who', sdl: 'type Query { who: String }', url: 'in-process:who' }]),
    transports: {
      who: (_request, { policy }) => {
        const { id, role, scopes: carried = [] } = policy?.principal ?? {};
        return Promise.resolve({ data: { who: [id, role, ...carried].join(' ') } });
      },
    },
  });
  const authenticate = createAuthenticate({ verifyToken, apiKeys });
  const tokenEndpoint = createTokenEndpoint({ apiKeys, issuer, now });
  gateway = await startGatewayOver(graph, { authenticate, tokenEndpoint, now });
  closed = await startGatewayOver(graph, { authenticate, now });
});
beforeEach(() => {
  clock = NOON;
});
afterAll(async () => {
  await gateway.close();
  await closed.close();
  await closeKeys();
  rmSync(folder, { recursive: true });
});

const FORM = 'application/x-www-form-urlencoded';
async function post(body: string, headers: Record<string, string> = {}, url = gateway.url) {
  const response = await fetch(url.replace('/graphql', '/oauth/token'), {
    method: 'POST',
    headers: { 'content-type': FORM, ...headers },
    body,
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}
const who = async (token: unknown) => {
  const response = await fetch(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${String(token)}` },
    body: '{"query":"{ who }"}',
  });
  return ((await response.json()) as { data?: { who: string } }).data?.who ?? response.status;
};
const inBody = (extra = '') =>
  `grant_type=client_credentials&client_id=${key.id}&client_secret=${encodeURIComponent(key.secret)}${extra}`;

describe('A token for an API key', () => {
  it('is issued to a client that authenticates by Basic, and is accepted', async () => {
    const { status, headers, body } = await post('grant_type=client_credentials', { authorization: basic(key) });
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        access_token: expect.stringMatching(/^ey[\w-]+\.[\w-]+\.[\w-]+$/),
        token_type: 'Bearer',
        expires_in: 3_600,
        scope: 'operations:adhoc schema:read',
      },
    });
    expect([headers.get('cache-control'), headers.get('pragma')]).toEqual(['no-store', 'no-cache']);
    expect(await who(body.access_token)).toBe('key:app ANALYST schema:read operations:adhoc');
  });

  it('is issued to one that authenticates in the body', async () => {
    expect((await post(inBody())).status).toBe(200);
  });

  it('is issued to one that encodes its id and secret first, as § 2.3.1 wants', async () => {
    const encoded = (text: string) => text.replace(/[-_]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
    const authorization = basic({ id: encoded(key.id), secret: encoded(key.secret) });
    expect((await post('grant_type=client_credentials', { authorization })).status).toBe(200);
  });

  it('carries fewer scopes when fewer are asked for', async () => {
    const { body } = await post(inBody('&scope=schema:read'));
    expect(body.scope).toBe('schema:read');
    expect(await who(body.access_token)).toBe('key:app ANALYST schema:read');
  });

  it('lasts no longer than its key', async () => {
    clock = NOON + 24 * 3_600_000 - 60_000;
    expect((await post(inBody())).body.expires_in).toBe(60);
  });
});

describe('Refused as RFC 6749 § 5.2 says:', () => {
  const app = () => ({ authorization: basic(key) });
  it.each<[string, () => Promise<{ status: number; body: unknown }>, number, string]>([
    [
      'a wrong secret',
      () => post('grant_type=client_credentials', { authorization: basic({ ...key, secret: 'x' }) }),
      401,
      'invalid_client',
    ],
    [
      'an unknown client',
      () => post('grant_type=client_credentials', { authorization: basic({ ...key, id: 'nobody' }) }),
      401,
      'invalid_client',
    ],
    ['no client', () => post('grant_type=client_credentials'), 401, 'invalid_client'],
    [
      'a client in another scheme',
      () => post('grant_type=client_credentials', { authorization: 'Bearer x' }),
      401,
      'invalid_client',
    ],
    ['a client that authenticates twice', () => post(inBody(), app()), 400, 'invalid_request'],
    ['no grant', () => post('scope=schema:read', app()), 400, 'invalid_request'],
    [
      'a grant twice',
      () => post('grant_type=client_credentials&grant_type=client_credentials', app()),
      400,
      'invalid_request',
    ],
    ['a password grant', () => post('grant_type=password&username=a&password=b', app()), 400, 'unsupported_grant_type'],
    ['a scope the key has not', () => post(inBody('&scope=schema:read+policy:explain')), 400, 'invalid_scope'],
    ['a scope nobody has', () => post(inBody('&scope=admin')), 400, 'invalid_scope'],
    [
      'JSON',
      () => post('{"grant_type":"client_credentials"}', { 'content-type': 'application/json', ...app() }),
      400,
      'invalid_request',
    ],
  ])('%s', async (_what, ask, status, error) => {
    const answer = await ask();
    expect({ status: answer.status, body: answer.body }).toEqual({
      status,
      body: { error, error_description: expect.stringMatching(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/) },
    });
  });

  it('with how to come, when the client is not known', async () => {
    const { headers } = await post('grant_type=client_credentials');
    expect([headers.get('www-authenticate'), headers.get('cache-control')]).toEqual([
      'Basic realm="facet"',
      'no-store',
    ]);
  });

  it('a key that ended', async () => {
    clock = NOON + 24 * 3_600_000;
    expect((await post(inBody())).body.error).toBe('invalid_client');
  });
});

it('There is no such route by GET, and none at all where tokens come from elsewhere', async () => {
  const byGet = await fetch(gateway.url.replace('/graphql', `/oauth/token?${inBody()}`));
  expect(byGet.status).toBe(404);
  const elsewhere = await post(inBody(), {}, closed.url);
  expect([elsewhere.status, elsewhere.body.errors]).toEqual([
    404,
    [{ message: 'Tokens are made here in development only.', extensions: { code: 'ROUTE_UNKNOWN' } }],
  ]);
});
