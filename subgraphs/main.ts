/**
 * One subgraph as a process: profiles, which alone opens the store for writing, or one source, which reads it and hands in through
 * the door. Tells its parent over IPC where it listens, how its first sync goes and when it is ready; ends when the parent does.
 */
// Before anything is loaded: graphql-js checks every type at run time otherwise, a tenth of the time of a subgraph.
process.env.NODE_ENV ??= 'production';
import path from 'node:path';
import closeWithGrace from 'close-with-grace';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { z } from 'zod';
import { ConfigError, parseEnvironment } from '../schema/environment';
import { errorCodeOf } from '../schema/errors';
import { notesFolderOf } from './profiles/audit/notes';
import { readNotices } from './profiles/notices';
import { observationFileOf } from './profiles/observation-file';
import { createStoreMetrics } from './profiles/store/mongodb.metrics';
import { openStore } from './profiles/store/open-store';
import { storePlaceOf, storeSchema } from './profiles/store/store-place';
import { connectDoor, serveSubgraph } from './serve';
import type { Served } from './serve';
import { sources } from './sources';
import { defineSourceSubgraph } from './source.subgraph';
import { startProfiles, startSource } from './start';
import { keepInSync, syncSource } from './sync';
import type { SyncOptions } from './sync';

const keys = z.string().transform((text) => z.record(z.string(), z.string().min(32)).parse(JSON.parse(text)));
const schema = z.object({
  FACET_SUBGRAPH: z.enum(['profiles', ...sources.map(({ name }) => name)]),
  FACET_SUBGRAPH_PORT: z.coerce.number().int().min(0).max(65_535),
  FACET_HOST: z.string().min(1).default('127.0.0.1'),
  FACET_DATA_DIR: z.string().min(1),
  FACET_PROFILE: z.enum(['development', 'production']),
  ...storeSchema.shape,
  FACET_POLICY_KEY: z.string().min(32),
  FACET_DOOR_KEYS: keys.optional(),
  FACET_DOOR_KEY: z.string().min(32).optional(),
  FACET_SIGNING_SECRET: z.string().min(32).optional(),
  FACET_PROFILES_URL: z.url().optional(),
  FACET_ENCRYPTION_KEYS: z.string().min(32),
  FACET_MASK_SECRET: z.string().min(32),
  FACET_IDENTITY_SECRET: z.string().min(32),
  FACET_SENDER_NAMESPACES: z.string().default(''),
  FACET_TEMPLATES_DIR: z
    .string()
    .min(1)
    .default(path.join(__dirname, '..', 'schema', 'templates')),
  FACET_NOTICES_FILE: z.string().min(1).optional(),
  FACET_SUBGRAPH_TIMEOUT_MS: z.coerce.number().int().min(100).default(800),
  FACET_SYNC_INTERVAL_SECONDS: z.coerce.number().int().min(60).default(900),
});
type Config = z.infer<typeof schema>;

const closers: Array<() => Promise<unknown>> = [];
const metrics = new Registry();
collectDefaultMetrics({ register: metrics });

