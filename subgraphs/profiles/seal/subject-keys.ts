/**
 * The wrapped data key of each subject. Beside the embedded store they lie in a file of fixed slots beside the store, so that a key can be destroyed where it lies: a
 * store that copies on write would keep the old bytes in its freed pages. An index says whose slot is which. One process writes,
 * others read.
 *
 * Errors: STORE_UNAVAILABLE, STORE_CORRUPT; of what writes also STORE_FULL and STORE_READ_ONLY.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { open } from 'lmdb';
import type { RootDatabase } from 'lmdb';
import { facetError } from '../../../schema/errors';
import { tellingKeys, valueCodec } from '../store/embedded.codec';
import { ENVIRONMENT_OPTIONS, requireSound } from '../store/embedded.databases';
import { commitFailure, corrupt, openingFailure, storeFailure, writeFailure } from '../store/embedded.errors';
import { checkEnvironment } from '../store/embedded.file';
import type { OnWriteStep } from '../store/write-step';
import { WRAPPED_BYTES } from './key-encryption';

export type SubjectKey = readonly [customerId: string, wrapped: Uint8Array];

export interface SubjectKeys {
  /** Each subject's wrapped key; null where there is none, or it was destroyed. */
  find(customerIds: readonly string[]): Promise<Array<Uint8Array | null>>;
  /** Stores the key of each subject that has none, and answers what each has then: another writer may have been first. Durable when it resolves. */
  add(keys: readonly SubjectKey[]): Promise<Uint8Array[]>;
  /** Replaces the key of each subject that has one: what was destroyed meanwhile does not come back. */
  replace(keys: readonly SubjectKey[]): Promise<void>;
  /** Gone when it resolves: from the file its bytes, from MongoDB the document. */
  destroy(customerIds: readonly string[]): Promise<void>;
  /** Every subject that has a key, in ascending order, `after` exclusive. */
  list(page: { readonly after?: string; readonly limit: number }): Promise<string[]>;
  close(): Promise<void>;
}

const PAGE = 500;

/** Every subject that has a key, by the page; ends early when the signal aborts. Errors: STORE_UNAVAILABLE. */
export async function* subjectsOf(
  keys: Pick<SubjectKeys, 'list'>,
  signal: AbortSignal,
): AsyncGenerator<readonly string[]> {
  for (let after: string | undefined; !signal.aborted;) {
    const ids = await keys.list({ limit: PAGE, ...(after === undefined ? {} : { after }) });
    if (ids.length === 0) return;
    yield ids;
    after = ids.at(-1);
  }
}

/** Errors: STORE_CORRUPT, STORE_READ_ONLY, STORE_FULL, STORE_UNAVAILABLE. */
export async function openSubjectKeys(options: {
  readonly path: string;
  readonly readOnly?: boolean;
  /** As of the store. */
  readonly checkPages?: boolean;
  readonly onStep?: OnWriteStep | undefined;
}): Promise<SubjectKeys> {
  const readOnly = options.readOnly ?? false;
  let index: SlotIndex | undefined;
  try {
    if (!readOnly) mkdirSync(options.path, { recursive: true, mode: 0o700 });
    index = openIndex(path.join(options.path, 'index'), readOnly);
    if (readOnly && options.checkPages === true) requireSound(index, path.join(options.path, 'index'));
    const file = await openSlots(path.join(options.path, 'slots'), readOnly);
    // In this order: a writer beside this one writes a slot before it is in the index.
    const { entryCount } = index.getStats() as { entryCount: number };
    const { size } = await file.stat();
    if (entryCount * WRAPPED_BYTES <= size) return createSubjectKeys(index, file, options);
    await file.close();
    throw corrupt('the file of the subjects’ keys is shorter than its index');
  } catch (error) {
    await index?.close();
    throw openingFailure(error);
  }
}

/** The number of each subject's slot. */
type SlotIndex = RootDatabase<number, string>;

