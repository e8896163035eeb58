/** The real gateway on a real socket, over whatever graph a test brings. Unless told otherwise it takes everyone for an explorer. */
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { Writable } from 'node:stream';
import type { Authenticate } from '../../gateway/authenticate';
import { startGateway } from '../../gateway/gateway';
import type { GatewayOptions } from '../../gateway/gateway';
import type { WebhookReceiver } from '../../gateway/webhook-route';
import { openGraph } from '../../gateway/graph';
import type { Graph, GraphOptions } from '../../gateway/graph';
import { createLogger } from '../../gateway/log';
import type { Logger } from '../../gateway/log';
import { createMetrics } from '../../gateway/metrics';
import type { AuthenticateUrl } from '../../gateway/signed-url';
import type { TokenEndpoint } from '../../gateway/token-endpoint';
import type { Principal } from '../../schema/request-policy';

export const EXPLORER: Principal = { id: 'explorer', role: 'ADMIN', scopes: ['operations:adhoc', 'schema:read'] };

export interface StartedGateway {
  /** `http://127.0.0.1:…/graphql` */
  readonly url: string;
  close(): Promise<void>;
}

const silent = createLogger({
  level: 'error',
  destination: new Writable({ write: (_chunk, _encoding, done) => done() }),
});

export async function startGatewayOver(
  graph: Graph,
  {
    principal = EXPLORER,
    authenticate = () => Promise.resolve(principal),
    authenticateUrl = () => null,
    tokenEndpoint = null,
    log = silent,
    now = Date.now,
    webhooks = new Map(),
    changes = { findEnd: async () => 'end', findAfter: async () => [], follow: nothingHappens },
  }: {
    readonly principal?: Principal;
    readonly authenticate?: Authenticate;
    readonly authenticateUrl?: AuthenticateUrl;
    readonly tokenEndpoint?: TokenEndpoint | null;
    readonly log?: Logger;
    readonly now?: () => number;
    readonly webhooks?: ReadonlyMap<string, WebhookReceiver>;
    readonly changes?: GatewayOptions['changes'];
  } = {},
): Promise<StartedGateway> {
  const gateway = await startGateway({
    graph,
    authenticate,
    authenticateUrl,
    tokenEndpoint,
    host: '127.0.0.1',
    port: 0,
    profile: 'development',
    webhooks,
    changes,
    log,
    metrics: createMetrics(),
    now,
  });
  gateway.setReady(true);
  return { url: `${gateway.url}/graphql`, close: () => gateway.close(0) };
}

export function openTestGraph(
  options: Pick<GraphOptions, 'supergraphSdl' | 'transports'> & Partial<GraphOptions>,
): Promise<Graph> {
  return openGraph({
    subgraphTimeoutMs: 800,
    templatesDir: null,
    profile: 'development',
    sandbox: null,
    log: silent,
    ...options,
  });
}

/** Any HTTP server of a test's on a free port. */
export async function listen(listener: RequestListener): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A change feed on which nothing happens. */
async function* nothingHappens({ signal }: { readonly signal: AbortSignal }): AsyncGenerator<never, void, void> {
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
