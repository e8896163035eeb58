/**
 * `POST /oauth/tokens`: the client_credentials grant, as JSON or as a form. Scopes are echoed, not enforced.
 * Source: vendors.md §4; error texts from memory.
 */
import type { AccessTokens } from '../access-tokens';
import { createZendeskToken, sameSecret, type Credentials } from '../credentials';
import type { VendorReply, VendorRequest } from '../vendor';

const DEFAULT_LIFE_SECONDS = 7200;

/** Answers the token endpoint. Units: `expires_in` seconds, more than 300 and less than 172,800. */
export function issueToken(options: {
  request: VendorRequest;
  credentials: Credentials['zendesk'];
  tokens: AccessTokens;
}): VendorReply {
  const { request, credentials, tokens } = options;
  const form = parseForm(request);
  const refuse = (status: number, error: string, description: string): VendorReply => ({
    status,
    headers: {},
    body: { error, error_description: description },
  });
  if (form.grant_type !== 'client_credentials') {
    return refuse(400, 'unsupported_grant_type', 'The authorization grant type is not supported.');
  }
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  const known = sameSecret(text(form.client_id), credentials.clientId);
  if (!known || !sameSecret(text(form.client_secret), credentials.clientSecret)) {
    return refuse(401, 'invalid_client', 'Client authentication failed.');
  }
  const lifeSeconds = Number(form.expires_in ?? DEFAULT_LIFE_SECONDS);
  if (!Number.isInteger(lifeSeconds) || lifeSeconds <= 300 || lifeSeconds >= 172_800) {
    return refuse(400, 'invalid_request', 'expires_in must be greater than 300 and less than 172800.');
  }
  const token = createZendeskToken();
  tokens.issue({ token, lifeSeconds });
  const scope = text(form.scope) ?? 'read';
  return {
    status: 200,
    headers: {},
    body: { access_token: token, token_type: 'bearer', scope, expires_in: lifeSeconds },
  };
}

function parseForm(request: VendorRequest): Record<string, unknown> {
  if (!(request.headers['content-type'] ?? '').includes('json')) {
    return Object.fromEntries(new URLSearchParams(request.body));
  }
  try {
    const value: unknown = JSON.parse(request.body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
