/** A whole Facet with simulated vendors, as `npm start` makes it, and who may ask it. Must not measure. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Children } from './child';
import { processOf, treeOf } from './process-usage';
import type { Server } from './rounds';

export type Mode = 'single' | 'distributed';

export interface MeasuredFacet {
  readonly server: Server;
  readonly token: string;
  readonly officerToken: string;
  readonly customerIds: readonly string[];
  /** Calls of vendors since the start or the last time this was asked. */
  takeVendorCalls(): Promise<number>;
}

export const CUSTOMERS = 1_000;

/** Errors: it does not start, or has fewer customers than expected. */
export async function startFacet(
  children: Children,
  options: {
    readonly mode: Mode;
    readonly dist: string;
    readonly dataDir: string;
    readonly searchPath: string;
    readonly nodeFlags?: readonly string[];
  },
): Promise<MeasuredFacet> {
  const { mode, dist, dataDir, searchPath, nodeFlags = [] } = options;
  const { pid } = await children.start({
    name: `Facet, ${mode}`,
    command: [process.execPath, ...nodeFlags, path.join(dist, 'deploy', 'main.js')],
    environment: {
      PATH: searchPath,
      NODE_ENV: 'production',
      PORT: '0',
      FACET_MODE: mode,
      FACET_DATA_DIR: dataDir,
      SIMULATOR_CUSTOMERS: String(CUSTOMERS),
    },
    core: 'measured',
    until: /^ready$/m,
  });
  const read = (name: string) => JSON.parse(readFileSync(path.join(dataDir, name), 'utf8')) as unknown;
  const { gateway, simulator } = read('endpoints.json') as { gateway: string; simulator: Record<string, string> };
  const { renderer = '', admin = '', privacyOfficer = '' } = read('dev-credentials.json') as Record<string, string>;

  const all = treeOf(pid);
  const front = mode === 'single' ? pid : processOf(all, path.join(dist, 'gateway', 'main.js'));
  const takeVendorCalls = async () => {
    const counts = Object.entries(simulator).map(async ([vendor, url]) => {
      const log = `${url}/__simulator/requests?vendor=${vendor}`;
      const calls = (await (await fetch(log)).json()) as unknown[];
      await fetch(log, { method: 'DELETE' });
      return calls.length;
    });
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  };
  await takeVendorCalls();
  return {
    server: { name: `facet, ${mode}`, url: gateway, processes: { front: [front], all } },
    token: renderer,
    officerToken: privacyOfficer,
    customerIds: await customerIdsOf(gateway, admin),
    takeVendorCalls,
  };
}

const PAGE = `query ($after: String) {
  searchCustomers(first: 100, after: $after) { edges { node { id } } pageInfo { endCursor hasNextPage } }
}`;

async function customerIdsOf(gateway: string, token: string): Promise<string[]> {
  interface Page {
    readonly edges: ReadonlyArray<{ readonly node: { readonly id: string } }>;
    readonly pageInfo: { readonly endCursor: string; readonly hasNextPage: boolean };
  }
  const ids: string[] = [];
  for (let after: string | null = null, isLast = false; !isLast;) {
    const response = await fetch(`${gateway}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query: PAGE, variables: { after } }),
    });
    const { data } = (await response.json()) as { data: { searchCustomers: Page } };
    const { edges, pageInfo } = data.searchCustomers;
    ids.push(...edges.map(({ node }) => node.id));
    after = pageInfo.endCursor;
    isLast = !pageInfo.hasNextPage;
  }
  if (ids.length < CUSTOMERS / 2) throw new Error(`Expected about ${CUSTOMERS} customers, but got ${ids.length}.`);
  return ids;
}
