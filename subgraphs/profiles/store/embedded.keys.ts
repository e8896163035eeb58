/**
 * Keys of the embedded store. Must not read or write; only says under which key a thing lies. LMDB crashes no caller over a key above
 * 1,978 bytes, and one odd identity does not stop a whole sync: see plain-key.ts.
 */
import { keyPart, MAX_PLAIN_LENGTH } from './plain-key';

export type EmbeddedKey = string | number | Array<string | number>;

export const identityKey = (namespace: string, key: string): [string, string] => [keyPart(namespace), keyPart(key)];

/** Says that an identity is linked to a customer; what stands in its key after the customer is the identity's own. */
export const identityOfKey = (customerId: string, [namespacePart, part]: readonly string[]): EmbeddedKey => [
  keyPart(customerId),
  namespacePart ?? '',
  part ?? '',
];
export const identitiesOfRange = (customerId: string) => ({
  start: [keyPart(customerId)],
  end: [`${keyPart(customerId)}\0`],
});

export const recordKey = (customerId: string, source: string): EmbeddedKey => [keyPart(customerId), keyPart(source)];

export const suppressionKey = (addressKey: string): EmbeddedKey => keyPart(addressKey);

export const checkpointKey = (name: string): EmbeddedKey => keyPart(name);

/** Where a customer's ledger has its entry `seq`; 0 holds the last `seq` given. */
export const consentEventKey = (customerId: string, seq: number): EmbeddedKey => [keyPart(customerId), seq];

/** Says that a customer's ledger holds this event. Sorts behind every `consentEventKey`: text comes after numbers. */
export const consentRecordIdKey = (customerId: string, recordId: string): EmbeddedKey => [
  keyPart(customerId),
  keyPart(recordId),
];

/**
 * Where a page of profiles, or of suppressed addresses, begins. Any text is a legal cursor: what is longer than an id can be sorts directly behind
 * its own beginning, so the beginning does.
 */
export const pageKey = (after: string): EmbeddedKey => after.slice(0, MAX_PLAIN_LENGTH);

/** An inbox entry, pending or applied. */
export const inboxKey = (source: string, eventId: string): EmbeddedKey => ['known', keyPart(source), keyPart(eventId)];

/** A pending entry once more, in order of arrival. */
export const pendingKey = (source: string, receivedAt: number, eventId: string): EmbeddedKey => [
  'pending',
  keyPart(source),
  receivedAt,
  keyPart(eventId),
];

/** All pending entries of a source, and all known entries: what starts with these parts. */
export const pendingRange = (source: string) => ({
  start: ['pending', keyPart(source)],
  end: ['pending', `${keyPart(source)}\0`],
});
export const knownRange = { start: ['known'], end: ['known\0'] };

/** One source's part of an erasure. */
export const erasureKey = (customerId: string, source: string): EmbeddedKey => [
  'of',
  keyPart(customerId),
  keyPart(source),
];
export const erasureRange = (customerId: string) => ({
  start: ['of', keyPart(customerId)],
  end: ['of', `${keyPart(customerId)}\0`],
});

/** An open part once more, in order of when it is to be tried. */
export const openErasureKey = (nextAttemptAt: number, customerId: string, source: string): EmbeddedKey => [
  'open',
  nextAttemptAt,
  keyPart(customerId),
  keyPart(source),
];
export const openErasureRange = { start: ['open'], end: ['open\0'] };

export const tombstoneKey = (key: string): EmbeddedKey => keyPart(key);

/** An entry or root of an audit chain. */
export const auditKey = (chainId: string, seq: number): EmbeddedKey => [keyPart(chainId), seq];
