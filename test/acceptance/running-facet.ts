/**
 * A whole Facet as its users have it: the built program in processes of its own, real sockets, the real store in a folder of its own,
 * simulated vendors. In which mode, the project of jest.config.cjs says. A test looks at it from outside; what it does to it (a clock
 * moved, records lost) goes through interventions.cjs.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openDevIssuer } from '../../gateway/dev-credentials';
import type { DEMO_PRINCIPALS, DevIssuer } from '../../gateway/dev-credentials';
import type { Credentials } from '../../simulator/credentials';
import { createPopulation } from '../../simulator/population';
import type { HardCase, Population, Vendor } from '../../simulator/simulator';
import { createStorePlace, STORE } from './store-server';
import type { StorePlace } from './store-server';

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

export interface RequestOptions {
  readonly as?: Principal;
  /** A token in place of a demo principal's. */
  readonly bearer?: string;
  readonly purpose?: string;
}

export interface RunningFacet {
  /** The gateway's. */
  readonly url: string;
  readonly dataDir: string;
  /** Environment variables that say where the store is; none for the data folder. */
  readonly storeEnvironment: Readonly<Record<string, string>>;
  /** Whom the simulated vendors know. */
  readonly population: Population;
  readonly simulator: Readonly<Record<Vendor, string>>;
  readonly vendorCredentials: Credentials;
  readonly token: (principal: Principal) => string;
  /** A token of the development issuer's. */
  issue(claims: Parameters<DevIssuer['issue']>[0]): Promise<string>;
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
  /** Reads of the store since the last `forget`: `crm: 100`. */
  storeReads(): string[];
  forget(): Promise<void>;
  fault(vendor: Vendor, faults: Record<string, unknown>): Promise<void>;
  /** Changes a record as the vendor would, webhook included. */
  changeAt(vendor: Vendor, id: string, properties: Record<string, unknown>): Promise<void>;
  /** Any other control of the simulator's: `/tickets`. */
  control(pathname: string, init?: { readonly method?: string; readonly body?: unknown }): Promise<unknown>;
  /** Moves every process's clock ahead. */
  advance(ms: number): void;
  /** From now on the store has lost the records of this source ("*": of all; null: of none). */
  lose(source: string | null): void;
  /** Ends it by SIGTERM, and starts it again on what it had stored. */
  restart(): Promise<RunningFacet>;
  close(): Promise<void>;
}

const ROOT = path.join(__dirname, '..', '..');
const START_MS = STORE === 'mongodb' ? 220_000 : 60_000;
const MODE = (globalThis as { FACET_MODE?: string }).FACET_MODE ?? 'single';

interface RunOptions {
  readonly customers?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** Folder of the built program, when it is not ours. */
  readonly distDir?: string;
}

/** What a Facet keeps while it does not run. */
interface Kept {
  readonly dataDir: string;
  readonly storePlace: StorePlace;
}

export async function runFacet(options: RunOptions = {}): Promise<RunningFacet> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'facet-test-'));
  return startFacet({ dataDir, storePlace: await createStorePlace() }, options);
}

