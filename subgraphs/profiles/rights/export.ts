/**
 * Access and portability (GDPR Art. 15, 20): everything that is stored of a person over all sources, as one JSON document that says
 * of each part where it comes from and how old it is. Must not check who may; what the decision withholds is named, not shown.
 */
import type { DataCategory } from '../../../schema/policy';
import { CATEGORIES } from '../../../schema/policy';
import { openBlob } from '../../blob';
import type { ConsentEvent, Profile, StoredRecord } from '../store/store';

/** Rises when the document changes its shape. */
export const EXPORT_SCHEMA_VERSION = 1;

export function exportDocument(options: {
  readonly profile: Profile;
  readonly records: readonly StoredRecord[];
  readonly ledger: readonly ConsentEvent[];
  readonly isClear: (category: DataCategory) => boolean;
  readonly now: number;
}): string {
  const { profile, records, ledger, isClear, now } = options;
  const shown = CATEGORIES.filter(isClear);
  const isShown = (category: DataCategory) => shown.includes(category);
  return JSON.stringify(
    {
      type: 'facet customer export',
      schemaVersion: EXPORT_SCHEMA_VERSION,
      exportedAt: iso(now),
      customer: {
        id: profile.id,
        status: profile.status,
        version: profile.version,
        createdAt: iso(profile.createdAt),
        updatedAt: iso(profile.updatedAt),
      },
      sourceKeys: isShown('IDENTIFIER') ? profile.sourceKeys : [],
      records: records.map((record) => ({
        source: record.source,
        sourceId: isShown('IDENTIFIER') ? record.sourceId : null,
        found: record.found,
        fetchedAt: iso(record.fetchedAt),
        changedAt: iso(record.sourceVersion),
        recordSchemaVersion: record.schemaVersion,
        data: dataOf(record, shown),
      })),
      consents: isShown('CONSENT') ? { states: profile.consents.map(withTimes), events: ledger.map(withTimes) } : null,
      withheld: CATEGORIES.filter((category) => !isShown(category)),
    },
    null,
    2,
  );
}

function dataOf({ blobs }: StoredRecord, shown: readonly DataCategory[]): Record<string, unknown> {
  return Object.fromEntries(
    shown.flatMap((category) => {
      const blob = blobs[category];
      return blob === undefined ? [] : [[category, openBlob(blob)]];
    }),
  );
}

/** Times of the ledger for people to read. */
function withTimes(entry: object): Record<string, unknown> {
  const times = ['since', 'occurredAt', 'recordedAt', 'expiresAt'];
  return Object.fromEntries(
    Object.entries(entry).map(([name, value]) => [
      name,
      times.includes(name) && typeof value === 'number' ? iso(value) : (value as unknown),
    ]),
  );
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
