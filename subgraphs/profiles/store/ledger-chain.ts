/**
 * The chain of one customer's ledger: each event carries the hash of the one before it, so that an event that was changed, taken out
 * or moved shows. Given by every adapter when it appends. Pure. Must not store.
 *
 * Source: ISO/IEC TS 27560 (integrity of consent records).
 */
import { hash } from 'node:crypto';
import type { ConsentEvent, NewConsentEvent } from './store';

/** The event as the next one of a ledger that ends with `last`. */
export function chained(event: NewConsentEvent, last: ConsentEvent | null): ConsentEvent {
  const placed = { ...event, seq: (last?.seq ?? 0) + 1, prevHash: last?.hash ?? null };
  return { ...placed, hash: hashOf(placed) };
}

/**
 * The first event, by its place from 1, that is not as it was written or not where it was; null: none. Events missing at the end show
 * against the audit trail.
 */
export function breakOf(ledger: readonly ConsentEvent[]): number | null {
  const index = ledger.findIndex((event, at) => {
    const before = ledger[at - 1];
    const isInPlace = event.seq === at + 1 && event.prevHash === (before?.hash ?? null);
    return !isInPlace || event.hash !== hashOf(event);
  });
  return index < 0 ? null : index + 1;
}

/** What an event says, wherever it stands in a ledger: what the audit trail keeps of it. SHA-256, hexadecimal. */
export function contentHashOf(event: NewConsentEvent): string {
  return sha256(contentOf(event));
}

function hashOf(event: Omit<ConsentEvent, 'hash'>): string {
  const [recordId, customerId, ...rest] = contentOf(event);
  return sha256([recordId, customerId, event.seq, ...rest, event.prevHash]);
}

/** Members in an order of their own, since a store's codec need not keep one. */
function contentOf(event: NewConsentEvent): unknown[] {
  const { notice } = event;
  return [
    ...[event.recordId, event.customerId, event.purpose, event.channel, event.topic, event.action],
    ...[event.basis, event.pending, notice && [notice.id, notice.version, notice.sha256], event.method],
    ...[event.jurisdiction, event.language, event.proof, event.occurredAt, event.recordedAt, event.expiresAt],
    event.actor,
  ];
}

function sha256(content: readonly unknown[]): string {
  return hash('sha256', JSON.stringify(content));
}
