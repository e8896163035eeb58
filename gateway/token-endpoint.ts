/**
 * `POST /oauth/token`, in development only: an API key is exchanged for a token of the development issuer, so that a client of a
 * production issuer can be tried without one. Must not issue more than the key has.
 *
 * Source: RFC 6749 § 4.4 (client credentials), § 2.3.1 (client authentication), § 5.1 and § 5.2 (answers, in its form and not ours).
 */
import type { IncomingMessage } from 'node:http';
import type { ApiKeys, GivenKey } from './api-keys';
import { readBasic } from './authenticate';
import type { DevIssuer } from './dev-credentials';
import type { HttpAnswer } from './graphql-http';

const TTL_SECONDS = 3_600;
const FORM = 'application/x-www-form-urlencoded';

/** Errors: none; what is refused is an answer of RFC 6749's. */
export type TokenEndpoint = (request: IncomingMessage, body: Buffer) => Promise<HttpAnswer>;

type ErrorCode = 'invalid_request' | 'invalid_client' | 'unsupported_grant_type' | 'invalid_scope';

export function createTokenEndpoint(options: {
  readonly apiKeys: Pick<ApiKeys, 'find' | 'verify'>;
  readonly issuer: DevIssuer;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}): TokenEndpoint {
  const { apiKeys, issuer, now } = options;
  return async (request, body) => {
    const contentType = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
    if (contentType !== FORM) return refusal('invalid_request', `Expected a body of ${FORM}.`);
    const form = new URLSearchParams(body.toString('utf8'));
    if (new Set(form.keys()).size < form.size) return refusal('invalid_request', 'Expected each parameter once.');

    const { authorization } = request.headers;
    const inBody = form.has('client_id') || form.has('client_secret');
    if (authorization !== undefined && inBody) {
      return refusal('invalid_request', 'Expected the client to authenticate in one way.');
    }
    const given =
      authorization === undefined
        ? { id: form.get('client_id') ?? '', secret: form.get('client_secret') ?? '' }
        : readClient(authorization);
    const client = knownClient(given);
    if (client === null) return refusal('invalid_client', 'Expected the id and secret of an API key in use.');

    const grant = form.get('grant_type');
    if (grant === null) return refusal('invalid_request', 'Expected grant_type.');
    if (grant !== 'client_credentials') {
      return refusal('unsupported_grant_type', 'Expected grant_type client_credentials.');
    }
    const asked = form.get('scope')?.split(' ');
    if (asked?.some((scope) => !client.scopes.some((own) => own === scope))) {
      return refusal('invalid_scope', 'Expected scopes that the key has.');
    }
    const scopes = asked ?? client.scopes;
    const ttlSeconds = Math.min(TTL_SECONDS, Math.ceil((client.expiresAt - now()) / 1000));
    const token = await issuer.issue({ subject: client.subject, role: client.role, scopes, ttlSeconds });
    return answer(200, {
      access_token: token,
      token_type: 'Bearer',
      expires_in: ttlSeconds,
      scope: scopes.join(' '),
    });
  };

  function knownClient(given: GivenKey) {
    try {
      const { id: subject, role, scopes } = apiKeys.verify(given);
      const ends = apiKeys.find(given.id)?.secrets.map(({ expiresAt }) => Date.parse(expiresAt)) ?? [];
      return { subject, role, scopes, expiresAt: Math.max(now(), ...ends) };
    } catch {
      return null;
    }
  }
}

/** Id and secret are form-encoded before they are put together. What is not Basic names nobody. */
function readClient(authorization: string): GivenKey {
  const credential = /^Basic ([\w.~+/=-]+)$/i.exec(authorization)?.[1] ?? '';
  const { id, secret } = readBasic(credential);
  const decode = (text: string) => new URLSearchParams(`x=${text.replaceAll('&', '%26')}`).get('x') ?? '';
  return { id: decode(id), secret: decode(secret) };
}

function refusal(error: ErrorCode, description: string): HttpAnswer {
  const status = error === 'invalid_client' ? 401 : 400;
  return answer(status, { error, error_description: description });
}

function answer(status: number, body: unknown): HttpAnswer {
  return {
    status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      pragma: 'no-cache',
      ...(status === 401 ? { 'www-authenticate': 'Basic realm="facet"' } : {}),
    },
    body: JSON.stringify(body),
  };
}
