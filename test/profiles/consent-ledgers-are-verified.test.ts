// `npm run audit:verify` on the customers' consent ledgers: whatever is done to one is found, by itself or against the audit trail.
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { verifyAudit } from '../../deploy/audit-verify';
import { auditOf, consentEntry } from '../../subgraphs/profiles/audit/entry';
import { createRootsFile } from '../../subgraphs/profiles/audit/roots-file';
import { createAuditTrail } from '../../subgraphs/profiles/audit/trail';
import { createLedgerVerifier } from '../../subgraphs/profiles/audit/verify-ledgers';
import { createSigning } from '../../subgraphs/profiles/signing';
import { chainAfter } from '../../subgraphs/profiles/store/audit';
import { openDatabases } from '../../subgraphs/profiles/store/embedded.databases';
import type { Databases } from '../../subgraphs/profiles/store/embedded.databases';
import { consentEventKey } from '../../subgraphs/profiles/store/embedded.keys';
import { chained } from '../../subgraphs/profiles/store/ledger-chain';
import { CONSENT_ACTIONS } from '../../subgraphs/profiles/store/store';
import type { ConsentEvent, NewConsentEvent } from '../../subgraphs/profiles/store/store';
import { contact, NOW, openProfiles } from './opened-profiles';
import type { OpenedProfiles } from './opened-profiles';

const ID = '01J00000000000000000000001';

const events = fc.array(
  fc.record({
    action: fc.constantFrom(...CONSENT_ACTIONS),
    topic: fc.option(fc.constantFrom('promotions', 'win-back')),
    occurredAt: fc.integer({ min: NOW - 1_000_000, max: NOW }),
    method: fc.string({ maxLength: 8 }),
    expiresAt: fc.option(fc.integer({ min: NOW, max: NOW + 1_000_000 })),
  }),
  { minLength: 2, maxLength: 12 },
);
type Drawn = typeof events extends fc.Arbitrary<infer Value> ? Value : never;

const made = (drawn: Drawn): NewConsentEvent[] =>
  drawn.map((each, index) => ({
    ...{ recordId: `r${index}`, customerId: ID, purpose: 'EMAIL_MARKETING', channel: null, basis: 'CONSENT' },
    ...{
      pending: false,
      notice: null,
      jurisdiction: 'EU',
      language: null,
      proof: null,
      recordedAt: NOW,
      actor: 'officer',
    },
    ...each,
  }));

const chainOf = (all: readonly NewConsentEvent[]): ConsentEvent[] =>
  all.reduce<ConsentEvent[]>((ledger, event) => [...ledger, chained(event, ledger.at(-1) ?? null)], []);

/** The trail tells of `told`; the ledger is as given. */
function faultsOf(told: readonly NewConsentEvent[], ledger: readonly ConsentEvent[]) {
  const verifier = createLedgerVerifier();
  for (const { chainId, text } of auditOf(...told.map(consentEntry)))
    verifier.takeEntry(chainAfter(null, { chainId, text }));
  verifier.takeLedger(ID, ledger, null);
  return verifier.end().faults;
}

/** What is done to a ledger. The last three are by somebody who computes hashes, too, and leaves a chain that is whole. */
const TAMPERINGS = ['flip', 'delete', 'swap', 'truncate', 'repeat', 'rewritten', 'shortened', 'lengthened'] as const;

function tamper(
  ledger: readonly ConsentEvent[],
  how: (typeof TAMPERINGS)[number],
  at: number,
  bit: number,
): ConsentEvent[] {
  const index = at % ledger.length;
  const target = ledger[index] as ConsentEvent;
  const other = (index + 1 + (bit % (ledger.length - 1))) % ledger.length;
  switch (how) {
    case 'flip': {
      const field = (
        ['action', 'topic', 'occurredAt', 'method', 'expiresAt', 'seq', 'prevHash', 'hash', 'actor'] as const
      )[bit % 9];
      const value = target[field ?? 'action'];
      const flipped =
        typeof value === 'number' ? value ^ (1 << (bit % 20)) : value === null ? 'x' : `${value.slice(1)}~`;
      return ledger.with(index, { ...target, [field ?? 'action']: flipped });
    }
    case 'delete':
      return ledger.filter((each) => each !== target);
    case 'swap':
      return ledger.with(index, ledger[other] as ConsentEvent).with(other, target);
    case 'truncate':
      return ledger.slice(0, index);
    case 'repeat':
      return [...ledger.slice(0, index), target, ...ledger.slice(index)];
    case 'rewritten':
      return chainOf(ledger.with(index, { ...target, occurredAt: target.occurredAt + 1 + bit }));
    case 'shortened':
      return chainOf(ledger.filter((each) => each !== target));
    case 'lengthened':
      return chainOf([...ledger, { ...target, recordId: 'one more', action: 'GRANT' }]);
  }
}

