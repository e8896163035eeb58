/**
 * The all-in-one start: simulated vendors, subgraphs, gateway and first sync in one process. Ready means that a template can be
 * answered: everything is synced, and the files a newcomer needs are written. Must not print, and must not read the environment.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createRemoteJWKSet } from 'jose';
import { createAuthenticate, DEVELOPMENT_ISSUER } from '../gateway/authenticate';
import type { Config } from '../gateway/config';
import { openDevIssuer, writeDevCredentials } from '../gateway/dev-credentials';
import type { DevIssuer } from '../gateway/dev-credentials';
import { createExecutor } from '../gateway/execute/executor';
import { inProcessTransport } from '../gateway/execute/fetch';
import { startGateway } from '../gateway/gateway';
import type { Logger } from '../gateway/log';
import { createMetrics } from '../gateway/metrics';
import { composeSupergraph } from '../gateway/supergraph';
import { loadTemplates } from '../gateway/templates';
import { startSimulator } from '../simulator/simulator';
import type { Simulator } from '../simulator/simulator';
import { openEmbeddedStore } from '../subgraphs/profiles/store/embedded';
import type { ProfileStore } from '../subgraphs/profiles/store/store';
import type { Source } from '../subgraphs/source';
import { startSubgraphs } from '../subgraphs/start';
import type { Subgraphs } from '../subgraphs/start';
import { keepInSync, syncSource } from '../subgraphs/sync';
import type { SyncOptions, SyncProgress } from '../subgraphs/sync';
import { openSecrets } from './secrets';

export interface StartOptions {
  readonly config: Config;
  /** Environment variables of the sources; what is missing comes from the simulator. */
  readonly sourceSettings: Readonly<Record<string, string | undefined>>;
  /** null: no simulator, the sources' settings name real vendors. */
  readonly simulator: { readonly customers?: number } | null;
  readonly sources: readonly Source[];
  /** Folder of the templates' operations. */
  readonly templatesDir: string;
  readonly log: Logger;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  readonly onProgress?: (progress: SyncProgress) => void;
  /** Called when every port is bound, before the first sync. */
  readonly onListening?: (facet: Facet) => void;
  /** For tests: stands before the embedded store. */
  readonly wrapStore?: (store: ProfileStore) => ProfileStore;
}

export interface Facet {
  readonly url: string;
  readonly dataDir: string;
  readonly simulator: Simulator | null;
  readonly store: ProfileStore;
  readonly subgraphs: Subgraphs;
  /** Issues tokens; development only. */
  readonly issuer: DevIssuer | null;
  readonly templates: readonly string[];
  /** Stops accepting, drains, and closes everything. */
  close(): Promise<void>;
}

