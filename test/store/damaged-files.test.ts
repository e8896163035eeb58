/** Files of the embedded store that were cut off, overwritten or removed: found at start, or nothing wrong is served. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { open } from 'lmdb';
import { errorCodeOf } from '../../schema/errors';
import { openEmbeddedStore } from '../../subgraphs/profiles/store/embedded';
import { SCHEMA_VERSION } from '../../subgraphs/profiles/store/embedded.databases';
import { createKeyEncryption } from '../../subgraphs/profiles/seal/key-encryption';
import { openContents } from '../../subgraphs/profiles/store/open-contents';
import { takeBackup } from '../../subgraphs/profiles/transfer/backup';
import { openStore } from '../../subgraphs/profiles/store/open-store';
import { customerId, profile } from './contract';
import type { Said } from './crash-writer';
import { laySoundStore } from './sound-store';

const PAGE_BYTES = 4096;
const LOOKS = 40;
/** Writes that are acknowledged. */
const LOOK_EVERY = 40;
const CHILD = path.join(__dirname, 'damage.child.cjs');
/** More of them: `FACET_DAMAGE_ROUNDS=5000 npm test -- test/store/damaged-files`. */
const ROUNDS = Number(process.env.FACET_DAMAGE_ROUNDS ?? 150);

describe('A data folder that was damaged', () => {
  let folder: string;
  let sound: string;
  let data: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'facet-damage-'));
    sound = path.join(folder, 'sound');
    data = path.join(folder, 'data');
    await laySoundStore(sound);
  });
  beforeEach(() => {
    rmSync(data, { recursive: true, force: true });
    cpSync(sound, data, { recursive: true });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const opening = () =>
    openStore({ dataDir: data, encryptionKeys: [Buffer.alloc(32, 9).toString('base64')] }).then(
      async (store) => {
        await store.close();
        return ['opened', ''];
      },
      (error: Error) => [errorCodeOf(error), error.message],
    );

  it(
    'at random is refused, or answers the truth or a coded error, and never ends the process',
    async () => {
      const seed = Math.floor(Math.random() * 2 ** 31);
      const child = spawn(process.execPath, [CHILD, sound, folder, String(seed), String(ROUNDS)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exited = once(child, 'close');
      const outcomes = { refused: 0, opened: 0 };
      const bad: unknown[] = [];
      let last: unknown;
      for await (const line of createInterface({ input: child.stdout })) {
        const said = JSON.parse(line) as { file?: string; refused?: string; wrong?: unknown[] };
        if (said.file !== undefined) last = said;
        else if (said.refused === 'STORE_CORRUPT') outcomes.refused++;
        else if (said.wrong?.length === 0) outcomes.opened++;
        else bad.push({ ...said, damage: last });
      }
      expect({ seed, last, exited: await exited, bad }).toEqual({ seed, last, exited: [0, null], bad: [] });
      expect(outcomes.refused + outcomes.opened).toBe(ROUNDS);
      // Nearly half of the damage hits nothing that is in use.
      expect(outcomes.refused).toBeGreaterThan(ROUNDS / 3);
      if (process.env.FACET_DAMAGE_ROUNDS !== undefined) {
        process.stdout.write(
          `${outcomes.refused} of ${ROUNDS} damaged copies refused, the others answered nothing wrong\n`,
        );
      }
    },
    60_000 + ROUNDS * 200,
  );

  it.each([
    ['store', 'data.mdb'],
    ['keys', 'index', 'data.mdb'],
    ['keys', 'slots'],
  ])('is refused when of %s the file %s %s is empty, gone or a folder', async (...parts) => {
    const file = path.join(data, ...parts.filter((part) => part !== undefined));
    const codes: unknown[] = [];
    truncateSync(file, 0);
    codes.push((await opening())[0]);
    rmSync(file);
    codes.push((await opening())[0]);
    rmSync(file, { force: true });
    mkdirSync(file);
    codes.push((await opening())[0]);
    expect(codes).toEqual(['STORE_CORRUPT', 'STORE_CORRUPT', 'STORE_CORRUPT']);
  });

  it.each([
    ['store', 'data.mdb'],
    ['keys', 'index', 'data.mdb'],
  ])('is refused to who verifies, exports or backs up, whichever page of its %s is overwritten', async (...parts) => {
    const file = path.join(data, ...parts.filter((part) => part !== undefined));
    const bytes = readFileSync(file);
    const contents = () => openContents({ dataDir: data, readOnly: true, now: Date.now });
    const backup = () =>
      takeBackup({
        ...{ dataDir: data, to: path.join(folder, 'backup'), now: Date.now, identitySecret: 'secret of the tests' },
        encryption: createKeyEncryption([Buffer.alloc(32, 9).toString('base64')]),
      });
    const codeOf = (work: Promise<unknown>) => work.then(() => 'done', errorCodeOf);
    const codes = new Set<string>();
    // Behind the header pages.
    for (let at = 2 * PAGE_BYTES; at < bytes.length; at += PAGE_BYTES) {
      const damaged = Buffer.from(bytes);
      damaged[at + 18] = 0xff;
      writeFileSync(file, damaged);
      const code = await codeOf(contents().then((opened) => opened.close()));
      codes.add(code);
      if (code === 'STORE_CORRUPT') expect([at, await codeOf(backup())]).toEqual([at, code]);
    }
    // Some pages are free.
    expect([...codes].toSorted()).toEqual(expect.arrayContaining(['STORE_CORRUPT']));
    writeFileSync(file, bytes);
    await (await contents()).close();
  });

  it('only is refused: a sound one never, however often it is looked at while others write', async () => {
    const busy = path.join(folder, 'busy');
    const args = [
      '--require',
      path.join(__dirname, 'typescript.cjs'),
      path.join(__dirname, 'crash-writer.ts'),
      busy,
      '1',
    ];
    const writer = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(writer, 'close');
    let acknowledged = 0;
    const looks: Array<Promise<string>> = [];
    for await (const line of createInterface({ input: writer.stdout })) {
      if ((JSON.parse(line) as Said).at !== 'acknowledged' || ++acknowledged % LOOK_EVERY !== 0) continue;
      if (looks.length === LOOKS) writer.kill('SIGKILL');
      else
        looks.push(
          openContents({ dataDir: busy, readOnly: true, now: Date.now }).then(
            (opened) => opened.close().then(() => 'sound'),
            (error: Error) => error.message,
          ),
        );
    }
    await ended;
    expect([...new Set(await Promise.all(looks))]).toEqual(['sound']);
  });

  it('says which part is missing, without a path', async () => {
    rmSync(path.join(data, 'keys'), { recursive: true });
    expect(await opening()).toEqual([
      'STORE_CORRUPT',
      'Expected a sound profile store; the profiles are there, and the subjects’ keys are gone. Restore a backup.',
    ]);
    cpSync(path.join(sound, 'keys'), path.join(data, 'keys'), { recursive: true });
    rmSync(path.join(data, 'store'), { recursive: true });
    expect(await opening()).toEqual([
      'STORE_CORRUPT',
      'Expected a sound profile store; the subjects’ keys are there, and the profiles are gone. Restore a backup.',
    ]);
  });

  it('is not touched where a start was cut off before it had made both parts', async () => {
    rmSync(data, { recursive: true });
    await (await openEmbeddedStore({ path: path.join(data, 'store') })).close();
    mkdirSync(path.join(data, 'keys', 'index'), { recursive: true });
    writeFileSync(path.join(data, 'keys', 'index', 'data.mdb'), '');
    expect(await opening()).toEqual(['opened', '']);
  });
});

describe('A store from before values carried checksums', () => {
  it('is read, and written to', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'facet-older-'));
    const root = open({ path: folder, noSubdir: false, overlappingSync: false });
    const plain = { useRecords: false } as object;
    root.openDB('meta', plain).putSync('schemaVersion', SCHEMA_VERSION);
    root.openDB('profiles', plain).putSync(customerId(1), profile(1));
    await root.close();
    for (const written of [2, 3]) {
      const store = await openEmbeddedStore({ path: folder });
      await store.commit({ profiles: [profile(written)] });
      await store.close();
    }
    const store = await openEmbeddedStore({ path: folder });
    expect(await store.listProfiles({ limit: 9 })).toEqual([profile(1), profile(2), profile(3)]);
    await store.close();
    rmSync(folder, { recursive: true });
  });
});
