/**
 * Client tokens at the front door, over sockets: those of the issuer are believed, and none of RFC 8725's attacks is. The section of the
 * RFC stands before each.
 */
import { connect } from 'node:net';
import { CompactEncrypt, exportJWK, SignJWT } from 'jose';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { createAuthenticate } from '../../gateway/authenticate';
import { createVerifyToken } from '../../gateway/client-token';
import { publishedKeys } from '../../gateway/principals';
import { composeSupergraph } from '../../gateway/supergraph';
import { facetError } from '../../schema/errors';
import { listen, openTestGraph, startGatewayOver } from './started-gateway';
import type { StartedGateway } from './started-gateway';
import { CLAIMS, encode, forge, hmac, issue, ISSUER, NOW, pairs, pem, publishKeys } from './token-issuer';
import { rawPublicKey, SECONDS, sign } from './token-issuer';
import type { KeyName, TokenIssuer } from './token-issuer';

let issuer: TokenIssuer;
let gateway: StartedGateway;
/** Where an attacker's token says its key lies. Nobody may ever ask there. */
let elsewhere: { readonly url: string; close(): Promise<void> };
let askedElsewhere = 0;
let clock = NOW;

beforeAll(async () => {
  issuer = await publishKeys();
  elsewhere = await listen((_request, response) => {
    askedElsewhere += 1;
    response.end('{"keys":[]}');
  });
  const graph = await openTestGraph({
    supergraphSdl: composeSupergraph([{ name: 'clock', sdl: 'type Query { now: String }', url: 'in-process:clock' }]),
    transports: { clock: () => Promise.resolve({ data: { now: 'noon' } }) },
  });
  const verifyToken = createVerifyToken({
    keys: publishedKeys(issuer.url),
    issuer: ISSUER,
    audience: 'facet',
    now: () => clock,
  });
  const nobody = () => {
    throw facetError('UNAUTHENTICATED', 'There are no keys.');
  };
  const authenticate = createAuthenticate({ verifyToken, apiKeys: { verify: nobody } });
  gateway = await startGatewayOver(graph, { authenticate, now: () => clock });
});
afterEach(() => {
  clock = NOW;
});
afterAll(async () => {
  await gateway.close();
  await issuer.close();
  await elsewhere.close();
});

async function ask(authorization: string) {
  const response = await fetch(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: JSON.stringify({ query: '{ now }' }),
  });
  return { status: response.status, body: (await response.json()) as unknown };
}

/** Over graphql-transport-ws: the code with which the socket is closed, or what was answered. */
async function askBySocket(token: string): Promise<unknown> {
  const client = createClient({
    url: gateway.url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    onNonLazyError: () => {},
    connectionParams: { authorization: `Bearer ${token}` },
  });
  try {
    for await (const answer of client.iterate({ query: '{ now }' })) return answer;
    return null;
  } catch (event) {
    return (event as { code?: number }).code;
  } finally {
    await client.dispose();
  }
}

const BELIEVED = { status: 200, body: { data: { now: 'noon' } } };
const REFUSED = {
  status: 401,
  body: {
    errors: [
      {
        message: 'Expected a valid token, but this one is not accepted.',
        extensions: { code: 'UNAUTHENTICATED' },
      },
    ],
  },
};

type Make = () => string | Promise<string>;
const parts = async (token: Promise<string> | string) => (await token).split('.') as [string, string, string];
const header = (token: string) => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as object;

const believed: Array<[string, Make]> = [
  ['EdDSA', () => issue()],
  ['RS256', () => issue({}, {}, 'rsa')],
  ['ES256', () => issue({}, {}, 'ec')],
  ['one for several audiences', () => issue({ aud: ['shop', 'facet'] })],
  ['an access token by type (RFC 9068)', () => issue({}, { typ: 'at+jwt' })],
  ['one whose type is written as a media type', () => issue({}, { typ: 'application/at+JWT' })],
  ['one that ended four seconds ago, as clocks differ', () => issue({ exp: SECONDS - 4 })],
  ['one that begins in four seconds', () => issue({ nbf: SECONDS + 4 })],
  ['a data subject’s, for the own id', () => issue({ role: 'DATA_SUBJECT', customer_id: 'c1' })],
];

