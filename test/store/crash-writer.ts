/**
 * A process that writes to a data folder in every way that profiles does until it is killed, and says of each write when it began and when it was
 * acknowledged.
 *
 * node --require ./typescript.cjs crash-writer.ts FOLDER ROUND
 */
import { writeSync } from 'node:fs';
import { errorCodeOf } from '../../schema/errors';
import type { Principal } from '../../schema/request-policy';
import { createAuditTrail } from '../../subgraphs/profiles/audit/trail';
import { createConsentCommands } from '../../subgraphs/profiles/consent.commands';
import { createDoor } from '../../subgraphs/profiles/door';
import { createErasures } from '../../subgraphs/profiles/erase/erasures';
import { createIdentityRegistry } from '../../subgraphs/profiles/identity';
import { createIngest } from '../../subgraphs/profiles/ingest';
import { createLinkTokens } from '../../subgraphs/profiles/link-token';
import { createSigning } from '../../subgraphs/profiles/signing';
import { openStore } from '../../subgraphs/profiles/store/open-store';
import { createSuppressionCommands } from '../../subgraphs/profiles/suppression.commands';
import type { MappedRecord } from '../../subgraphs/source';

export const ENCRYPTION_KEY = Buffer.alloc(32, 5).toString('base64');
export const SIGNING_SECRET = 'signing secret of the tests';
export const SOURCES = [{ name: 'crm', namespace: 'hubspot.contact' }];
export const registry = createIdentityRegistry({
  sources: SOURCES,
  senderNamespaces: [],
  secret: { version: 1, value: 'secret of the tests' },
});

/** One write. `key` is its own: no two are alike, in whichever round. */
export interface Write {
  readonly kind: 'ingest' | 'consent' | 'erase' | 'suppress' | 'receive' | 'apply' | 'audit';
  readonly key: string;
  readonly customerId?: string;
  readonly version?: number;
}
/** A line of its output. */
export type Said =
  | { readonly at: 'begun' | 'acknowledged'; readonly write: Write }
  | { readonly at: 'failed'; readonly write: Write; readonly code: string };

const WRITERS = 8;
const OFFICER: Principal = { id: 'officer', role: 'PRIVACY_OFFICER', scopes: [] };
const EXPECTED = ['CUSTOMER_UNKNOWN', 'CONFLICT'];

export const addressOf = (contact: string): string => `${contact}@example.org`;

function recordOf(contact: string, version: number): MappedRecord {
  return {
    sourceId: contact,
    sourceVersion: version,
    categories: {
      NAME: { contact: { firstName: contact } },
      CONTACT: { contact: { email: addressOf(contact) } },
      // On pages of its own in one of three.
      SUPPORT_HISTORY: { notes: 'n'.repeat(version % 3 === 0 ? 6_000 : 40) },
    },
    identities: [
      { namespace: 'hubspot.contact', value: contact, verified: true },
      { namespace: 'email', value: addressOf(contact), verified: true },
    ],
    consents: [],
    facts: { name: contact, country: 'DE', birthDate: null, suppressions: [], historicValue: null },
  };
}

async function write(dataDir: string, round: string): Promise<void> {
  const now = Date.now;
  const store = await openStore({ dataDir, encryptionKeys: [ENCRYPTION_KEY] });
  const links = createLinkTokens('secret of the links');
  const signing = createSigning(SIGNING_SECRET);
  const ingest = createIngest({ store, registry, sources: SOURCES, now });
  const consents = createConsentCommands({ store, links, now });
  const suppressions = createSuppressionCommands({ store, registry, links, now });
  const erasures = createErasures({ store, registry, sources: SOURCES.map(({ name }) => name), signing, now });
  const trail = createAuditTrail({ store, signing, now });
  const door = createDoor({ store, ingest, erasures, trail, now });
  await erasures.resume();

  // Synchronous, so that a line is out before the process can be killed.
  const say = (said: Said) => writeSync(1, `${JSON.stringify(said)}\n`);
  const acknowledge = async (begun: Write, work: () => Promise<Partial<Write> | void>) => {
    say({ at: 'begun', write: begun });
    try {
      const more = await work();
      say({ at: 'acknowledged', write: { ...begun, ...more } });
    } catch (error) {
      const code = errorCodeOf(error);
      if (!EXPECTED.includes(code)) say({ at: 'failed', write: begun, code });
    }
  };

  const customers: Array<{ id: string; contact: string }> = [];
  const received: string[] = [];
  let last = 0;
  const any = <Each>(list: readonly Each[]): Each | undefined => list[Math.floor(Math.random() * list.length)];

  async function one(): Promise<void> {
    const number = ++last;
    const key = `${round}-${number}`;
    const customer = any(customers);
    const dice = Math.random();
    if (customer === undefined || dice < 0.2) {
      return acknowledge({ kind: 'ingest', key: `new-${key}`, version: number }, async () => {
        const contact = `new-${key}`;
        const { customerIds } = await ingest({ source: 'crm', records: [recordOf(contact, number)], fetchedAt: now() });
        const [id = ''] = customerIds;
        customers.push({ id, contact });
        return { customerId: id };
      });
    }
    const { id, contact } = customer;
    if (dice < 0.35) {
      return acknowledge({ kind: 'ingest', key: contact, version: number }, async () => {
        await ingest({ source: 'crm', records: [recordOf(contact, number)], fetchedAt: now() });
        return { customerId: id };
      });
    }
    if (dice < 0.6) {
      const action = number % 2 === 0 ? 'GRANT' : 'WITHDRAW';
      return acknowledge({ kind: 'consent', key, customerId: id }, async () => {
        const word = { customerId: id, purpose: 'EMAIL_MARKETING', action, method: 'web_form', topic: key } as const;
        await consents.record(OFFICER, { ...word, idempotencyKey: key });
      });
    }
    if (dice < 0.65) {
      return acknowledge({ kind: 'erase', key: contact, customerId: id }, async () => {
        await erasures.begin(OFFICER, id);
      });
    }
    if (dice < 0.75) {
      return acknowledge({ kind: 'suppress', key: addressOf(`s-${key}`) }, async () => {
        await suppressions.import(OFFICER, [{ email: addressOf(`s-${key}`), reason: 'HARD_BOUNCE' }]);
      });
    }
    if (dice < 0.85) {
      return acknowledge({ kind: 'receive', key }, async () => {
        await door.receive([{ source: 'crm', eventId: key, key: contact, receivedAt: now() }]);
        received.push(key);
      });
    }
    const event = received.shift();
    if (dice < 0.92 && event !== undefined) {
      return acknowledge({ kind: 'apply', key: event }, async () => {
        const records = [recordOf(contact, number)];
        await ingest({ source: 'crm', records, fetchedAt: now(), applied: [{ source: 'crm', eventId: event }] });
      });
    }
    return acknowledge({ kind: 'audit', key }, async () => {
      const read = {
        kind: 'READ',
        at: now(),
        actor: 'renderer',
        role: 'RENDERER',
        purpose: 'PERSONALIZATION',
      } as const;
      await trail.record([{ ...read, action: 'read', subjects: [id], requestId: key }]);
      if (number % 10 === 0) await trail.signRoot();
    });
  }

  await Promise.all(
    Array.from({ length: WRITERS }, async () => {
      for (;;) await one();
    }),
  );
}

if (require.main === module) void write(process.argv[2] ?? '', process.argv[3] ?? '');
