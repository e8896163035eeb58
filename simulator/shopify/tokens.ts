/**
 * `POST /admin/oauth/access_token`: the client_credentials grant, as a form or as JSON. Tokens last a day.
 * Source: shopify.dev "client credentials grant"; error texts from memory.
 */
import { createAccessTokens } from '../access-tokens';
import { createAccessToken, sameSecret, type Credentials } from '../credentials';
import type { VendorReply, VendorRequest } from '../vendor';

export interface Tokens {
  /** Answers the token endpoint. */
  issue(request: VendorRequest): VendorReply;
  /** True while the token is one of ours and not a day old. */
  accepts(token: string | undefined): boolean;
}

const LIFE_SECONDS = 86_399;
const SCOPES = 'read_all_orders,read_customers,read_orders,read_products,write_customer_data_erasure';

/** Creates an empty token register. Units: `now` epoch milliseconds. */
export function createTokens(options: { credentials: Credentials['shopify']; now: () => number }): Tokens {
  const { credentials, now } = options;
  const tokens = createAccessTokens({ now });
  return {
    issue: (request) => {
      const form = parseForm(request);
      const refuse = (error: string, description: string): VendorReply => ({
        status: 400,
        headers: {},
        body: { error, error_description: description },
      });
      if (form.grant_type !== 'client_credentials') return refuse('unsupported_grant_type', 'Unsupported grant type');
      const known = sameSecret(form.client_id, credentials.clientId);
      if (!known) return refuse('application_cannot_be_found', 'No application has this client id');
      if (!sameSecret(form.client_secret, credentials.clientSecret)) {
        return refuse('invalid_client', 'The client secret is not valid');
      }
      const token = createAccessToken();
      tokens.issue({ token, lifeSeconds: LIFE_SECONDS });
      return { status: 200, headers: {}, body: { access_token: token, scope: SCOPES, expires_in: LIFE_SECONDS } };
    },
    accepts: tokens.accepts,
  };
}

function parseForm(request: VendorRequest): Record<string, string | undefined> {
  if (!(request.headers['content-type'] ?? '').includes('json')) {
    return Object.fromEntries(new URLSearchParams(request.body));
  }
  try {
    const value: unknown = JSON.parse(request.body);
    return typeof value === 'object' && value !== null ? (value as Record<string, string>) : {};
  } catch {
    return {};
  }
}
