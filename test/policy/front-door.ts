/** A whole Facet in this process, with a clock and people of a test's own: what happens to them goes through the front door, as in practice. */
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inProcessTransport } from '../../gateway/execute/fetch';
import { composeSupergraph } from '../../gateway/supergraph';
import type { Principal } from '../../schema/request-policy';
import { createNotices } from '../../subgraphs/profiles/notices';
import { openStore } from '../../subgraphs/profiles/store/open-store';
import type { MappedRecord } from '../../subgraphs/source';
import { sources } from '../../subgraphs/sources';
import { startSubgraphs } from '../../subgraphs/start';
import type { Subgraphs } from '../../subgraphs/start';
import { openTestGraph, startGatewayOver } from '../gateway/started-gateway';

export interface FrontDoor {
  /** Without a trailing slash. */
  readonly url: string;
  readonly clock: { now: number };
  /** The subgraphs behind the gateway, each with its contract. */
  readonly subgraphs: Pick<Subgraphs, 'contracts' | 'endpoints'>;
  /** Takes in what a source tells. Answers the customer's id. */
  take(source: string, record: MappedRecord): Promise<string>;
  get(pathname: string, as?: string): Promise<Reply>;
  post(pathname: string, body?: string, headers?: Record<string, string>): Promise<Reply>;
  graphql(body: Record<string, unknown>, as: string, purpose?: string): Promise<Reply>;
  readonly documentIds: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

/** The renderer is one that no credential makes: it reads why, so that a scenario can tell one refusal from another. */
const PRINCIPALS: Readonly<Record<string, Principal>> = {
  renderer: { id: 'renderer', role: 'RENDERER', scopes: ['policy:explain'] },
  officer: { id: 'officer', role: 'PRIVACY_OFFICER', scopes: ['operations:adhoc', 'policy:explain'] },
};

/** Selects no address, and nothing that could be missing. */
const GREETING = `query Greeting($id: ID!) @template(purpose: EMAIL_MARKETING) {
  customer(id: $id) { contact { firstName } }
}`;
const TEMPLATES = path.join(__dirname, '..', '..', 'schema');
const NOWHERE = 'http://127.0.0.1:1';
/** What is tested is what is answered, however busy the machine is. */
const PATIENCE_MS = 10_000;

/** `principalOf`: who a bearer is, where it is not one of the two above. */
export async function openFrontDoor(
  today: number,
  {
    principalOf = () => undefined,
    senderNamespaces = [],
  }: { principalOf?: (bearer: string) => Principal | undefined; senderNamespaces?: readonly string[] } = {},
): Promise<FrontDoor> {
  const folder = await mkdtemp(path.join(tmpdir(), 'facet-scenarios-'));
  const templatesDir = path.join(folder, 'templates');
  await cp(path.join(TEMPLATES, 'templates'), templatesDir, { recursive: true });
  for (const beside of ['template.graphql', 'template-approvals.json']) {
    await cp(path.join(TEMPLATES, beside), path.join(folder, beside));
  }
  await writeFile(path.join(templatesDir, 'greeting.graphql'), GREETING);

  // Of the subgraphs; the gateway's own is for deadlines, which pass while the test runs.
  const clock = { now: today };
  const now = () => clock.now;
  const encryptionKeys = [Buffer.alloc(32, 7).toString('base64')];
  const store = await openStore({ dataDir: path.join(folder, 'data'), encryptionKeys, now });
  const subgraphs = startSubgraphs({
    sources,
    settings: {
      ...{ HUBSPOT_URL: NOWHERE, HUBSPOT_TOKEN: 'unused', SHOPIFY_URL: NOWHERE, SHOPIFY_CLIENT_ID: 'unused' },
      ...{ SHOPIFY_CLIENT_SECRET: 'unused', POSTHOG_URL: NOWHERE, POSTHOG_PROJECT_ID: '1', POSTHOG_TOKEN: 'unused' },
      ...{ ZENDESK_URL: NOWHERE, ZENDESK_CLIENT_ID: 'unused', ZENDESK_CLIENT_SECRET: 'unused' },
    },
    store,
    secrets: {
      ...{ encryptionKeys: [], signing: 'signing secret of the tests', maskKey: 'mask' },
      identity: { version: 1, value: 'identity secret of the tests' },
    },
    senderNamespaces,
    notices: createNotices([
      { id: 'privacy', version: '2024-06', sha256: null, validUntil: today - 10 * 86_400_000 },
      { id: 'privacy', version: '2026-01', sha256: null, validUntil: null },
    ]),
    subgraphTimeoutMs: PATIENCE_MS,
    now,
    onTrouble: () => {},
  });
  const graph = await openTestGraph({
    supergraphSdl: composeSupergraph(
      subgraphs.contracts.map(({ name, sdl }) => ({ name, sdl, url: `in-process:${name}` })),
    ),
    transports: Object.fromEntries(
      Object.entries(subgraphs.endpoints).map(([name, endpoint]) => [name, inProcessTransport(endpoint)]),
    ),
    templatesDir,
    subgraphTimeoutMs: PATIENCE_MS,
  });
  const gateway = await startGatewayOver(graph, {
    changes: subgraphs.feed,
    authenticate: (authorization) => {
      const bearer = (authorization ?? '').replace('Bearer ', '');
      const principal = PRINCIPALS[bearer] ?? principalOf(bearer);
      return principal === undefined ? Promise.reject(new Error('Nobody.')) : Promise.resolve(principal);
    },
  });
  const base = gateway.url.replace('/graphql', '');
  const ask = async (pathname: string, init: RequestInit): Promise<Reply> => {
    const response = await fetch(`${base}${pathname}`, init);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
    const body = isJson ? (JSON.parse(text) as Record<string, unknown>) : {};
    return { status: response.status, headers: response.headers, text, body };
  };
  return {
    url: base,
    clock,
    subgraphs,
    take: async (source, record) => {
      const sync = subgraphs.syncs.find((each) => each.source === source);
      const result = await sync?.ingest({ source, records: [record], fetchedAt: clock.now });
      return result?.customerIds[0] ?? '';
    },
    get: (pathname, as) => ask(pathname, { headers: as === undefined ? {} : { authorization: as } }),
    post: (pathname, body = '', headers = {}) => ask(pathname, { method: 'POST', body, headers }),
    graphql: (body, as, purpose) =>
      ask('/graphql', {
        method: 'POST',
        headers: {
          ...{ authorization: as, 'content-type': 'application/json' },
          ...(purpose === undefined ? {} : { 'x-purpose': purpose }),
        },
        body: JSON.stringify(body),
      }),
    documentIds: new Map([...graph.templates.byName.values()].map(({ name, documentId }) => [name, documentId])),
    close: async () => {
      await gateway.close();
      await subgraphs.close();
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
}
