/**
 * `startSubgraphs`: profiles and the sources in one process, wired. Gives the gateway contracts and endpoints, and whoever
 * starts it the syncs. Must not listen, print or read the environment.
 */
import { categoriesOfCustomer } from '../schema/classification';
import { ConfigError, parseEnvironment } from '../schema/environment';
import { readTemplateSubjects } from '../schema/template-subjects';
import type { SubgraphEndpoint } from './endpoint';
import { createErasureWorker } from './erasure-worker';
import { createProfilesEndpoint, defineProfilesSubgraph } from './profiles';
import { createConsentImport } from './profiles/consent-import';
import { createConsentCommands } from './profiles/consent.commands';
import { takeNotes } from './profiles/audit/notes';
import { operatorName } from './profiles/audit/operator';
import { notePolicy } from './profiles/audit/policy-note';
import { createRootsFile } from './profiles/audit/roots-file';
import { createAuditTrail } from './profiles/audit/trail';
import { watchErasures } from './profiles/erase/deadlines';
import type { ErasureFigures } from './profiles/erase/deadlines';
import { createErasures } from './profiles/erase/erasures';
import { createDoor } from './profiles/door';
import { createChangeFeed } from './profiles/feed';
import type { ChangeFeed } from './profiles/feed';
import { createIdentityRegistry } from './profiles/identity';
import type { IdentityRegistry } from './profiles/identity';
import { createIngest } from './profiles/ingest';
import { createLinkTokens } from './profiles/link-token';
import type { Notices } from './profiles/notices';
import { watchObservation } from './profiles/observation-file';
import { rectifiableFields } from './profiles/rights/rectifiable';
import { createRights } from './profiles/rights/rights';
import { createSweep } from './profiles/retention/sweep';
import type { SweepFigures } from './profiles/retention/sweep';
import { createSigning } from './profiles/signing';
import type { ProfileStore, SourceRecords } from './profiles/store/store';
import { createSuppressionCommands } from './profiles/suppression.commands';
import { createSuppressionLifts } from './profiles/suppression.lift';
import { createReadAudit } from './read-log';
import type { ProfilesDoor, Source } from './source';
import type { LoadDependencies } from './source.load';
import { createSourceEndpoint, defineSourceSubgraph } from './source.subgraph';
import type { Subgraph } from './subgraph';
import type { SyncOptions } from './sync';
import { createWebhookReceiver } from './webhook';
import type { WebhookReceiver } from './webhook';

export interface Secrets {
  /** Key of the HASH mask. */
  readonly maskKey: string;
  /** Key-encryption keys, base64 of 32 bytes each, the current one first. */
  readonly encryptionKeys: readonly string[];
  /** Key of the identity index. */
  readonly identity: { readonly version: number; readonly value: string };
  /** Of the key that signs receipts of erasure and roots of the audit trail. */
  readonly signing: string;
}

export interface SubgraphsOptions {
  readonly sources: readonly Source[];
  /** Values of the sources' settings, by environment variable name. */
  readonly settings: Readonly<Record<string, string | undefined>>;
  readonly store: ProfileStore;
  readonly secrets: Secrets;
  readonly senderNamespaces: readonly string[];
  /** The notices people consent on; none registered when absent. */
  readonly notices?: Notices | undefined;
  /** Folder of the templates' operations; none are known when absent. */
  readonly templatesDir?: string | undefined;
  /** Folder in which the signed roots of the audit trail are kept beside the store. */
  readonly auditDir?: string | undefined;
  /** Folder in which commands leave notes of what they did, for the audit trail. */
  readonly notesDir?: string | undefined;
  /** Where an observation lies, if there is one, and who is told of it; without it nothing is observed. */
  readonly observation?:
    Pick<Parameters<typeof watchObservation>[0], 'file' | 'profile' | 'tell' | 'onRefused'> | undefined;
  /** Told how erasures stand, at the start and every 15 s. */
  readonly onErasures?: ((figures: ErasureFigures) => void) | undefined;
  /** Told of every run that took what is past its time out of the store. */
  readonly onSwept?: ((figures: SweepFigures) => void) | undefined;
  /** What the gateway gives a subgraph. */
  readonly subgraphTimeoutMs: number;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  readonly onTrouble: (trouble: Parameters<LoadDependencies['onTrouble']>[0] & { readonly source: string }) => void;
}