/** Resolves when ready. Errors: whatever stops the start; everything started so far is closed again. */
export async function startFacet(options: StartOptions): Promise<Facet> {
  const { config, log, now } = options;
  const dataDir = path.resolve(config.FACET_DATA_DIR);
  const opened: Array<() => Promise<unknown>> = [];
  const close = async () => {
    for (const end of opened.splice(0).reverse()) await end();
  };
  try {
    await mkdir(dataDir, { recursive: true });
    const secrets = await openSecrets(config, dataDir);
    const store = await openStore(options, dataDir);
    opened.push(() => store.close());

    const simulator =
      options.simulator === null
        ? null
        : await startSimulator({ ...options.simulator, dataDir: path.join(dataDir, 'simulator'), now });
    if (simulator !== null) opened.push(() => simulator.close());

    const metrics = createMetrics();
    const subgraphs = startSubgraphs({
      sources: options.sources,
      settings: { ...settingsOf(simulator), ...options.sourceSettings },
      store,
      secrets,
      senderNamespaces: config.FACET_SENDER_NAMESPACES,
      now,
      onTrouble: ({ what, source, ...fields }) => {
        metrics.countUpstreamTrouble({ source, code: fields.code });
        log.warn({ source, ...fields }, what === 'ingest' ? 'record not stored' : 'source not asked');
      },
    });
    opened.push(() => subgraphs.close());

    const executor = createExecutor({
      supergraphSdl: composeSupergraph(
        subgraphs.contracts.map((contract) => ({ ...contract, url: `in-process:${contract.name}` })),
      ),
      transports: Object.fromEntries(
        Object.entries(subgraphs.endpoints).map(([name, endpoint]) => [name, inProcessTransport(endpoint)]),
      ),
    });
    const templates = loadTemplates(options.templatesDir, executor);
    const issuer = config.FACET_PROFILE === 'production' ? null : await openDevIssuer(dataDir, now);
    const gateway = await startGateway({
      executor,
      templates,
      authenticate: createAuthenticate({
        keys: issuer?.keys ?? createRemoteJWKSet(new URL(config.FACET_JWKS_URL ?? '')),
        issuer: config.FACET_ISSUER ?? DEVELOPMENT_ISSUER,
        audience: config.FACET_AUDIENCE,
        now,
      }),
      host: config.FACET_HOST,
      port: config.PORT,
      profile: config.FACET_PROFILE,
      publicUrl: config.FACET_PUBLIC_URL?.replace(/\/$/, ''),
      webhooks: subgraphs.webhooks,
      changes: subgraphs.feed,
      log,
      metrics,
      now,
    });
    opened.push(() => gateway.close());

    const facet: Facet = {
      url: gateway.url,
      dataDir,
      simulator,
      store,
      subgraphs,
      issuer,
      templates: [...templates.byName.keys()],
      close,
    };
    await writeJson(path.join(dataDir, 'endpoints.json'), { gateway: gateway.url, simulator: simulator?.urls ?? {} });
    if (issuer !== null) await writeDevCredentials(dataDir, issuer);
    options.onListening?.(facet);

    const stopSync = await firstSync(options, subgraphs);
    opened.push(stopSync);
    gateway.setReady(true);
    return facet;
  } catch (error) {
    await close();
    throw error;
  }
}

async function openStore({ now, wrapStore }: StartOptions, dataDir: string): Promise<ProfileStore> {
  const store = await openEmbeddedStore({ path: path.join(dataDir, 'store'), now });
  return wrapStore?.(store) ?? store;
}

/** Completes each source's first sync, then keeps them in sync. A later run needs no waiting for: what is stored can be answered. */
async function firstSync(options: StartOptions, subgraphs: Subgraphs): Promise<() => Promise<void>> {
  const { config, log, onProgress } = options;
  const abort = new AbortController();
  const runs = subgraphs.syncs.map((sync): SyncOptions & { signal: AbortSignal } => ({
    ...sync,
    signal: abort.signal,
    ...(onProgress === undefined ? {} : { onProgress }),
    // A refused link or record is a fact of the data, to be looked up; a page that fails is trouble.
    onTrouble: ({ what, ...fields }) =>
      log[what === 'page' ? 'warn' : 'info']({ source: sync.source, ...fields }, `sync: ${what}`),
  }));
  for (const run of runs) {
    const checkpoint = await run.findCheckpoint(`sync:${run.source}`);
    // In order of trust, so that explicit links are known before the records they point to.
    if (checkpoint?.complete !== true) await syncSource(run);
  }
  const intervalMs = config.FACET_SYNC_INTERVAL_SECONDS * 1000;
  const kept = runs.map(({ onProgress: _firstOnly, ...run }) => keepInSync({ ...run, intervalMs }));
  return async () => {
    abort.abort();
    await Promise.all(kept);
  };
}

function settingsOf(simulator: Simulator | null): Record<string, string> {
  if (simulator === null) return {};
  const { urls, credentials } = simulator;
  return {
    HUBSPOT_URL: urls.hubspot,
    HUBSPOT_TOKEN: credentials.hubspot.token,
    SHOPIFY_URL: urls.shopify,
    SHOPIFY_CLIENT_ID: credentials.shopify.clientId,
    SHOPIFY_CLIENT_SECRET: credentials.shopify.clientSecret,
  };
}

async function writeJson(file: string, value: unknown): Promise<void> {
  await writeFile(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`);
  await rename(`${file}.new`, file);
}
