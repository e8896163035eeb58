/**
 * Who last did what, read off the audit trail from its newest entry on: for each principal and each kind of entry the last one. Must not
 * verify the trail; `npm run audit:verify` does.
 */
import type { AuditEntry } from '../subgraphs/profiles/audit/entry';
import type { ProfileStore } from '../subgraphs/profiles/store/store';

export type LastAct = Pick<AuditEntry, 'actor' | 'role' | 'kind' | 'action' | 'purpose' | 'at' | 'categories'>;

/** Looked at before the rest is left unread; who did nothing since then is not told of. */
const MAX_ENTRIES = 200_000;
const PAGE = 5_000;

export interface LastActs {
  /** The newest first. */
  readonly acts: readonly LastAct[];
  /** Unix time in milliseconds before which a trail was not looked at; null: all of it was. */
  readonly since: number | null;
}

/** Errors: STORE_UNAVAILABLE. */
export async function findLastActs(
  store: Pick<ProfileStore, 'findAuditHeads' | 'findAudit'>,
  maxEntries = MAX_ENTRIES,
): Promise<LastActs> {
  const last = new Map<string, LastAct>();
  let since: number | null = null;
  for (const { chainId, seq } of await store.findAuditHeads()) {
    let before = seq + 1;
    let oldest = Infinity;
    for (let left = maxEntries; before > 1 && left > 0;) {
      const page = await store.findAudit({ chainId, before, limit: Math.min(PAGE, left) });
      for (const { text } of page) {
        const entry = JSON.parse(text) as AuditEntry;
        const name = JSON.stringify([entry.actor, entry.role, entry.kind]);
        if (entry.at > (last.get(name)?.at ?? -Infinity)) last.set(name, entry);
        oldest = Math.min(oldest, entry.at);
      }
      before = page.at(-1)?.seq ?? 0;
      left -= page.length;
    }
    if (before > 1) since = Math.max(since ?? -Infinity, oldest);
  }
  return { acts: [...last.values()].toSorted((a, b) => b.at - a.at), since };
}