const attacks: Array<[string, Make]> = [
  ...['none', 'None', 'NONE', 'nOnE'].map((alg): [string, Make] => [
    `2.1 alg ${alg}, no signature`,
    () => forge({ alg }, () => ''),
  ]),
  [
    '2.1 alg none over the signature of a real one',
    async () => {
      const [, payload, signature] = await parts(issue());
      return `${encode({ alg: 'none' })}.${payload}.${signature}`;
    },
  ],
  ['2.1 HS256 with the public RSA key as the secret', () => forge({ alg: 'HS256', kid: 'rsa' }, hmac(pem('rsa')))],
  ['2.1 HS256 with its bytes', () => forge({ alg: 'HS256', kid: 'rsa' }, hmac(rawPublicKey('rsa')))],
  [
    '2.1 HS256 with the published JWK',
    async () => forge({ alg: 'HS256', kid: 'ed' }, hmac(JSON.stringify(await exportJWK(pairs.ed.publicKey)))),
  ],
  ['2.1 EdDSA with the kid of another kind of key', () => issue({}, { kid: 'rsa' })],
  ['2.1 RS256 with the kid of another key', () => issue({}, { kid: 'weak' }, 'rsa')],
  ['2.1 no alg', () => forge({ kid: 'ed' }, () => 'AAAA')],
  ['2.1 a signature of nothing', async () => (await issue()).replace(/[^.]+$/, '')],
  ['2.1 a truncated signature', async () => (await issue()).slice(0, -4)],
  [
    '2.1 another payload under the old signature',
    async () => {
      const [head, , signature] = await parts(issue());
      return `${head}.${encode({ ...CLAIMS, role: 'PRIVACY_OFFICER' })}.${signature}`;
    },
  ],
  [
    '2.1 another header under the old signature',
    async () => {
      const token = await issue();
      const [, payload, signature] = await parts(token);
      return `${encode({ ...header(token), typ: 'at+jwt' })}.${payload}.${signature}`;
    },
  ],
  ['2.1 a key that only says it is the issuer’s', () => forge({ alg: 'ES256', kid: 'ec' }, strangersSignature)],
  ['2.2 HS256 with a word for a secret', () => forge({ alg: 'HS256' }, hmac('secret'))],
  ['2.2 HS256 with an empty secret', () => forge({ alg: 'HS256' }, hmac(''))],
  ['2.2 an RSA key of 1,024 bits', () => forge({ alg: 'RS256', kid: 'weak' }, sign('sha256', pairs.weak.privateKey))],
  [
    '2.3 an encrypted token',
    async () =>
      new CompactEncrypt(Buffer.from(await issue({}, {}, 'rsa')))
        .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: 'rsa', cty: 'JWT' })
        .encrypt(pairs.rsa.publicKey),
  ],
  ['2.3 a token within a token', async () => forge({ alg: 'none', cty: 'JWT' }, () => '', encode(await issue()))],
  ['2.5 ES256 with a signature of zeros', () => forge({ alg: 'ES256', kid: 'ec' }, () => encode('\0'.repeat(64)))],
  [
    '2.5 ES256 with the signature encoded as DER',
    () => forge({ alg: 'ES256', kid: 'ec' }, sign('sha256', pairs.ec.privateKey, 'der')),
  ],
  [
    '2.6 claims in UTF-16',
    () =>
      forge(
        { alg: 'ES256', kid: 'ec' },
        sign('sha256', pairs.ec.privateKey),
        Buffer.from(JSON.stringify(CLAIMS), 'utf16le').toString('base64url'),
      ),
  ],
  [
    '2.6 claims that are a list',
    () => forge({ alg: 'ES256', kid: 'ec' }, sign('sha256', pairs.ec.privateKey), encode([CLAIMS])),
  ],
  ['2.7 one for another audience', () => issue({ aud: 'shop' })],
  ['2.7 one for an audience that begins like ours', () => issue({ aud: 'facet.example' })],
  ['2.7 one for several others', () => issue({ aud: ['shop', 'blog'] })],
  ['2.7 one for nobody', () => issue({ aud: undefined })],
  ['2.8 a logout token', () => issue({}, { typ: 'logout+jwt' })],
  ['2.8 a security event', () => issue({}, { typ: 'secevent+jwt' })],
  ['2.8 a proof of possession', () => issue({}, { typ: 'dpop+jwt' })],
  ['2.8 the header between gateway and subgraph', () => issue({}, { typ: 'facet-policy' })],
  ['2.9 a kid that is a path', () => forge({ alg: 'HS256', kid: '../../../../dev/null' }, hmac(''))],
  ['2.9 a kid that is a statement', () => issue({}, { kid: "x' UNION SELECT 'key'; --" })],
  ['2.9 a kid nobody published', () => issue({}, { kid: 'another' })],
  ['2.9 no kid, where several keys fit', () => issue({}, { kid: undefined }, 'rsa')],
  ['2.9 a jku', () => issue({}, { kid: 'x', jku: `${elsewhere.url}/jwks.json` })],
  ['2.9 an x5u', () => issue({}, { kid: 'x', x5u: `${elsewhere.url}/chain.pem` })],
  [
    '2.9 its own key in the header',
    async () => forge({ alg: 'ES256', kid: 'ec', jwk: await exportJWK(pairs.p384.publicKey) }, strangersSignature),
  ],
  [
    '2.9 its own certificate in the header',
    () => forge({ alg: 'ES256', kid: 'ec', x5c: ['AAAA'] }, strangersSignature),
  ],
  ['3.2 PS256 with the RSA key', () => forgeWith('rsa', 'PS256')],
  ['3.2 RS512 with the RSA key', () => forge({ alg: 'RS512', kid: 'rsa' }, sign('sha512', pairs.rsa.privateKey))],
  ['3.2 ES384, published but not in use here', () => issue({}, {}, 'p384')],
  ['3.8 another issuer', () => issue({ iss: 'https://issuer.example.evil.example' })],
  ['3.8 no issuer', () => issue({ iss: undefined })],
  ['3.8 several issuers', () => issue({ iss: [ISSUER] })],
  ['3.8 nobody', () => issue({ sub: undefined })],
  ['3.8 an empty subject', () => issue({ sub: '' })],
  ['3.8 a subject that is a number', () => issue({ sub: 7 })],
  ['3.10 a critical header nobody knows', () => issueCritical()],
  [
    '3.10 an unencoded payload',
    () => forge({ alg: 'ES256', kid: 'ec', b64: false, crit: ['b64'] }, sign('sha256', pairs.ec.privateKey)),
  ],
  ['3.10 an unknown role', () => issue({ role: 'JANITOR' })],
  ['3.10 several roles', () => issue({ role: ['RENDERER', 'ADMIN'] })],
  ['3.10 no role', () => issue({ role: undefined })],
  ['3.10 a data subject of no id', () => issue({ role: 'DATA_SUBJECT' })],
  ['3.10 a data subject of an empty id', () => issue({ role: 'DATA_SUBJECT', customer_id: '' })],
  ['expired', () => issue({ exp: SECONDS - 6 })],
  ['not yet valid', () => issue({ nbf: SECONDS + 6 })],
  ['without an end', () => issue({ exp: undefined })],
  ['with an end that is text', () => issue({ exp: '2030-01-01' })],
  ['huge', () => issue({ padding: 'x'.repeat(8_000) })],
  ['with a fourth part', async () => `${await issue()}.AAAA`],
  ['with padding', async () => `${await issue()}=`],
  ['of two dots', () => '..'],
  ['of one word', () => 'token'],
];

