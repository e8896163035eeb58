// The audit trail over the real store: what is in it, that reads do not wait for it, and what a killed process leaves behind.
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { verifyAudit } from '../../deploy/audit-verify';
import { createReadAudit, createRequestReads } from '../../subgraphs/read-log';
import { createRootsFile, readRootsFile } from '../../subgraphs/profiles/audit/roots-file';
import { createAuditTrail } from '../../subgraphs/profiles/audit/trail';
import type { AuditEntry } from '../../subgraphs/profiles/audit/entry';
import { createSigning } from '../../subgraphs/profiles/signing';
import { openEmbeddedStore } from '../../subgraphs/profiles/store/embedded';
import type { ProfileStore } from '../../subgraphs/profiles/store/store';
import type { RequestPolicy } from '../../schema/request-policy';
import { decideAccess } from '../../schema/access';
import { contact, openProfiles, policyOf, privacyOfficer } from './opened-profiles';
import type { OpenedProfiles } from './opened-profiles';

const entriesIn = async (store: Pick<ProfileStore, 'findAudit'>) =>
  (await store.findAudit({ chainId: 'profiles', limit: 1_000 })).map(({ text }) => JSON.parse(text) as AuditEntry);

describe('Changes', () => {
  let opened: OpenedProfiles;
  beforeEach(async () => {
    opened = await openProfiles();
  });
  afterEach(() => opened.dispose());

  it('are in the trail by their own commit: who, whom, for what, and no value', async () => {
    const [id = ''] = (await opened.take('crm', contact('5', { email: 'ann@canary.example', name: 'Ann' })))
      .customerIds;
    await opened.ask(
      `mutation { recordConsent(input: { customerId: "${id}", purpose: PROFILING, action: OBJECT, notice: { id: "n", version: "1" }, method: "phone" }) { version } }`,
    );
    await opened.ask(`mutation { restrictCustomer(id: "${id}") { version } }`);
    await opened.ask(`mutation { eraseCustomer(id: "${id}") { version } }`);
    const entries = await entriesIn(opened.store);
    expect(
      entries.map(({ kind, action, actor, purpose, subjects }) => [kind, action, actor, purpose, subjects]),
    ).toEqual([
      ['CONSENT', 'OBJECT', 'officer', 'PROFILING', [id]],
      ['RIGHTS', 'restrictCustomer', 'officer', 'DATA_SUBJECT_RIGHTS', [id]],
      ['RIGHTS', 'eraseCustomer', 'officer', 'DATA_SUBJECT_RIGHTS', [id]],
      ['RIGHTS', 'erased', 'facet', 'DATA_SUBJECT_RIGHTS', [id]],
    ]);
    expect(JSON.stringify(entries)).not.toMatch(/canary|Ann|phone/);
  });

  it('are found by the privacy officer, the newest first, page by page; and by nobody else', async () => {
    const ids: string[] = [];
    for (const key of ['5', '6', '7']) {
      const [id = ''] = (await opened.take('crm', contact(key))).customerIds;
      ids.push(id);
      await opened.ask(`mutation { restrictCustomer(id: "${id}") { version } }`);
    }
    const page = async (args: string) =>
      (
        (await opened.ask(`{ auditTrail${args} { entries { seq action subjects actor role } next } }`)).data as {
          auditTrail: { entries: Array<{ seq: number; subjects: string[] }>; next: string | null };
        }
      ).auditTrail;
    const first = await page('(first: 2)');
    expect(first.entries.map(({ seq }) => seq)).toEqual([3, 2]);
    const second = await page(`(first: 2, after: "${first.next}")`);
    expect([second.entries.map(({ seq }) => seq), second.next]).toEqual([[1], null]);
    expect((await page(`(filter: { customerId: "${ids[1]}", kind: RIGHTS, actor: "officer" })`)).entries).toEqual([
      { seq: 2, action: 'restrictCustomer', subjects: [ids[1]], actor: 'officer', role: 'PRIVACY_OFFICER' },
    ]);
    expect((await page('(filter: { kind: READ })')).entries).toEqual([]);
    for (const role of ['RENDERER', 'ANALYST', 'SUPPORT_AGENT', 'ADMIN', 'DATA_SUBJECT'] as const) {
      const asked = await opened.ask('{ auditTrail { next } }', { principal: { id: 'x', role, scopes: [] } });
      expect(asked.codes).toEqual(['ROLE_NOT_ENTITLED']);
    }
    expect((await opened.ask('{ auditTrail(first: 101) { next } }', privacyOfficer)).codes).toEqual(['BAD_USER_INPUT']);
  });
});

