/**
 * The signed policy between gateway and subgraph: what was signed is read back as it was, and nothing else is ever believed.
 */
import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { signPolicy, verifyPolicy } from '../../schema/policy-header';
import type { HeaderScope } from '../../schema/policy-header';
import { PURPOSES, ROLES } from '../../schema/policy';
import type { RequestPolicy } from '../../schema/request-policy';

const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);
const KEY = 'a key of crm and the gateway';
const BODY = '{"query":"{ customer(id: \\"1\\") { contact { email } } }"}';
const scope: HeaderScope = { subgraph: 'crm', key: KEY, body: BODY, now: NOW };

const policy: RequestPolicy = {
  principal: { id: 'renderer-secret-name', role: 'RENDERER', scopes: ['policy:explain'] },
  purpose: 'EMAIL_MARKETING',
  contact: { topic: 'promotions-secret-topic' },
  maxAgeSeconds: 300,
  deadlineAt: NOW + 1_500,
  requestId: 'request-secret-id',
};

type Claims = Record<string, unknown>;
const base64url = (text: string) => Buffer.from(text).toString('base64url');
const hmac = (text: string, key = KEY, algorithm = 'sha256') =>
  createHmac(algorithm, key).update(text).digest('base64url');

const [protectedPart = '', payload = '', signature = ''] = signPolicy(policy, scope).split('.');
const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims;

/** A header whose claims were changed and which was then signed anew with the right key: only the claims are wrong. */
function signedWith(changed: Claims, header = protectedPart): string {
  const altered = base64url(JSON.stringify({ ...claims, ...changed }));
  return `${header}.${altered}.${hmac(`${header}.${altered}`)}`;
}

function without(name: string): string {
  return signedWith({ [name]: undefined });
}

interface Refusal {
  readonly code: unknown;
  readonly status: unknown;
  readonly message: string;
}

function refusalOf(header: string | undefined, changed: Partial<HeaderScope> = {}): Refusal | 'believed' {
  try {
    verifyPolicy(header, { ...scope, ...changed });
    return 'believed';
  } catch (error) {
    const { message, extensions } = error as { message: string; extensions: { code: unknown; http: unknown } };
    return { code: extensions.code, status: extensions.http, message };
  }
}

const refused = (what: string): Refusal => ({
  code: 'SUBGRAPH_UNAUTHENTICATED',
  status: { status: 401 },
  message: `The x-facet-policy header ${what}.`,
});

describe('A signed policy', () => {
  it('is read back as it was signed', () => {
    expect(verifyPolicy(signPolicy(policy, scope), scope)).toEqual(policy);
  });

  it('is read back whatever it says', () => {
    const policies = fc.record<RequestPolicy>(
      {
        principal: fc.record(
          {
            id: fc.string({ unit: 'grapheme', maxLength: 30 }),
            role: fc.constantFrom(...ROLES),
            scopes: fc.array(fc.string({ maxLength: 10 }), { maxLength: 4 }),
            customerId: fc.string({ maxLength: 26 }),
          },
          { requiredKeys: ['id', 'role', 'scopes'] },
        ),
        purpose: fc.constantFrom(...PURPOSES, null),
        contact: fc.record({ topic: fc.option(fc.string({ unit: 'grapheme', maxLength: 30 })) }),
        maxAgeSeconds: fc.nat(),
        deadlineAt: fc.nat(),
        requestId: fc.string({ maxLength: 36 }),
      },
      { requiredKeys: ['principal', 'purpose', 'maxAgeSeconds', 'deadlineAt', 'requestId'] },
    );
    fc.assert(
      fc.property(policies, fc.string({ unit: 'binary' }), (one, body) => {
        const here = { ...scope, body };
        expect(verifyPolicy(signPolicy(one, here), here)).toEqual(one);
      }),
    );
  });

  it('vouches for the body’s bytes, however they are held', () => {
    expect(verifyPolicy(signPolicy(policy, scope), { ...scope, body: Buffer.from(BODY) })).toEqual(policy);
  });

  it('is believed for thirty seconds, and on a clock up to five seconds behind', () => {
    const header = signPolicy(policy, scope);
    const believed = [-6_000, -5_000, 0, 29_999, 30_000].map(
      (ms) => refusalOf(header, { now: NOW + ms }) === 'believed',
    );
    expect(believed).toEqual([false, true, true, true, false]);
  });

  it('holds no address: only ids, role, purpose, and hashes', () => {
    expect(Object.keys(claims).sort()).toEqual([
      'aud',
      'bodyHash',
      'contact',
      'deadlineAt',
      'exp',
      'iat',
      'maxAgeSeconds',
      'op',
      'purpose',
      'role',
      'scopes',
      'sub',
    ]);
  });
});

