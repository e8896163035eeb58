/** Profiles over the real embedded store in a folder of its own: what sources hand in, what clients ask, and what is stored then. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RequestPolicy } from '../../schema/request-policy';
import { readTemplateSubjects } from '../../schema/template-subjects';
import { openAll } from '../../subgraphs/blob';
import { createProfilesEndpoint, defineProfilesSubgraph } from '../../subgraphs/profiles';
import { createConsentImport } from '../../subgraphs/profiles/consent-import';
import type { ConsentImport } from '../../subgraphs/profiles/consent-import';
import { createConsentCommands } from '../../subgraphs/profiles/consent.commands';
import type { ConsentCommands } from '../../subgraphs/profiles/consent.commands';
import { createErasures } from '../../subgraphs/profiles/erase/erasures';
import type { Erasures } from '../../subgraphs/profiles/erase/erasures';
import { createChangeFeed } from '../../subgraphs/profiles/feed';
import { createIdentityRegistry } from '../../subgraphs/profiles/identity';
import type { IdentityRegistry } from '../../subgraphs/profiles/identity';
import { createIngest } from '../../subgraphs/profiles/ingest';
import { createLinkTokens } from '../../subgraphs/profiles/link-token';
import type { LinkTokens } from '../../subgraphs/profiles/link-token';
import { createNotices } from '../../subgraphs/profiles/notices';
import { createRights } from '../../subgraphs/profiles/rights/rights';
import type { Rights } from '../../subgraphs/profiles/rights/rights';
import { createSigning } from '../../subgraphs/profiles/signing';
import { openEmbeddedStore } from '../../subgraphs/profiles/store/embedded';
import type { PlacedChange } from '../../subgraphs/profiles/store/change';
import type { ConsentEvent, Profile, ProfileStore } from '../../subgraphs/profiles/store/store';
import { createSuppressionCommands } from '../../subgraphs/profiles/suppression.commands';
import type { SuppressionCommands } from '../../subgraphs/profiles/suppression.commands';
import { createSuppressionLifts } from '../../subgraphs/profiles/suppression.lift';
import type { SuppressionLifts } from '../../subgraphs/profiles/suppression.lift';
import type { Ingest, IngestBatch, MappedConsent, MappedIdentity, MappedRecord } from '../../subgraphs/source';

export const NOW = Date.UTC(2026, 0, 15, 12, 0, 0);

const SOURCES = [
  { name: 'crm', namespace: 'hubspot.contact' },
  { name: 'commerce', namespace: 'shopify.customer' },
  { name: 'analytics', namespace: 'posthog.distinct_id', multiValued: true },
  { name: 'support', namespace: 'zendesk.user' },
];

export const registry: IdentityRegistry = createIdentityRegistry({
  sources: SOURCES,
  senderNamespaces: ['braze.external_id'],
  secret: { version: 1, value: 'secret of the tests' },
});

export interface OpenedProfiles {
  readonly store: ProfileStore;
  readonly ingest: Ingest;
  readonly commands: ConsentCommands;
  readonly imports: ConsentImport;
  readonly suppressions: SuppressionCommands;
  readonly lifts: SuppressionLifts;
  readonly links: LinkTokens;
  readonly erasures: Erasures;
  readonly rights: Rights;
  /** Where it lies. */
  readonly folder: string;
  /** The clock: moves when it is set. */
  readonly clock: { now: number };
  /** Takes records of a source in. */
  take(source: string, ...records: MappedRecord[]): ReturnType<Ingest>;
  takeBatch(batch: Partial<IngestBatch> & { source: string }): ReturnType<Ingest>;
  profile(id: string | undefined): Promise<Profile>;
  /** Every live customer, in order of id. */
  profiles(): Promise<Profile[]>;
  ledger(id: string | undefined): Promise<ConsentEvent[]>;
  changes(): Promise<PlacedChange[]>;
  /** Ids of the customers an identity is linked to. */
  linked(namespace: string, value: string): Promise<string[]>;
  /** What is stored of a source for a customer, all categories together; null when it is not found. */
  stored(id: string | undefined, source: string): Promise<Record<string, unknown> | null>;
  /** Runs an operation against the subgraph, as the gateway would. */
  ask(query: string, policy?: Partial<RequestPolicy>): Promise<{ data: unknown; codes: unknown[] }>;
  dispose(): Promise<void>;
}

