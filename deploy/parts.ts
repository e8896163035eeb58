/** The subgraphs of a deployment as the gateway needs them, however they run. Types only. */
import type { ChangeSource } from '../gateway/change-hub';
import type { Config } from '../gateway/config';
import type { SubgraphTransport } from '../gateway/execute/fetch';
import type { WebhookReceiver } from '../gateway/gateway';
import type { Logger } from '../gateway/log';
import type { IdentityRegistry } from '../subgraphs/profiles/identity';
import type { ProfileStore } from '../subgraphs/profiles/store/store';
import type { Source } from '../subgraphs/source';
import type { Secrets, SubgraphsOptions } from '../subgraphs/start';
import type { SyncProgress } from '../subgraphs/sync';

export interface Parts {
  readonly contracts: ReadonlyArray<{ readonly name: string; readonly sdl: string }>;
  readonly transports: Readonly<Record<string, SubgraphTransport>>;
  readonly changes: ChangeSource;
  readonly webhooks: ReadonlyMap<string, WebhookReceiver>;
  readonly registry: IdentityRegistry;
  readonly store: ProfileStore;
  /** Where each subgraph is served; empty in one process. */
  readonly urls: Readonly<Record<string, string>>;
  /** Resolves when every source's first sync is complete, and keeps them in sync from then on. */
  sync(onProgress: (progress: SyncProgress) => void): Promise<void>;
  close(): Promise<void>;
}

/** What the subgraphs need to run, in one process or in many. */
export interface PartsOptions {
  readonly config: Config;
  readonly sources: readonly Source[];
  readonly dataDir: string;
  readonly secrets: Secrets;
  /** The sources' settings, by environment variable name. */
  readonly settings: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  readonly onTrouble: SubgraphsOptions['onTrouble'];
  /** For tests, in one process: stands before the store. */
  readonly wrapStore?: ((store: ProfileStore) => ProfileStore) | undefined;
}
