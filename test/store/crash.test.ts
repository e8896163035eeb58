/** The embedded store under `kill -9`, in the middle of everything that profiles writes: what was acknowledged is there, once, and nothing is half there. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { openAll } from '../../subgraphs/blob';
import { CHAIN_ID } from '../../subgraphs/profiles/audit/entry';
import { verifyChain } from '../../subgraphs/profiles/audit/verify';
import { createSigning } from '../../subgraphs/profiles/signing';
import { breakOf } from '../../subgraphs/profiles/store/ledger-chain';
import { openStore } from '../../subgraphs/profiles/store/open-store';
import type { ProfileStore } from '../../subgraphs/profiles/store/store';
import { addressOf, ENCRYPTION_KEY, registry, SIGNING_SECRET } from './crash-writer';
import type { Said, Write } from './crash-writer';

/** More of them: `FACET_CRASH_ROUNDS=100 npm test -- test/store/crash`. */
const ROUNDS = Number(process.env.FACET_CRASH_ROUNDS ?? 5);
const ALL = 1_000_000;
const officer = { namespace: 'hubspot.contact' };

interface History {
  readonly begun: Write[];
  readonly acknowledged: Write[];
  readonly failed: Said[];
}

async function writeUntilKilled(dataDir: string, round: number, history: History): Promise<void> {
  const hook = path.join(__dirname, 'typescript.cjs');
  const child = spawn(
    process.execPath,
    ['--require', hook, path.join(__dirname, 'crash-writer.ts'), dataDir, String(round)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const exited = once(child, 'close');
  // Anywhere in the work, and anywhere in a commit.
  const enough = 20 + Math.floor(Math.random() * 200);
  let count = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line) as Said;
    if (said.at === 'failed') history.failed.push(said);
    else history[said.at].push(said.write);
    if (said.at === 'acknowledged' && ++count === enough) {
      setTimeout(() => child.kill('SIGKILL'), Math.random() * 4);
    }
  }
  expect(await exited).toEqual([null, 'SIGKILL']);
}