export const privacyOfficer: Partial<RequestPolicy> = {
  principal: { id: 'officer', role: 'PRIVACY_OFFICER', scopes: [] },
  purpose: 'DATA_SUBJECT_RIGHTS',
};

export function policyOf(changed: Partial<RequestPolicy> = {}): RequestPolicy {
  return {
    principal: { id: 'renderer', role: 'RENDERER', scopes: [] },
    purpose: 'EMAIL_MARKETING',
    maxAgeSeconds: 300,
    deadlineAt: NOW + 5_000,
    requestId: 'request',
    ...changed,
  };
}

/** Of a contract, what can be corrected. */
const RECTIFIABLE = new Map([
  ['contact.firstName', { source: 'crm', category: 'NAME' }],
  ['contact.email', { source: 'crm', category: 'CONTACT' }],
  ['birthDate', { source: 'crm', category: 'DEMOGRAPHIC' }],
  ['address.country', { source: 'crm', category: 'LOCATION' }],
  ['cart.checkoutUrl', { source: 'commerce', category: 'BEHAVIOUR' }],
] as const);

const subgraph = defineProfilesSubgraph({ maskKey: 'mask key of the tests' });

/** `privacy` in version 1 was valid until a minute ago. */
const notices = createNotices([
  { id: 'privacy', version: '1', sha256: 'a1'.repeat(32), validUntil: NOW - 60_000 },
  { id: 'privacy', version: '2', sha256: 'a2'.repeat(32), validUntil: null },
]);

