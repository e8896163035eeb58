/**
 * What the store keeps of the audit trail, and how an entry is chained to the one before. Pure. Must not know what an entry
 * says: to the chain it is a line of text.
 *
 * Source: hash chain as in RFC 9162's idea of an append-only log, one list per writer, no tree.
 */
import { hash } from 'node:crypto';

/** An entry as it is stored. */
export interface AuditRecord {
  /** One chain per writer, so that writers do not wait for each other. */
  readonly chainId: string;
  /** From 1, without gaps. */
  readonly seq: number;
  /** JSON of the entry. */
  readonly text: string;
  /** SHA-256 over chain, seq, the hash before and the text; hex. */
  readonly hash: string;
}

/** The writer's signature over a place of its chain: what lies before can neither be changed nor shortened unseen. */
export interface AuditRoot {
  readonly chainId: string;
  readonly seq: number;
  readonly hash: string;
  /** Unix time in milliseconds. */
  readonly at: number;
  /** Ed25519 over `rootStatement`, base64url. */
  readonly signature: string;
}

/** Before the first entry. */
export const GENESIS = '0'.repeat(64);

/** The entry that follows `last`; null: the chain begins. */
export function chainAfter(
  last: Pick<AuditRecord, 'seq' | 'hash'> | null,
  { chainId, text }: Pick<AuditRecord, 'chainId' | 'text'>,
): AuditRecord {
  const seq = (last?.seq ?? 0) + 1;
  return { chainId, seq, text, hash: hashOf(chainId, seq, last?.hash ?? GENESIS, text) };
}

export function hashOf(chainId: string, seq: number, before: string, text: string): string {
  // The chain's name comes last but one and the text last: each part before has a fixed end, so no two entries read alike.
  return hash('sha256', `${seq}\n${before}\n${chainId.length}\n${chainId}${text}`);
}

/** What a root signs. */
export function rootStatement({ chainId, seq, hash: at, ...root }: Omit<AuditRoot, 'signature'>): string {
  return JSON.stringify(['facet audit root', chainId, seq, at, root.at]);
}
