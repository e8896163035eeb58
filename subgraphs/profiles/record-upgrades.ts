/**
 * How a record of an earlier version becomes one of this. A record carries its version, and a reader gets it as of now, whoever wrote it; at
 * its next change it is written so. `store migrate` (transfer/record-migration.ts) does the same to all of them at once.
 *
 * One category at a time, since each is opened for itself and only where it may be seen. What a category cannot tell alone, and which
 * collections, keys and look-up rows there are, is the store's schema: that is migrated before anything is served
 * (store/embedded.migrations.ts, store/mongodb.migrations.ts).
 */
import { facetError } from '../../schema/errors';
import { CATEGORIES } from '../../schema/policy';
import type { DataCategory } from '../../schema/policy';
import { openBlob, sealBlob } from '../blob';
import { OWN_SOURCE } from './own-record';
import { RECORD_VERSION } from './record-version';
import type { ProfileStore, StoredRecord } from './store/store';

type Value = Record<string, unknown>;

interface RecordUpgrade {
  /** From the version before. */
  readonly to: number;
  readonly source: string;
  readonly category: DataCategory;
  /** Pure. */
  readonly upgrade: (value: Value) => Value;
}

const UPGRADES: readonly RecordUpgrade[] = [
  {
    // Before there were engagement scores nothing was kept of activities.
    ...{ to: 2, source: OWN_SOURCE, category: 'DERIVED' },
    upgrade: ({ historic = null, activities = {} }) => ({ historic, activities }),
  },
];

/** One category of a record, its bytes as they are where no step is about it. Errors: STORE_NEWER_SCHEMA; STORE_CORRUPT. */
export function upgradeBlob(
  { source, schemaVersion }: Pick<StoredRecord, 'source' | 'schemaVersion'>,
  category: DataCategory,
  blob: Uint8Array,
): Uint8Array {
  if (schemaVersion > RECORD_VERSION) {
    throw facetError(
      'STORE_NEWER_SCHEMA',
      `Expected a record of version ${RECORD_VERSION} or older; this one has ${schemaVersion}. Start a newer Facet.`,
    );
  }
  const steps = UPGRADES.filter(
    (step) => step.to > schemaVersion && step.source === source && step.category === category,
  );
  if (steps.length === 0) return blob;
  return sealBlob(steps.reduce((value, { upgrade }) => upgrade(value), openBlob(blob)));
}

/** A store before another one, through which every record is read as of this version. Must stand before the one that opens them. */
export function upgradeRecords(store: ProfileStore): ProfileStore {
  return {
    ...store,
    findRecords: async (keys) => (await store.findRecords(keys)).map((record) => record && upgraded(record)),
  };
}

/** A category is opened, and upgraded, when it is read. */
function upgraded(record: StoredRecord): StoredRecord {
  if (record.schemaVersion === RECORD_VERSION) return record;
  const blobs: StoredRecord['blobs'] = {};
  for (const category of CATEGORIES) {
    Object.defineProperty(blobs, category, {
      enumerable: true,
      get: () => {
        const blob = record.blobs[category];
        return blob && upgradeBlob(record, category, blob);
      },
    });
  }
  return { ...record, schemaVersion: RECORD_VERSION, blobs };
}