/** Signed with the right key, in a way this gateway does not take. */
function forgeWith(key: KeyName, alg: string): Promise<string> {
  return new SignJWT(CLAIMS).setProtectedHeader({ alg, kid: key }).sign(pairs[key].privateKey);
}

function issueCritical(): Promise<string> {
  const header = { alg: 'EdDSA', kid: 'ed', crit: ['exp-policy'], 'exp-policy': 'never' };
  return new SignJWT(CLAIMS).setProtectedHeader(header).sign(pairs.ed.privateKey, { crit: { 'exp-policy': true } });
}

function strangersSignature(input: string): string {
  return sign('sha256', pairs.p384.privateKey)(input).slice(0, 86);
}

describe('Believed:', () => {
  it.each(believed)('%s', async (_what, make) => {
    expect(await ask(`Bearer ${await make()}`)).toEqual(BELIEVED);
  });

  it('one over a socket', async () => {
    expect(await askBySocket(await issue())).toEqual({ data: { now: 'noon' } });
  });
});

describe('Refused, with one answer for all:', () => {
  it.each(attacks)('%s', async (_what, make) => {
    expect(await ask(`Bearer ${await make()}`)).toEqual(REFUSED);
  });

  it('each of them over a socket too', async () => {
    const codes = await Promise.all(attacks.map(async ([what, make]) => [what, await askBySocket(await make())]));
    expect(codes).toEqual(attacks.map(([what]) => [what, 4403]));
  });

  it('each of them again, when a good token was just believed', async () => {
    await ask(`Bearer ${await issue()}`);
    for (const [, make] of attacks) expect(await ask(`Bearer ${await make()}`)).toEqual(REFUSED);
  });

  it('without ever asking where a token says its key lies', () => {
    expect(askedElsewhere).toBe(0);
  });

  it.each([
    ['no header', ''],
    ['another scheme', 'Token abc'],
    ['a scheme alone', 'Bearer'],
    ['two tokens', 'Bearer a.b.c, Bearer d.e.f'],
    ['a token in JSON', `Bearer {"payload":"${encode(CLAIMS)}"}`],
  ])('%s, which is told how to come', async (_what, authorization) => {
    expect(await ask(authorization)).toEqual({
      status: 401,
      body: {
        errors: [
          {
            message: 'Expected the header "authorization: Bearer <token>".',
            extensions: { code: 'UNAUTHENTICATED' },
          },
        ],
      },
    });
  });

  it('with the scheme to come by, as RFC 9110 wants, and not one for which a browser asks its user', async () => {
    for (const authorization of ['', 'Bearer x', 'Basic eDp5']) {
      const { headers } = await fetch(gateway.url, { method: 'POST', headers: { authorization }, body: '{}' });
      expect(headers.get('www-authenticate')).toBe('Bearer realm="facet"');
    }
  });

  it('two headers: the first alone counts', async () => {
    const good = await issue();
    expect(await askRaw([`authorization: Bearer ${good.slice(0, -8)}`, `authorization: Bearer ${good}`])).toContain(
      'HTTP/1.1 401',
    );
  });

  it('a header of more than 16 KB, before anything is read', async () => {
    expect(await askRaw([`authorization: Bearer ${'x'.repeat(17_000)}`])).toContain('HTTP/1.1 431');
  });
});

