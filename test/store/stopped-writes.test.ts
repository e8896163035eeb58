/**
 * A process that is stopped in the midst of a write to a data folder: at each step that has a name, and below the engine before each call with which it
 * writes or flushes, whatever was not flushed lost. The last commit or the next is there, nothing between, and the write can be done again.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { verifyAudit } from '../../deploy/audit-verify';
import { openAll } from '../../subgraphs/blob';
import { openSubjectKeys } from '../../subgraphs/profiles/seal/subject-keys';
import { createKeyEncryption } from '../../subgraphs/profiles/seal/key-encryption';
import { COLLECTIONS, entriesOf } from '../../subgraphs/profiles/store/contents';
import { openEmbeddedStore } from '../../subgraphs/profiles/store/embedded';
import { openStoredContents } from '../../subgraphs/profiles/store/open-contents';
import { openStore } from '../../subgraphs/profiles/store/open-store';
import { COMMIT_STEPS, DESTROY_STEPS } from '../../subgraphs/profiles/store/write-step';
import { findFaults } from '../../subgraphs/profiles/transfer/verify';
import { AT, ENCRYPTION_KEYS, layFolder, perform, WRITES } from './one-write';
import type { WriteName } from './one-write';

/** Every write in every way: `FACET_FAULTS=all npm test -- test/store/stopped-writes`. */
const ALL = process.env.FACET_FAULTS === 'all';
const HOW = ['kill', 'torn', 'cut', 'some'] as const;
/** Destroyed at the next start. */
const KEYS_LEFT = ['key of an erased customer', 'key of a merged customer'];
const now = () => AT;

const canFault = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0;
if (!canFault)
  process.stderr.write(
    'Skipped: the embedded store stopped below its engine, which needs Linux and a C compiler (apt-get install gcc libc6-dev).\n',
  );
const withFaults = canFault ? it : it.skip;

let folder: string;
let laid: string;
let library: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'facet-stopped-'));
  laid = path.join(folder, 'laid');
  library = path.join(folder, 'fault.so');
  await layFolder(laid);
  if (!canFault) return;
  const source = path.join(__dirname, 'fault.c');
  const { status, stderr } = spawnSync(
    'cc',
    ['-shared', '-fPIC', '-O1', '-Wall', '-Wextra', '-Werror', '-o', library, source, '-ldl', '-lpthread'],
    { encoding: 'utf8' },
  );
  expect([status, stderr]).toEqual([0, '']);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let copies = 0;
function copyOf(dataDir: string): string {
  const copy = path.join(folder, `copy-${++copies}`);
  cpSync(dataDir, copy, { recursive: true });
  return copy;
}

/** All that is stored, opened; ids, hashes and signatures of a write that is done twice are not the same, and are not compared. */
async function stateOf(dataDir: string): Promise<string> {
  const contents = await openStoredContents({ ...placesOf(dataDir), readOnly: true, now });
  const all: unknown[] = [];
  for (const name of COLLECTIONS) {
    if (name === 'subjectKeys' || name === 'sourceRecords') continue;
    for await (const entry of entriesOf(contents, name)) all.push([name, entry]);
  }
  const asked: Array<{ customerId: string; source: string }> = [];
  for await (const { customerId, source } of entriesOf(contents, 'sourceRecords')) asked.push({ customerId, source });
  await contents.close();
  const store = await openStore({ dataDir, encryptionKeys: ENCRYPTION_KEYS, readOnly: true, now });
  const records = await store.findRecords(asked);
  all.push(records.map((record) => record && { ...record, blobs: openAll(record) }));
  await store.close();
  const names = new Map<string, string>();
  return JSON.stringify(all, null, 1)
    .replaceAll(/[0-9A-HJKMNP-TV-Z]{26}/g, (id) => names.get(id) ?? names.set(id, `id ${names.size}`).get(id) ?? '')
    .replaceAll(/[0-9a-f]{64}/g, 'hash')
    .replaceAll(/[\w-]{86}/g, 'signature');
}

const placesOf = (dataDir: string) => ({ store: path.join(dataDir, 'store'), keys: path.join(dataDir, 'keys') });

/** What verifies a store finds wrong. */
async function faultsOf(dataDir: string): Promise<string[]> {
  const contents = await openStoredContents({ ...placesOf(dataDir), readOnly: true, now });
  const faults: string[] = [];
  for await (const { what } of findFaults({ contents, encryption: createKeyEncryption(ENCRYPTION_KEYS) }))
    faults.push(what);
  await contents.close();
  const { chains, ledgers } = await verifyAudit({ dataDir, auditDir: path.join(dataDir, 'audit') });
  return [...faults, ...[...chains.flatMap((chain) => chain.faults), ...ledgers.faults].map(({ what }) => what)];
}

/** The states a write leads through, one after each of its commits; the first is before it. */
async function statesOf(name: WriteName): Promise<string[]> {
  const dataDir = copyOf(laid);
  const between: string[] = [];
  await perform(dataDir, name, (step) => void (step === 'told' && between.push(copyOf(dataDir))));
  const states = [await stateOf(laid)];
  for (const each of between) states.push(await stateOf(each));
  expect(await stateOf(dataDir)).toBe(states.at(-1));
  expect(new Set(states).size).toBe(states.length);
  return states;
}