export interface Subgraphs {
  readonly contracts: ReadonlyArray<{ readonly name: string; readonly sdl: string }>;
  readonly endpoints: Readonly<Record<string, SubgraphEndpoint>>;
  readonly registry: IdentityRegistry;
  readonly feed: Omit<ChangeFeed, 'find'>;
  /** By name of the source. */
  readonly webhooks: ReadonlyMap<string, WebhookReceiver>;
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
  const { sources, now } = options;
  checkSettings(sources, options.settings);
  const profiles = startProfiles(options);
  const [, ...others] = profiles.contracts;
  const running = sources.map((source, index) => {
    const onTrouble: LoadDependencies['onTrouble'] = (trouble) =>
      options.onTrouble({ ...trouble, source: source.name });
    const { door } = profiles;
    return startSource({
      source,
      subgraph: others[index],
      settings: options.settings,
      records: options.store,
      door,
      subgraphTimeoutMs: options.subgraphTimeoutMs,
      now,
      onTrouble,
    });
  });
  return {
    contracts: profiles.contracts,
    endpoints: Object.fromEntries([
      [profiles.name, profiles.endpoint],
      ...running.map(({ name, endpoint }) => [name, endpoint]),
    ]) as Record<string, SubgraphEndpoint>,
    registry: profiles.registry,
    feed: profiles.feed,
    webhooks: new Map(running.flatMap(({ name, webhook }) => (webhook === null ? [] : [[name, webhook]]))),
    syncs: running.map(({ sync }) => sync),
    close: async () => {
      await Promise.all(running.map((source) => source.close()));
      await profiles.close();
    },
  };
}

/** Errors: ConfigError with what is wrong at every source, not only at the first. */
export function checkSettings(sources: readonly Source[], settings: SubgraphsOptions['settings']): void {
  const lines = sources.flatMap((source) => {
    try {
      parseEnvironment(source.settings, settings);
      return [];
    } catch (error) {
      if (error instanceof ConfigError) return error.lines;
      throw error;
    }
  });
  if (lines.length > 0) throw new ConfigError(lines);
}

