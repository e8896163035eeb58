/** Reads of the embedded store's audit trail: chains lie side by side, each in order of its places. Must not write or verify. */
import type { AuditRecord, AuditRoot } from './audit';
import type { Databases } from './embedded.databases';
import { auditKey } from './embedded.keys';
import type { ProfileStore } from './store';

const END = Number.MAX_SAFE_INTEGER;

export function findLastAudit({ auditTrail }: Pick<Databases, 'auditTrail'>, chainId: string): AuditRecord | null {
  const range = { start: auditKey(chainId, END), end: auditKey(chainId, 0), reverse: true, limit: 1 };
  const [last] = auditTrail.getRange(range);
  return last?.value ?? null;
}

/** From one chain's end to the next chain's. */
export function findAuditHeads(databases: Pick<Databases, 'auditTrail'>): AuditRecord[] {
  const heads: AuditRecord[] = [];
  for (;;) {
    const last = heads.at(-1);
    const range = last === undefined ? {} : { start: auditKey(last.chainId, END) };
    const [next] = databases.auditTrail.getRange({ ...range, limit: 1 });
    const head = next && findLastAudit(databases, next.value.chainId);
    if (!head) return heads;
    heads.push(head);
  }
}

export function findAudit(
  { auditTrail }: Databases,
  { chainId, after, before, limit }: Parameters<ProfileStore['findAudit']>[0],
): AuditRecord[] {
  // lmdb takes a limit of 0 for none.
  if (limit < 1) return [];
  const range =
    before === undefined
      ? { start: auditKey(chainId, Math.max(after ?? 0, 0) + 1), end: auditKey(chainId, END) }
      : { start: auditKey(chainId, before - 1), end: auditKey(chainId, 0), reverse: true };
  return Array.from(auditTrail.getRange({ ...range, limit }), ({ value }) => value);
}

export function findAuditRoots({ auditRoots }: Databases, chainId: string): AuditRoot[] {
  const range = { start: auditKey(chainId, 0), end: auditKey(chainId, END) };
  return Array.from(auditRoots.getRange(range), ({ value }) => value);
}