/** Performs it in a process of its own. Answers the steps it said, and how it ended. */
async function performApart(dataDir: string, name: WriteName, step = '', env: NodeJS.ProcessEnv = {}) {
  const args = [
    '--require',
    path.join(__dirname, 'typescript.cjs'),
    path.join(__dirname, 'one-write.ts'),
    dataDir,
    name,
    step,
  ];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said, [code, signal]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return { steps: said.split('\n').slice(0, -1), ended: (signal ?? code) as string | number };
}

/** What is there after a stop is one of these states, and what is left undone is done at the next start. */
async function expectWhole(dataDir: string, name: WriteName, allowed: readonly string[], last: string | undefined) {
  const state = await stateOf(dataDir);
  expect(allowed).toContain(state);
  expect((await faultsOf(dataDir)).filter((fault) => !KEYS_LEFT.includes(fault))).toEqual([]);
  await perform(dataDir, name);
  expect(await stateOf(dataDir)).toBe(last);
  expect(await faultsOf(dataDir)).toEqual([]);
}

async function inPairs<Each>(all: readonly Each[], work: (each: Each) => Promise<void>): Promise<void> {
  const left = [...all];
  const one = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await work(next);
  };
  await Promise.all([one(), one()]);
}

describe('A write of another process', () => {
  it('is there, key and record, for who reads beside it and is told of it in the midst of its own reads', async () => {
    const dataDir = copyOf(laid);
    const store = await openEmbeddedStore({ path: placesOf(dataDir).store, readOnly: true });
    const keys = await openSubjectKeys({ path: placesOf(dataDir).keys, readOnly: true });
    // Each read takes a snapshot, which the engine keeps for the rest of a turn: nothing else runs before the next ones.
    const before = store.listProfiles({ limit: 10 });
    void keys.find(['nobody']);
    const hook = path.join(__dirname, 'typescript.cjs');
    const { status } = spawnSync(process.execPath, [
      '--require',
      hook,
      path.join(__dirname, 'one-write.ts'),
      dataDir,
      'newcomer',
    ]);
    void keys.find(['nobody']);
    const known = keys.list({ limit: 10 });
    const profiles = store.listProfiles({ limit: 10 });
    expect([status, (await before).length]).toEqual([0, 3]);
    expect((await profiles).map(({ id }) => id)).toEqual(await known);
    expect(await profiles).toHaveLength(4);
    await store.close();
    await keys.close();
  });
});

describe('A write that is stopped', () => {
  it('at any step that has a name leaves the last commit or the next, and is done again', async () => {
    const stoppedAt = new Set<string>();
    await inPairs(WRITES, async (name) => {
      const states = await statesOf(name);
      for (let number = 1, commits = 0; ; number++) {
        const dataDir = copyOf(laid);
        const { steps, ended } = await performApart(dataDir, name, String(number));
        if (ended !== 'SIGKILL') {
          expect({ ended, commits }).toEqual({ ended: 0, commits: states.length - 1 });
          break;
        }
        const [step = ''] = steps;
        stoppedAt.add(step);
        if (step === 'flushed') commits++;
        await expectWhole(dataDir, name, [states[commits] ?? ''], states.at(-1));
        rmSync(dataDir, { recursive: true });
      }
    });
    expect([...stoppedAt].toSorted()).toEqual([...COMMIT_STEPS, ...DESTROY_STEPS].toSorted());
  }, 240_000);

  withFaults(
    'before any call that writes or flushes leaves the last commit or the next, whatever was not flushed',
    async () => {
      const calls = new Set<string>();
      await inPairs(ALL ? WRITES : (['newcomer', 'erase'] as const), async (name) => {
        const states = await statesOf(name);
        const log = path.join(folder, `${name}.log`);
        const faultsIn = (dataDir: string, at: number, how: string) => ({
          ...{ LD_PRELOAD: library, FAULT_BELOW: dataDir, FAULT_AT: String(at), FAULT_HOW: how },
        });
        const through = copyOf(laid);
        const { ended } = await performApart(through, name, '', { ...faultsIn(through, 0, 'kill'), FAULT_LOG: log });
        expect(ended).toBe(0);
        const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
        for (const line of lines) calls.add(line.split(' ').slice(1, 3).join(' '));
        for (let at = 1; at <= lines.length; at++) {
          // Each way at some calls, and what loses most at all of them.
          const ways = ALL ? HOW : [at % 2 === 0 ? 'cut' : (HOW[(at >> 1) % HOW.length] ?? 'some')];
          for (const how of ways) {
            const dataDir = copyOf(laid);
            const stopped = await performApart(dataDir, name, '', faultsIn(dataDir, at, how));
            expect({ name, at, how, ended: stopped.ended }).toEqual({ name, at, how, ended: 'SIGKILL' });
            const commits = stopped.steps.filter((step) => step === 'flushed').length;
            await expectWhole(dataDir, name, states.slice(commits, commits + 2), states.at(-1));
            rmSync(dataDir, { recursive: true });
          }
        }
      });
      // Where this is not so, calls are made that are not seen.
      for (const seen of ['pwrite /store/data.mdb', 'writev /store/data.mdb', 'fdatasync /store/data.mdb'])
        expect([...calls]).toContain(seen);
      for (const seen of ['pwrite /keys/slots', 'fdatasync /keys/slots', 'fdatasync /keys/index/data.mdb'])
        expect([...calls]).toContain(seen);
    },
    ALL ? 1_200_000 : 240_000,
  );
});
