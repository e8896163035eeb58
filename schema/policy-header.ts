/**
 * The header `x-facet-policy`: a RequestPolicy signed by the gateway for one subgraph and one request body, so that nobody
 * reaches a subgraph around the gateway. HS256 by node:crypto with a key per subgraph. Must not decide anything.
 *
 * Source: RFC 7515 (compact serialisation), RFC 8725 §3.1 and §3.9 (fixed algorithm, audience).
 */
import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { facetError } from './errors';
import { PURPOSES, ROLES } from './policy';
import type { RequestPolicy } from './request-policy';

export const POLICY_HEADER = 'x-facet-policy';

/** Seconds a header stays valid after it was made: longer than any request, shorter than a replay is useful. */
const LIFETIME_SECONDS = 30;
/** Longer than any header we make; anything above is refused unread. */
const MAX_LENGTH = 4096;
const PROTECTED = Buffer.from('{"alg":"HS256","typ":"facet-policy"}').toString('base64url');

const claimsSchema = z.strictObject({
  aud: z.string(),
  sub: z.string(),
  role: z.enum(ROLES),
  scopes: z.array(z.string()),
  customerId: z.string().optional(),
  purpose: z.enum(PURPOSES).nullable(),
  contact: z.strictObject({ topic: z.string().nullable() }).optional(),
  template: z.string().optional(),
  /** Request id, so that a subgraph's log lines join the gateway's. */
  op: z.string(),
  bodyHash: z.string(),
  iat: z.number().int(),
  exp: z.number().int(),
  maxAgeSeconds: z.number(),
  deadlineAt: z.number(),
});

export interface HeaderScope {
  /** Name of the subgraph the header is for. */
  readonly subgraph: string;
  /** The key shared with that subgraph alone. */
  readonly key: string;
  /** The raw body bytes the header vouches for. */
  readonly body: string | Uint8Array;
  /** Unix time in milliseconds. */
  readonly now: number;
}

export function signPolicy(policy: RequestPolicy, scope: HeaderScope): string {
  const iat = Math.floor(scope.now / 1000);
  const { principal, contact, template } = policy;
  const claims: z.infer<typeof claimsSchema> = {
    aud: scope.subgraph,
    sub: principal.id,
    role: principal.role,
    scopes: [...principal.scopes],
    ...(principal.customerId === undefined ? {} : { customerId: principal.customerId }),
    purpose: policy.purpose,
    ...(contact === undefined ? {} : { contact: { topic: contact.topic } }),
    ...(template === undefined ? {} : { template }),
    op: policy.requestId,
    bodyHash: hashOf(scope.body),
    iat,
    exp: iat + LIFETIME_SECONDS,
    maxAgeSeconds: policy.maxAgeSeconds,
    deadlineAt: policy.deadlineAt,
  };
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
  return `${PROTECTED}.${payload}.${signatureOf(payload, scope.key)}`;
}

/** Errors: SUBGRAPH_UNAUTHENTICATED for a header that is missing, malformed, expired, altered, or made for another subgraph or body. */
export function verifyPolicy(header: string | undefined, scope: HeaderScope): RequestPolicy {
  if (header === undefined || header === '') throw refused('is missing');
  if (header.length > MAX_LENGTH) throw refused('is too long');
  const [protectedPart, payload, signature, ...rest] = header.split('.');
  // The algorithm is not read from the header: there is one, so `alg: none` and confusion attacks have no place to start.
  if (protectedPart !== PROTECTED || payload === undefined || signature === undefined || rest.length > 0) {
    throw refused('is malformed');
  }
  if (!sameText(signature, signatureOf(payload, scope.key))) throw refused('is not signed by the gateway');

  const claims = claimsSchema.safeParse(parseJson(payload));
  if (!claims.success) throw refused('has unexpected claims');
  const { data } = claims;
  const nowSeconds = scope.now / 1000;
  if (data.aud !== scope.subgraph) throw refused('is meant for another subgraph');
  if (data.exp <= nowSeconds || data.exp - data.iat > LIFETIME_SECONDS) throw refused('is expired');
  if (data.iat > nowSeconds + 5) throw refused('comes from the future');
  if (!sameText(data.bodyHash, hashOf(scope.body))) throw refused('does not belong to this body');
  return {
    principal: {
      id: data.sub,
      role: data.role,
      scopes: data.scopes,
      ...(data.customerId === undefined ? {} : { customerId: data.customerId }),
    },
    purpose: data.purpose,
    ...(data.contact === undefined ? {} : { contact: data.contact }),
    ...(data.template === undefined ? {} : { template: data.template }),
    maxAgeSeconds: data.maxAgeSeconds,
    deadlineAt: data.deadlineAt,
    requestId: data.op,
  };
}

function refused(what: string) {
  return facetError('SUBGRAPH_UNAUTHENTICATED', `The ${POLICY_HEADER} header ${what}.`);
}

function signatureOf(payload: string, key: string): string {
  return createHmac('sha256', key).update(`${PROTECTED}.${payload}`).digest('base64url');
}

function hashOf(body: string | Uint8Array): string {
  return hash('sha256', body, 'base64url');
}

function sameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function parseJson(base64url: string): unknown {
  try {
    return JSON.parse(Buffer.from(base64url, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
