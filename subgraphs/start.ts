/**
 * `startSubgraphs`: profiles and the sources in one process, wired. Gives the gateway contracts and endpoints, and whoever
 * starts it the syncs. Must not listen, print or read the environment.
 */
import { parseEnvironment } from '../schema/environment';
import type { SubgraphEndpoint } from './endpoint';
import { createProfilesEndpoint, defineProfilesSubgraph } from './profiles';
import { createConsentCommands } from './profiles/consent.commands';
import { createIdentityRegistry } from './profiles/identity';
import type { IdentityRegistry } from './profiles/identity';
import { createIngest } from './profiles/ingest';
import type { ProfileStore } from './profiles/store/store';
import type { Source } from './source';
import type { LoadDependencies } from './source.load';
import { createSourceEndpoint, defineSourceSubgraph } from './source.subgraph';
import type { Subgraph } from './subgraph';
import type { SyncOptions } from './sync';

export interface Secrets {
  /** Key of the HASH mask. */
  readonly maskKey: string;
  /** Key of the identity index. */
  readonly identity: { readonly version: number; readonly value: string };
}

export interface SubgraphsOptions {
  readonly sources: readonly Source[];
  /** Values of the sources' settings, by environment variable name. */
  readonly settings: Readonly<Record<string, string | undefined>>;
  readonly store: ProfileStore;
  readonly secrets: Secrets;
  readonly senderNamespaces: readonly string[];
  /** Unix time in milliseconds. */
  readonly now: () => number;
  readonly onTrouble: (trouble: Parameters<LoadDependencies['onTrouble']>[0] & { readonly source: string }) => void;
}

export interface Subgraphs {
  readonly contracts: ReadonlyArray<{ readonly name: string; readonly sdl: string }>;
  readonly endpoints: Readonly<Record<string, SubgraphEndpoint>>;
  readonly registry: IdentityRegistry;
  /** One per source: what `syncSource` needs to know of it. */
  readonly syncs: ReadonlyArray<Pick<SyncOptions, 'source' | 'client' | 'ingest' | 'findCheckpoint' | 'now'>>;
  close(): Promise<void>;
}

/** Every contract of a deployment, without anything running. */
export function defineSubgraphs(sources: readonly Source[], maskKey: string): Subgraph[] {
  return [defineProfilesSubgraph({ maskKey }), ...sources.map((source) => defineSourceSubgraph(source, { maskKey }))];
}

/** Errors: ConfigError when a source's settings are wrong; throws when a schema cannot be enforced. */
export function startSubgraphs(options: SubgraphsOptions): Subgraphs {
  const { sources, store, secrets, now } = options;
  const registry = createIdentityRegistry({
    sources,
    senderNamespaces: options.senderNamespaces,
    secret: secrets.identity,
  });
  const ingest = createIngest({ store, registry, sources: sources.map(({ name }) => name), now });
  const commands = createConsentCommands({ store, now });

  const [profiles, ...others] = defineSubgraphs(sources, secrets.maskKey);
  if (profiles === undefined) throw new Error('Expected profiles to be defined.');
  const clients = sources.map((source) =>
    source.createClient(parseEnvironment(source.settings, options.settings), { now }),
  );
  const endpoints: Record<string, SubgraphEndpoint> = {
    [profiles.name]: createProfilesEndpoint(profiles, { store, registry, commands }, now),
  };
  const syncs: Array<Subgraphs['syncs'][number]> = [];
  sources.forEach((source, index) => {
    const client = clients[index];
    const subgraph = others[index];
    if (client === undefined || subgraph === undefined) return;
    const onTrouble: LoadDependencies['onTrouble'] = (trouble) =>
      options.onTrouble({ ...trouble, source: source.name });
    endpoints[source.name] = createSourceEndpoint(subgraph, { source, client, records: store, ingest, now, onTrouble });
    syncs.push({ source: source.name, client, ingest, findCheckpoint: (name) => store.findCheckpoint(name), now });
  });
  return {
    contracts: [profiles, ...others],
    endpoints,
    registry,
    syncs,
    close: async () => {
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}