describe('A consent ledger', () => {
  it('holds as it was written', () => {
    fc.assert(
      fc.property(events, (drawn) => {
        expect(faultsOf(made(drawn), chainOf(made(drawn)))).toEqual([]);
      }),
    );
  });

  it('does not hold after any of 1,000 flips, deletions, reorders, truncations and rewritings', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(
        events,
        fc.constantFrom(...TAMPERINGS),
        fc.nat(),
        fc.nat({ max: 1_000_000 }),
        (drawn, how, at, bit) => {
          seen.add(how);
          const tampered = tamper(chainOf(made(drawn)), how, at, bit);
          expect(faultsOf(made(drawn), tampered)).not.toEqual([]);
        },
      ),
      { numRuns: 1_000 },
    );
    expect([...seen].toSorted()).toEqual([...TAMPERINGS].toSorted());
  });
});

describe('npm run audit:verify', () => {
  let opened: OpenedProfiles;
  let dataDir: string;
  let auditDir: string;
  let ids: string[];
  const signing = createSigning('signing secret of the tests');

  beforeEach(async () => {
    opened = await openProfiles();
    dataDir = await mkdtemp(path.join(tmpdir(), 'facet-ledgers-'));
    auditDir = path.join(dataDir, 'audit');
    const trail = createAuditTrail({
      ...{ store: opened.store, signing, now: () => NOW },
      keep: createRootsFile(auditDir, signing.publicKey),
    });
    ids = (await opened.take('crm', contact('1'), contact('2'), contact('3'))).customerIds as string[];
    for (const customerId of ids) {
      for (const action of ['GRANT', 'REFUSE', 'OBJECT']) {
        await opened.ask(
          `mutation { recordConsent(input: { customerId: "${customerId}", purpose: PROFILING, action: ${action}, notice: { id: "n", version: "1" }, method: "phone" }) { version } }`,
        );
        opened.clock.now += 1_000;
      }
    }
    await opened.ask(`mutation { eraseCustomer(id: "${ids[2]}") { version } }`);
    await trail.close();
  });
  afterEach(async () => {
    await opened.dispose();
    await rm(dataDir, { recursive: true });
  });

  /** Of a copy of the store to which something was done with its own engine. */
  const verified = async (tamperWith: (databases: Databases) => Promise<unknown>) => {
    const copy = path.join(dataDir, 'store');
    await cp(path.join(opened.folder, 'store'), copy, { recursive: true });
    const databases = await openDatabases({ path: copy });
    await tamperWith(databases);
    await databases.root.close();
    const { ledgers, chains } = await verifyAudit({ dataDir, auditDir });
    expect(chains.flatMap(({ faults }) => faults)).toEqual([]);
    return ledgers;
  };
  const eventAt = ({ consentEvents }: Databases, customerId: string, seq: number) =>
    consentEvents.get(consentEventKey(customerId, seq)) as ConsentEvent;

  it('finds every ledger whole, of who was erased, too', async () => {
    expect(await verified(async () => undefined)).toEqual({ customers: 3, events: 9, faults: [] });
  });

  it('finds an objection that was made a grant', async () => {
    const { faults } = await verified((databases) =>
      databases.consentEvents.put(consentEventKey(ids[0] ?? '', 3), {
        ...eventAt(databases, ids[0] ?? '', 3),
        action: 'GRANT',
      }),
    );
    expect(faults).toEqual([
      { customerId: ids[0], seq: 3, what: 'an event was altered, is missing, or not in its place' },
      { customerId: ids[0], seq: 3, what: 'an event is not the one of which the trail tells' },
      { customerId: ids[0], seq: null, what: 'the state kept of it does not follow from its events' },
    ]);
  });

  it('finds a last event that was taken out, though the chain before it is whole', async () => {
    const { faults } = await verified((databases) => databases.consentEvents.remove(consentEventKey(ids[2] ?? '', 3)));
    expect(faults).toEqual([{ customerId: ids[2], seq: null, what: 'an event of which the trail tells is not there' }]);
  });

  it('finds two events that changed places', async () => {
    const { faults } = await verified(async (databases) => {
      const [first, second] = [eventAt(databases, ids[1] ?? '', 1), eventAt(databases, ids[1] ?? '', 2)];
      await databases.consentEvents.put(consentEventKey(ids[1] ?? '', 1), second);
      await databases.consentEvents.put(consentEventKey(ids[1] ?? '', 2), first);
    });
    expect(faults).toEqual([
      { customerId: ids[1], seq: 1, what: 'an event was altered, is missing, or not in its place' },
    ]);
  });

  it('finds a state that was changed beside its ledger', async () => {
    const { faults } = await verified(async (databases) => {
      const profile = databases.profiles.get(ids[0] ?? '');
      if (profile === undefined) throw new Error('Expected a profile.');
      const consents = profile.consents.map((consent) => ({ ...consent, state: 'GRANTED' as const }));
      await databases.profiles.put(profile.id, { ...profile, consents });
    });
    expect(faults).toEqual([
      { customerId: ids[0], seq: null, what: 'the state kept of it does not follow from its events' },
    ]);
  });
});
