/** Gateway and all subgraphs in this process: the default. */
import path from 'node:path';
import { inProcessTransport } from '../gateway/execute/fetch';
import { startGateway } from '../gateway/gateway';
import { openGraph } from '../gateway/graph';
import { createMetrics } from '../gateway/metrics';
import { openPrincipals } from '../gateway/principals';
import { composeSupergraph } from '../gateway/supergraph';
import { notesFolderOf } from '../subgraphs/profiles/audit/notes';
import { readNotices } from '../subgraphs/profiles/notices';
import { observationFileOf } from '../subgraphs/profiles/observation-file';
import { createStoreMetrics } from '../subgraphs/profiles/store/mongodb.metrics';
import { openStore } from '../subgraphs/profiles/store/open-store';
import { storePlaceOf } from '../subgraphs/profiles/store/store-place';
import { startSubgraphs } from '../subgraphs/start';
import { keepInSync, syncSource } from '../subgraphs/sync';
import type { SyncOptions } from '../subgraphs/sync';
import type { Parts, PartsOptions, Trouble } from './parts';

/** Resolves when the gateway listens. Errors: whatever stops the start; what was opened so far is closed again. */
export async function startSingle(options: PartsOptions): Promise<Parts> {
  const { config, log, now, dataDir } = options;
  const closers: Array<() => Promise<unknown>> = [];
  const close = async () => {
    for (const end of closers.splice(0).reverse()) await end();
  };
  try {
    const { encryptionKeys } = options.secrets;
    const metrics = createMetrics();
    const place = storePlaceOf(config, dataDir);
    const store = await openStore({
      ...place,
      encryptionKeys,
      now,
      observe: createStoreMetrics(metrics.registry),
      onRotation: metrics.setRotation,
    });
    closers.push(() => store.close());
    const early: Trouble[] = [];
    let report = (trouble: Trouble): void => void early.push(trouble);
    const subgraphs = startSubgraphs({
      ...options,
      store,
      senderNamespaces: config.FACET_SENDER_NAMESPACES,
      notices: await readNotices(config.FACET_NOTICES_FILE),
      auditDir: path.join(dataDir, 'audit'),
      notesDir: notesFolderOf(dataDir),
      subgraphTimeoutMs: config.FACET_SUBGRAPH_TIMEOUT_MS,
      onTrouble: (trouble) => report(trouble),
      onErasures: (figures) => metrics.setErasures(figures),
      onSwept: (figures) => metrics.countSwept(figures),
      observation: {
        file: observationFileOf(dataDir),
        profile: config.FACET_PROFILE,
        tell: (figures) => metrics.setObservation(figures),
        onRefused: (code) => report({ source: 'profiles', what: 'observation', code }),
      },
    });
    closers.push(() => subgraphs.close());
    const abort = new AbortController();
    let kept: Promise<unknown> = Promise.resolve();
    closers.push(async () => {
      abort.abort();
      await kept;
    });

    const principals = await openPrincipals({ config, dataDir, log, now });
    closers.push(() => principals.close());
    const { development } = principals;
    let exampleCustomer: string | null = null;
    const graph = await openGraph({
      supergraphSdl: composeSupergraph(
        subgraphs.contracts.map(({ name, sdl }) => ({ name, sdl, url: `in-process:${name}` })),
      ),
      transports: Object.fromEntries(
        Object.entries(subgraphs.endpoints).map(([name, endpoint]) => [name, inProcessTransport(endpoint)]),
      ),
      subgraphTimeoutMs: config.FACET_SUBGRAPH_TIMEOUT_MS,
      templatesDir: options.templatesDir,
      profile: config.FACET_PROFILE,
      sandbox: development && { credentials: development.credentials, exampleCustomer: () => exampleCustomer },
      log,
    });
    const gateway = await startGateway({
      graph,
      ...principals,
      host: config.FACET_HOST,
      port: config.PORT,
      profile: config.FACET_PROFILE,
      publicUrl: config.FACET_PUBLIC_URL,
      webhooks: subgraphs.webhooks,
      changes: subgraphs.feed,
      log,
      metrics,
      now,
    });
    closers.push(() => gateway.close());
    report = (trouble) => gateway.reportTrouble(trouble);
    early.forEach(report);

    return {
      url: gateway.url,
      urls: {},
      webhooks: [...subgraphs.webhooks.keys()],
      registry: subgraphs.registry,
      store,
      sync: async (onProgress) => {
        const runs = subgraphs.syncs.map((sync): SyncOptions & { signal: AbortSignal } => ({
          ...sync,
          signal: abort.signal,
          // A refused link or record is a fact of the data, to be looked up; a page that fails is trouble.
          onTrouble: ({ what, ...fields }) =>
            log[what === 'page' || what === 'records not stored' ? 'warn' : 'info'](
              { source: sync.source, ...fields },
              `sync: ${what}`,
            ),
        }));
        for (const run of runs) {
          const checkpoint = await run.findCheckpoint(`sync:${run.source}`);
          // In order of trust, so that explicit links are known before the records they point to.
          if (checkpoint?.complete !== true) await syncSource({ ...run, onProgress });
        }
        const intervalMs = config.FACET_SYNC_INTERVAL_SECONDS * 1000;
        kept = Promise.all(runs.map((run) => keepInSync({ ...run, intervalMs })));
      },
      setReady: (example) => {
        exampleCustomer = example;
        gateway.setReady(true);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
