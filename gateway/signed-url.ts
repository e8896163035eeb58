/**
 * Template URLs for senders that can send no header: the signature stands in the URL, for one template, one customer and a limited time,
 * in the name of an API key. Must not be accepted for anything else, and gives no scopes.
 *
 * The signature is of a secret of the gateway's and of the key's stored hash: neither alone makes a URL, and a URL ends with the secret it
 * was signed under, by expiry, rotation or revocation.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { facetError } from '../schema/errors';
import type { Principal } from '../schema/request-policy';
import type { ApiKeys } from './api-keys';
import type { CustomerReference } from './template-routes';

/** What a URL gives access to. */
export interface SignedReference {
  readonly template: string;
  readonly customer: CustomerReference;
}

/** Senders' logs keep URLs for weeks (Braze 30 days): what leaks there is worth nothing after this. */
export const MAX_URL_DAYS = 31;

const PARAMETERS = { key: 'key', expires: 'expires', signature: 'signature' } as const;

interface Signing {
  /** The gateway's, 32 characters or more. */
  readonly urlSecret: string;
  readonly keyId: string;
  /** SHA-256 of the key's secret. */
  readonly sha256: string;
  /** Unix time in seconds. */
  readonly expires: number;
}

/** A list as JSON: no two references are written the same. */
function signatureOf({ template, customer }: SignedReference, { urlSecret, keyId, sha256, expires }: Signing): string {
  const reference = customer.kind === 'id' ? ['id', customer.id] : ['identity', customer.namespace, customer.value];
  const signed = JSON.stringify(['facet-url-1', 'GET', template, ...reference, keyId, sha256, expires]);
  return createHmac('sha256', urlSecret).update(signed).digest('base64url');
}

/** Path and query, without the origin. */
export function signTemplateUrl(reference: SignedReference, signing: Signing): string {
  const { template, customer } = reference;
  const parts = customer.kind === 'id' ? ['customers', customer.id] : ['by', customer.namespace, customer.value];
  const path = ['v1', 'templates', template, ...parts].map(encodeURIComponent).join('/');
  const query = new URLSearchParams({
    [PARAMETERS.key]: signing.keyId,
    [PARAMETERS.expires]: String(signing.expires),
    [PARAMETERS.signature]: signatureOf(reference, signing),
  });
  return `/${path}?${query.toString()}`;
}

export type AuthenticateUrl = (url: string, reference: SignedReference) => Principal | null;

/**
 * `urlSecret: null`: no URL is accepted. The answered function gives null for a URL that carries no signature.
 *
 * Errors: UNAUTHENTICATED, with one message for all causes.
 */
export function createAuthenticateUrl(options: {
  readonly urlSecret: string | null;
  readonly apiKeys: Pick<ApiKeys, 'find' | 'use'>;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}): AuthenticateUrl {
  const { urlSecret, apiKeys, now } = options;
  return (url, reference) => {
    const [, search = ''] = url.split('?', 2);
    if (!search.includes(PARAMETERS.signature)) return null;
    const parameters = new URLSearchParams(search);
    const [keyId, expiry, given] = Object.values(PARAMETERS).map((name) => {
      const values = parameters.getAll(name);
      return values.length === 1 ? (values[0] ?? '') : '';
    });
    if (given === undefined || !parameters.has(PARAMETERS.signature)) return null;
    const expires = /^[1-9]\d{8,11}$/.test(expiry ?? '') ? Number(expiry) : 0;
    const found = apiKeys.find(keyId ?? '');
    const match = found?.secrets.find(
      ({ sha256 }) =>
        urlSecret !== null &&
        sameText(given, signatureOf(reference, { urlSecret, keyId: keyId ?? '', sha256, expires })),
    );
    if (!found || match === undefined || expires * 1000 <= now()) {
      throw facetError('UNAUTHENTICATED', 'Expected a valid signed URL, but this one is not accepted.');
    }
    return { ...apiKeys.use(keyId ?? '', found.key, match), scopes: [] };
  };
}

function sameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
