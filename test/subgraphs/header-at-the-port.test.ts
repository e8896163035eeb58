/**
 * A subgraph's port, on a real socket: what the gateway signed is answered, and nothing else, at any of its routes. What each part of the
 * header means is tested in test/policy/header.test.ts; here, that no route forgets to ask.
 */
import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import { POLICY_HEADER, signPolicy } from '../../schema/policy-header';
import type { RequestPolicy } from '../../schema/request-policy';
import { serveSubgraph } from '../../subgraphs/serve';
import type { Served, ServeOptions } from '../../subgraphs/serve';

type Door = NonNullable<ServeOptions['door']>;

const NOW = Date.UTC(2036, 10, 24, 12);
const KEY = 'the key of crm and its gateway, 32 characters';
const DOOR_KEY = 'the key of commerce and the door of profiles';
const BODY = '{"query":"{ __typename }","variables":{}}';

const policy: RequestPolicy = {
  principal: { id: 'officer', role: 'PRIVACY_OFFICER', scopes: [] },
  purpose: 'DATA_SUBJECT_RIGHTS',
  maxAgeSeconds: 300,
  deadlineAt: NOW + 1_500,
  requestId: 'r-1',
};

let served: Served;
let clock = NOW;
/** What got through to what lies behind the port. */
let reached: string[] = [];
const reach = (what: string) => {
  reached.push(what);
  return Promise.resolve('');
};
beforeAll(async () => {
  served = await serveSubgraph({
    name: 'crm',
    key: KEY,
    host: '127.0.0.1',
    port: 0,
    now: () => clock,
    endpoint: async (_request, given) => {
      await reach(`graphql as ${given?.principal.id}`);
      return { data: { __typename: 'Query' } };
    },
    webhook: { receive: () => reach('webhook').then(() => 200) } as unknown as ServeOptions['webhook'],
    feed: {
      findEnd: () => reach('end'),
      findAfter: () => reach('page').then(() => []),
      async *follow() {
        await reach('feed');
      },
    },
    door: {
      keys: { commerce: DOOR_KEY },
      methods: { findCheckpoint: () => reach('checkpoint') } as unknown as Door['methods'],
    },
  });
});
beforeEach(() => {
  clock = NOW;
  reached = [];
});
afterAll(() => served.close());

const ROUTES = [
  'POST /graphql',
  'POST /webhook',
  'GET /feed',
  'GET /feed/page?limit=1',
  'GET /feed/end',
  'POST /door/commerce',
] as const;

