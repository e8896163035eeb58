/**
 * What the server itself refuses to store (`$jsonSchema`): a document without its fields, or with one of another kind. A document of a newer
 * Facet may hold more. The compiler holds these equal to the port's types.
 */
import type { AuditRecord, AuditRoot } from './audit';
import type { ErasureTask, Tombstone } from './erasure';
import type { Collections } from './mongodb.collections';
import type { Change } from './change';
import type { Checkpoint, ConsentEvent, InboxEntry, Profile, StoredRecord } from './store';

type Kind = 'string' | 'number' | 'bool' | 'object' | 'array' | 'date' | 'binData' | 'objectId' | 'null';
type Kinds<Shape> = { readonly [Field in keyof Required<Shape>]: Kind | readonly Kind[] };

function shape<Shape>(kinds: Kinds<Shape>, optional: readonly (keyof Shape)[] = []) {
  return {
    bsonType: 'object',
    required: Object.keys(kinds).filter((field) => !optional.includes(field as keyof Shape)),
    properties: Object.fromEntries(
      Object.entries(kinds as Record<string, Kind | readonly Kind[]>).map(([field, kind]) => [
        field,
        { bsonType: kind },
      ]),
    ),
  };
}

const ORDERED = { _id: 'string' } as const;
const text = ['string', 'null'] as const;
const number = ['number', 'null'] as const;

export const VALIDATORS: Readonly<Record<keyof Collections | 'subjectKeys', object>> = {
  profiles: shape<Omit<Profile, 'id'> & { _id: string }>(
    {
      ...ORDERED,
      status: 'string',
      mergedInto: 'string',
      version: 'number',
      consentVersion: 'number',
      sourceKeys: 'array',
      consents: 'array',
      softOptIn: 'bool',
      facts: 'object',
      createdAt: 'number',
      updatedAt: 'number',
    },
    ['mergedInto'],
  ),
  identities: shape<{ _id: string; customerIds: string[] }>({ ...ORDERED, customerIds: 'array' }),
  sourceRecords: shape<StoredRecord>({
    customerId: 'string',
    source: 'string',
    sourceId: 'string',
    found: 'bool',
    sourceVersion: 'number',
    fetchedAt: 'number',
    schemaVersion: 'number',
    blobs: 'object',
  }),
  consentEvents: shape<ConsentEvent>({
    recordId: 'string',
    customerId: 'string',
    seq: 'number',
    purpose: 'string',
    channel: text,
    topic: text,
    action: 'string',
    basis: 'string',
    pending: 'bool',
    notice: ['object', 'null'],
    method: 'string',
    jurisdiction: text,
    language: text,
    proof: text,
    occurredAt: 'number',
    recordedAt: 'number',
    expiresAt: number,
    actor: 'string',
    prevHash: text,
    hash: 'string',
  }),
  suppressions: shape<{ _id: string; entries: unknown[] }>({ ...ORDERED, entries: 'array' }),
  changes: shape<Change & { writtenAt: Date }>({
    customerId: 'string',
    version: 'number',
    kind: 'string',
    changedFields: 'array',
    at: 'number',
    writtenAt: 'date',
  }),
  checkpoints: shape<Checkpoint & { _id: string }>({
    ...ORDERED,
    name: 'string',
    position: text,
    complete: 'bool',
    startedAt: 'number',
    changedSince: number,
    count: 'number',
  }),
  inbox: shape<InboxEntry & { _id: string; isPending: boolean; receivedOn: Date }>({
    ...ORDERED,
    source: 'string',
    eventId: 'string',
    key: 'string',
    receivedAt: 'number',
    receivedOn: 'date',
    isPending: 'bool',
  }),
  erasures: shape<ErasureTask & { isOpen: boolean }>({
    customerId: 'string',
    source: 'string',
    keys: 'array',
    requestedBy: 'string',
    requestedAt: 'number',
    dueAt: 'number',
    failures: 'number',
    lastFailure: text,
    nextAttemptAt: 'number',
    receipt: ['object', 'null'],
    isOpen: 'bool',
  }),
  tombstones: shape<Tombstone & { _id: string }>({ ...ORDERED, key: 'string', erasedAt: 'number' }),
  auditTrail: shape<AuditRecord>({ chainId: 'string', seq: 'number', text: 'string', hash: 'string' }),
  auditRoots: shape<AuditRoot>({ chainId: 'string', seq: 'number', hash: 'string', at: 'number', signature: 'string' }),
  subjectKeys: shape<{ _id: string; wrapped: Uint8Array }>({ ...ORDERED, wrapped: 'binData' }),
};
