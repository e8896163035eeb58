/**
 * Consent that a source already holds, as events for the ledger. Must not fold: an imported event counts by when it occurred, like
 * any other, so that an older one never overrides a newer withdrawal made here.
 */
import { createHash } from 'node:crypto';
import type { MappedConsent } from '../source';
import { CLOCK_TOLERANCE_MS } from './consent';
import type { Draft } from './draft';
import type { NewConsentEvent } from './store/store';

/** A source's word on consent, as ledger events; the same word is recorded once. A grant from the future is not believed. */
export function newEvents(
  draft: Draft,
  customerId: string,
  source: string,
  consents: readonly MappedConsent[],
  now: number,
): NewConsentEvent[] {
  const known = new Set(draft.ledger(customerId).map(({ recordId }) => recordId));
  return consents
    .filter(({ action, occurredAt }) => action !== 'GRANT' || occurredAt <= now + CLOCK_TOLERANCE_MS)
    .map((consent) => ({
      ...consent,
      recordId: recordIdOf(source, consent),
      customerId,
      // What the sources we have do not tell.
      channel: null,
      notice: consent.notice && { ...consent.notice, sha256: null },
      jurisdiction: null,
      language: null,
      proof: null,
      recordedAt: now,
      actor: source,
    }))
    .filter(({ recordId }) => !known.has(recordId));
}

function recordIdOf(source: string, consent: MappedConsent): string {
  const { purpose, topic, action, basis, pending, notice, method, occurredAt, expiresAt } = consent;
  const content = [source, purpose, topic, action, basis, pending, notice, method, occurredAt, expiresAt];
  return createHash('sha256').update(JSON.stringify(content)).digest('base64url');
}