function ask(route: string, header: string | string[] | undefined, body = BODY) {
  const [method, path] = route.split(' ');
  return new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    const sent = request(`${served.url}${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(method === 'GET' ? {} : { 'content-length': Buffer.byteLength(body) }),
        ...(header === undefined ? {} : { [POLICY_HEADER]: header }),
      },
    });
    sent.on('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode, body: text }));
    });
    sent.on('error', reject);
    sent.end(method === 'GET' ? undefined : body);
  });
}

/** What each route wants: its audience, its key, its body. */
const scopeOf = (route: string) => ({
  subgraph: route.includes('/door/') ? 'crm.door.commerce' : 'crm',
  key: route.includes('/door/') ? DOOR_KEY : KEY,
  body: route.startsWith('GET') ? '' : BODY,
  now: NOW,
});
type Scope = ReturnType<typeof scopeOf>;

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const hmac = (key: string, text: string, hash = 'sha256') => createHmac(hash, key).update(text).digest('base64url');
const right = (scope: Scope) => signPolicy(policy, scope);
const partsOf = (token: string) => token.split('.') as [string, string, string];
/** Claims changed by somebody who has the key: only the claims are wrong. */
const claiming = (changed: Record<string, unknown>) => (scope: Scope) => {
  const [head, payload] = partsOf(right(scope));
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  const altered = base64url({ ...claims, ...changed });
  return `${head}.${altered}.${hmac(scope.key, `${head}.${altered}`)}`;
};
const headed = (head: Record<string, unknown>, sign: (input: string, scope: Scope) => string) => (scope: Scope) => {
  const [, payload] = partsOf(right(scope));
  const input = `${base64url(head)}.${payload}`;
  return `${input}.${sign(input, scope)}`;
};

const FORGED: Array<[string, (scope: Scope) => string | string[] | undefined]> = [
  ['no header', () => undefined],
  ['an empty header', () => ''],
  ['garbage', () => 'garbage'],
  ['a client’s bearer token', (scope) => `Bearer ${right(scope)}`],
  ['alg none', headed({ alg: 'none' }, () => '')],
  ['alg none over the old signature', headed({ alg: 'none' }, (_input, scope) => partsOf(right(scope))[2])],
  [
    'HS512 with the right key',
    headed({ alg: 'HS512', typ: 'facet-policy' }, (input, { key }) => hmac(key, input, 'sha512')),
  ],
  ['the type of a client’s token', headed({ alg: 'HS256', typ: 'JWT' }, (input, { key }) => hmac(key, input))],
  ['a kid', headed({ alg: 'HS256', typ: 'facet-policy', kid: '../x' }, (input, { key }) => hmac(key, input))],
  ['another key', (scope) => signPolicy(policy, { ...scope, key: 'x'.repeat(43) })],
  ['an empty key', (scope) => signPolicy(policy, { ...scope, key: '' })],
  ['another subgraph’s', (scope) => signPolicy(policy, { ...scope, subgraph: 'commerce' })],
  ['several subgraphs’', claiming({ aud: ['crm', 'crm.door.commerce'] })],
  ['one for another body', (scope) => signPolicy(policy, { ...scope, body: `${scope.body} ` })],
  ['one that is expired', (scope) => signPolicy(policy, { ...scope, now: NOW - 30_000 })],
  ['one from the future', (scope) => signPolicy(policy, { ...scope, now: NOW + 6_000 })],
  ['one that lasts an hour', claiming({ exp: NOW / 1000 + 3_600 })],
  ['one without an end', claiming({ exp: undefined })],
  [
    'a raised role under the old signature',
    (scope) => {
      const [, , signature] = partsOf(right(scope));
      return claiming({ role: 'ADMIN' })(scope).replace(/[^.]+$/, signature);
    },
  ],
  ['an unknown role', claiming({ role: 'JANITOR' })],
  ['a claim nobody knows', claiming({ admin: true })],
  ['a truncated signature', (scope) => right(scope).slice(0, -1)],
  ['a detached payload', (scope) => right(scope).replace(/\.[^.]+\./, '..')],
  ['a fourth part', (scope) => `${right(scope)}.AAAA`],
  ['a huge header', (scope) => `${right(scope)}${'A'.repeat(8_000)}`],
  ['the right one twice', (scope) => [right(scope), right(scope)]],
];

const REFUSED = {
  status: 401,
  body: { errors: [{ message: expect.any(String), extensions: { code: 'SUBGRAPH_UNAUTHENTICATED' } }] },
};

describe('At a subgraph’s port', () => {
  it.each([
    ['POST /graphql', BODY, 'graphql as officer'],
    ['POST /webhook', BODY, 'webhook'],
    ['GET /feed', '', 'feed'],
    ['GET /feed/page?limit=1', '', 'page'],
    ['GET /feed/end', '', 'end'],
    ['POST /door/commerce', '{"method":"findCheckpoint"}', 'checkpoint'],
  ])('%s answers what was signed for it', async (route, body, what) => {
    const header = signPolicy(policy, { ...scopeOf(route), body });
    expect((await ask(route, header, body)).status).toBe(200);
    expect(reached).toEqual([what]);
  });

  it.each(FORGED)('%s is refused at every route, and nothing behind it is reached', async (_what, make) => {
    for (const route of ROUTES) {
      const answer = await ask(route, make(scopeOf(route)));
      expect({ route, status: answer.status, body: JSON.parse(answer.body) as unknown }).toEqual({ route, ...REFUSED });
    }
    expect(reached).toEqual([]);
  });

  it.each([...ROUTES])('%s takes a header again within 30 seconds, for the same body, and not after', async (route) => {
    const header = right(scopeOf(route));
    clock = NOW + 29_999;
    expect((await ask(route, header)).status).not.toBe(401);
    clock = NOW + 30_000;
    expect((await ask(route, header)).status).toBe(401);
  });

  it('a header signed for the subgraph opens no door, and one signed for a door no graph', async () => {
    const forGraph = right(scopeOf('POST /graphql'));
    const forDoor = right(scopeOf('POST /door/commerce'));
    expect((await ask('POST /door/commerce', forGraph)).status).toBe(401);
    expect((await ask('POST /graphql', forDoor)).status).toBe(401);
  });

  it('a header too long for Node is refused unread', async () => {
    expect((await ask('POST /graphql', 'A'.repeat(20_000))).status).toBe(431);
  });
});