/** Profiles alone: endpoint, feed and door. Knows the sources by their contracts, as far as their names and fields go. */
export function startProfiles(
  options: Pick<
    SubgraphsOptions,
    | 'sources'
    | 'store'
    | 'senderNamespaces'
    | 'notices'
    | 'observation'
    | 'now'
    | 'auditDir'
    | 'notesDir'
    | 'templatesDir'
    | 'onErasures'
    | 'onSwept'
  > & {
    readonly secrets: Omit<Secrets, 'encryptionKeys'>;
  },
) {
  const { sources, secrets, now } = options;
  const registry = createIdentityRegistry({
    sources,
    senderNamespaces: options.senderNamespaces,
    secret: secrets.identity,
  });
  const { store } = options;
  const feed = createChangeFeed(store, secrets.identity.value);
  const ingest = createIngest({ store, registry, sources, now });
  const signing = createSigning(secrets.signing);
  const erasures = createErasures({ store, registry, sources: sources.map(({ name }) => name), signing, now });
  // What a killed process left half done. Where the store fails now, the next start tries again; reads are blocked already.
  void erasures.resume().catch(() => undefined);
  // Before anything is answered by it; where the store fails now, the next start notes it.
  void notePolicy({ store, operator: operatorName(), now }).catch(() => undefined);
  const sweep = createSweep({ store, registry, sources, now, tell: options.onSwept });
  sweep.start();
  const { onErasures: tell } = options;
  const unwatch = tell === undefined ? undefined : watchErasures({ store, now, tell });
  const keep = options.auditDir === undefined ? undefined : createRootsFile(options.auditDir, signing.publicKey);
  const trail = createAuditTrail({ store, signing, now, keep });
  trail.start();
  const audit = createReadAudit({ subgraph: 'profiles', record: trail.record, now });
  const notes =
    options.notesDir === undefined
      ? undefined
      : takeNotes({ folder: options.notesDir, publicKey: signing.publicKey, store, record: trail.record, now });
  const observations =
    options.observation &&
    watchObservation({ ...options.observation, publicKey: signing.publicKey, record: trail.record, now });
  const contracts = defineSubgraphs(sources, secrets.maskKey);
  const [profiles, ...others] = contracts;
  if (profiles === undefined) throw new Error('Expected profiles to be defined.');
  const categoriesOf = new Map(contracts.flatMap(({ schema }) => [...categoriesOfCustomer(schema)]));
  const { notices } = options;
  // The links of mails that were sent must last, and so does the secret of the identity index; cursors too.
  const links = createLinkTokens(secrets.identity.value);
  const rights = createRights({
    ...{ store, registry, erasures, now },
    sources: sources.map(({ name }) => name),
    rectifiable: rectifiableFields(others),
    publicKey: signing.publicKey,
  });
  const services = {
    ...{ store, registry, feed, categoriesOf, rights, links, notices, observations },
    templates:
      options.templatesDir === undefined ? new Map<string, never>() : readTemplateSubjects(options.templatesDir),
    commands: createConsentCommands({ store, links, notices, now }),
    imports: createConsentImport({ store, registry, notices, now }),
    suppressions: createSuppressionCommands({ store, registry, links, now }),
    lifts: createSuppressionLifts({ store, registry, now }),
  };
  return {
    name: profiles.name,
    contracts,
    registry,
    feed,
    endpoint: createProfilesEndpoint(profiles, services, now, audit),
    door: createDoor({ store, ingest, erasures, trail, now }),
    /** After the sources, which hand in until they are closed. */
    close: async () => {
      unwatch?.();
      await sweep.close();
      await observations?.close();
      await notes?.close();
      await audit.close();
      await trail.close();
    },
  };
}

/** The rest of a subgraph's time is for the store, the fields and the way back. */
const UPSTREAM_SHARE = 0.75;

/** One source: client, endpoint, webhooks, and what a sync needs. Errors: ConfigError. */
export function startSource(options: {
  readonly source: Source;
  readonly subgraph: Subgraph | undefined;
  readonly settings: SubgraphsOptions['settings'];
  readonly records: SourceRecords;
  readonly door: ProfilesDoor;
  readonly subgraphTimeoutMs: number;
  readonly now: () => number;
  readonly onTrouble: LoadDependencies['onTrouble'];
}) {
  const { source, subgraph, door, now, onTrouble } = options;
  if (subgraph === undefined) throw new Error(`Expected a subgraph for ${source.name}.`);
  const settings = parseEnvironment(source.settings, options.settings);
  const client = source.createClient(settings, { now });
  const { ingest } = door;
  const read = source.createWebhook?.(settings, { now });
  const webhook = read ? createWebhookReceiver({ source: source.name, read, client, door, now, onTrouble }) : null;
  webhook?.resume();
  const erasure = createErasureWorker({ source: source.name, client, door, now, onTrouble });
  erasure.start();
  const audit = createReadAudit({ subgraph: source.name, record: door.recordReads, now });
  return {
    name: source.name,
    endpoint: createSourceEndpoint(
      subgraph,
      {
        source,
        client,
        records: options.records,
        ingest,
        upstreamBudgetMs: options.subgraphTimeoutMs * UPSTREAM_SHARE,
        now,
        onTrouble,
      },
      audit,
    ),
    webhook,
    sync: { source: source.name, client, ingest, findCheckpoint: door.findCheckpoint, now },
    close: async () => {
      await erasure.close();
      await audit.close();
      await webhook?.close();
      await client.close();
    },
  };
}