/** `open`: another way to open the store of a folder. */
export async function openProfiles(
  open = (folder: string, now: () => number) => openEmbeddedStore({ path: path.join(folder, 'store'), now }),
): Promise<OpenedProfiles> {
  const folder = await mkdtemp(path.join(tmpdir(), 'facet-profiles-'));
  const clock = { now: NOW };
  const now = () => clock.now;
  const store = await open(folder, now);
  const ingest = createIngest({ store, registry, sources: SOURCES, now });
  const links = createLinkTokens('secret of the links');
  const commands = createConsentCommands({ store, links, notices, now });
  const imports = createConsentImport({ store, registry, notices, now });
  const suppressions = createSuppressionCommands({ store, registry, links, now });
  const lifts = createSuppressionLifts({ store, registry, now });
  const sources = SOURCES.map(({ name }) => name);
  const signing = createSigning('signing secret of the tests');
  const erasures = createErasures({ store, registry, sources, signing, now });
  const { publicKey } = signing;
  const rights = createRights({ store, registry, sources, rectifiable: RECTIFIABLE, erasures, publicKey, now });
  const services = {
    ...{ store, registry, commands, imports, suppressions, lifts, links, notices },
    ...{ feed: createChangeFeed(store, 'secret of the cursors'), categoriesOf: new Map(), rights },
    templates: readTemplateSubjects(path.join(__dirname, '..', '..', 'schema', 'templates')),
  };
  const endpoint = createProfilesEndpoint(subgraph, services, now);
  const takeBatch: OpenedProfiles['takeBatch'] = (batch) => ingest({ records: [], fetchedAt: clock.now, ...batch });
  return {
    store,
    ingest,
    ...{ commands, imports, suppressions, lifts, links, erasures, rights, folder },
    clock,
    takeBatch,
    take: (source, ...records) => takeBatch({ source, records }),
    profile: async (id) => {
      const [profile] = await store.findProfiles([id ?? '']);
      if (!profile) throw new Error(`Expected a customer ${id}, but there is none.`);
      return profile;
    },
    profiles: () => store.listProfiles({ limit: 10_000 }),
    ledger: async (id) => (await store.findConsentEvents([id ?? '']))[0] ?? [],
    changes: () => store.findChanges({ after: null, limit: 10_000 }),
    linked: async (namespace, value) => (await store.findCustomerIds([registry.keyOf({ namespace, value })]))[0] ?? [],
    stored: async (id, source) => {
      const [record] = await store.findRecords([{ customerId: id ?? '', source }]);
      if (!record?.found) return null;
      const whole: Record<string, unknown> = {};
      for (const part of Object.values(openAll(record))) {
        for (const [field, value] of Object.entries(part)) {
          const isGroup = typeof value === 'object' && value !== null && !Array.isArray(value);
          whole[field] = isGroup ? { ...(whole[field] as object | undefined), ...value } : value;
        }
      }
      return whole;
    },
    ask: async (query, policy = privacyOfficer) => {
      const { data, errors } = await endpoint({ query, variables: {} }, policyOf(policy));
      return {
        data: JSON.parse(JSON.stringify(data ?? null)) as unknown,
        codes: (errors ?? []).map(({ extensions }) => extensions.code),
      };
    },
    dispose: async () => {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
}

export interface RecordParts {
  readonly version?: number;
  readonly email?: string;
  /** The source does not vouch for the address. */
  readonly unverified?: boolean;
  readonly phone?: string;
  readonly name?: string;
  readonly ids?: ReadonlyArray<readonly [namespace: string, value: string]>;
  readonly categories?: MappedRecord['categories'];
  readonly consents?: readonly MappedConsent[];
  readonly facts?: Partial<MappedRecord['facts']>;
}

/** A record as a source's mapping would make it; its own id first. */
function recordOf(namespace: string, sourceId: string, parts: RecordParts): MappedRecord {
  const { version = 1, email, unverified = false, phone, name = null, ids = [], categories = {} } = parts;
  const identities: MappedIdentity[] = [
    { namespace, value: sourceId, verified: true },
    ...(email === undefined ? [] : [{ namespace: 'email', value: email, verified: !unverified }]),
    ...(phone === undefined ? [] : [{ namespace: 'phone', value: phone, verified: true }]),
    ...ids.map(([other, value]) => ({ namespace: other, value, verified: true })),
  ];
  return {
    sourceId,
    sourceVersion: version,
    categories: {
      ...(name === null ? {} : { NAME: { contact: { firstName: name } } }),
      ...(email === undefined ? {} : { CONTACT: { contact: { email } } }),
      ...categories,
    },
    identities,
    consents: parts.consents ?? [],
    facts: { name, country: null, birthDate: null, suppressions: [], historicValue: null, ...parts.facts },
  };
}

export const contact = (id: string, parts: RecordParts = {}) => recordOf('hubspot.contact', id, parts);
export const shopper = (id: string, parts: RecordParts = {}) => recordOf('shopify.customer', id, parts);
export const visitor = (id: string, parts: RecordParts = {}) => recordOf('posthog.distinct_id', id, parts);
export const requester = (id: string, parts: RecordParts = {}) => recordOf('zendesk.user', id, parts);

/** Consent as a source holds it, `atSeconds` before (negative) or after NOW. */
export function consent(
  action: MappedConsent['action'],
  atSeconds: number,
  changed: Partial<MappedConsent> = {},
): MappedConsent {
  return {
    purpose: 'EMAIL_MARKETING',
    topic: null,
    action,
    basis: 'CONSENT',
    pending: false,
    notice: { id: 'newsletter', version: '1' },
    method: 'web_form',
    occurredAt: NOW + atSeconds * 1_000,
    expiresAt: null,
    ...changed,
  };
}
