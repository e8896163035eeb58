/** A deployment as the start needs it, in one process or in many. Types only. */
import type { Config } from '../gateway/config';
import type { Gateway } from '../gateway/gateway';
import type { Logger } from '../gateway/log';
import type { IdentityRegistry } from '../subgraphs/profiles/identity';
import type { ProfileStore } from '../subgraphs/profiles/store/store';
import type { Source } from '../subgraphs/source';
import type { Secrets } from '../subgraphs/start';
import type { SyncProgress } from '../subgraphs/sync';

export interface Parts {
  /** The gateway's, without a trailing slash. */
  readonly url: string;
  /** Where each subgraph is served; empty in one process. */
  readonly urls: Readonly<Record<string, string>>;
  /** Sources that take webhooks. */
  readonly webhooks: readonly string[];
  readonly registry: IdentityRegistry;
  readonly store: ProfileStore;
  /** Resolves when every source's first sync is complete, and keeps them in sync from then on. */
  sync(onProgress: (progress: SyncProgress) => void): Promise<void>;
  /** The gateway answers 200 to `/readyz` from now on. */
  setReady(exampleCustomer: string | null): void;
  close(): Promise<void>;
}

/** What the parts need to run. */
export interface PartsOptions {
  readonly config: Config;
  readonly sources: readonly Source[];
  /** Folder of the templates' operations. */
  readonly templatesDir: string;
  readonly dataDir: string;
  readonly secrets: Secrets;
  /** The sources' settings, by environment variable name. */
  readonly settings: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}

export type Trouble = Parameters<Gateway['reportTrouble']>[0];
