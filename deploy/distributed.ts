/**
 * Gateway, profiles and each source as processes of their own, over HTTP with the signed header: profiles first, since it alone opens
 * the store for writing, then the sources, then the gateway before them. One that ends is started again on its port.
 */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { STORE_PLACE, STORE_SECRETS } from '../gateway/config';
import { writeWhole } from '../gateway/data-folder';
import { variablesOf } from '../schema/environment';
import { composeSupergraph } from '../gateway/supergraph';
import type { ErasureFigures } from '../subgraphs/profiles/erase/deadlines';
import { createIdentityRegistry } from '../subgraphs/profiles/identity';
import type { ObservationFigures } from '../subgraphs/profiles/observation-file';
import type { SweepFigures } from '../subgraphs/profiles/retention/sweep';
import type { RotationFigures } from '../subgraphs/profiles/seal/rotate';
import { openStore } from '../subgraphs/profiles/store/open-store';
import { storePlaceOf } from '../subgraphs/profiles/store/store-place';
import { checkSettings, defineSubgraphs } from '../subgraphs/start';
import type { SyncProgress } from '../subgraphs/sync';
import type { Parts, PartsOptions, Trouble } from './parts';
import { startProcess } from './process';
import type { Process, ProcessOptions } from './process';

const SUBGRAPH = path.join(__dirname, '..', 'subgraphs', 'main.js');
const GATEWAY = path.join(__dirname, '..', 'gateway', 'main.js');

/** What a subgraph's process says. */
type Message =
  | { readonly kind: 'listening'; readonly url: string }
  | { readonly kind: 'progress'; readonly progress: SyncProgress }
  | { readonly kind: 'trouble'; readonly what: string; readonly code: string }
  | { readonly kind: 'erasures'; readonly figures: ErasureFigures }
  | { readonly kind: 'observation'; readonly figures: ObservationFigures }
  | { readonly kind: 'swept'; readonly figures: SweepFigures }
  | { readonly kind: 'rotation'; readonly figures: RotationFigures }
  | { readonly kind: 'ready' };

/** What the gateway's process is told of it. */
type Told =
  | Extract<Message, { readonly kind: 'erasures' | 'observation' | 'swept' | 'rotation' }>
  | { readonly kind: 'trouble'; readonly trouble: Trouble };

const FOR_GATEWAY: ReadonlyArray<Message['kind']> = ['erasures', 'observation', 'swept', 'rotation'];
const isForGateway = (message: Message): message is Message & Told => FOR_GATEWAY.includes(message.kind);