describe('A believed token', () => {
  it('ends when it expires, however often it was believed before', async () => {
    const authorization = `Bearer ${await issue()}`;
    expect(await ask(authorization)).toEqual(BELIEVED);
    clock = NOW + 600_000;
    expect(await ask(authorization)).toEqual(BELIEVED);
    clock = NOW + 606_000;
    expect(await ask(authorization)).toEqual(REFUSED);
  });

  it('carries no scope that Facet does not know', async () => {
    const verify = createVerifyToken({
      keys: publishedKeys(issuer.url),
      issuer: ISSUER,
      audience: 'facet',
      now: () => NOW,
    });
    expect(await verify(await issue({ scope: 'admin:all operations:adhoc  schema:reads' }))).toEqual({
      id: 'sender',
      role: 'RENDERER',
      scopes: ['operations:adhoc'],
    });
  });

  it.each([
    ['RENDERER', []],
    ['ANALYST', []],
    ['ADMIN', []],
    ['SUPPORT_AGENT', ['policy:explain']],
    ['PRIVACY_OFFICER', ['policy:explain']],
  ])('as a %s carries the scope policy:explain only where it is its task to explain', async (role, scopes) => {
    const verify = createVerifyToken({
      keys: publishedKeys(issuer.url),
      issuer: ISSUER,
      audience: 'facet',
      now: () => NOW,
    });
    expect(await verify(await issue({ role, scope: 'policy:explain' }))).toEqual({ id: 'sender', role, scopes });
  });

  it('is verified anew after five minutes, so that a withdrawn key is noticed', async () => {
    let withdrawn = false;
    let asked = 0;
    let time = NOW;
    const verify = createVerifyToken({
      keys: () => {
        asked += 1;
        return withdrawn ? Promise.reject(new Error('withdrawn')) : pairs.ed.publicKey;
      },
      issuer: ISSUER,
      audience: 'facet',
      now: () => time,
    });
    const token = await issue();
    await verify(token);
    withdrawn = true;
    time = NOW + 299_999;
    await verify(token);
    expect(asked).toBe(1);
    time = NOW + 300_000;
    await expect(verify(token)).rejects.toThrow('Expected a valid token');
  });
});

it('Keys that cannot be fetched are nobody’s fault: 503, to come again', async () => {
  for (const answer of ['not JSON', '{"keys":{}}', '']) {
    const broken = await listen((_request, response) => response.writeHead(answer === '' ? 500 : 200).end(answer));
    const verify = createVerifyToken({
      keys: publishedKeys(new URL(broken.url)),
      issuer: ISSUER,
      audience: 'facet',
      now: () => NOW,
    });
    try {
      await expect(verify(await issue())).rejects.toMatchObject({
        extensions: { code: 'KEYS_UNAVAILABLE', http: { status: 503 } },
      });
    } finally {
      await broken.close();
    }
    await expect(verify(await issue())).rejects.toMatchObject({ extensions: { code: 'KEYS_UNAVAILABLE' } });
  }
});

/** Written by hand: fetch joins headers, and refuses long ones. */
function askRaw(headers: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(gateway.url);
  const body = '{"query":"{ now }"}';
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => {
      const lines = [
        'POST /graphql HTTP/1.1',
        'host: localhost',
        'connection: close',
        'content-type: application/json',
        `content-length: ${body.length}`,
        ...headers,
      ];
      socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
    });
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}