describe('Refused:', () => {
  const valid = `${protectedPart}.${payload}.${signature}`;
  const none = base64url('{"alg":"none"}');
  const hs512 = base64url('{"alg":"HS512","typ":"facet-policy"}');
  const rs256 = base64url('{"alg":"RS256","typ":"facet-policy"}');
  const flip = (text: string, at: number) => `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;

  it.each<[string, string | undefined, Partial<HeaderScope>, string]>([
    ['no header', undefined, {}, 'is missing'],
    ['an empty header', '', {}, 'is missing'],
    ['a blank header', ' ', {}, 'is malformed'],
    ['two dots', '..', {}, 'is malformed'],
    ['a bearer token', `Bearer ${valid}`, {}, 'is malformed'],
    ['garbage', '%%%.%%%.%%%', {}, 'is malformed'],
    ['garbage behind the right first part', `${protectedPart}.%%%.%%%`, {}, 'is not signed by the gateway'],
    ['NUL bytes', `${protectedPart}.\u0000.\u0000`, {}, 'is not signed by the gateway'],
    ['a huge header', `${valid}${'A'.repeat(100_000)}`, {}, 'is too long'],
    ['alg none without signature', `${none}.${payload}.`, {}, 'is malformed'],
    ['alg none with the old signature', `${none}.${payload}.${signature}`, {}, 'is malformed'],
    ['alg none, signed', `${none}.${payload}.${hmac(`${none}.${payload}`)}`, {}, 'is malformed'],
    ['HS512', `${hs512}.${payload}.${hmac(`${hs512}.${payload}`, KEY, 'sha512')}`, {}, 'is malformed'],
    ['RS256 named, the key used as a secret', `${rs256}.${payload}.${hmac(`${rs256}.${payload}`)}`, {}, 'is malformed'],
    ['the same header spelled with a blank', signedWith({}, base64url('{"alg": "HS256"}')), {}, 'is malformed'],
    ['no signature', `${protectedPart}.${payload}`, {}, 'is malformed'],
    ['an empty signature', `${protectedPart}.${payload}.`, {}, 'is not signed by the gateway'],
    ['a truncated signature', valid.slice(0, -1), {}, 'is not signed by the gateway'],
    ['a padded signature', `${valid}=`, {}, 'is not signed by the gateway'],
    ['a signature changed by one character', flip(valid, valid.length - 10), {}, 'is not signed by the gateway'],
    ['claims changed by one character', flip(valid, protectedPart.length + 20), {}, 'is not signed by the gateway'],
    ['an extra part', `${valid}.${signature}`, {}, 'is malformed'],
    ['a detached payload', `${protectedPart}..${signature}`, {}, 'is not signed by the gateway'],
    ['another key', signPolicy(policy, { ...scope, key: 'the key of commerce' }), {}, 'is not signed by the gateway'],
    ['an empty key', signPolicy(policy, { ...scope, key: '' }), {}, 'is not signed by the gateway'],
    [
      'claims raised without the key',
      signedWith({ role: 'ADMIN' }).replace(/[^.]+$/, signature),
      {},
      'is not signed by the gateway',
    ],
    ['another subgraph', signPolicy(policy, { ...scope, subgraph: 'commerce' }), {}, 'is meant for another subgraph'],
    ['several subgraphs', signedWith({ aud: ['crm', 'commerce'] }), {}, 'has unexpected claims'],
    ['a body changed by one byte', valid, { body: BODY.replace('1', '2') }, 'does not belong to this body'],
    ['no body', valid, { body: '' }, 'does not belong to this body'],
    [
      'another request’s body hash',
      signedWith({ bodyHash: createHash('sha256').digest('base64url') }),
      {},
      'does not belong to this body',
    ],
    ['an expired header', valid, { now: NOW + 30_001 }, 'is expired'],
    ['a header from the future', valid, { now: NOW - 6_000 }, 'comes from the future'],
    ['a lifetime of an hour', signedWith({ exp: Number(claims.iat) + 3_600 }), {}, 'is expired'],
    ['a lifetime without end', signedWith({ exp: 1e300 }), {}, 'has unexpected claims'],
    ['an expiry as text', signedWith({ exp: String(claims.exp) }), {}, 'has unexpected claims'],
    ['an unknown role', signedWith({ role: 'JANITOR' }), {}, 'has unexpected claims'],
    ['an unknown purpose', signedWith({ purpose: 'WORLD_DOMINATION' }), {}, 'has unexpected claims'],
    ['no purpose at all', without('purpose'), {}, 'has unexpected claims'],
    ['no role', without('role'), {}, 'has unexpected claims'],
    ['no expiry', without('exp'), {}, 'has unexpected claims'],
    ['no body hash', without('bodyHash'), {}, 'has unexpected claims'],
    ['no audience', without('aud'), {}, 'has unexpected claims'],
    ['a claim nobody knows', signedWith({ admin: true }), {}, 'has unexpected claims'],
    ['a contact with more in it', signedWith({ contact: { topic: null, force: true } }), {}, 'has unexpected claims'],
    [
      'claims that are no JSON',
      `${protectedPart}.${base64url('{')}.${hmac(`${protectedPart}.${base64url('{')}`)}`,
      {},
      'has unexpected claims',
    ],
    [
      'claims that are null',
      `${protectedPart}.${base64url('null')}.${hmac(`${protectedPart}.${base64url('null')}`)}`,
      {},
      'has unexpected claims',
    ],
  ])('%s', (_name, header, changed, what) => {
    expect(refusalOf(header, changed)).toEqual(refused(what));
  });

  it('any header that differs from the signed one in one character', () => {
    fc.assert(
      fc.property(fc.nat(valid.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
        fc.pre(valid[at] !== character);
        expect(refusalOf(`${valid.slice(0, at)}${character}${valid.slice(at + 1)}`)).not.toBe('believed');
      }),
      { numRuns: 300 },
    );
  });

  it('any text, and no message repeats a claim or a key', () => {
    const secrets = /secret|RENDERER|promotions|crm|commerce|EMAIL_MARKETING|JANITOR|key of/;
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ maxLength: 300 }),
          fc.dictionary(fc.constantFrom('role', 'sub', 'aud', 'exp', 'purpose'), fc.jsonValue()).map(signedWith),
        ),
        (header) => {
          const refusal = refusalOf(header);
          fc.pre(refusal !== 'believed');
          expect(refusal.code).toBe('SUBGRAPH_UNAUTHENTICATED');
          expect(refusal.message).not.toMatch(secrets);
        },
      ),
    );
  });
});
