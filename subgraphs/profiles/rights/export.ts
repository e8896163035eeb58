/**
 * Access and portability (GDPR Art. 15, 20): everything that is stored of a person over all sources, as one JSON document that says
 * of each part where it comes from and how old it is. Must not check who may; what the decision withholds is named, not shown.
 */
import type { DataCategory } from '../../../schema/policy';
import { CATEGORIES } from '../../../schema/policy';
import { openBlob } from '../../blob';
import { OWN_SOURCE } from '../own-record';
import type { ConsentEvent, Profile, StoredRecord, SuppressionEntry } from '../store/store';
import { hasUnsubscribed } from '../suppression';

/** Rises when the document changes its shape. */
export const EXPORT_SCHEMA_VERSION = 2;

export function exportDocument(options: {
  readonly profile: Profile;
  readonly records: readonly StoredRecord[];
  readonly ledger: readonly ConsentEvent[];
  /** Of every address the person has, or had when unsubscribing. */
  readonly suppressions: readonly SuppressionEntry[];
  readonly isClear: (category: DataCategory) => boolean;
  readonly now: number;
}): string {
  const { profile, records, ledger, suppressions, isClear, now } = options;
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
      facts: Object.entries(profile.facts).map(([source, { country, adultFrom }]) => ({
        source,
        country: isShown('LOCATION') ? country : null,
        adultFrom: isShown('DEMOGRAPHIC') ? adultFrom : null,
      })),
      consents: isShown('CONSENT')
        ? { softOptIn: profile.softOptIn, states: profile.consents.map(withTimes), events: ledger.map(withTimes) }
        : null,
      suppressions: isShown('CONSENT') ? suppressionsOf(profile, suppressions) : null,
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

/** Why mails are stopped: what the list says of the addresses, what sources say of the person, and the person's own unsubscribe. */
function suppressionsOf(profile: Profile, listed: readonly SuppressionEntry[]) {
  return {
    unsubscribed: hasUnsubscribed(profile),
    addresses: listed.map(withTimes),
    toldBySources: Object.entries(profile.facts).flatMap(([source, { suppressions }]) =>
      source === OWN_SOURCE ? [] : suppressions.map((reason) => ({ source, reason })),
    ),
  };
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
