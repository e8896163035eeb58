/**
 * The simulator's own tokens and secrets: made at start, never in the repository, compared in constant time.
 * It must not read the environment or write files (state.ts keeps them).
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** What a connector needs to log in at each vendor. */
export interface Credentials {
  hubspot: { token: string };
  shopify: { clientId: string; clientSecret: string };
}

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');

/** Makes fresh credentials that look like the vendors'. */
export function createCredentials(): Credentials {
  return {
    hubspot: { token: `pat-eu1-${hex(4)}-${hex(2)}-${hex(2)}-${hex(2)}-${hex(6)}` },
    shopify: { clientId: hex(16), clientSecret: `shpss_${hex(16)}` },
  };
}

/** Makes an access token of Shopify's form. */
export const createAccessToken = (): string => `shpat_${hex(16)}`;

/** Compares secrets in a time that tells nothing about where, or in length, they differ. */
export function sameSecret(given: string | undefined, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given ?? ''), digest(expected)) && given !== undefined;
}
