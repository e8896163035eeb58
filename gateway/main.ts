/**
 * The gateway as a process: `npm run gateway` over any federation 2 supergraph, and the gateway of FACET_MODE=distributed. Serves the
 * graph of SUPERGRAPH_FILE, and a new one as soon as that file changes. With a parent it says where it listens and is told when the
 * first sync is complete; alone it is ready at once.
 */
// Before anything is loaded: graphql-js checks every type at run time otherwise, a tenth of the time of a subgraph.
process.env.NODE_ENV ??= 'production';
import { readFile } from 'node:fs/promises';
import { watchFile, unwatchFile } from 'node:fs';
import path from 'node:path';
import closeWithGrace from 'close-with-grace';
import { ConfigError, parseEnvironment } from '../schema/environment';
import type { ChangeSource } from './change-source';
import { aloneConfigSchema, logLevelOf, parseGatewayConfig } from './config';
import { connectSubgraph } from './execute/fetch';
import type { RemoteSubgraph } from './execute/fetch';
import { startGateway } from './gateway';
import type { Gateway } from './gateway';
import { openGraph } from './graph';
import { createLogger } from './log';
import { createMetrics } from './metrics';
import type { Metrics } from './metrics';
import { openPrincipals } from './principals';
import { createReload, reasonOf } from './reload';
import { readSubgraphUrls, servesPersonalData } from './supergraph';

const RELOAD_CHECK_MS = 500;
const PROFILES = 'profiles';

/** What the parent says. */
type Message =
  | { readonly kind: 'ready'; readonly exampleCustomer: string | null }
  | { readonly kind: 'erasures'; readonly figures: Parameters<Metrics['setErasures']>[0] }
  | { readonly kind: 'observation'; readonly figures: Parameters<Metrics['setObservation']>[0] }
  | { readonly kind: 'swept'; readonly figures: Parameters<Metrics['countSwept']>[0] }
  | { readonly kind: 'rotation'; readonly figures: Parameters<Metrics['setRotation']>[0] }
  | { readonly kind: 'trouble'; readonly trouble: Parameters<Gateway['reportTrouble']>[0] };

