/**
 * Each subgraph as a process of its own, over HTTP with the signed header: profiles first, since it alone opens the store for
 * writing, then the sources. A process that ends is started again on its port. None leaves the parent's process group.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { connectSubgraph } from '../gateway/execute/fetch';
import { createIdentityRegistry } from '../subgraphs/profiles/identity';
import { openEmbeddedStore } from '../subgraphs/profiles/store/embedded';
import { checkSettings, defineSubgraphs } from '../subgraphs/start';
import type { SyncProgress } from '../subgraphs/sync';
import type { Parts, PartsOptions } from './parts';

const MAIN = path.join(__dirname, '..', 'subgraphs', 'main.js');
const RESTART_MS = 500;
const STOP_MS = 6_000;

type Message =
  | { readonly kind: 'listening'; readonly url: string }
  | { readonly kind: 'progress'; readonly progress: SyncProgress }
  | { readonly kind: 'trouble'; readonly what: string; readonly code: string }
  | { readonly kind: 'ready' };

interface Process {
  readonly url: string;
  readonly ready: Promise<void>;
  readonly pid: () => number | undefined;
  stop(): Promise<void>;
}

export async function startDistributed(
  options: PartsOptions,
): Promise<Parts & { readonly pids: () => Record<string, number | undefined> }> {
  const { config, secrets, sources, dataDir, now } = options;
  checkSettings(sources, options.settings);
  const contracts = defineSubgraphs(sources, secrets.maskKey);
  const keys = Object.fromEntries(contracts.map(({ name }) => [name, randomBytes(32).toString('base64url')]));
  const doorKeys = Object.fromEntries(sources.map(({ name }) => [name, randomBytes(32).toString('base64url')]));
  let onProgress: (progress: SyncProgress) => void = () => {};
  const processes = new Map<string, Process>();

  const start = async (name: string, environment: Record<string, string>) => {
    const started = await startProcess({
      environment: {
        ...environment,
        FACET_SUBGRAPH: name,
        FACET_DATA_DIR: dataDir,
        FACET_POLICY_KEY: keys[name] ?? '',
        FACET_MASK_SECRET: secrets.maskKey,
        FACET_IDENTITY_SECRET: secrets.identity.value,
        FACET_SENDER_NAMESPACES: config.FACET_SENDER_NAMESPACES.join(','),
        FACET_SUBGRAPH_TIMEOUT_MS: String(config.FACET_SUBGRAPH_TIMEOUT_MS),
        FACET_SYNC_INTERVAL_SECONDS: String(config.FACET_SYNC_INTERVAL_SECONDS),
      },
      onMessage: (message) => {
        if (message.kind === 'progress') onProgress(message.progress);
        if (message.kind === 'trouble') options.onTrouble({ what: message.what, code: message.code, source: name });
      },
    });
    processes.set(name, started);
    return started;
  };
  const stopAll = async () => {
    // Sources first: they hand in through profiles.
    const [profiles, ...others] = contracts.map(({ name }) => processes.get(name));
    await Promise.all(others.map((each) => each?.stop()));
    await profiles?.stop();
  };

  try {
    const profiles = await start('profiles', { FACET_DOOR_KEYS: JSON.stringify(doorKeys) });
    const settings = Object.fromEntries(
      Object.entries(options.settings).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    );
    await Promise.all(
      sources.map(({ name }) =>
        start(name, { ...settings, FACET_DOOR_KEY: doorKeys[name] ?? '', FACET_PROFILES_URL: profiles.url }),
      ),
    );
    const remotes = new Map(
      [...processes].map(
        ([name, { url }]) => [name, connectSubgraph({ name, url, key: keys[name] ?? '', now })] as const,
      ),
    );
    const remote = (name: string) => {
      const found = remotes.get(name);
      if (found === undefined) throw new Error(`Expected a process for ${name}.`);
      return found;
    };
    const store = await openEmbeddedStore({ path: path.join(dataDir, 'store'), readOnly: true });
    return {
      contracts,
      transports: Object.fromEntries([...remotes].map(([name, { transport }]) => [name, transport])),
      changes: remote('profiles'),
      webhooks: new Map(
        sources
          .filter((source) => source.createWebhook !== undefined)
          .map(({ name }) => [name, { receive: (request) => remote(name).forwardWebhook(request) }]),
      ),
      registry: createIdentityRegistry({
        sources,
        senderNamespaces: config.FACET_SENDER_NAMESPACES,
        secret: secrets.identity,
      }),
      store,
      urls: Object.fromEntries([...processes].map(([name, { url }]) => [name, `${url}/graphql`])),
      pids: () => Object.fromEntries([...processes].map(([name, { pid }]) => [name, pid()])),
      sync: async (report) => {
        onProgress = report;
        await Promise.all([...processes.values()].map(({ ready }) => ready));
      },
      close: async () => {
        await Promise.all([...remotes.values()].map((each) => each.close()));
        await store.close();
        await stopAll();
      },
    };
  } catch (error) {
    await stopAll();
    throw error;
  }
}

/** Resolves when the process listens; later ends are answered by a new start on the same port. Errors: it ends before that. */
async function startProcess(options: {
  readonly environment: Record<string, string>;
  readonly onMessage: (message: Message) => void;
}): Promise<Process> {
  let child: ChildProcess | undefined;
  let stopping = false;
  let port = '0';
  let becameReady = () => {};
  const ready = new Promise<void>((resolve) => {
    becameReady = resolve;
  });

  const run = () =>
    new Promise<string>((resolve, reject) => {
      child = fork(MAIN, [], {
        env: { PATH: process.execPath, ...options.environment, FACET_SUBGRAPH_PORT: port },
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      child.on('message', (message: Message) => {
        options.onMessage(message);
        if (message.kind === 'listening') resolve(message.url);
        if (message.kind === 'ready') becameReady();
      });
      child.once('exit', (code) => {
        reject(new Error(`The subgraph ${options.environment.FACET_SUBGRAPH} ended with ${code} before it listened.`));
        if (!stopping && port !== '0') setTimeout(() => stopping || void run().catch(() => undefined), RESTART_MS);
      });
    });
  const url = await run();
  ({ port } = new URL(url));
  return {
    url,
    ready,
    pid: () => child?.pid,
    stop: async () => {
      stopping = true;
      const last = child;
      if (last === undefined || last.exitCode !== null || last.signalCode !== null) return;
      await new Promise<void>((resolve) => {
        const cut = setTimeout(() => last.kill('SIGKILL'), STOP_MS);
        last.once('exit', () => {
          clearTimeout(cut);
          resolve();
        });
        last.kill('SIGTERM');
      });
    },
  };
}