/** What contradicts the history, in words; nothing in a store that kept its promises. */
async function findLosses(store: ProfileStore, { begun, acknowledged }: History): Promise<string[]> {
  const losses: string[] = [];
  const told = (kind: Write['kind']) => acknowledged.filter((write) => write.kind === kind);
  const tried = (kind: Write['kind']) => new Set(begun.filter((write) => write.kind === kind).map(({ key }) => key));
  const expectThat = (holds: boolean, loss: string) => void (holds || losses.push(loss));

  const changes = await store.findChanges({ after: null, limit: ALL });
  expectThat(
    changes.every(({ cursor }, index) => cursor === String(index + 1)),
    'the change feed has a gap',
  );
  const toldVersions = new Map<string, number[]>();
  for (const { customerId, version } of changes) {
    toldVersions.set(customerId, [...(toldVersions.get(customerId) ?? []), version]);
  }

  const { publicKey } = createSigning(SIGNING_SECRET);
  const verifier = verifyChain({ chainId: CHAIN_ID, roots: await store.findAuditRoots(CHAIN_ID), publicKey });
  const trail = await store.findAudit({ chainId: CHAIN_ID, limit: ALL });
  trail.forEach((record) => verifier.take(record));
  losses.push(...verifier.end().faults.map(({ what, seq }) => `audit trail at ${seq}: ${what}`));
  const reads = trail.map(({ text }) => (JSON.parse(text) as { requestId?: string }).requestId);
  for (const { key } of told('audit')) {
    expectThat(reads.filter((each) => each === key).length === 1, `audit entry ${key} is not there once`);
  }

  const erasedKeys = tried('erase');
  const contacts = [...tried('ingest')];
  const ids = await store.findCustomerIds(contacts.map((key) => registry.keyOf({ ...officer, value: key })));
  const profiles = await store.listProfiles({ limit: ALL });
  const byId = new Map(profiles.map((profile) => [profile.id, profile]));
  const recordOf = async (customerId: string) => (await store.findRecords([{ customerId, source: 'crm' }]))[0] ?? null;
  for (const profile of profiles) {
    const versions = toldVersions.get(profile.id) ?? [];
    const isToldOnce = versions.length === profile.version && versions.every((version, index) => version === index + 1);
    expectThat(isToldOnce, `${profile.id} has version ${profile.version} and was told of ${versions.join()}`);
    const record = await recordOf(profile.id);
    const isErased = profile.status === 'ERASED';
    expectThat((record === null) === isErased, `${profile.id} is ${profile.status}, its record ${typeof record}`);
    expectThat(isErased || profile.sourceKeys.length === 1, `${profile.id} has ${profile.sourceKeys.length} keys`);
    const tasks = await store.findErasure(profile.id);
    expectThat(tasks.length > 0 === isErased, `${profile.id} is ${profile.status} with ${tasks.length} erasure tasks`);
    // Opens every category: what does not, throws.
    if (record !== null) openAll(record);
  }
  expectThat(
    [...toldVersions.keys()].every((id) => byId.has(id)),
    'a change tells of a customer who is not there',
  );
  const newest = new Map<string, Write>();
  for (const write of told('ingest')) {
    if ((write.version ?? 0) > (newest.get(write.key)?.version ?? 0)) newest.set(write.key, write);
  }
  for (const { key, customerId = '', version = 0 } of newest.values()) {
    const linked = ids[contacts.indexOf(key)] ?? [];
    const profile = byId.get(customerId);
    if (profile?.status === 'ERASED' && erasedKeys.has(key)) {
      expectThat(linked.length === 0, `${key} is erased, and still linked`);
      continue;
    }
    const record = await recordOf(customerId);
    expectThat(linked.join() === customerId, `${key} leads to ${linked.length} customers`);
    // Or a later one that was under way.
    expectThat((record?.sourceVersion ?? 0) >= version, `${key} is at ${record?.sourceVersion}, not ${version}`);
  }
  for (const { key, customerId = '' } of told('erase')) {
    expectThat(byId.get(customerId)?.status === 'ERASED', `${key} was erased, and is not`);
    const [suppressed] = await store.findSuppressions([
      registry.keyOf({ namespace: 'email', value: addressOf(key) }).key,
    ]);
    expectThat(suppressed?.some(({ reason }) => reason === 'ERASED') === true, `the address of ${key} is not kept out`);
  }

  const ledgers = await store.findConsentEvents(profiles.map(({ id }) => id));
  ledgers.forEach((ledger, at) =>
    expectThat(breakOf(ledger) === null, `the ledger of ${profiles[at]?.id} is not intact`),
  );
  const topics = ledgers.flat().map(({ customerId, topic }) => `${customerId} ${topic}`);
  expectThat(new Set(topics).size === topics.length, 'a consent event is there twice');
  for (const { key, customerId } of told('consent')) {
    expectThat(topics.includes(`${customerId} ${key}`), `consent ${key} is lost`);
  }

  for (const { key } of told('suppress')) {
    const [entries] = await store.findSuppressions([registry.keyOf({ namespace: 'email', value: key }).key]);
    expectThat(entries?.length === 1, `${key} is suppressed ${entries?.length} times`);
  }
  const pending = (await store.findPending('crm', ALL)).map(({ eventId }) => eventId);
  expectThat(new Set(pending).size === pending.length, 'an event is pending twice');
  const appliedKeys = tried('apply');
  for (const { key } of told('receive')) {
    expectThat(pending.includes(key) || appliedKeys.has(key), `event ${key} is lost`);
  }
  for (const { key } of told('apply')) expectThat(!pending.includes(key), `event ${key} is to be applied again`);
  return losses;
}

describe('The embedded store, killed while everything writes', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'facet-crash-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it(
    `has lost nothing acknowledged, has nothing twice and nothing half, ${ROUNDS} times`,
    async () => {
      const history: History = { begun: [], acknowledged: [], failed: [] };
      const restartsMs: number[] = [];
      for (let round = 1; round <= ROUNDS; round++) {
        await writeUntilKilled(folder, round, history);
        const at = performance.now();
        const store = await openStore({ dataDir: folder, encryptionKeys: [ENCRYPTION_KEY] });
        restartsMs.push(performance.now() - at);
        try {
          expect({ round, losses: await findLosses(store, history), failed: history.failed }).toEqual({
            round,
            losses: [],
            failed: [],
          });
        } finally {
          await store.close();
        }
      }
      const slowest = Math.max(...restartsMs);
      if (process.env.FACET_CRASH_ROUNDS !== undefined) {
        process.stdout.write(
          `${ROUNDS} kills, ${history.acknowledged.length} acknowledged writes of ${history.begun.length}; slowest start ${Math.round(slowest)} ms\n`,
        );
      }
      // 2,000 is what is promised of a machine that does nothing else.
      expect(slowest).toBeLessThan(10_000);
      const kinds = new Set(history.acknowledged.map(({ kind }) => kind));
      expect([...kinds].sort()).toEqual(['apply', 'audit', 'consent', 'erase', 'ingest', 'receive', 'suppress']);
    },
    60_000 + ROUNDS * 20_000,
  );
});
