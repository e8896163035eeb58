/**
 * What the audit trail says: who did what to whom, and under which decision. Ids, names and codes only: no value of a field, no
 * address, no text that a client chose. Must not store; whoever changes something puts the entry into the change's own commit.
 */
import { createHash } from 'node:crypto';
import type { DataCategory, Purpose, Role } from '../../../schema/policy';
import type { Principal } from '../../../schema/request-policy';
import type { AuditRecord } from '../store/audit';
import { contentHashOf } from '../store/ledger-chain';
import type { NewConsentEvent } from '../store/store';

export const AUDIT_KINDS = ['READ', 'CONSENT', 'RIGHTS', 'ADMINISTRATION'] as const;
export type AuditKind = (typeof AUDIT_KINDS)[number];

export interface AuditEntry {
  readonly kind: AuditKind;
  /** Unix time in milliseconds. */
  readonly at: number;
  /** The principal's id, or a source's name. */
  readonly actor: string;
  /** null: no principal, but Facet itself or a source. */
  readonly role: Role | null;
  readonly purpose: Purpose | null;
  /** What was done, in words of ours: `read`, `eraseCustomer` … */
  readonly action: string;
  /** Customer ids. */
  readonly subjects: readonly string[];
  /** READ: what the answer could show clear, masked and not at all. */
  readonly categories?: {
    readonly clear: readonly DataCategory[];
    readonly masked: readonly DataCategory[];
    readonly withheld: readonly DataCategory[];
    /** Of those not withheld: what would have been, were missing consent not only observed; absent when there are none. */
    readonly observed?: readonly DataCategory[];
  };
  /** Further names and codes: a purpose consented to, a source, a receipt's outcome. */
  readonly details?: Readonly<Record<string, string | number | boolean | null>>;
  readonly requestId?: string;
}

/** The one writer of the store has one chain. */
export const CHAIN_ID = 'profiles';

export function auditOf(...entries: readonly AuditEntry[]): Array<Pick<AuditRecord, 'chainId' | 'text'>> {
  return entries.map((entry) => ({ chainId: CHAIN_ID, text: JSON.stringify(entry) }));
}

export function byPrincipal({ id, role }: Principal): Pick<AuditEntry, 'actor' | 'role'> {
  return { actor: id, role };
}

/** A backup was put in the place of the store; `details.trailUpTo` is the last entry that the backup's ledgers go with. */
export const RESTORED = 'restoreStore';

/** Facet's own doing. */
export const BY_FACET: Pick<AuditEntry, 'actor' | 'role'> = { actor: 'facet', role: null };

/** A consent event as the trail tells of it: that it was recorded and by whom, and the hash of what was said; that is in the ledger. */
export function consentEntry(event: NewConsentEvent): AuditEntry {
  const { recordId, customerId, purpose, topic, action, recordedAt, actor } = event;
  return {
    ...{ kind: 'CONSENT', at: recordedAt, actor, role: null, purpose, action, subjects: [customerId] },
    details: { recordId, topic, sha256: contentHashOf(event) },
  };
}

/** A document in an entry, so that entries about the same one are known to be. */
export function documentName(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
