/**
 * The chain of one customer's ledger: each event carries the hash of the one before it, so that an event that was changed, taken out
 * or moved shows. Given by every adapter when it appends. Pure. Must not store.
 *
 * Source: ISO/IEC TS 27560 (integrity of consent records).
 */
import { createHash } from 'node:crypto';
import type { ConsentEvent, NewConsentEvent } from './store';

/** The event as the next one of a ledger that ends with `last`. */
export function chained(event: NewConsentEvent, last: ConsentEvent | null): ConsentEvent {
  const placed = { ...event, seq: (last?.seq ?? 0) + 1, prevHash: last?.hash ?? null };
  return { ...placed, hash: hashOf(placed) };
}

/** Is this a whole ledger as it was written, from its first event? Entries missing at the end are the audit trail's to find. */
export function isIntact(ledger: readonly ConsentEvent[]): boolean {
  return ledger.every((event, index) => {
    const before = ledger[index - 1];
    const isInPlace = event.seq === index + 1 && event.prevHash === (before?.hash ?? null);
    return isInPlace && event.hash === hashOf(event);
  });
}

/** Members in an order of their own, since a store's codec need not keep one. */
function hashOf(event: Omit<ConsentEvent, 'hash'>): string {
  const { notice } = event;
  const content = [
    ...[event.recordId, event.customerId, event.seq, event.purpose, event.channel, event.topic, event.action],
    ...[event.basis, event.pending, notice && [notice.id, notice.version, notice.sha256], event.method],
    ...[event.jurisdiction, event.language, event.proof, event.occurredAt, event.recordedAt, event.expiresAt],
    ...[event.actor, event.prevHash],
  ];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}
