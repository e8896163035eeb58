/**
 * The headers that say who we are to a vendor. A token is fetched once for all who wait for it, kept until a minute before it
 * ends, and given up when the vendor no longer takes it. Tokens and secrets leave this file in headers only.
 *
 * Source: RFC 6749 §4.4 (client credentials), §5.1 (answer).
 */
import { z } from 'zod';
import { NOT_JSON, type UpstreamResponse } from './call';
import { failureOfException, failureOfStatus, upstreamError, type Subject } from './error-map';
import { throttleOfStatus } from './retry';
import type { Transport } from './transport';

export type Auth =
  /** A token that somebody made by hand and that does not end: HubSpot service key, PostHog personal key. */
  | { readonly kind: 'bearer'; readonly token: string }
  /** A token fetched for an id and a secret: Shopify, Zendesk. */
  | {
      readonly kind: 'client_credentials';
      /** Below the base URL. */
      readonly tokenPath: string;
      readonly clientId: string;
      readonly clientSecret: string;
      readonly scope?: string;
      /** How long a token is asked to last; for vendors whose tokens last as long as one asks. */
      readonly lifetimeSeconds?: number;
      /** The header that takes the bare token. Default: `authorization`, as Bearer. */
      readonly tokenHeader?: string;
    };

export interface Credentials {
  /** Errors: UPSTREAM_UNAUTHENTICATED, _UNAVAILABLE, _THROTTLED, _INVALID. */
  headers(): Promise<Readonly<Record<string, string>>>;
  /** The vendor refused these headers: is there any use in asking for new ones? Forgets them if so. */
  renew(refused: Readonly<Record<string, string>>): boolean;
}

const tokenAnswer = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });

/** Used up to this long before its end, so that it does not end on the way. */
const MARGIN_MS = 60_000;
/** The fetch serves all who wait, so no caller's deadline bounds it. */
const TOKEN_TIMEOUT_MS = 10_000;

export function createCredentials(options: {
  readonly vendor: string;
  readonly auth: Auth;
  readonly transport: Transport;
  readonly now: () => number;
}): Credentials {
  const { auth, now } = options;
  if (auth.kind === 'bearer') {
    const headers = { authorization: `Bearer ${auth.token}` };
    return { headers: async () => headers, renew: () => false };
  }

  let current: { readonly headers: Record<string, string>; readonly until: number } | null = null;
  let pending: Promise<Record<string, string>> | null = null;

  async function fetchToken(): Promise<Record<string, string>> {
    const { access_token: token, expires_in: seconds } = await requestToken({
      ...options,
      auth: auth as ClientCredentials,
    });
    const { tokenHeader } = auth as ClientCredentials;
    const headers: Record<string, string> =
      tokenHeader === undefined ? { authorization: `Bearer ${token}` } : { [tokenHeader]: token };
    current = { headers, until: now() + seconds * 1_000 - MARGIN_MS };
    return headers;
  }

  return {
    async headers() {
      if (current !== null && now() < current.until) return current.headers;
      pending ??= fetchToken().finally(() => (pending = null));
      return pending;
    },
    renew(refused) {
      // Somebody else may have renewed meanwhile: then the new one is tried as it is.
      if (current?.headers === refused) current = null;
      return true;
    },
  };
}

type ClientCredentials = Extract<Auth, { kind: 'client_credentials' }>;

async function requestToken(options: {
  readonly vendor: string;
  readonly auth: ClientCredentials;
  readonly transport: Transport;
  readonly now: () => number;
}): Promise<z.infer<typeof tokenAnswer>> {
  const { vendor, auth, transport, now } = options;
  const subject: Subject = { vendor, name: 'access token' };
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: auth.clientId,
    client_secret: auth.clientSecret,
    ...(auth.scope !== undefined && { scope: auth.scope }),
    ...(auth.lifetimeSeconds !== undefined && { expires_in: String(auth.lifetimeSeconds) }),
  });
  let response: UpstreamResponse;
  try {
    response = await transport.exchange(
      { method: 'POST', path: auth.tokenPath, body: { kind: 'form', value: form } },
      AbortSignal.timeout(TOKEN_TIMEOUT_MS),
    );
  } catch (exception) {
    throw failureOfException(exception, subject).error;
  }
  const { status, body } = response;
  if (throttleOfStatus(response, now()) !== null) {
    throw upstreamError('UPSTREAM_THROTTLED', subject, 'expected a token, got throttled');
  }
  // RFC 6749 §5.2: a refused client is told with 400 as well as with 401.
  if (status === 400) throw upstreamError('UPSTREAM_UNAUTHENTICATED', subject, 'expected a token, got status 400');
  const failure = failureOfStatus(status, subject, null);
  if (failure !== null) throw failure.error;
  const parsed = tokenAnswer.safeParse(body === NOT_JSON ? undefined : body);
  if (!parsed.success)
    throw upstreamError('UPSTREAM_INVALID', subject, 'expected access_token and expires_in, got something else');
  return parsed.data;
}