/** Resolves when the gateway listens. Errors: whatever stops the start; what was started so far is stopped again. */
export async function startDistributed(options: PartsOptions): Promise<Parts> {
  const { config, secrets, sources, dataDir } = options;
  checkSettings(sources, options.settings);
  const contracts = defineSubgraphs(sources, secrets.maskKey);
  const keys = Object.fromEntries(contracts.map(({ name }) => [name, randomBytes(32).toString('base64url')]));
  const doorKeys = Object.fromEntries(sources.map(({ name }) => [name, randomBytes(32).toString('base64url')]));
  const closers: Array<() => Promise<unknown>> = [];
  const close = async () => {
    for (const end of closers.splice(0).reverse()) await end();
  };

  // What is told before there is a gateway waits for it.
  const early: Told[] = [];
  let tellGateway = (message: Told): void => void early.push(message);
  /** Told once, and again to a gateway that had to be started again; the others come every few seconds. */
  let rotation: Told | undefined;
  let onProgress: (progress: SyncProgress) => void = () => {};
  const ready: Array<Promise<void>> = [];
  const endedWith =
    (source: string): ProcessOptions['onEnded'] =>
    ({ how, waitMs }) =>
      options.log.warn({ source, reason: how, durationMs: waitMs }, 'process ended, started again after this time');
  const startSubgraph = async (name: string, environment: Record<string, string>): Promise<Process> => {
    let becameReady = () => {};
    ready.push(new Promise<void>((resolve) => (becameReady = resolve)));
    return startProcess({
      name: `The subgraph ${name}`,
      program: SUBGRAPH,
      portVariable: 'FACET_SUBGRAPH_PORT',
      port: 0,
      environment: {
        ...environment,
        FACET_SUBGRAPH: name,
        FACET_DATA_DIR: dataDir,
        FACET_PROFILE: config.FACET_PROFILE,
        ...defined(Object.fromEntries(STORE_PLACE.map((each) => [each, config[each]]))),
        FACET_POLICY_KEY: keys[name] ?? '',
        FACET_ENCRYPTION_KEYS: secrets.encryptionKeys.join(','),
        FACET_MASK_SECRET: secrets.maskKey,
        FACET_IDENTITY_SECRET: secrets.identity.value,
        FACET_SENDER_NAMESPACES: config.FACET_SENDER_NAMESPACES.join(','),
        FACET_SUBGRAPH_TIMEOUT_MS: String(config.FACET_SUBGRAPH_TIMEOUT_MS),
        FACET_SYNC_INTERVAL_SECONDS: String(config.FACET_SYNC_INTERVAL_SECONDS),
      },
      onEnded: endedWith(name),
      onMessage: (given) => {
        const message = given as Message;
        if (message.kind === 'ready') becameReady();
        if (message.kind === 'progress') onProgress(message.progress);
        if (message.kind === 'rotation') rotation = message;
        if (isForGateway(message)) tellGateway(message);
        if (message.kind === 'trouble') {
          tellGateway({ kind: 'trouble', trouble: { what: message.what, code: message.code, source: name } });
        }
      },
    });
  };

  try {
    // Only profiles signs.
    const noticesFile = config.FACET_NOTICES_FILE;
    const profiles = await startSubgraph('profiles', {
      ...(noticesFile === undefined ? {} : { FACET_NOTICES_FILE: path.resolve(noticesFile) }),
      FACET_DOOR_KEYS: JSON.stringify(doorKeys),
      FACET_SIGNING_SECRET: secrets.signing,
      FACET_TEMPLATES_DIR: path.resolve(options.templatesDir),
    });
    closers.push(() => profiles.stop());
    const started = await Promise.all(
      sources.map(async ({ name, settings: schema }) => {
        // Its own settings alone: a source holds no other's credentials.
        const settings = defined(Object.fromEntries(variablesOf(schema).map((each) => [each, options.settings[each]])));
        const door = { FACET_DOOR_KEY: doorKeys[name] ?? '', FACET_PROFILES_URL: profiles.url };
        const source = await startSubgraph(name, { ...settings, ...door });
        // Before profiles, through which they hand in.
        closers.push(() => source.stop());
        return [name, source] as const;
      }),
    );
    const urls = Object.fromEntries(
      [['profiles', profiles] as const, ...started].map(([name, { url }]) => [name, `${url}/graphql`]),
    );

    const supergraphFile = path.join(dataDir, 'supergraph.graphql');
    await writeWhole(
      supergraphFile,
      composeSupergraph(contracts.map(({ name, sdl }) => ({ name, sdl, url: urls[name] ?? '' }))),
    );
    let setReady: () => void = () => {};
    const gateway = await startProcess({
      name: 'The gateway',
      program: GATEWAY,
      portVariable: 'PORT',
      port: config.PORT,
      environment: {
        ...environmentOf(config),
        FACET_DATA_DIR: dataDir,
        FACET_TEMPLATES_DIR: path.resolve(options.templatesDir),
        FACET_POLICY_KEYS: JSON.stringify(keys),
        SUPERGRAPH_FILE: supergraphFile,
      },
      onEnded: endedWith('gateway'),
      onMessage: () => {},
      onListening: () => setReady(),
    });
    closers.push(() => gateway.stop());
    tellGateway = (message) => gateway.send(message);
    early.forEach(tellGateway);

    const { encryptionKeys } = secrets;
    const store = await openStore({ ...storePlaceOf(config, dataDir), encryptionKeys, readOnly: true });
    closers.push(() => store.close());
    return {
      url: gateway.url,
      urls,
      webhooks: sources.filter((source) => source.createWebhook !== undefined).map(({ name }) => name),
      registry: createIdentityRegistry({
        sources,
        senderNamespaces: config.FACET_SENDER_NAMESPACES,
        secret: secrets.identity,
      }),
      store,
      sync: async (onEach) => {
        onProgress = onEach;
        await Promise.all(ready);
      },
      setReady: (exampleCustomer) => {
        // Said again to a gateway that had to be started again.
        setReady = () => {
          if (rotation !== undefined) gateway.send(rotation);
          gateway.send({ kind: 'ready', exampleCustomer });
        };
        setReady();
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The configuration as it is handed to the gateway, without the store's secrets and place; PORT and the folders are the caller's. */
function environmentOf(config: PartsOptions['config']): Record<string, string> {
  const { PORT: _port, FACET_SENDER_NAMESPACES: namespaces, FACET_ENCRYPTION_KEYS: _keys, ...others } = config;
  const handed = Object.entries(others).filter(
    ([name]) => ![...STORE_SECRETS, ...STORE_PLACE].some((each) => each === name),
  );
  return { ...defined(Object.fromEntries(handed)), FACET_SENDER_NAMESPACES: namespaces.join(',') };
}

function defined(values: Readonly<Record<string, string | number | boolean | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}
