import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { CATEGORIES } from '../../schema/policy';
import { createKeyEncryption } from '../../subgraphs/profiles/seal/key-encryption';
import { rotateSubjectKeys } from '../../subgraphs/profiles/seal/rotate';
import { sealStore } from '../../subgraphs/profiles/seal/sealed-store';
import { openSubjectKeys } from '../../subgraphs/profiles/seal/subject-keys';
import type { SubjectKeys } from '../../subgraphs/profiles/seal/subject-keys';
import { openEmbeddedStore } from '../../subgraphs/profiles/store/embedded';
import type { ProfileStore, StoredRecord } from '../../subgraphs/profiles/store/store';

const KEK = randomBytes(32).toString('base64');
const NEXT_KEK = randomBytes(32).toString('base64');
const NOT_OPEN = 'the stored bytes do not open';
const CANARY = 'canary-7f3a91c2@example.com';

let folder: string;
/** As it lies on disk. */
let bare: ProfileStore;
let keys: SubjectKeys;
let store: ProfileStore;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'facet-seal-'));
  bare = await openEmbeddedStore({ path: path.join(folder, 'store') });
  keys = await openSubjectKeys({ path: path.join(folder, 'keys') });
  store = sealStore(bare, { keys, encryption: createKeyEncryption([KEK]) });
});
afterEach(async () => {
  await bare.close();
  await keys.close();
  await rm(folder, { recursive: true });
});

const recordOf = (customerId: string, source: string, text = CANARY): StoredRecord => ({
  customerId,
  source,
  sourceId: '1',
  found: true,
  sourceVersion: 1,
  fetchedAt: 0,
  schemaVersion: 1,
  blobs: { CONTACT: Buffer.from(text), NAME: Buffer.from('Ada') },
});
const find = async (from: ProfileStore, customerId: string, source = 'crm') =>
  (await from.findRecords([{ customerId, source }]))[0];
const reopened = (...encryptionKeys: string[]) =>
  sealStore(bare, { keys, encryption: createKeyEncryption(encryptionKeys) });

describe('Records at rest', () => {
  it('come back as they were handed in, and lie on disk sealed', async () => {
    await store.commit({ records: [recordOf('A', 'crm'), recordOf('B', 'crm', 'other')] });
    const found = await find(store, 'A');
    expect(CATEGORIES.flatMap((each) => (found?.blobs[each] ? [[each, String(found.blobs[each])]] : []))).toEqual([
      ['CONTACT', CANARY],
      ['NAME', 'Ada'],
    ]);
    expect(String((await find(reopened(KEK), 'B'))?.blobs.CONTACT)).toBe('other');
    await bare.close();
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    for (const entry of files.filter((each) => each.isFile())) {
      const bytes = await readFile(path.join(entry.parentPath, entry.name));
      expect({ file: entry.name, holds: bytes.includes(CANARY) }).toEqual({ file: entry.name, holds: false });
    }
    bare = await openEmbeddedStore({ path: path.join(folder, 'store') });
  });

  it('open for whoever reads them after any number of writes at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('C', 'D', 'E'), { minLength: 1, maxLength: 12 }), async (ids) => {
        await Promise.all(
          ids.map((id, index) => store.commit({ records: [recordOf(id, `s${index}`, `${id}${index}`)] })),
        );
        const fresh = reopened(KEK);
        for (const [index, id] of ids.entries()) {
          expect(String((await find(fresh, id, `s${index}`))?.blobs.CONTACT)).toBe(`${id}${index}`);
        }
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    ['another subject', { customerId: 'B' }],
    ['another source', { source: 'shop' }],
    ['another shape', { schemaVersion: 2 }],
  ])('do not open when they were moved to %s', async (_what, moved: Partial<StoredRecord>) => {
    await store.commit({ records: [recordOf('A', 'crm'), recordOf('B', 'other')] });
    const sealed = await find(bare, 'A');
    await bare.commit({ records: [{ ...(sealed as StoredRecord), ...moved }] });
    const found = await find(store, moved.customerId ?? 'A', moved.source);
    expect(() => found?.blobs.CONTACT).toThrow(NOT_OPEN);
  });

  it('do not open when two categories were swapped, or one byte was changed', async () => {
    await store.commit({ records: [recordOf('A', 'crm')] });
    const sealed = (await find(bare, 'A')) as StoredRecord;
    const { CONTACT = Buffer.alloc(0), NAME = Buffer.alloc(0) } = sealed.blobs;
    const refuse = async (blobs: StoredRecord['blobs']) => {
      await bare.commit({ records: [{ ...sealed, blobs }] });
      const found = await find(store, 'A');
      expect(() => found?.blobs.CONTACT).toThrow(NOT_OPEN);
    };
    await refuse({ CONTACT: NAME, NAME: CONTACT });
    for (let at = 0; at < CONTACT.length; at += 1) {
      const flipped = Buffer.from(CONTACT);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      await refuse({ CONTACT: flipped });
    }
    await refuse({ CONTACT: Buffer.alloc(0) });
  });

  it('open with none but the right key-encryption key', async () => {
    await store.commit({ records: [recordOf('A', 'crm')] });
    await expect(find(reopened(NEXT_KEK), 'A')).rejects.toMatchObject({ extensions: { code: 'STORE_CORRUPT' } });
  });

  it('never open again when the subject’s key was destroyed, whose bytes are gone from the disk', async () => {
    await store.commit({ records: [recordOf('A', 'crm'), recordOf('B', 'crm')] });
    const [wrapped] = await keys.find(['A']);
    expect(wrapped).toHaveLength(64);
    await keys.destroy(['A']);
    const found = await find(reopened(KEK), 'A');
    expect(() => found?.blobs.CONTACT).toThrow(NOT_OPEN);
    expect((await readFile(path.join(folder, 'keys', 'slots'))).includes(Buffer.from(wrapped ?? []))).toBe(false);
    expect(String((await find(reopened(KEK), 'B'))?.blobs.CONTACT)).toBe(CANARY);
  });
});

