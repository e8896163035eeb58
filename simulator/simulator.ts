/**
 * Starts the simulated vendors over one population. This is the interface of the folder; the order of the statements is
 * the order of the start. It must not read the environment (main.ts does) or import from schema/, subgraphs/, gateway/.
 */
import { createControls } from './controls';
import type { Credentials } from './credentials';
import { createFaults, type Faults } from './faults';
import { createHubspot } from './hubspot';
import { createJournal } from './journal';
import { createPopulation, type Population } from './population';
import { createPosthog } from './posthog';
import { startVendorServer, type VendorServer } from './server';
import { createShopify } from './shopify';
import { openState } from './state';
import { VENDORS, type Vendor, type VendorService } from './vendor';
import { createWebhooks } from './webhooks';
import { createZendesk } from './zendesk';

export type { Vendor } from './vendor';
export type { HardCase, PersonRef, Population } from './population';

/** How to start. Every option may be left out. */
export interface SimulatorOptions {
  /** People in the population, at least 50. Default: what `dataDir` holds, else 1000. */
  customers?: number;
  /** Default: what `dataDir` holds, else 42. */
  seed?: number;
  /** Where population parameters, changes and credentials are kept. Default: nowhere; they end with the process. */
  dataDir?: string;
  /** Ports; 0 is a free one. Default: free ones. */
  ports?: Partial<Record<Vendor, number>>;
  /** The clock of limits, tokens and timestamps, in epoch milliseconds. Default: Date.now. Latency uses real time. */
  now?: () => number;
  /** Default: each vendor's highest plan, 250 calls per 10 s, 2000 points per second, 240 and 2500 calls per minute. */
  rateLimits?: {
    hubspotPer10s?: number;
    shopifyRestorePerSecond?: number;
    posthogPerMinute?: number;
    zendeskPerMinute?: number;
  };
  /** Where each vendor sends its webhooks: `http://127.0.0.1:…` or `http://localhost:…`. Default: nowhere. */
  webhookTargets?: Partial<Record<Vendor, string>>;
  /** Multiplies the vendors' waits before they repeat a webhook, which go from seconds to hours. Default: 1. */
  webhookWaitFactor?: number;
}

/** A running simulator. */
export interface Simulator {
  /** Base URLs, without a trailing slash. */
  urls: Record<Vendor, string>;
  credentials: Credentials;
  population: Population;
  /** Registers a vendor's webhook target, null for none. Errors: throws TypeError on another machine's URL. */
  setWebhookTarget(vendor: Vendor, url: string | null): void;
  /** Resolves when no webhook is under way, repeats included. */
  webhooksSettled(): Promise<void>;
  /** Ends every port and call, hanging ones too. May be called twice. */
  close(): Promise<void>;
}

/**
 * Starts every vendor on 127.0.0.1.
 * Errors: rejects on a taken port, fewer than 50 customers, a webhook target elsewhere, or a `dataDir` that holds another population.
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { dataDir, ports = {}, now = Date.now, rateLimits = {} } = options;
  const state = openState({ dataDir, customers: options.customers, seed: options.seed, now });
  const { customers, seed, epochMs, credentials } = state;
  const population = createPopulation({ customers, seed, epochMs });

  /** What a caller had erased stays erased after a restart. */
  const erased = (vendor: Vendor) => (id: string) =>
    state.record({ vendor, id, properties: {}, removed: true, atMs: now() });
  // One entry per vendor: this is where the next one is added.
  const services: Record<Vendor, VendorService> = {
    hubspot: createHubspot({
      population,
      credentials,
      now,
      callsPer10s: rateLimits.hubspotPer10s ?? 250,
      erased: erased('hubspot'),
    }),
    shopify: createShopify({
      population,
      credentials,
      now,
      restorePerSecond: rateLimits.shopifyRestorePerSecond ?? 2000,
    }),
    posthog: createPosthog({
      population,
      credentials,
      now,
      callsPerMinute: rateLimits.posthogPerMinute ?? 240,
      erased: erased('posthog'),
    }),
    zendesk: createZendesk({
      population,
      credentials,
      now,
      callsPerMinute: rateLimits.zendeskPerMinute ?? 2500,
      erased: erased('zendesk'),
    }),
  };
  for (const change of state.changes()) {
    const service = services[change.vendor];
    if (change.removed) service.remove(change);
    else service.patch(change);
  }

  const journal = createJournal();
  const faults = Object.fromEntries(VENDORS.map((vendor) => [vendor, createFaults()])) as Record<Vendor, Faults>;
  const webhooks = createWebhooks({ services, now, waitFactor: options.webhookWaitFactor ?? 1 });
  for (const vendor of VENDORS) webhooks.setTarget(vendor, options.webhookTargets?.[vendor] ?? null);
  const controls = createControls({ services, faults, journal, population, state, webhooks, now });
  const servers: VendorServer[] = [];
  const close = async (): Promise<void> => {
    await Promise.all([webhooks.close(), ...servers.splice(0).map((server) => server.close())]);
  };
  const urls = {} as Record<Vendor, string>;
  try {
    for (const vendor of VENDORS) {
      const service = services[vendor];
      const port = ports[vendor] ?? 0;
      const server = await startVendorServer({ service, controls, faults: faults[vendor], journal, port, now });
      servers.push(server);
      urls[vendor] = server.url;
    }
  } catch (error) {
    await close();
    throw error;
  }
  const { setTarget: setWebhookTarget, settled: webhooksSettled } = webhooks;
  return { urls, credentials, population, setWebhookTarget, webhooksSettled, close };
}
