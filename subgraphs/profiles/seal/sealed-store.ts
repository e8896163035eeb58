/**
 * Encryption at rest: a ProfileStore before another one, whose records are sealed, one ciphertext per customer, source and category, and
 * opened only when a category is read. Everyone above reads and writes plain blobs. Must not decide what may be opened.
 */
import { createSecretKey, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { facetError } from '../../../schema/errors';
import { CATEGORIES } from '../../../schema/policy';
import type { DataCategory } from '../../../schema/policy';
import type { ProfileStore, SourceRecords, StoredRecord } from '../store/store';
import { seal, unseal } from './cipher';
import type { KeyEncryption } from './key-encryption';
import type { SubjectKeys } from './subject-keys';

export interface Keyring {
  readonly keys: SubjectKeys;
  readonly encryption: KeyEncryption;
}

const DATA_KEY_BYTES = 32;
/** Data keys kept open: of the customers of a campaign's last batches. */
const MAX_OPEN = 20_000;

type Blobs = StoredRecord['blobs'];

export function sealStore(store: ProfileStore, keyring: Keyring): ProfileStore {
  const openKeys = createOpenKeys(keyring);
  return {
    ...store,
    findRecords: unsealedFind(store, openKeys),
    async destroyKeys(customerIds) {
      openKeys.forget(customerIds);
      await keyring.keys.destroy(customerIds);
    },
    async commit(step) {
      const { records = [] } = step;
      if (records.length === 0) return store.commit(step);
      const found = await openKeys.findOrMake(records.map(({ customerId }) => customerId));
      const sealed = records.map((record, index) => sealRecord(record, found[index] as KeyObject));
      return store.commit({ ...step, records: sealed });
    },
  };
}

function unsealedFind(store: SourceRecords, openKeys: ReturnType<typeof createOpenKeys>): SourceRecords['findRecords'] {
  return async (asked) => {
    const records = await store.findRecords(asked);
    const found = await openKeys.find(records.flatMap((record) => (record === null ? [] : [record.customerId])));
    return records.map((record) => {
      if (record === null) return null;
      return { ...record, blobs: createLazyBlobs(record, found.get(record.customerId)) };
    });
  };
}

function sealRecord(record: StoredRecord, key: KeyObject): StoredRecord {
  const blobs: Partial<Record<DataCategory, Uint8Array>> = {};
  for (const category of CATEGORIES) {
    const blob = record.blobs[category];
    if (blob !== undefined) blobs[category] = seal(key, placeOf(record, category), blob);
  }
  return { ...record, blobs };
}

export function placeOf({ customerId, source, schemaVersion }: StoredRecord, category: DataCategory): string {
  return `${customerId}|${source}|${category}|${schemaVersion}`;
}

/** Opens a category when it is read. Errors, then: STORE_CORRUPT when its bytes are not what was sealed here for this place. */
function createLazyBlobs(record: StoredRecord, key: KeyObject | undefined): Blobs {
  return Object.assign(Object.create(LAZY) as Blobs, { [RECORD]: record, [KEY]: key });
}

const RECORD = Symbol('record');
const KEY = Symbol('key');
interface Lazy {
  readonly [RECORD]: StoredRecord;
  readonly [KEY]: KeyObject | undefined;
}
const LAZY = Object.create(null) as object;
for (const category of CATEGORIES) {
  Object.defineProperty(LAZY, category, {
    get(this: Lazy) {
      const sealed = this[RECORD].blobs[category];
      if (sealed === undefined) return undefined;
      try {
        // Without a key nothing opens: it was destroyed, and with it all that it sealed.
        return unseal(this[KEY] as KeyObject, placeOf(this[RECORD], category), sealed);
      } catch {
        throw facetError('STORE_CORRUPT', 'Expected a record sealed for its place, but the stored bytes do not open.');
      }
    },
  });
}

function createOpenKeys({ keys, encryption }: Keyring) {
  const opened = new Map<string, KeyObject>();
  const remember = (id: string, key: KeyObject) => {
    if (opened.size >= MAX_OPEN) opened.delete(opened.keys().next().value as string);
    opened.set(id, key);
  };
  const find = async (customerIds: readonly string[]): Promise<Map<string, KeyObject>> => {
    const found = new Map<string, KeyObject>();
    const missing = new Set<string>();
    for (const id of customerIds) {
      const key = opened.get(id);
      if (key === undefined) missing.add(id);
      else found.set(id, key);
    }
    if (missing.size === 0) return found;
    const ids = [...missing];
    const wrapped = await keys.find(ids);
    await Promise.all(
      ids.map(async (id, index) => {
        const bytes = wrapped[index];
        if (!bytes) return;
        const key = await encryption.unwrap(id, bytes);
        remember(id, key);
        found.set(id, key);
      }),
    );
    return found;
  };
  const making = new Map<string, Promise<KeyObject>>();
  /** Together with all that are made at this moment: a subject's second key would close what the first has sealed. */
  const make = (ids: readonly string[]): void => {
    if (ids.length === 0) return;
    const dataKeys = ids.map((id) => ({ id, bytes: randomBytes(DATA_KEY_BYTES) }));
    const stored = Promise.all(
      dataKeys.map(async ({ id, bytes }) => [id, await encryption.wrap(id, bytes)] as const),
    ).then(async (wrapped) => ({ wrapped, kept: await keys.add(wrapped) }));
    for (const [at, { id, bytes }] of dataKeys.entries()) {
      const made = stored.then(async ({ wrapped, kept }) => {
        const [mine, stays] = [wrapped[at]?.[1] as Uint8Array, kept[at] as Uint8Array];
        // Another process was first: its key is the subject's.
        const key = Buffer.compare(mine, stays) === 0 ? createSecretKey(bytes) : await encryption.unwrap(id, stays);
        remember(id, key);
        return key;
      });
      making.set(id, made);
      void made.finally(() => making.delete(id)).catch(() => undefined);
    }
  };
  const findOrMake = async (customerIds: readonly string[]): Promise<KeyObject[]> => {
    const found = await find(customerIds);
    make([...new Set(customerIds)].filter((id) => !found.has(id) && !making.has(id) && !opened.has(id)));
    return Promise.all(customerIds.map((id) => found.get(id) ?? making.get(id) ?? (opened.get(id) as KeyObject)));
  };
  const forget = (customerIds: readonly string[]): void => {
    for (const id of customerIds) opened.delete(id);
  };
  return { find, findOrMake, forget };
}
