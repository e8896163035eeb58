/**
 * Who asks: the header `authorization` becomes a principal. A bearer is a client's token or an API key; Basic is the same API key for
 * senders that know nothing else, its id as user name and its secret as password. Must not verify anything itself, nor log a credential.
 *
 * Source: RFC 6750 (Bearer), RFC 7617 (Basic).
 */
import { facetError } from '../schema/errors';
import type { Principal } from '../schema/request-policy';
import { readApiKey } from './api-keys';
import type { ApiKeys } from './api-keys';
import type { VerifyToken } from './client-token';

export type Authenticate = (authorization: string | undefined) => Promise<Principal>;

/** Errors: UNAUTHENTICATED, with one message for all causes but the missing header; KEYS_UNAVAILABLE. */
export function createAuthenticate(options: {
  readonly verifyToken: VerifyToken;
  readonly apiKeys: Pick<ApiKeys, 'verify'>;
}): Authenticate {
  return async (authorization) => {
    const [, scheme = '', credential = ''] = /^(Bearer|Basic) ([\w.~+/=-]+)$/i.exec(authorization ?? '') ?? [];
    if (credential === '') {
      throw facetError('UNAUTHENTICATED', 'Expected the header "authorization: Bearer <token>".');
    }
    const apiKey = scheme.toLowerCase() === 'basic' ? readBasic(credential) : readApiKey(credential);
    return apiKey === null ? options.verifyToken(credential) : options.apiKeys.verify(apiKey);
  };
}

/** User name and password. What cannot be decoded names nobody. */
export function readBasic(credential: string): { readonly id: string; readonly secret: string } {
  const text = Buffer.from(credential, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? { id: '', secret: '' } : { id: text.slice(0, colon), secret: text.slice(colon + 1) };
}
