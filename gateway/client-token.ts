/**
 * A client's token (JWT) becomes a principal. Must not decide what the principal may see, nor log a token.
 *
 * Source: RFC 7519; RFC 8725, whose attacks are the table of test/gateway/client-token-attacks.test.ts.
 */
import { jwtVerify } from 'jose';
import type { JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { errorCodeOf, facetError } from '../schema/errors';
import { ROLES } from '../schema/policy';
import type { Principal } from '../schema/request-policy';
import { readScopes } from './scopes';

/** Issuer and audience of tokens that Facet makes for development. */
export const DEVELOPMENT_ISSUER = 'facet-development';
export const AUDIENCE = 'facet';

/** Asymmetric ones only: no key here could ever be taken for a shared secret. */
const ALGORITHMS = ['EdDSA', 'RS256', 'ES256'];
/** RFC 8725 § 3.11: a token that says it is something else (a logout token, a policy header) is no credential. */
const TYPES = ['jwt', 'at+jwt'];
const CLOCK_TOLERANCE_SECONDS = 5;
/** Verifying a signature costs some 100 µs; a sender comes back with the same token thousands of times. */
const MAX_REMEMBERED = 10_000;
/** A key its issuer has withdrawn is not believed for longer than this and the age of the fetched keys. */
const REMEMBERED_MS = 5 * 60_000;
/** Longer than any token in use; anything above is refused unread. */
const MAX_TOKEN_LENGTH = 8_192;

const claimsSchema = z.object({
  sub: z.string().min(1),
  role: z.enum(ROLES),
  /** Space-separated, as RFC 8693 § 4.2 has it. */
  scope: z.string().default(''),
  customer_id: z.string().min(1).optional(),
  exp: z.number(),
});

export interface ClientTokenOptions {
  readonly keys: JWTVerifyGetKey;
  readonly issuer: string;
  readonly audience: string;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}

export type VerifyToken = (token: string) => Promise<Principal>;

/** Errors: UNAUTHENTICATED, with one message for all causes; KEYS_UNAVAILABLE. */
export function createVerifyToken({ keys, issuer, audience, now }: ClientTokenOptions): VerifyToken {
  const remembered = new Map<string, { readonly principal: Principal; readonly until: number }>();

  return async (token) => {
    const known = remembered.get(token);
    if (known !== undefined && known.until > now()) return known.principal;
    remembered.delete(token);

    const { principal, expiresAt } = await verify(token);
    if (remembered.size >= MAX_REMEMBERED) remembered.delete(remembered.keys().next().value ?? '');
    remembered.set(token, { principal, until: Math.min(expiresAt, now() + REMEMBERED_MS) });
    return principal;
  };

  async function verify(token: string) {
    try {
      if (token.length > MAX_TOKEN_LENGTH) throw new Error('too long');
      const { payload, protectedHeader } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(now()),
      });
      const type = (protectedHeader.typ ?? 'JWT').toLowerCase().replace(/^application\//, '');
      if (!TYPES.includes(type)) throw new Error('another kind of token');
      const claims = claimsSchema.parse(payload);
      if (claims.role === 'DATA_SUBJECT' && claims.customer_id === undefined) throw new Error('no customer_id');
      const principal: Principal = {
        id: claims.sub,
        role: claims.role,
        scopes: readScopes(claims.scope, claims.role),
        ...(claims.customer_id === undefined ? {} : { customerId: claims.customer_id }),
      };
      return { principal, expiresAt: claims.exp * 1000 };
    } catch (error) {
      // Nobody's fault but the issuer's: the sender is to come again.
      if (errorCodeOf(error) === 'KEYS_UNAVAILABLE') throw error;
      // Which check failed is of use to an attacker only.
      throw facetError('UNAUTHENTICATED', 'Expected a valid token, but this one is not accepted.');
    }
  }
}
