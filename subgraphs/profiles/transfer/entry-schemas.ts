/**
 * What an entry of each collection looks like, for lines that come from outside; the compiler holds these to the port's types, and no other member is
 * taken. Must not read a file.
 */
import { z } from 'zod';
import { CATEGORIES, CONSENT_STATES, JURISDICTIONS, PURPOSES, SUPPRESSIONS } from '../../../schema/policy';
import type { CollectionName, Contents } from '../store/contents';
import { CONSENT_ACTIONS, CONSENT_CHANNELS } from '../store/store';

const text = z.string();
const time = z.number();
const count = z.int().min(0);
const place = z.int().min(1);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const bytes = z.instanceof(Uint8Array);
/** Stands in keys as it is. */
const customerId = z.string().regex(/^[\x20-\x7e]{1,255}$/);
const part = z.string().regex(/^\x7f?[\x20-\x7e]{1,255}$/);

const profile = z.strictObject({
  id: customerId,
  status: z.enum(['ACTIVE', 'RESTRICTED', 'ERASED']),
  mergedInto: customerId.optional(),
  version: count,
  consentVersion: count,
  sourceKeys: z.array(z.strictObject({ source: text, key: text })),
  consents: z.array(
    z.strictObject({
      purpose: z.enum(PURPOSES),
      topic: text.nullable(),
      state: z.enum(CONSENT_STATES),
      notice: z.strictObject({ id: text, version: text }).nullable(),
      since: time,
      expiresAt: time.nullable(),
    }),
  ),
  softOptIn: z.boolean(),
  facts: z.record(
    text,
    z.strictObject({
      country: text.nullable(),
      adultFrom: text.nullable(),
      nameKey: text.nullable(),
      addressKeys: z.array(text).optional(),
      suppressions: z.array(z.enum(SUPPRESSIONS)),
      bounced: z.array(text).optional(),
    }),
  ),
  createdAt: time,
  updatedAt: time,
});

const consentEvent = z.strictObject({
  recordId: text,
  customerId,
  seq: place,
  purpose: z.enum(PURPOSES),
  channel: z.enum(CONSENT_CHANNELS).nullable(),
  topic: text.nullable(),
  action: z.enum(CONSENT_ACTIONS),
  basis: z.enum(['CONSENT', 'SOFT_OPT_IN']),
  pending: z.boolean(),
  notice: z.strictObject({ id: text, version: text, sha256: text.nullable() }).nullable(),
  method: text,
  jurisdiction: z.enum(JURISDICTIONS).nullable(),
  language: text.nullable(),
  proof: text.nullable(),
  occurredAt: time,
  recordedAt: time,
  expiresAt: time.nullable(),
  actor: text,
  prevHash: sha256.nullable(),
  hash: sha256,
});

const receipt = z.strictObject({
  outcome: z.enum(['ERASED', 'RETAINED']),
  basis: text.nullable(),
  until: time.nullable(),
  at: time,
  statement: text,
  signature: text,
});

export const ENTRY_SCHEMAS = {
  subjectKeys: z.strictObject({ customerId, wrapped: bytes }),
  profiles: profile,
  identities: z.strictObject({ namespacePart: part, keyPart: part, customerIds: z.array(customerId).min(1) }),
  sourceRecords: z.strictObject({
    customerId,
    source: text,
    sourceId: text,
    found: z.boolean(),
    sourceVersion: time,
    fetchedAt: time,
    schemaVersion: place,
    blobs: z.partialRecord(z.enum(CATEGORIES), bytes),
  }),
  consentEvents: consentEvent,
  suppressions: z.strictObject({
    addressKey: text,
    reason: z.enum(SUPPRESSIONS),
    occurredAt: time,
    recordedAt: time,
    actor: text,
  }),
  tombstones: z.strictObject({ key: text, erasedAt: time }),
  erasures: z.strictObject({
    customerId,
    source: text,
    keys: z.array(text),
    requestedBy: text,
    requestedAt: time,
    dueAt: time,
    failures: count,
    lastFailure: text.nullable(),
    nextAttemptAt: time,
    receipt: receipt.nullable(),
  }),
  checkpoints: z.strictObject({
    name: text,
    position: text.nullable(),
    complete: z.boolean(),
    startedAt: time,
    changedSince: time.nullable(),
    count,
  }),
  inbox: z.strictObject({ source: text, eventId: text, key: text, receivedAt: time, isPending: z.boolean() }),
  auditTrail: z.strictObject({ chainId: text, seq: place, text, hash: sha256 }),
  auditRoots: z.strictObject({ chainId: text, seq: place, hash: sha256, at: time, signature: text }),
  changes: z.strictObject({
    customerId,
    version: count,
    kind: z.enum(['UPDATED', 'MERGED', 'ERASED']),
    changedFields: z.array(text),
    at: time,
    place,
  }),
} satisfies { readonly [Name in CollectionName]: z.ZodType<Contents[Name]> };
