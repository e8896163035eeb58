/**
 * The record profiles keeps of a customer itself, beside the sources': identities per source, and derived traits. Stored like
 * any other record, one blob per category. Pure: opens, changes and seals a value.
 */
import { openBlob, sealBlob } from '../blob';
import type { Activity, MappedIdentity } from '../source';
import type { IdentityRegistry } from './identity';
import { RECORD_VERSION } from './record-version';
import type { StoredRecord } from './store/store';

/** The name under which the record is stored. */
export const OWN_SOURCE = 'profiles';

interface Money {
  readonly amountMinor: number;
  readonly currency: string;
}

export interface OwnRecord {
  readonly identities: Readonly<Record<string, readonly MappedIdentity[]>>;
  readonly historicValue: Money | null;
  /** By source. */
  readonly activities: Readonly<Record<string, readonly Activity[]>>;
}

/** What lies in the blob of derived traits. */
type Traits = { historic: OwnRecord['historicValue']; activities: OwnRecord['activities'] };

export function openOwnRecord(record: StoredRecord | null | undefined): OwnRecord {
  const identifiers = record?.blobs.IDENTIFIER;
  const addresses = record?.blobs.CONTACT;
  const derived = record?.blobs.DERIVED;
  const bySource: Record<string, readonly MappedIdentity[]> = {};
  for (const blob of [identifiers, addresses]) {
    const part = blob === undefined ? {} : (openBlob(blob) as OwnRecord['identities']);
    for (const [source, identities] of Object.entries(part)) {
      bySource[source] = [...(bySource[source] ?? []), ...identities];
    }
  }
  const traits = derived === undefined ? null : (openBlob(derived) as Traits);
  return {
    identities: bySource,
    historicValue: traits?.historic ?? null,
    activities: traits?.activities ?? {},
  };
}

export function sealOwnRecord(
  customerId: string,
  own: OwnRecord,
  registry: IdentityRegistry,
  now: number,
): StoredRecord {
  const part = (isAddress: boolean) =>
    Object.fromEntries(
      Object.entries(own.identities).map(([source, identities]) => [
        source,
        identities.filter(({ namespace }) => registry.get(namespace).isAddress === isAddress),
      ]),
    );
  return {
    customerId,
    source: OWN_SOURCE,
    sourceId: '',
    found: true,
    sourceVersion: now,
    fetchedAt: now,
    schemaVersion: RECORD_VERSION,
    blobs: {
      IDENTIFIER: sealBlob(part(false)),
      CONTACT: sealBlob(part(true)),
      DERIVED: sealBlob({ historic: own.historicValue, activities: own.activities } satisfies Traits),
    },
  };
}
