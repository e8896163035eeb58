/**
 * The audit trail of this writer: takes entries in batches, and signs the chain's end now and then and on a clean stop. Entries for
 * changes do not come through here: they are in the change's own commit. Must not verify.
 */
import type { Signing } from '../signing';
import { rootStatement } from '../store/audit';
import type { AuditRoot } from '../store/audit';
import type { ProfileStore } from '../store/store';
import { auditOf, CHAIN_ID } from './entry';
import type { AuditEntry } from './entry';

export interface AuditTrail {
  /** Durable when it resolves. Errors: STORE_UNAVAILABLE. */
  record(entries: readonly AuditEntry[]): Promise<void>;
  /** Signs the chain's end, if it is not signed yet. */
  signRoot(): Promise<void>;
  /** Signs from now on, every ROOT_MS. */
  start(): void;
  close(): Promise<void>;
}

/** The longest that an entry stays unsigned while the process lives. */
const ROOT_MS = 10_000;

export function createAuditTrail(options: {
  readonly store: Pick<ProfileStore, 'commit' | 'findAuditHeads' | 'findAuditRoots'>;
  readonly signing: Signing;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  /** Where roots are kept beside the store. */
  readonly keep?: ((root: AuditRoot) => Promise<void>) | undefined;
}): AuditTrail {
  const { store, signing, now, keep } = options;
  let signedSeq: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  const sign = async (): Promise<void> => {
    signedSeq ??= (await store.findAuditRoots(CHAIN_ID)).at(-1)?.seq ?? 0;
    const head = (await store.findAuditHeads()).find(({ chainId }) => chainId === CHAIN_ID);
    if (head === undefined || head.seq <= signedSeq) return;
    const unsigned = { chainId: head.chainId, seq: head.seq, hash: head.hash, at: now() };
    const root = { ...unsigned, signature: signing.sign(rootStatement(unsigned)) };
    await store.commit({ auditRoots: [root] });
    await keep?.(root);
    signedSeq = root.seq;
  };
  const signRoot = (): Promise<void> => (running = running.then(sign, sign));

  return {
    record: async (entries) => {
      if (entries.length > 0) await store.commit({ audit: auditOf(...entries) });
    },
    signRoot,
    start: () => {
      // A store that cannot be written now is signed the next time.
      const next = () => void signRoot().catch(() => undefined);
      // What a killed process left unsigned, first.
      next();
      timer = setInterval(next, ROOT_MS);
      timer.unref();
    },
    close: async () => {
      clearInterval(timer);
      await signRoot();
    },
  };
}
