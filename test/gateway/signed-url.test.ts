/** Signed template URLs at the front door: each opens one template for one customer, for its time, by GET, and nothing else. */
import { readFileSync } from 'node:fs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { openApiKeys } from '../../gateway/api-keys';
import type { ApiKeys } from '../../gateway/api-keys';
import { changeKeyFile, readKeyFile } from '../../gateway/api-keys/key-file';
import { readKeyUses } from '../../gateway/api-keys/last-used';
import { createKey, revokeKey, rotateKey } from '../../gateway/api-keys/lifecycle';
import { createLogger } from '../../gateway/log';
import { createAuthenticateUrl, signTemplateUrl } from '../../gateway/signed-url';
import type { SignedReference } from '../../gateway/signed-url';
import { facetError } from '../../schema/errors';
import type { Principal } from '../../schema/request-policy';
import { openTestGraph, startGatewayOver } from './started-gateway';
import type { StartedGateway } from './started-gateway';

const NOON = Date.UTC(2036, 10, 24, 12);
const DAY_MS = 24 * 3_600_000;
const URL_SECRET = 'the secret of the gateway’s signed URLs';
const CUSTOMER = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const OTHER = '01BX5ZZKBKACTAV9WEVGEMMVRZ';
const REFERENCE: SignedReference = { template: 'abandoned-cart', customer: { kind: 'id', id: CUSTOMER } };

let folder: string;
let file: string;
let usesFile: string;
let apiKeys: ApiKeys;
let gateway: StartedGateway;
let origin: string;
let logged = '';
let clock = NOON;
/** Who got through to profiles. */
let reached: Principal[] = [];

beforeEach(async () => {
  clock = NOON;
  reached = [];
  logged = '';
  folder = mkdtempSync(path.join(tmpdir(), 'facet-urls-'));
  file = path.join(folder, 'api-keys.json');
  usesFile = path.join(folder, 'api-key-uses.json');
  await changeKeyFile(file, (keys) =>
    createKey(keys, { id: 'sfmc', role: 'RENDERER', scopes: ['schema:read'], days: 90 }, NOON),
  );
  apiKeys = openApiKeys({ file, usesFile, now: () => clock, onTrouble: () => {} });
  const schema = path.join(__dirname, '..', '..', 'schema');
  const transports = ['analytics', 'commerce', 'crm', 'profiles', 'support'].map((name) => [
    name,
    (_request: unknown, { policy }: { policy?: { principal: Principal } }) => {
      if (policy) reached.push(policy.principal);
      return Promise.resolve({ data: { _0_customer: null, _0_customerByIdentity: null } });
    },
  ]);
  gateway = await startGatewayOver(
    await openTestGraph({
      supergraphSdl: readFileSync(path.join(schema, 'generated', 'supergraph.graphql'), 'utf8'),
      transports: Object.fromEntries(transports) as never,
      templatesDir: path.join(schema, 'templates'),
    }),
    {
      authenticate: () => Promise.reject(facetError('UNAUTHENTICATED', 'Expected a header.')),
      authenticateUrl: createAuthenticateUrl({ urlSecret: URL_SECRET, apiKeys, now: () => clock }),
      now: () => clock,
      log: createLogger({
        level: 'info',
        destination: new Writable({
          write: (chunk: Buffer, _encoding, done) => {
            logged += chunk.toString();
            done();
          },
        }),
      }),
    },
  );
  origin = gateway.url.replace('/graphql', '');
});
afterEach(async () => {
  await gateway.close();
  await apiKeys.close();
  rmSync(folder, { recursive: true });
});

const sign = (reference = REFERENCE, changed: Partial<Parameters<typeof signTemplateUrl>[1]> = {}) =>
  signTemplateUrl(reference, {
    urlSecret: URL_SECRET,
    keyId: 'sfmc',
    sha256: readKeyFile(file).sfmc?.secrets.at(-1)?.sha256 ?? '',
    expires: (NOON + DAY_MS) / 1000,
    ...changed,
  });

async function ask(url: string, init: RequestInit = {}) {
  const response = await fetch(`${origin}${url}`, init);
  const body = (await response.json()) as { errors?: Array<{ extensions: { code: string } }> };
  return `${response.status} ${body.errors?.[0]?.extensions.code}`;
}

/** Nobody is known here: who gets this far was let in. */
const LET_IN = '404 CUSTOMER_UNKNOWN';
const REFUSED = '401 UNAUTHENTICATED';
const aSecondLater = () => {
  clock += 1_000;
};

