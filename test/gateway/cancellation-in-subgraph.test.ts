/** What a source asks of its vendor for a read ends with the reader, whether the source runs in the gateway's process or in its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectSubgraph, inProcessTransport } from '../../gateway/execute/fetch';
import type { SubgraphTransport } from '../../gateway/execute/fetch';
import { composeSupergraph } from '../../gateway/supergraph';
import { crm } from '../../subgraphs/crm';
import { openEmbeddedStore } from '../../subgraphs/profiles/store/embedded';
import { serveSubgraph } from '../../subgraphs/serve';
import type { Source } from '../../subgraphs/source';
import { startSubgraphs } from '../../subgraphs/start';
import { contact } from '../profiles/opened-profiles';
import { listen, openTestGraph, startGatewayOver } from './started-gateway';

const HOUR_MS = 3_600_000;
const closers: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

describe.each([['in the gateway’s process'], ['in a process of its own']])('A source %s', (where) => {
  it('hangs up on its vendor when the reader goes away, and blames nobody', async () => {
    const { url, query, vendorAsked, troubles } = await started(where === 'in a process of its own');
    const reader = new AbortController();
    const asked = fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-purpose': 'DATA_SUBJECT_RIGHTS' },
      body: JSON.stringify({ query }),
      signal: reader.signal,
    });
    const { ended } = await vendorAsked;
    reader.abort();
    await expect(asked).rejects.toThrow('abort');
    expect(await ended).toBe('abandoned');
    expect(troubles).toEqual([]);
  });
});

async function started(isRemote: boolean) {
  const { vendor, vendorAsked } = await hangingVendor();
  const folder = await mkdtemp(path.join(tmpdir(), 'facet-cancel-'));
  const store = await openEmbeddedStore({ path: path.join(folder, 'store'), now: Date.now });
  const troubles: unknown[] = [];
  const subgraphs = startSubgraphs({
    sources: [crm as Source],
    settings: { HUBSPOT_URL: vendor.url, HUBSPOT_TOKEN: 'unused' },
    store,
    secrets: {
      encryptionKeys: [],
      signing: 'signing secret of the tests',
      maskKey: 'mask',
      identity: { version: 1, value: 'identity' },
    },
    senderNamespaces: [],
    // Nothing here ends because its time is up.
    subgraphTimeoutMs: HOUR_MS,
    now: Date.now,
    onTrouble: (trouble) => troubles.push(trouble),
  });
  const records = [contact('1', { email: 'ada@example.com', name: 'Ada' })];
  await subgraphs.syncs[0]?.ingest({ source: 'crm', records, fetchedAt: Date.now() - HOUR_MS });
  const [profile] = await store.listProfiles({ limit: 1 });

  const transports: Record<string, SubgraphTransport> = Object.fromEntries(
    Object.entries(subgraphs.endpoints).map(([name, endpoint]) => [name, inProcessTransport(endpoint)]),
  );
  const endpoint = subgraphs.endpoints.crm;
  if (isRemote && endpoint !== undefined) {
    const key = 'k'.repeat(32);
    const served = await serveSubgraph({ name: 'crm', key, host: '127.0.0.1', port: 0, now: Date.now, endpoint });
    const remote = connectSubgraph({ name: 'crm', url: `${served.url}/graphql`, key, now: Date.now });
    transports.crm = remote.transport;
    closers.push(
      () => served.close(),
      () => remote.close(),
    );
  }
  const graph = await openTestGraph({
    supergraphSdl: composeSupergraph(subgraphs.contracts.map((each) => ({ ...each, url: 'http://nowhere.invalid' }))),
    transports,
    subgraphTimeoutMs: HOUR_MS,
  });
  const gateway = await startGatewayOver(graph, {
    now: () => Date.now() + HOUR_MS,
    principal: { id: 'officer', role: 'PRIVACY_OFFICER', scopes: ['operations:adhoc'] },
  });
  closers.push(
    () => rm(folder, { recursive: true }),
    () => store.close(),
    () => subgraphs.close(),
    () => gateway.close(),
  );
  const query = `{ customer(id: "${profile?.id}") { contact { firstName } } }`;
  return { url: gateway.url, query, vendorAsked, troubles };
}

/** Takes the first call and never answers it. */
async function hangingVendor() {
  let tell: (call: { readonly ended: Promise<string> }) => void = () => {};
  const vendorAsked = new Promise<{ readonly ended: Promise<string> }>((resolve) => (tell = resolve));
  const vendor = await listen((_request, response: ServerResponse) => {
    const ended = new Promise<string>((resolve) => {
      response.once('close', () => resolve(response.writableFinished ? 'answered' : 'abandoned'));
    });
    // Within a callback, so that the promise is handed over and not waited for.
    tell({ ended });
  });
  closers.push(() => vendor.close());
  return { vendor, vendorAsked };
}
