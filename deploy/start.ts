/**
 * The all-in-one start: simulated vendors, then subgraphs and gateway in one process or in many, then the first sync. Ready means that a
 * template can be answered: everything is synced, and the files a newcomer needs are written. Must not print, and must not read the
 * environment.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../gateway/config';
import { writeWhole } from '../gateway/data-folder';
import type { Logger } from '../gateway/log';
import { readTemplateFiles } from '../gateway/templates';
import { startSimulator } from '../simulator/simulator';
import type { Simulator, Vendor } from '../simulator/simulator';
import type { Source } from '../subgraphs/source';
import type { SyncProgress } from '../subgraphs/sync';
import { claimDataDir } from './claim';
import { startDistributed } from './distributed';
import { findExampleCustomer } from './example';
import type { PartsOptions } from './parts';
import { openSecrets } from './secrets';
import { startSingle } from './single';

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
}

export interface Facet {
  readonly url: string;
  readonly dataDir: string;
  readonly simulator: Simulator | null;
  /** A customer to try things out with. */
  readonly exampleCustomer: string | null;
  readonly profile: Config['FACET_PROFILE'];
  readonly templates: readonly string[];
  /** Stops accepting, drains, and closes everything. */
  close(): Promise<void>;
}

/** Resolves when ready. Errors: whatever stops the start; everything started so far is closed again. */
export async function startFacet(options: StartOptions): Promise<Facet> {
  const { config, now } = options;
  const dataDir = path.resolve(config.FACET_DATA_DIR);
  const opened: Array<() => Promise<unknown>> = [];
  const close = async () => {
    for (const end of opened.splice(0).reverse()) await end();
  };
  try {
    await mkdir(dataDir, { recursive: true });
    opened.push(await claimDataDir(dataDir));
    const secrets = await openSecrets(config, dataDir);
    const simulator =
      options.simulator === null
        ? null
        : await startSimulator({ ...options.simulator, dataDir: path.join(dataDir, 'simulator'), now });
    if (simulator !== null) opened.push(() => simulator.close());

    const partsOptions: PartsOptions = {
      ...options,
      dataDir,
      secrets,
      settings: settingsOf(simulator, options.sourceSettings),
    };
    const parts =
      config.FACET_MODE === 'distributed' ? await startDistributed(partsOptions) : await startSingle(partsOptions);
    opened.push(() => parts.close());

    const endpoints = {
      gateway: parts.url,
      simulator: simulator?.urls ?? {},
      ...(Object.keys(parts.urls).length > 0 ? { subgraphs: parts.urls } : {}),
    };
    await writeWhole(path.join(dataDir, 'endpoints.json'), `${JSON.stringify(endpoints, null, 2)}\n`);

    for (const [vendor, source] of Object.entries(WEBHOOKS)) {
      if (parts.webhooks.includes(source))
        simulator?.setWebhookTarget(vendor as Vendor, `${parts.url}/webhooks/${source}`);
    }
    await parts.sync(options.onProgress ?? (() => {}));
    const exampleCustomer = await findExampleCustomer(simulator, parts);
    parts.setReady(exampleCustomer);
    return {
      url: parts.url,
      dataDir,
      simulator,
      exampleCustomer,
      profile: config.FACET_PROFILE,
      templates: Object.keys(readTemplateFiles(options.templatesDir)),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Which source each simulated vendor tells of changes. */
const WEBHOOKS: Readonly<Record<Vendor, string>> = {
  hubspot: 'crm',
  shopify: 'commerce',
  posthog: 'analytics',
  zendesk: 'support',
};

/** The given ones, and where they say nothing, neither by value nor by file, the simulator's. */
function settingsOf(
  simulator: Simulator | null,
  given: StartOptions['sourceSettings'],
): StartOptions['sourceSettings'] {
  if (simulator === null) return given;
  const { urls, credentials } = simulator;
  const simulated = {
    HUBSPOT_URL: urls.hubspot,
    HUBSPOT_TOKEN: credentials.hubspot.token,
    HUBSPOT_WEBHOOK_SECRET: credentials.hubspot.webhookSecret,
    SHOPIFY_URL: urls.shopify,
    SHOPIFY_CLIENT_ID: credentials.shopify.clientId,
    SHOPIFY_CLIENT_SECRET: credentials.shopify.clientSecret,
    POSTHOG_URL: urls.posthog,
    POSTHOG_PROJECT_ID: credentials.posthog.projectId,
    POSTHOG_TOKEN: credentials.posthog.token,
    POSTHOG_WEBHOOK_SECRET: credentials.posthog.webhookSecret,
    ZENDESK_URL: urls.zendesk,
    ZENDESK_CLIENT_ID: credentials.zendesk.clientId,
    ZENDESK_CLIENT_SECRET: credentials.zendesk.clientSecret,
    ZENDESK_WEBHOOK_SECRET: credentials.zendesk.webhookSecret,
  };
  const due = Object.entries(simulated).filter(([name]) => given[`${name}_FILE`] === undefined);
  return { ...Object.fromEntries(due), ...given };
}
