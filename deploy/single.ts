/** All subgraphs in this process: the default. Must not listen. */
import path from 'node:path';
import { inProcessTransport } from '../gateway/execute/fetch';
import { openEmbeddedStore } from '../subgraphs/profiles/store/embedded';
import { startSubgraphs } from '../subgraphs/start';
import type { Subgraphs } from '../subgraphs/start';
import { keepInSync, syncSource } from '../subgraphs/sync';
import type { SyncOptions } from '../subgraphs/sync';
import type { Parts, PartsOptions } from './parts';

export async function startSingle(options: PartsOptions): Promise<Parts & { readonly subgraphs: Subgraphs }> {
  const { config, log, now, dataDir } = options;
  const opened = await openEmbeddedStore({ path: path.join(dataDir, 'store'), now });
  const store = options.wrapStore?.(opened) ?? opened;
  const abort = new AbortController();
  let kept: Promise<unknown> = Promise.resolve();
  try {
    const subgraphs = startSubgraphs({
      ...options,
      store,
      senderNamespaces: config.FACET_SENDER_NAMESPACES,
      subgraphTimeoutMs: config.FACET_SUBGRAPH_TIMEOUT_MS,
      onTrouble: options.onTrouble,
    });
    return {
      subgraphs,
      contracts: subgraphs.contracts,
      transports: Object.fromEntries(
        Object.entries(subgraphs.endpoints).map(([name, endpoint]) => [name, inProcessTransport(endpoint)]),
      ),
      changes: subgraphs.feed,
      webhooks: subgraphs.webhooks,
      registry: subgraphs.registry,
      store,
      urls: {},
      sync: async (onProgress) => {
        const runs = subgraphs.syncs.map((sync): SyncOptions & { signal: AbortSignal } => ({
          ...sync,
          signal: abort.signal,
          // A refused link or record is a fact of the data, to be looked up; a page that fails is trouble.
          onTrouble: ({ what, ...fields }) =>
            log[what === 'page' ? 'warn' : 'info']({ source: sync.source, ...fields }, `sync: ${what}`),
        }));
        for (const run of runs) {
          const checkpoint = await run.findCheckpoint(`sync:${run.source}`);
          // In order of trust, so that explicit links are known before the records they point to.
          if (checkpoint?.complete !== true) await syncSource({ ...run, onProgress });
        }
        const intervalMs = config.FACET_SYNC_INTERVAL_SECONDS * 1000;
        kept = Promise.all(runs.map((run) => keepInSync({ ...run, intervalMs })));
      },
      close: async () => {
        abort.abort();
        await kept;
        await subgraphs.close();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