function openIndex(folder: string, readOnly: boolean): SlotIndex {
  if (readOnly && !existsSync(path.join(folder, 'data.mdb'))) {
    throw facetError('STORE_UNAVAILABLE', 'Expected the subjects’ keys beside the profile store; there are none yet.');
  }
  const { damage } = checkEnvironment(folder, { live: readOnly });
  if (damage) throw corrupt(`in the index of the subjects’ keys, ${damage}`);
  const options = { ...ENVIRONMENT_OPTIONS, path: folder, readOnly, encoder: valueCodec };
  return tellingKeys(open<number, string>(options));
}

async function openSlots(file: string, readOnly: boolean): Promise<FileHandle> {
  try {
    if (readOnly) return await openFile(file, 'r');
    // Opened for appending first, which makes it; then for writing anywhere.
    const made = await openFile(file, 'a+', 0o600);
    await made.close();
    return await openFile(file, 'r+');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EISDIR') throw corrupt('the file of the subjects’ keys is gone');
    throw error;
  }
}

function createSubjectKeys(
  index: SlotIndex,
  file: FileHandle,
  { path: folder, readOnly = false, onStep }: Parameters<typeof openSubjectKeys>[0],
): SubjectKeys {
  // One change after another: two must not take the same slot.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const done = last.then(work, work);
    last = done;
    return done.catch(async (error: unknown) => {
      throw writeFailure('Expected to write the subjects’ keys', await commitFailure(error), folder);
    });
  };
  const readSlot = async (slot: number): Promise<Buffer | null> => {
    const bytes = Buffer.alloc(WRAPPED_BYTES);
    const { bytesRead } = await file.read(bytes, 0, WRAPPED_BYTES, slot * WRAPPED_BYTES);
    return bytesRead < WRAPPED_BYTES || bytes.every((byte) => byte === 0) ? null : bytes;
  };
  const findKey = async (id: string): Promise<Buffer | null> => {
    const slot = index.get(id);
    return slot === undefined ? null : readSlot(slot);
  };

  return {
    find: (customerIds) => {
      // As of the store beside it: a record that another process wrote is there with its key.
      if (readOnly) index.resetReadTxn();
      return Promise.all(customerIds.map(findKey)).catch((error: unknown) => {
        throw storeFailure('Expected to read the subjects’ keys', error);
      });
    },
    add: (keys) =>
      inTurn(async () => {
        const there = await Promise.all(keys.map(([id]) => findKey(id)));
        let next = Math.ceil((await file.stat()).size / WRAPPED_BYTES);
        const placed = keys
          .filter((_, at) => there[at] === null)
          .map(([id, wrapped]) => ({ id, wrapped, slot: index.get(id) ?? next++ }));
        for (const { wrapped, slot } of placed) await file.write(wrapped, 0, WRAPPED_BYTES, slot * WRAPPED_BYTES);
        onStep?.('keyWritten');
        await file.datasync();
        onStep?.('keyFlushed');
        await index.transaction(() => {
          for (const { id, slot } of placed) index.putSync(id, slot);
        });
        onStep?.('keyIndexed');
        return keys.map(([, wrapped], at) => there[at] ?? wrapped);
      }),
    replace: (keys) =>
      inTurn(async () => {
        for (const [id, wrapped] of keys) {
          const slot = index.get(id);
          if (slot === undefined || (await readSlot(slot)) === null) continue;
          await file.write(wrapped, 0, WRAPPED_BYTES, slot * WRAPPED_BYTES);
        }
        await file.datasync();
      }),
    destroy: (customerIds) =>
      inTurn(async () => {
        const zeros = Buffer.alloc(WRAPPED_BYTES);
        for (const id of customerIds) {
          const slot = index.get(id);
          if (slot !== undefined) await file.write(zeros, 0, WRAPPED_BYTES, slot * WRAPPED_BYTES);
        }
        onStep?.('keyZeroed');
        await file.datasync();
        onStep?.('keyDestroyed');
      }),
    list: async ({ after, limit }) =>
      Array.from(
        index.getKeys(after === undefined ? { limit } : { start: after, exclusiveStart: true, limit }),
        (id) => id,
      ),
    close: async () => {
      await last.catch(() => undefined);
      await file.close();
      await index.close();
    },
  };
}