describe('Reads', () => {
  const access = decideAccess(policyOf(privacyOfficer), 'a', null);
  const readsOf = (...ids: string[]) => {
    const reads = createRequestReads();
    for (const id of ids) reads.customer(id, access);
    reads.category('CONTACT');
    return reads;
  };
  const policy: RequestPolicy = policyOf();

  it('are joined over the requests of a moment: each principal, purpose and decision one entry with everybody', async () => {
    const recorded: AuditEntry[] = [];
    const record = async (entries: readonly AuditEntry[]) => void recorded.push(...entries);
    const audit = createReadAudit({ subgraph: 'crm', record, now: () => 7 });
    audit.note(policy, readsOf('a', 'b'));
    audit.note(policy, readsOf('b', 'c'));
    audit.note(policyOf({ purpose: 'ESSENTIAL_SERVICE' }), readsOf('a'));
    audit.note(policy, createRequestReads());
    expect(recorded).toEqual([]);
    await audit.close();
    const entry = {
      ...{ kind: 'READ', at: 7, actor: 'renderer', role: 'RENDERER', purpose: 'EMAIL_MARKETING', action: 'read' },
      categories: { clear: [], masked: [], withheld: ['CONTACT'] },
    };
    expect(recorded).toEqual([
      { ...entry, subjects: ['a', 'b', 'c'], details: { subgraph: 'crm', requests: 2 } },
      { ...entry, purpose: 'ESSENTIAL_SERVICE', subjects: ['a'], details: { subgraph: 'crm', requests: 1 } },
    ]);
  });

  it('are kept for the next time when they cannot be handed over', async () => {
    const recorded: AuditEntry[] = [];
    let fails = true;
    const record = async (entries: readonly AuditEntry[]) => {
      if (fails) throw new Error('down');
      recorded.push(...entries);
    };
    const audit = createReadAudit({ subgraph: 'crm', record, now: () => 7 });
    audit.note(policy, readsOf('a'));
    await expect(audit.flush()).rejects.toThrow('down');
    audit.note(policy, readsOf('b'));
    fails = false;
    await audit.close();
    expect(recorded.map(({ subjects }) => [...subjects].sort())).toEqual([['a', 'b']]);
  });
});

describe('The trail', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'facet-audit-'));
  });
  afterEach(() => rm(dataDir, { recursive: true }));

  const signing = createSigning('signing secret of the tests');
  const auditDir = () => path.join(dataDir, 'audit');
  const entry = (action: string): AuditEntry => ({
    ...{ kind: 'ADMINISTRATION', at: 1, actor: 'facet', role: null, purpose: null, action, subjects: [] },
  });
  const open = async () => {
    const store = await openEmbeddedStore({ path: path.join(dataDir, 'store') });
    const keep = createRootsFile(auditDir(), signing.publicKey);
    return { store, trail: createAuditTrail({ store, signing, now: () => 9, keep }) };
  };

  it('is signed on a clean stop, in the store and in the file beside it, once for what is new', async () => {
    const { store, trail } = await open();
    await trail.record([entry('one'), entry('two')]);
    await trail.close();
    await trail.signRoot();
    await store.close();
    expect(await verifyAudit({ dataDir, auditDir: auditDir() })).toEqual({
      chains: [{ chainId: 'profiles', entries: 2, signed: 2, faults: [] }],
      ledgers: { customers: 0, events: 0, faults: [] },
    });
    expect(await readRootsFile(auditDir())).toHaveLength(1);
  });

  it('goes on behind a root that a process ended in the midst of', async () => {
    const first = await open();
    await first.trail.record([entry('one')]);
    await first.trail.close();
    await first.store.close();
    await appendFile(path.join(auditDir(), 'roots.ndjson'), '{"chainId":"profiles","seq":2,"ha');
    const second = await open();
    await second.trail.record([entry('two')]);
    await second.trail.close();
    await second.store.close();
    expect((await readRootsFile(auditDir())).map(({ seq }) => seq)).toEqual([1, 2]);
  });

  it('goes on after a restart, and is verified beside a writer that is at work', async () => {
    const first = await open();
    await first.trail.record([entry('one')]);
    await first.trail.close();
    await first.store.close();
    const second = await open();
    await second.trail.record([entry('two')]);
    expect((await verifyAudit({ dataDir, auditDir: auditDir() })).chains).toEqual([
      { chainId: 'profiles', entries: 2, signed: 1, faults: [] },
    ]);
    await second.store.close();
  });

  it('does not hold when the whole store was put back to what it was before a root', async () => {
    const { store, trail } = await open();
    await trail.record([entry('one')]);
    await trail.signRoot();
    await store.close();
    await rm(path.join(dataDir, 'store'), { recursive: true });
    const again = await open();
    await again.trail.record([entry('another')]);
    await again.store.close();
    expect((await verifyAudit({ dataDir, auditDir: auditDir() })).chains[0]?.faults).toEqual([
      { chainId: 'profiles', seq: 1, what: 'a root signs another entry' },
    ]);
  });
});
