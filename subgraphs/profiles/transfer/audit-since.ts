/**
 * The audit trail goes on over a restore: what was entered since the backup is entered behind it, as it was, so that chain and roots still
 * hold. Also tells whether two stores are one: their trails begin alike. Must not verify signatures.
 */
import { facetError } from '../../../schema/errors';
import type { AuditRecord } from '../store/audit';
import { pagesOf } from '../store/contents';
import type { StoreContents } from '../store/contents';
import type { ProfileStore } from '../store/store';
import type { Since } from './word-since';

interface Into {
  readonly store: Pick<ProfileStore, 'findAudit' | 'findAuditHeads'>;
  readonly contents: Pick<StoreContents, 'write'>;
}

/** Answers how many entries were carried over. Errors: BAD_REQUEST when one trail is not the beginning of the other. */
export async function carryAudit(since: Since, { store, contents }: Into): Promise<number> {
  const heads = new Map((await store.findAuditHeads()).map((head) => [head.chainId, head]));
  const before = new Map<string, AuditRecord>();
  let count = 0;
  for await (const { entries } of pagesOf(since, 'auditTrail')) {
    for (const entry of entries) {
      const head = heads.get(entry.chainId);
      if (head === undefined || entry.seq <= head.seq) before.set(entry.chainId, entry);
    }
    const later = entries.filter(({ chainId, seq }) => seq > (heads.get(chainId)?.seq ?? 0));
    await contents.write('auditTrail', later);
    count += later.length;
  }
  // The last entry that both should have. A trail that ends before the backup's is one that was itself put back.
  for (const head of heads.values()) {
    const last = before.get(head.chainId);
    const [same] = last ? await store.findAudit({ chainId: head.chainId, after: last.seq - 1, limit: 1 }) : [];
    if (before.size > 0 && same?.hash !== last?.hash) throw anotherStore();
  }
  for await (const { entries } of pagesOf(since, 'auditRoots')) await contents.write('auditRoots', entries);
  return count;
}

function anotherStore(): Error {
  return facetError(
    'BAD_REQUEST',
    'Expected what was recorded since in the store that this backup is of; the audit trails of the two are not one.',
  );
}