describe('Rotation of the key-encryption key', () => {
  it('goes on while everything is read, and leaves nothing wrapped by the earlier one', async () => {
    const ids = Array.from({ length: 1_200 }, (_, index) => `C${String(index).padStart(5, '0')}`);
    await store.commit({ records: ids.map((id) => recordOf(id, 'crm', id)) });

    const both = createKeyEncryption([NEXT_KEK, KEK]);
    let rotating = true;
    const startedAt = performance.now();
    const rotation = rotateSubjectKeys({ keys, encryption: both }, new AbortController().signal).finally(() => {
      rotating = false;
    });
    let reads = 0;
    while (rotating) {
      const id = ids[(reads * 37) % ids.length] as string;
      // A new one each time: nothing is remembered, every key is unwrapped.
      expect(String((await find(reopened(NEXT_KEK, KEK), id))?.blobs.CONTACT)).toBe(id);
      reads += 1;
    }
    const perSecond = reads / ((performance.now() - startedAt) / 1_000);
    expect([await rotation, reads >= 20, perSecond > 200]).toEqual([ids.length, true, true]);
    const after = reopened(NEXT_KEK);
    for (const id of ids) expect(String((await find(after, id))?.blobs.CONTACT)).toBe(id);
    expect(await rotateSubjectKeys({ keys, encryption: both }, new AbortController().signal)).toBe(0);
  });

  it('passes over a key that does not open, and says so when all others are wrapped anew', async () => {
    await store.commit({ records: ['A', 'B', 'C'].map((id) => recordOf(id, 'crm')) });
    const [wrapped] = await keys.find(['A']);
    await keys.replace([['A', Buffer.from(wrapped ?? []).fill(0, 63)]]);
    const both = createKeyEncryption([NEXT_KEK, KEK]);
    const told: unknown[] = [];
    const tell = (figures: unknown) => void told.push(figures);
    await expect(
      rotateSubjectKeys({ keys, encryption: both }, new AbortController().signal, tell),
    ).rejects.toMatchObject({
      message: 'Expected every wrapped key to open, but 1 do not.',
      extensions: { code: 'STORE_CORRUPT' },
    });
    const figures = { looked: 3, rewrapped: 2, damaged: 1 };
    expect(told).toEqual([
      { ...figures, complete: false },
      { ...figures, complete: true },
    ]);
    for (const id of ['B', 'C']) expect(String((await find(reopened(NEXT_KEK), id))?.blobs.CONTACT)).toBe(CANARY);
  });
});
