/**
 * Writes every record that is of an earlier version as one of this, in either engine. Not needed to serve them, since they are upgraded as
 * they are read: it is for who wants no old ones left, or to see how many there are. Must not run beside a Facet.
 */
import { facetError } from '../../../schema/errors';
import { CATEGORIES } from '../../../schema/policy';
import type { DataCategory } from '../../../schema/policy';
import { upgradeBlob } from '../record-upgrades';
import { RECORD_VERSION } from '../record-version';
import { seal, unseal } from '../seal/cipher';
import type { KeyEncryption } from '../seal/key-encryption';
import { placeOf } from '../seal/sealed-store';
import { entriesOf, pagesOf } from '../store/contents';
import type { StoreContents } from '../store/contents';
import type { StoredRecord } from '../store/store';
import type { OnProgress } from './backup';

export interface RecordMigrationOptions {
  readonly contents: StoreContents;
  readonly encryption: KeyEncryption;
  readonly onProgress?: OnProgress | undefined;
  /** Called after each page, which is durable. Whoever is told may stop there: what is done is not done again. */
  readonly onStep?: ((step: 'page') => void | Promise<void>) | undefined;
}

const isOlder = ({ schemaVersion }: StoredRecord): boolean => schemaVersion < RECORD_VERSION;

/** How many records are of an earlier version. Errors: STORE_UNAVAILABLE. */
export async function countOlderRecords({
  contents,
  onProgress,
}: Pick<RecordMigrationOptions, 'contents' | 'onProgress'>): Promise<number> {
  const total = await contents.estimate('sourceRecords');
  let [done, older] = [0, 0];
  for await (const { entries } of pagesOf(contents, 'sourceRecords')) {
    older += entries.filter(isOlder).length;
    onProgress?.({ what: 'records', done: (done += entries.length), total });
  }
  return older;
}

/** Answers how many were written. Errors: STORE_*; STORE_CORRUPT for a record that does not open, with those before it done. */
export async function migrateRecords(options: RecordMigrationOptions): Promise<number> {
  const { contents, encryption, onProgress, onStep } = options;
  const wrapped = new Map<string, Uint8Array>();
  for await (const key of entriesOf(contents, 'subjectKeys')) wrapped.set(key.customerId, key.wrapped);
  const total = await contents.estimate('sourceRecords');
  let [done, written] = [0, 0];
  for await (const { entries } of pagesOf(contents, 'sourceRecords')) {
    const older = entries.filter(isOlder);
    const anew = await Promise.all(
      older.map((record) => rewritten(record, wrapped.get(record.customerId), encryption)),
    );
    if (anew.length > 0) await contents.write('sourceRecords', anew);
    written += anew.length;
    onProgress?.({ what: 'records', done: (done += entries.length), total });
    await onStep?.('page');
  }
  return written;
}

/** Sealed anew, since what is sealed is bound to its version. */
async function rewritten(
  record: StoredRecord,
  wrapped: Uint8Array | undefined,
  encryption: KeyEncryption,
): Promise<StoredRecord> {
  const after = { ...record, schemaVersion: RECORD_VERSION };
  const sealed = CATEGORIES.filter((category) => record.blobs[category] !== undefined);
  if (sealed.length === 0) return { ...after, blobs: {} };
  if (wrapped === undefined) throw damaged();
  const key = await encryption.unwrap(record.customerId, wrapped);
  const blobs: Partial<Record<DataCategory, Uint8Array>> = {};
  for (const category of sealed) {
    const blob = upgradeBlob(record, category, opened(record, category));
    blobs[category] = seal(key, placeOf(after, category), blob);
  }
  return { ...after, blobs };

  function opened(from: StoredRecord, category: DataCategory): Uint8Array {
    try {
      return unseal(key, placeOf(from, category), from.blobs[category] ?? new Uint8Array());
    } catch {
      throw damaged();
    }
  }
}

function damaged(): Error {
  return facetError('STORE_CORRUPT', 'Expected every record to open; one does not. `store verify` tells which.');
}
