/**
 * Who asks: a bearer token (JWT) becomes a principal. Must not decide what the principal may see, nor log a token.
 *
 * Source: RFC 7519, RFC 8725 (algorithms fixed, issuer and audience required).
 */
import { jwtVerify } from 'jose';
import type { JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { facetError } from '../schema/errors';
import { ROLES } from '../schema/policy';
import type { Principal } from '../schema/request-policy';

/** Issuer and audience of tokens that Facet makes for development. */
export const DEVELOPMENT_ISSUER = 'facet-development';
export const AUDIENCE = 'facet';

const ALGORITHMS = ['EdDSA', 'RS256', 'ES256'];
const CLOCK_TOLERANCE_SECONDS = 5;
/** Verifying a signature costs some 100 µs; a sender comes back with the same token thousands of times. */
const MAX_REMEMBERED = 10_000;
/** Longer than any token in use; anything above is refused unread. */
const MAX_TOKEN_LENGTH = 8_192;

const claimsSchema = z.object({
  sub: z.string().min(1),
  role: z.enum(ROLES),
  /** Space-separated, as RFC 8693 § 4.2 has it. */
  scope: z.string().default(''),
  customer_id: z.string().optional(),
  exp: z.number(),
});

export interface AuthenticateOptions {
  readonly keys: JWTVerifyGetKey;
  readonly issuer: string;
  readonly audience: string;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}

export type Authenticate = (authorization: string | undefined) => Promise<Principal>;

/** Errors: UNAUTHENTICATED, with one message for all causes but the missing header. */
export function createAuthenticate({ keys, issuer, audience, now }: AuthenticateOptions): Authenticate {
  const remembered = new Map<string, { readonly principal: Principal; readonly expiresAt: number }>();

  return async (authorization) => {
    const token = /^Bearer ([\w.~+/=-]+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) {
      throw facetError('UNAUTHENTICATED', 'Expected the header "authorization: Bearer <token>".');
    }
    const known = remembered.get(token);
    if (known !== undefined && known.expiresAt > now()) return known.principal;
    remembered.delete(token);

    const { principal, expiresAt } = await verify(token);
    if (remembered.size >= MAX_REMEMBERED) remembered.delete(remembered.keys().next().value ?? '');
    remembered.set(token, { principal, expiresAt });
    return principal;
  };

  async function verify(token: string) {
    try {
      if (token.length > MAX_TOKEN_LENGTH) throw new Error('too long');
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(now()),
        requiredClaims: ['exp', 'sub'],
      });
      const claims = claimsSchema.parse(payload);
      if (claims.role === 'DATA_SUBJECT' && claims.customer_id === undefined) throw new Error('no customer_id');
      const principal: Principal = {
        id: claims.sub,
        role: claims.role,
        scopes: claims.scope.split(' ').filter((scope) => scope !== ''),
        ...(claims.customer_id === undefined ? {} : { customerId: claims.customer_id }),
      };
      return { principal, expiresAt: claims.exp * 1000 };
    } catch {
      // Which check failed is of use to an attacker only.
      throw facetError('UNAUTHENTICATED', 'Expected a valid token, but this one is not accepted.');
    }
  }
}