async function startFacet({ dataDir, storePlace }: Kept, options: RunOptions): Promise<RunningFacet> {
  const interventions = { advanceMs: 0, lost: null as string | null };
  const intervene = () => {
    // Replaced, not overwritten: every process reads it at any moment.
    writeFileSync(path.join(dataDir, 'interventions.new'), JSON.stringify(interventions));
    renameSync(path.join(dataDir, 'interventions.new'), path.join(dataDir, 'interventions.json'));
  };
  intervene();

  const distDir = options.distDir ?? path.join(ROOT, 'dist');
  const child = spawn(
    process.execPath,
    ['--require', path.join(__dirname, 'interventions.cjs'), path.join(distDir, 'deploy', 'main.js')],
    {
      env: {
        PATH: process.env.PATH,
        PORT: '0',
        FACET_MODE: MODE,
        FACET_DATA_DIR: dataDir,
        FACET_LOG_LEVEL: 'info',
        SIMULATOR_CUSTOMERS: String(options.customers ?? 100),
        ...storePlace.environment,
        ...options.environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const stop = async () => {
    if (isRunning()) child.kill('SIGTERM');
    await ended;
  };
  const close = async () => {
    await stop();
    await rm(dataDir, { recursive: true, force: true });
    await storePlace.remove();
  };
  for (const giveUpAt = Date.now() + START_MS; !/^ready$/m.test(output.stdout); await pause(20)) {
    if (isRunning() && Date.now() < giveUpAt) continue;
    await close();
    throw new Error(`Expected Facet to become ready, but it did not.\n${output.stdout}\n${output.stderr}`);
  }

  const read = <Value>(...file: string[]) => JSON.parse(readFileSync(path.join(dataDir, ...file), 'utf8')) as Value;
  const endpoints = read<{ gateway: string; simulator: Record<Vendor, string> }>('endpoints.json');
  const credentials = read<Record<Principal, string>>('dev-credentials.json');
  const population = createPopulation(
    read<{ seed: number; customers: number; epochMs: number }>('simulator', 'state.json'),
  );
  const issuer = await openDevIssuer(dataDir, () => Date.now() + interventions.advanceMs);

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
  const graphql: RunningFacet['graphql'] = (query, { variables, extensions, ...request } = {}) =>
    ask(`${endpoints.gateway}/graphql`, {
      ...request,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables, extensions }),
    }) as Promise<Answer<GraphQLBody>>;
  const control = async (pathname: string, init: RequestInit = {}) => {
    const response = await fetch(`${endpoints.simulator.hubspot}/__simulator${pathname}`, init);
    if (!response.ok) throw new Error(`The simulator answered ${response.status} to ${pathname}.`);
    return response;
  };
  const readsFile = path.join(dataDir, 'store-reads.txt');

  return {
    url: endpoints.gateway,
    dataDir,
    storeEnvironment: storePlace.environment,
    population,
    simulator: endpoints.simulator,
    vendorCredentials: read<Credentials>('simulator', 'credentials.json'),
    token: (principal) => credentials[principal],
    issue: (claims) => issuer.issue(claims),
    logged: () => output.stderr,
    fetch: (pathname, request = {}) => ask(`${endpoints.gateway}${pathname}`, request),
    template: (name, id, request = {}) => ask(`${endpoints.gateway}/v1/templates/${name}/customers/${id}`, request),
    graphql,
    customersWith: async (...cases) => {
      const clear = population
        .examples(...cases)
        .filter(({ cases: all }) => !all.includes('crossIdConflict') || cases.includes('crossIdConflict'));
      const identities = clear.map(({ hubspotIds: [hubspotId], shopifyId }) =>
        hubspotId === undefined ? ['shopify.customer', shopifyId] : ['hubspot.contact', hubspotId],
      );
      const ids: string[] = [];
      for (let start = 0; start < identities.length; start += LOOK_UPS) {
        const fields = identities
          .slice(start, start + LOOK_UPS)
          .map(
            ([namespace, value], index) =>
              `c${index}: customerByIdentity(namespace: "${namespace}", value: "${value}") { id }`,
          );
        const { body } = await graphql(`{ ${fields.join('\n')} }`, {
          as: 'privacyOfficer',
          purpose: 'DATA_SUBJECT_RIGHTS',
        });
        if (body.errors) throw new Error(`Nobody could be found: ${JSON.stringify(body.errors)}`);
        ids.push(...Object.values(body.data ?? {}).flatMap((found) => (found ? [(found as { id: string }).id] : [])));
      }
      return [...new Set(ids)];
    },
    asked: async (vendor) =>
      (await (await control(`/requests?vendor=${vendor}`)).json()) as Array<{ path: string; ids: string[] }>,
    storeReads: () => (existsSync(readsFile) ? readFileSync(readsFile, 'utf8').trim().split('\n') : []),
    forget: async () => {
      await control('/requests', { method: 'DELETE' });
      await rm(readsFile, { force: true });
    },
    fault: async (vendor, faults) => {
      await control(`/faults/${vendor}`, { method: 'PUT', body: JSON.stringify(faults) });
    },
    changeAt: async (vendor, id, properties) => {
      await control(`/customers/${vendor}/${id}`, { method: 'PATCH', body: JSON.stringify(properties) });
    },
    control: async (pathname, { method = 'POST', body = {} } = {}) => {
      const response = await control(pathname, { method, ...(method === 'GET' ? {} : { body: JSON.stringify(body) }) });
      return response.status === 204 ? null : ((await response.json()) as unknown);
    },
    advance: (ms) => {
      interventions.advanceMs += ms;
      intervene();
    },
    lose: (source) => {
      interventions.lost = source;
      intervene();
    },
    restart: async () => {
      await stop();
      return startFacet({ dataDir, storePlace }, options);
    },
    close,
  };
}

/** As many as aliases an operation may have. */
const LOOK_UPS = 15;

/** The first of a list that must not be empty. */
export function first<Value>(values: readonly Value[]): Value {
  const [value] = values;
  if (value === undefined) throw new Error('Expected at least one, but there is none.');
  return value;
}
