/**
 * How the tests of this folder call the simulated vendors: plain fetch on real sockets, without any connector of ours.
 */
import type { PersonRef, Simulator, Vendor } from '../../simulator/simulator';

export interface Answer {
  status: number;
  headers: Headers;
  // Tests look into whatever came back.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any;
}

export async function call(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
}

const json = (method: string, body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method,
  headers: { 'content-type': 'application/json', ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

/** A HubSpot call with the right token. */
export const hubspot = (simulator: Simulator, method: string, path: string, body?: unknown): Promise<Answer> => {
  const headers = { authorization: `Bearer ${simulator.credentials.hubspot.token}` };
  return call(
    `${simulator.urls.hubspot}${path}`,
    body === undefined ? { method, headers } : json(method, body, headers),
  );
};

/** A control call, on the vendor's port. */
export const control = (simulator: Simulator, method: string, path: string, body?: unknown, port: Vendor = 'hubspot') =>
  call(`${simulator.urls[port]}/__simulator/${path}`, body === undefined ? { method } : json(method, body));

/** A PostHog call with the right token, below the project's path. */
export const posthog = (simulator: Simulator, method: string, path: string, body?: unknown): Promise<Answer> => {
  const { token, projectId } = simulator.credentials.posthog;
  const headers = { authorization: `Bearer ${token}` };
  return call(
    `${simulator.urls.posthog}/api/projects/${projectId}/${path}`,
    body === undefined ? { method, headers } : json(method, body, headers),
  );
};

/** A fresh Zendesk access token. */
export async function zendeskToken(simulator: Simulator): Promise<string> {
  const { clientId, clientSecret } = simulator.credentials.zendesk;
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, scope: 'read' };
  const { body } = await call(`${simulator.urls.zendesk}/oauth/tokens`, json('POST', form));
  return body.access_token;
}

/** A Zendesk call below `/api/v2/`. */
export const zendesk = (simulator: Simulator, token: string, path: string, method = 'GET'): Promise<Answer> =>
  call(`${simulator.urls.zendesk}/api/v2/${path}`, { method, headers: { authorization: `Bearer ${token}` } });

/** A fresh Shopify access token. */
export async function shopifyToken(simulator: Simulator): Promise<string> {
  const { clientId, clientSecret } = simulator.credentials.shopify;
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
  const { body } = await call(`${simulator.urls.shopify}/admin/oauth/access_token`, json('POST', form));
  return body.access_token;
}

/** A Shopify query, with a token fetched for it unless one is given. */
export async function shopify(options: {
  simulator: Simulator;
  query: string;
  variables?: Record<string, unknown>;
  version?: string;
  token?: string;
}): Promise<Answer> {
  const { simulator, query, variables, version = '2026-07' } = options;
  const token = options.token ?? (await shopifyToken(simulator));
  return call(
    `${simulator.urls.shopify}/admin/api/${version}/graphql.json`,
    json('POST', { query, variables }, { 'x-shopify-access-token': token }),
  );
}

/** The first person with all of the cases. */
export function example(simulator: Simulator, ...cases: Parameters<Simulator['population']['examples']>): PersonRef {
  const person = simulator.population.examples(...cases)[0];
  if (!person) throw new Error(`nobody has ${cases.join(' and ')}`);
  return person;
}

export const customerGid = (person: PersonRef): string => `gid://shopify/Customer/${person.shopifyId}`;

/** A clock turned by hand. */
export function handClock(startMs = Date.UTC(2026, 10, 23, 12)): { now: () => number; advance: (ms: number) => void } {
  let at = startMs;
  return { now: () => at, advance: (ms) => (at += ms) };
}

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
