/**
 * One write of each kind that profiles makes, to a data folder that was laid for it: here, or in a process that is stopped in the midst of it.
 *
 * node --require ./typescript.cjs one-write.ts FOLDER WRITE [STEP]    STEP: the process is killed at the step of this number, and says its name; without it
 *                                                                    it says every step, and ends
 */
import { writeSync } from 'node:fs';
import path from 'node:path';
import type { Principal } from '../../schema/request-policy';
import { createRootsFile } from '../../subgraphs/profiles/audit/roots-file';
import { createAuditTrail } from '../../subgraphs/profiles/audit/trail';
import { createConsentCommands } from '../../subgraphs/profiles/consent.commands';
import { createErasures } from '../../subgraphs/profiles/erase/erasures';
import { createIdentityRegistry } from '../../subgraphs/profiles/identity';
import { createIngest } from '../../subgraphs/profiles/ingest';
import { createLinkTokens } from '../../subgraphs/profiles/link-token';
import { createSigning } from '../../subgraphs/profiles/signing';
import { openStore } from '../../subgraphs/profiles/store/open-store';
import type { OnWriteStep } from '../../subgraphs/profiles/store/write-step';
import type { MappedRecord } from '../../subgraphs/source';

/** Some time in 2036. */
export const AT = Date.UTC(2036, 2, 1);
export const ENCRYPTION_KEYS = [Buffer.alloc(32, 7).toString('base64')];
export const WRITES = ['newcomer', 'consent', 'merge', 'erase', 'sign'] as const;
export type WriteName = (typeof WRITES)[number];

const SOURCES = [
  { name: 'crm', namespace: 'hubspot.contact' },
  { name: 'commerce', namespace: 'shopify.customer' },
];
const OFFICER: Principal = { id: 'officer', role: 'PRIVACY_OFFICER', scopes: [] };
const registry = createIdentityRegistry({
  sources: SOURCES,
  senderNamespaces: [],
  secret: { version: 1, value: 'secret of the tests' },
});

async function openProfiles(dataDir: string, at: number, onStep?: OnWriteStep) {
  const now = () => at;
  const store = await openStore({
    ...{ dataDir, encryptionKeys: ENCRYPTION_KEYS, now },
    ...(onStep === undefined ? {} : { onStep }),
  });
  const signing = createSigning('signing secret of the tests');
  const keep = createRootsFile(path.join(dataDir, 'audit'), signing.publicKey);
  const ingest = createIngest({ store, registry, sources: SOURCES, now });
  const idOf = async (namespace: string, value: string) => {
    const [ids] = await store.findCustomerIds([registry.keyOf({ namespace, value })]);
    return ids?.[0] ?? '';
  };
  return {
    store,
    take: (source: string, record: MappedRecord, more: { applied?: [{ source: string; eventId: string }] } = {}) =>
      ingest({ source, records: [record], fetchedAt: at, ...more }),
    consents: createConsentCommands({ store, links: createLinkTokens('secret of the links'), now }),
    erasures: createErasures({ store, registry, sources: SOURCES.map(({ name }) => name), signing, now }),
    trail: createAuditTrail({ store, signing, now, keep }),
    idOf,
  };
}
type OpenedProfiles = Awaited<ReturnType<typeof openProfiles>>;

function recordOf(namespace: string, sourceId: string, version: number, ids: MappedRecord['identities'] = []) {
  const email = `${sourceId}@example.org`;
  return {
    sourceId,
    sourceVersion: version,
    categories: {
      NAME: { contact: { firstName: sourceId } },
      CONTACT: { contact: { email } },
      // On pages of its own.
      SUPPORT_HISTORY: { notes: 'n'.repeat(6_000) },
    },
    identities: [
      { namespace, value: sourceId, verified: true },
      { namespace: 'email', value: email, verified: true },
      ...ids,
    ],
    consents: [
      {
        ...({ purpose: 'EMAIL_MARKETING', topic: null, action: 'GRANT', basis: 'CONSENT', pending: false } as const),
        ...{ notice: null, method: 'web_form', occurredAt: AT - 1_000, expiresAt: null },
      },
    ],
    facts: { name: sourceId, country: 'DE', birthDate: null, suppressions: [], historicValue: null },
  } satisfies MappedRecord;
}

/** Done again, each is done once. */
const write: { readonly [Name in WriteName]: (profiles: OpenedProfiles) => Promise<unknown> } = {
  newcomer: ({ take }) =>
    take('crm', recordOf('hubspot.contact', 'c9', 1), { applied: [{ source: 'crm', eventId: 'e9' }] }),
  consent: async ({ consents, idOf }) => {
    const customerId = await idOf('hubspot.contact', 'c2');
    const word = { customerId, purpose: 'EMAIL_MARKETING', action: 'OBJECT', method: 'phone' } as const;
    await consents.record(OFFICER, { ...word, idempotencyKey: 'k' });
  },
  merge: ({ take }) =>
    take(
      'commerce',
      recordOf('shopify.customer', 's1', 2, [{ namespace: 'hubspot.contact', value: 'c1', verified: true }]),
    ),
  erase: async ({ erasures, store }) => {
    // By its place: the first commit leaves no identity that leads to the person.
    const [, second] = await store.listProfiles({ limit: 2 });
    await erasures.begin(OFFICER, second?.id ?? '');
  },
  sign: ({ trail }) => trail.signRoot(),
};

/** Customers to be merged, to consent and to be erased; a webhook that waits, and a trail whose end is not signed. */
export async function layFolder(dataDir: string): Promise<void> {
  for (const [at, take] of [
    ['hubspot.contact', 'c1'],
    ['hubspot.contact', 'c2'],
    ['shopify.customer', 's1'],
  ].entries()) {
    const [namespace = '', sourceId = ''] = take;
    const profiles = await openProfiles(dataDir, AT - 60_000 + at);
    await profiles.take(namespace === 'hubspot.contact' ? 'crm' : 'commerce', recordOf(namespace, sourceId, 1));
    const read = { kind: 'READ', at: AT, actor: 'renderer', role: 'RENDERER', purpose: 'PERSONALIZATION' } as const;
    if (at < 2) await profiles.trail.signRoot();
    await profiles.trail.record([{ ...read, action: 'read', subjects: [], requestId: sourceId }]);
    await profiles.store.commit({ received: [{ source: 'crm', eventId: `e${9 - at}`, key: 'c9', receivedAt: AT }] });
    await profiles.store.close();
  }
}

export async function perform(dataDir: string, name: WriteName, onStep?: OnWriteStep): Promise<void> {
  const profiles = await openProfiles(dataDir, AT, onStep);
  // As at every start.
  await profiles.erasures.resume();
  await write[name](profiles);
  await profiles.store.close();
}

if (require.main === module) {
  const [dataDir = '', name = '', stop = '0'] = process.argv.slice(2);
  let count = 0;
  void perform(dataDir, name as WriteName, (step) => {
    count++;
    if (stop === '0' || count === Number(stop)) writeSync(1, `${step}\n`);
    if (count === Number(stop)) process.kill(process.pid, 'SIGKILL');
  });
}
