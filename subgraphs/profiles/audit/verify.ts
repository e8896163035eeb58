/**
 * Verifying a chain of the audit trail, entry by entry, against its signed roots: whatever was flipped, deleted, put in between,
 * reordered or cut off below the last root is found. Pure but for the checking of signatures. Must not read a store.
 *
 * What lies behind the last root is chained and not yet signed: it can be shortened unseen, and is counted.
 */
import { isSigned } from '../signing';
import { GENESIS, hashOf, rootStatement } from '../store/audit';
import type { AuditRecord, AuditRoot } from '../store/audit';

export interface AuditFault {
  readonly chainId: string;
  /** The place at which it shows. */
  readonly seq: number;
  readonly what:
    | 'an entry is missing, or not in its place'
    | 'an entry was altered, or the one before it'
    | 'a root is not signed by this deployment'
    | 'a root signs another entry'
    | 'the chain ends before a root';
}

export interface ChainVerdict {
  readonly chainId: string;
  readonly entries: number;
  /** Entries up to the last root that holds. */
  readonly signed: number;
  readonly faults: readonly AuditFault[];
}

export interface ChainVerifier {
  /** The next entry, in the order in which it is stored. */
  take(record: AuditRecord): void;
  end(): ChainVerdict;
}

export function verifyChain(options: {
  readonly chainId: string;
  /** All roots that are known, wherever they were kept. */
  readonly roots: readonly AuditRoot[];
  /** PEM. */
  readonly publicKey: string;
}): ChainVerifier {
  const { chainId, publicKey } = options;
  const faults: AuditFault[] = [];
  const rootsAt = new Map<number, AuditRoot[]>();
  for (const root of options.roots) {
    if (root.chainId !== chainId || !isSigned(publicKey, rootStatement(root), root.signature)) {
      faults.push({ chainId, seq: root.seq, what: 'a root is not signed by this deployment' });
    } else {
      rootsAt.set(root.seq, [...(rootsAt.get(root.seq) ?? []), root]);
    }
  }
  let entries = 0;
  let expected = 1;
  let before = GENESIS;
  let signed = 0;

  return {
    take(record) {
      entries += 1;
      if (record.seq !== expected || record.chainId !== chainId) {
        faults.push({ chainId, seq: record.seq, what: 'an entry is missing, or not in its place' });
      }
      if (record.hash !== hashOf(chainId, record.seq, before, record.text)) {
        faults.push({ chainId, seq: record.seq, what: 'an entry was altered, or the one before it' });
      }
      for (const root of rootsAt.get(record.seq) ?? []) {
        if (root.hash === record.hash) signed = record.seq;
        else faults.push({ chainId, seq: record.seq, what: 'a root signs another entry' });
      }
      expected = record.seq + 1;
      before = record.hash;
    },
    end() {
      for (const seq of rootsAt.keys()) {
        if (seq >= expected) faults.push({ chainId, seq, what: 'the chain ends before a root' });
      }
      return { chainId, entries, signed, faults };
    },
  };
}