describe('A signed URL', () => {
  it('opens its template for its customer, in the name of its key and without a scope', async () => {
    expect(await ask(sign())).toBe(LET_IN);
    expect(reached).toEqual([{ id: 'key:sfmc', role: 'RENDERER', scopes: [] }]);
  });

  it('may name the customer by the sender’s own id, whatever characters that has', async () => {
    const customer = { kind: 'identity', namespace: 'hubspot.contact', value: '1/2?3&key=x#ü %' } as const;
    expect(await ask(sign({ template: 'abandoned-cart', customer }))).toBe(LET_IN);
  });

  it('leaves room for what only changes how the answer is written', async () => {
    expect(await ask(`${sign()}&for=sfmc`)).toBe(LET_IN);
  });

  it('notes that its key was used', async () => {
    await ask(sign());
    await apiKeys.close();
    expect(readKeyUses(usesFile)).toEqual({ 'sfmc#1': new Date(NOON).toISOString() });
  });

  it('ends at its time', async () => {
    const url = sign();
    clock = NOON + DAY_MS - 1;
    expect(await ask(url)).toBe(LET_IN);
    clock = NOON + DAY_MS;
    expect(await ask(url)).toBe(REFUSED);
  });

  it('ends when its key is revoked', async () => {
    const url = sign();
    await changeKeyFile(file, (keys) => revokeKey(keys, 'sfmc', clock));
    aSecondLater();
    expect(await ask(url)).toBe(REFUSED);
  });

  it('ends with the secret it was signed under, when that is rotated and the overlap is over', async () => {
    const url = sign();
    await changeKeyFile(file, (keys) => rotateKey(keys, { id: 'sfmc', days: 90, overlapHours: 1 }, clock));
    aSecondLater();
    expect([await ask(url), await ask(sign())]).toEqual([LET_IN, LET_IN]);
    clock = NOON + 3_600_000;
    expect([await ask(url), await ask(sign())]).toEqual([REFUSED, LET_IN]);
  });

  it('leaves no trace of itself in the log', async () => {
    const url = sign();
    await ask(url);
    await ask(url.replace('signature=', 'signature=x'));
    expect(logged).toContain('"route":"/v1/templates/{template}/customers/{id}"');
    expect(logged).toContain('"principal":"key:sfmc"');
    expect(logged).not.toMatch(/signature|expires|01ARZ3NDEK/);
  });
});

describe('Refused:', () => {
  const swapped = (from: string, to: string) => () => sign().replace(from, to);
  const cases: Array<[string, () => string]> = [
    ['another customer under the same signature', swapped(CUSTOMER, OTHER)],
    ['another template under the same signature', swapped('abandoned-cart', 'win-back')],
    ['the same value as an identity', swapped('/customers/', '/by/hubspot.contact/')],
    ['a later end', () => sign().replace(/expires=\d+/, `expires=${(NOON + 2 * DAY_MS) / 1000}`)],
    ['another key', swapped('key=sfmc', 'key=braze')],
    ['a key there is not', () => sign(REFERENCE, { keyId: 'constructor' })],
    ['no key', swapped('key=sfmc&', '')],
    ['no end', () => sign().replace(/expires=\d+&/, '')],
    ['an end that is no number', () => sign(REFERENCE, { expires: Number.NaN })],
    ['an end in milliseconds', () => sign(REFERENCE, { expires: NOON + DAY_MS })],
    ['an end in scientific notation', () => sign(REFERENCE, { expires: 1e21 })],
    ['an end that is negative', () => sign(REFERENCE, { expires: -1 })],
    ['an empty signature', () => sign().replace(/signature=.*/, 'signature=')],
    ['a truncated signature', () => sign().slice(0, -1)],
    ['a signature changed in one character', () => sign().replace(/signature=./, 'signature=!')],
    ['two signatures', () => `${sign()}&signature=x`],
    ['two ends', () => `${sign()}&expires=9999999999`],
    ['two keys', () => `${sign()}&key=braze`],
    ['a signature with another secret of the gateway’s', () => sign(REFERENCE, { urlSecret: 'x'.repeat(32) })],
    ['a signature by who only read the file of the keys', () => sign(REFERENCE, { urlSecret: '' })],
    ['a signature by who only knows the gateway’s secret', () => sign(REFERENCE, { sha256: 'x'.repeat(43) })],
  ];
  it.each(cases)('%s', async (_what, make) => {
    expect(await ask(make())).toBe(REFUSED);
    expect(reached).toEqual([]);
  });

  it('any other method and any other route', async () => {
    const [, query = ''] = sign().split('?');
    expect(await ask(sign(), { method: 'POST' })).toBe('404 ROUTE_UNKNOWN');
    expect(await ask(`/graphql?${query}`)).toBe(REFUSED);
    expect(await ask(`/graphql?${query}`, { method: 'POST', body: '{"query":"{ __typename }"}' })).toBe(REFUSED);
    expect(reached).toEqual([]);
  });

  it('beside a header: one credential at a time', async () => {
    expect(await ask(sign(), { headers: { authorization: 'Bearer x' } })).toBe('400 BAD_REQUEST');
  });

  it('where the gateway has no secret for URLs', () => {
    const closed = createAuthenticateUrl({ urlSecret: null, apiKeys, now: () => NOON });
    expect(() => closed(sign(REFERENCE, { urlSecret: '' }), REFERENCE)).toThrow('this one is not accepted');
  });

  it('an address, signed or not', async () => {
    const customer = { kind: 'identity', namespace: 'email', value: 'a@example.org' } as const;
    expect(await ask(sign({ template: 'abandoned-cart', customer }))).toBe('400 IDENTITY_IN_URL');
  });
});
