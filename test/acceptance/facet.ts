/** The whole of Facet for a test: real sockets, the real store in a folder of its own, simulated vendors, and a clock that can be moved. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DEMO_PRINCIPALS } from '../../gateway/dev-credentials';
import { parseGatewayConfig } from '../../gateway/config';
import { createLogger } from '../../gateway/log';
import { startFacet } from '../../deploy/start';
import type { Facet, StartOptions } from '../../deploy/start';
import type { HardCase, Vendor } from '../../simulator/simulator';
import { sources } from '../../subgraphs/sources';
import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';

export type Principal = keyof typeof DEMO_PRINCIPALS;

export interface Answer<Body = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
  /** Milliseconds the client waited. */
  readonly tookMs: number;
}

export interface GraphQLBody {
  data?: Record<string, unknown> | null;
  errors?: Array<{ message: string; path?: Array<string | number>; extensions: { code: string } }>;
  extensions?: { privacy?: { withheld: unknown[]; masked: unknown[] }; freshness?: { stale: unknown[] } };
}

export interface TestFacet {
  readonly facet: Facet;
  readonly token: (principal: Principal) => string;
  /** Every line logged so far. */
  readonly logged: () => string;
  template(name: string, id: string, options?: RequestOptions): Promise<Answer>;
  graphql(
    query: string,
    options?: RequestOptions & { variables?: Record<string, unknown>; extensions?: unknown },
  ): Promise<Answer<GraphQLBody>>;
  fetch(pathname: string, options?: RequestOptions & RequestInit): Promise<Answer>;
  /** Customer ids of everybody who has all the cases; people whose records the vendors mix up are left out. */
  customersWith(...cases: HardCase[]): Promise<string[]>;
  /** What the vendor was asked since the last `forget`. */
  asked(vendor: Vendor): Promise<Array<{ path: string; ids: string[] }>>;
  forget(): Promise<void>;
  fault(vendor: Vendor, faults: Record<string, unknown>): Promise<void>;
  close(): Promise<void>;
  /** Moves Facet’s and the simulator’s clock ahead. */
  advance(ms: number): void;
}

export interface RequestOptions {
  readonly as?: Principal;
  /** A token in place of a demo principal's. */
  readonly bearer?: string;
  readonly purpose?: string;
}

export async function startTestFacet(
  options: {
    customers?: number;
    environment?: Record<string, string>;
    sourceSettings?: Record<string, string>;
    sources?: StartOptions['sources'];
  } & Pick<StartOptions, 'wrapStore'> = {},
): Promise<TestFacet> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'facet-test-'));
  let offsetMs = 0;
  const lines: string[] = [];
  const destination = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString());
      done();
    },
  });
  const facet = await startFacet({
    config: parseGatewayConfig({ PORT: '0', FACET_DATA_DIR: dataDir, ...options.environment }),
    sourceSettings: options.sourceSettings ?? {},
    simulator: { customers: options.customers ?? 100 },
    sources: options.sources ?? sources,
    templatesDir: path.join(__dirname, '..', '..', 'schema', 'templates'),
    log: createLogger({ level: 'info', destination }),
    now: () => Date.now() + offsetMs,
    ...(options.wrapStore === undefined ? {} : { wrapStore: options.wrapStore }),
  });
  const credentials = JSON.parse(readFileSync(path.join(dataDir, 'dev-credentials.json'), 'utf8')) as Record<
    Principal,
    string
  >;
  const simulatorUrl = facet.simulator?.urls.hubspot ?? '';

  const ask = async (
    url: string,
    { as = 'renderer', bearer, purpose, ...init }: RequestOptions & RequestInit,
  ): Promise<Answer> => {
    const startedAt = performance.now();
    const response = await fetch(url, {
      ...init,
      headers: {
        authorization: `Bearer ${bearer ?? credentials[as]}`,
        ...(purpose === undefined ? {} : { 'x-purpose': purpose }),
        ...(init.headers as Record<string, string> | undefined),
      },
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson ? JSON.parse(text) : { text }) as Record<string, unknown>,
      tookMs: performance.now() - startedAt,
    };
  };
  const control = async (pathname: string, init: RequestInit = {}) => {
    const response = await fetch(`${simulatorUrl}/__simulator${pathname}`, init);
    if (!response.ok) throw new Error(`The simulator answered ${response.status} to ${pathname}.`);
    return response;
  };

  return {
    facet,
    token: (principal) => credentials[principal],
    logged: () => lines.join(''),
    fetch: (pathname, request = {}) => ask(`${facet.url}${pathname}`, request),
    template: (name, id, request = {}) => ask(`${facet.url}/v1/templates/${name}/customers/${id}`, request),
    graphql: (query, { variables, extensions, ...request } = {}) =>
      ask(`${facet.url}/graphql`, {
        ...request,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables, extensions }),
      }) as Promise<Answer<GraphQLBody>>,
    customersWith: async (...cases) => {
      const people = facet.simulator?.population.examples(...cases) ?? [];
      const clear = people.filter(
        ({ cases: all }) => !all.includes('crossIdConflict') || cases.includes('crossIdConflict'),
      );
      const identities = clear.map(({ hubspotIds: [hubspotId], shopifyId }) =>
        hubspotId === undefined
          ? { namespace: 'shopify.customer', value: shopifyId ?? '' }
          : { namespace: 'hubspot.contact', value: hubspotId },
      );
      const ids = await facet.parts.store.findCustomerIds(identities.map((each) => facet.parts.registry.keyOf(each)));
      return [...new Set(ids.flat())];
    },
    asked: async (vendor) =>
      (await (await control(`/requests?vendor=${vendor}`)).json()) as Array<{ path: string; ids: string[] }>,
    forget: async () => {
      await control('/requests', { method: 'DELETE' });
    },
    fault: async (vendor, faults) => {
      await control(`/faults/${vendor}`, { method: 'PUT', body: JSON.stringify(faults) });
    },
    advance: (ms) => {
      offsetMs += ms;
    },
    close: async () => {
      await facet.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The first of a list that must not be empty. */
export function first<Value>(values: readonly Value[]): Value {
  const [value] = values;
  if (value === undefined) throw new Error('Expected at least one, but there is none.');
  return value;
}