async function main(): Promise<void> {
  const config = parseEnvironment(schema, process.env);
  closeWithGrace({ delay: 5_000, logger: false }, async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  // A parent that is gone, however it went, leaves no child behind. Killed, not exited: a store that is busy would hold up the exit,
  // and loses nothing this way.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  const served = config.FACET_SUBGRAPH === 'profiles' ? await serveProfiles(config) : await serveSource(config);
  served.setReady();
  tell({ kind: 'ready' });
}

async function serveProfiles(config: Config): Promise<Served> {
  const { FACET_SIGNING_SECRET: signing } = config;
  if (signing === undefined) throw new ConfigError(['FACET_SIGNING_SECRET: profiles needs it; came nothing']);
  const store = await openStore({
    ...storeOf(config),
    onRotation: (figures) => tell({ kind: 'rotation', figures }),
  });
  closers.push(() => store.close());
  const profiles = startProfiles({
    sources,
    store,
    secrets: {
      maskKey: config.FACET_MASK_SECRET,
      signing,
      identity: { version: 1, value: config.FACET_IDENTITY_SECRET },
    },
    senderNamespaces: config.FACET_SENDER_NAMESPACES.split(',').filter((each) => each !== ''),
    notices: await readNotices(config.FACET_NOTICES_FILE),
    auditDir: path.join(config.FACET_DATA_DIR, 'audit'),
    notesDir: notesFolderOf(config.FACET_DATA_DIR),
    templatesDir: config.FACET_TEMPLATES_DIR,
    onErasures: (figures) => tell({ kind: 'erasures', figures }),
    onSwept: (figures) => tell({ kind: 'swept', figures }),
    observation: {
      file: observationFileOf(config.FACET_DATA_DIR),
      profile: config.FACET_PROFILE,
      tell: (figures) => tell({ kind: 'observation', figures }),
      onRefused: (code) => tell({ kind: 'trouble', what: 'observation', code }),
    },
    now: Date.now,
  });
  closers.push(() => profiles.close());
  const { endpoint, feed, door } = profiles;
  return listen(config, { endpoint, feed, door: { methods: door, keys: config.FACET_DOOR_KEYS ?? {} } });
}

async function serveSource(config: Config): Promise<Served> {
  const source = sources.find(({ name }) => name === config.FACET_SUBGRAPH);
  const { FACET_PROFILES_URL: url, FACET_DOOR_KEY: key } = config;
  if (source === undefined || url === undefined || key === undefined) {
    throw new ConfigError(['FACET_PROFILES_URL, FACET_DOOR_KEY: a source needs the way to profiles; came nothing']);
  }
  const door = connectDoor({ url, source: source.name, key, now: Date.now });
  closers.push(() => door.close());
  const records = await openStore({ ...storeOf(config), readOnly: true });
  closers.push(() => records.close());
  const trouble = (what: string, code: string | undefined) => tell({ kind: 'trouble', what, code: code ?? '' });
  const running = startSource({
    source,
    subgraph: defineSourceSubgraph(source, { maskKey: config.FACET_MASK_SECRET }),
    settings: process.env,
    records,
    door,
    subgraphTimeoutMs: config.FACET_SUBGRAPH_TIMEOUT_MS,
    now: Date.now,
    onTrouble: ({ what, code }) => trouble(what, code),
  });
  closers.push(() => running.close());
  const served = await listen(config, { endpoint: running.endpoint, webhook: running.webhook ?? undefined });

  const abort = new AbortController();
  const sync: SyncOptions = {
    ...running.sync,
    signal: abort.signal,
    onProgress: (progress) => tell({ kind: 'progress', progress }),
    onTrouble: ({ what, code }) =>
      what === 'page' || what === 'records not stored' ? trouble(`sync: ${what}`, code) : undefined,
  };
  closers.push(async () => abort.abort());
  const checkpoint = await door.findCheckpoint(`sync:${source.name}`);
  if (checkpoint?.complete !== true) await syncSource(sync);
  const intervalMs = config.FACET_SYNC_INTERVAL_SECONDS * 1000;
  const { onProgress: _firstOnly, ...later } = sync;
  void keepInSync({ ...later, signal: abort.signal, intervalMs });
  return served;
}

async function listen(
  config: Config,
  parts: Omit<Parameters<typeof serveSubgraph>[0], 'name' | 'key' | 'host' | 'port' | 'metrics' | 'now'>,
): Promise<Served> {
  const served = await serveSubgraph({
    ...parts,
    name: config.FACET_SUBGRAPH,
    key: config.FACET_POLICY_KEY,
    host: config.FACET_HOST,
    port: config.FACET_SUBGRAPH_PORT,
    metrics,
    now: Date.now,
  });
  closers.push(() => served.close());
  tell({ kind: 'listening', url: served.url });
  return served;
}

function storeOf(config: Config) {
  const encryptionKeys = config.FACET_ENCRYPTION_KEYS.split(',');
  return { ...storePlaceOf(config, config.FACET_DATA_DIR), encryptionKeys, observe: createStoreMetrics(metrics) };
}

function tell(message: Record<string, unknown>): void {
  process.send?.(message);
}

main().catch((error: unknown) => {
  console.error(
    error instanceof ConfigError
      ? error.message
      : `The subgraph could not start: ${errorCodeOf(error)}: ${(error as Error).message}`,
  );
  process.exit(1);
});