async function main(): Promise<void> {
  const own = parseEnvironment(aloneConfigSchema, process.env);
  const config = parseGatewayConfig(process.env, { alone: true, mails: own.FACET_TEMPLATES_DIR !== undefined });
  const supergraphFile = path.resolve(own.SUPERGRAPH_FILE);
  const dataDir = path.resolve(config.FACET_DATA_DIR);
  const log = createLogger({ level: logLevelOf(config), destination: process.stderr });
  const metrics = createMetrics();
  const principals = await openPrincipals({ config, dataDir, log, now: Date.now });
  const { development } = principals;
  let exampleCustomer: string | null = null;

  // One connection per subgraph and address, for every graph that names it: a running operation keeps the one it has.
  const remotes = new Map<string, RemoteSubgraph>();
  const connect = (name: string, url: string): RemoteSubgraph => {
    const key = own.FACET_POLICY_KEYS[name] ?? null;
    const known = remotes.get(`${name} ${url}`) ?? connectSubgraph({ name, url, key, now: Date.now });
    remotes.set(`${name} ${url}`, known);
    return known;
  };
  const read = async () => {
    const supergraphSdl = await readFile(supergraphFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw new ConfigError([`SUPERGRAPH_FILE: expected a file that can be read; came ${error.code}`]);
    });
    const urls = readSubgraphUrls(supergraphSdl, overridesIn(process.env));
    const unkeyed = Object.keys(urls).filter((name) => own.FACET_POLICY_KEYS[name] === undefined);
    if (servesPersonalData(supergraphSdl) && unkeyed.length > 0) {
      throw new ConfigError([
        `FACET_POLICY_KEYS: expected a key for every subgraph, since the graph holds personal data; none came for ${unkeyed.join(', ')}`,
      ]);
    }
    const subgraphs = new Map(Object.entries(urls).map(([name, url]) => [name, connect(name, url)]));
    const graph = await openGraph({
      supergraphSdl,
      transports: Object.fromEntries([...subgraphs].map(([name, { transport }]) => [name, transport])),
      subgraphTimeoutMs: config.FACET_SUBGRAPH_TIMEOUT_MS,
      templatesDir: own.FACET_TEMPLATES_DIR ?? null,
      profile: config.FACET_PROFILE,
      sandbox: development && { credentials: development.credentials, exampleCustomer: () => exampleCustomer },
      log,
    });
    return { graph, subgraphs };
  };

  const { graph, subgraphs } = await read();
  const signed = [...subgraphs].filter(([name]) => own.FACET_POLICY_KEYS[name] !== undefined);
  const gateway = await startGateway({
    graph,
    ...principals,
    host: config.FACET_HOST,
    port: config.PORT,
    profile: config.FACET_PROFILE,
    publicUrl: config.FACET_PUBLIC_URL,
    webhooks: new Map(
      signed
        .filter(([name]) => name !== PROFILES)
        .map(([name, { forwardWebhook }]) => [name, { receive: forwardWebhook }]),
    ),
    changes: signed.find(([name]) => name === PROFILES)?.[1] ?? NO_CHANGES,
    log,
    metrics,
    now: Date.now,
  });
  const reload = createReload({
    read,
    replace: (next) => {
      gateway.replaceGraph(next.graph);
      // What still runs on the old graph keeps its connections; those that nobody uses end after their keep-alive.
      const used = new Set(next.subgraphs.values());
      for (const [place, remote] of remotes) if (!used.has(remote)) remotes.delete(place);
      log.info({}, 'supergraph replaced');
    },
    refused: (error) => log.error({ code: 'SUPERGRAPH_REFUSED', reason: reasonOf(error) }, 'supergraph not replaced'),
  });
  watchFile(supergraphFile, { interval: RELOAD_CHECK_MS }, () => void reload());
  closeWithGrace({ delay: 12_000, logger: false }, async () => {
    unwatchFile(supergraphFile);
    await gateway.close();
    await Promise.all([...remotes.values()].map((remote) => remote.close()));
    await principals.close();
  });

  if (process.send === undefined) {
    gateway.setReady(true);
    console.log(describe(gateway.url, development === null ? null : dataDir));
    console.log('ready');
    return;
  }
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.on('message', (message: Message) => {
    if (message.kind === 'erasures') metrics.setErasures(message.figures);
    if (message.kind === 'observation') metrics.setObservation(message.figures);
    if (message.kind === 'swept') metrics.countSwept(message.figures);
    if (message.kind === 'rotation') metrics.setRotation(message.figures);
    if (message.kind === 'trouble') gateway.reportTrouble(message.trouble);
    if (message.kind === 'ready') {
      ({ exampleCustomer } = message);
      gateway.setReady(true);
    }
  });
  process.send({ kind: 'listening', url: gateway.url });
}

/** `SUBGRAPH_<NAME>_URL` by upper-case name; a name's other characters are `_`. */
function overridesIn(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([variable, url]) => {
      const name = /^SUBGRAPH_(\w+)_URL$/.exec(variable)?.[1];
      if (name === undefined || url === undefined) return [];
      if (!URL.canParse(url)) throw new ConfigError([`${variable}: expected an http URL; came "${url}"`]);
      return [[name, url]];
    }),
  );
}

/** A graph of somebody else's has no feed to follow. */
const NO_CHANGES: ChangeSource = {
  findEnd: async () => '',
  findAfter: async () => [],
  async *follow({ signal }) {
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  },
};

function describe(url: string, dataDir: string | null): string {
  const rows = [
    ['gateway', url],
    ['GraphQL', `${url}/graphql`],
    ...(dataDir === null ? [] : [['tokens', path.join(dataDir, 'dev-credentials.json')]]),
  ];
  return rows.map(([name = '', value]) => `  ${name.padEnd(8)} ${value}`).join('\n');
}

main().catch((error: unknown) => {
  console.error(
    error instanceof ConfigError ? error.message : `The gateway could not start: ${(error as Error).message}`,
  );
  process.exit(1);
});
