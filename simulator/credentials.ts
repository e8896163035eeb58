/**
 * The simulator's own tokens and secrets: made at start, never in the repository, compared in constant time.
 * It must not read the environment or write files (state.ts keeps them).
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** What a connector needs to log in at each vendor, and to verify its webhooks. */
export interface Credentials {
  /** `webhookSecret` is the app's client secret, which a token alone does not need. */
  hubspot: { token: string; webhookSecret: string };
  /** Shopify signs with the client secret: `webhookSecret` is the same. */
  shopify: { clientId: string; clientSecret: string; webhookSecret: string };
  /** `webhookSecret` is `whsec_` and base64, of Standard Webhooks. */
  posthog: { token: string; projectId: string; webhookSecret: string };
  zendesk: { clientId: string; clientSecret: string; webhookSecret: string };
}

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');

const uuid = (): string => [4, 2, 2, 2, 6].map(hex).join('-');

/**
 * Makes credentials that look like the vendors', keeping what `kept` has: a directory of an earlier version lacks some.
 */
export function createCredentials(kept: { [V in keyof Credentials]?: Partial<Credentials[V]> } = {}): Credentials {
  const clientSecret = kept.shopify?.clientSecret ?? `shpss_${hex(16)}`;
  return {
    hubspot: { token: `pat-eu1-${uuid()}`, webhookSecret: uuid(), ...kept.hubspot },
    shopify: { clientId: hex(16), ...kept.shopify, clientSecret, webhookSecret: clientSecret },
    posthog: {
      token: `phx_${randomBytes(32).toString('base64url')}`,
      projectId: '41234',
      webhookSecret: `whsec_${randomBytes(24).toString('base64')}`,
      ...kept.posthog,
    },
    zendesk: {
      clientId: 'facet_gateway',
      clientSecret: hex(32),
      webhookSecret: randomBytes(32).toString('base64'),
      ...kept.zendesk,
    },
  };
}

/** Makes an access token of Shopify's form. */
export const createAccessToken = (): string => `shpat_${hex(16)}`;

/** Makes an access token of Zendesk's form. */
export const createZendeskToken = (): string => hex(32);

/** Compares secrets in a time that tells nothing about where, or in length, they differ. */
export function sameSecret(given: string | undefined, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given ?? ''), digest(expected)) && given !== undefined;
}
