// The chain of the audit trail: whatever is done to it below a signed root is found, and nothing is found where nothing was done.
import fc from 'fast-check';
import { verifyChain } from '../../subgraphs/profiles/audit/verify';
import { createSigning } from '../../subgraphs/profiles/signing';
import { chainAfter, rootStatement } from '../../subgraphs/profiles/store/audit';
import type { AuditRecord, AuditRoot } from '../../subgraphs/profiles/store/audit';

const signing = createSigning('signing secret of the tests');
const chainId = 'profiles';

function chainOf(texts: readonly string[]): AuditRecord[] {
  const records: AuditRecord[] = [];
  for (const text of texts) records.push(chainAfter(records.at(-1) ?? null, { chainId, text }));
  return records;
}
function rootOf({ seq, hash }: AuditRecord, by = signing): AuditRoot {
  const unsigned = { chainId, seq, hash, at: 1_700_000_000_000 };
  return { ...unsigned, signature: by.sign(rootStatement(unsigned)) };
}
function faultsOf(records: readonly AuditRecord[], roots: readonly AuditRoot[]) {
  const verifier = verifyChain({ chainId, roots, publicKey: signing.publicKey });
  records.forEach((record) => verifier.take(record));
  return verifier.end();
}

const texts = fc.array(fc.string({ maxLength: 40 }), { minLength: 2, maxLength: 30 });
const length = (records: readonly AuditRecord[]) => records.length;
/** What is done to a chain: each must leave another chain than it found. */
const tampering = fc.record({
  how: fc.constantFrom('flip', 'delete', 'swap', 'truncate', 'insert', 'rewrite', 'repeat'),
  at: fc.nat(),
  bit: fc.nat(),
});

function tamper(records: readonly AuditRecord[], { how, at, bit }: { how: string; at: number; bit: number }) {
  const index = at % length(records);
  const target = records[index] as AuditRecord;
  const others = records.filter((each) => each !== target);
  switch (how) {
    case 'flip': {
      const field = (['text', 'hash'] as const)[bit % 2] ?? 'text';
      const bytes = Buffer.from(target[field] === '' ? '\0' : target[field], 'utf16le');
      const place = bit % bytes.length;
      bytes[place] = (bytes[place] ?? 0) ^ (1 << (bit % 7));
      return records.with(index, { ...target, [field]: bytes.toString('utf16le') });
    }
    case 'delete':
      return others;
    case 'swap': {
      const other = (index + 1 + (bit % (length(records) - 1))) % length(records);
      return records.with(index, records[other] as AuditRecord).with(other, target);
    }
    case 'truncate':
      return records.slice(0, index);
    case 'insert':
      return [...records.slice(0, index), { ...target, text: `${target.text}!` }, ...records.slice(index)];
    case 'repeat':
      return [...records.slice(0, index), target, ...records.slice(index)];
    default:
      // By somebody who can compute hashes, but not sign: one text altered, and everything after it chained anew.
      return chainOf(records.map(({ text }, place) => (place === index ? `${text}!` : text)));
  }
}

describe('A chain of the audit trail', () => {
  it('holds as it was written, with every root on it, and says what is not signed yet', () => {
    fc.assert(
      fc.property(texts, fc.nat(), (given, cut) => {
        const records = chainOf(given);
        const signed = 1 + (cut % records.length);
        const roots = records.slice(0, signed).map((record) => rootOf(record));
        expect(faultsOf(records, roots)).toEqual({ chainId, entries: records.length, signed, faults: [] });
      }),
      { numRuns: 200 },
    );
  });

  it('does not hold after any of 1,000 flips, deletions, insertions, reorders, truncations and rewritings', () => {
    fc.assert(
      fc.property(texts, tampering, (given, how) => {
        const records = chainOf(given);
        const root = rootOf(records.at(-1) as AuditRecord);
        expect(faultsOf(tamper(records, how), [root]).faults).not.toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('does not hold against a root that another key signed, or that was altered', () => {
    const records = chainOf(['a', 'b', 'c']);
    const root = rootOf(records[1] as AuditRecord);
    for (const forged of [
      rootOf(records[1] as AuditRecord, createSigning('another')),
      { ...root, at: root.at + 1 },
      { ...root, seq: 3 },
      { ...root, hash: 'f'.repeat(64) },
      { ...root, chainId: 'other' },
      { ...root, signature: '' },
    ]) {
      expect(faultsOf(records, [forged]).faults).toEqual([
        expect.objectContaining({ what: 'a root is not signed by this deployment' }),
      ]);
    }
  });

  it('can be shortened unseen only behind its last root, which is said', () => {
    const records = chainOf(['a', 'b', 'c', 'd']);
    const root = rootOf(records[1] as AuditRecord);
    expect(faultsOf(records.slice(0, 3), [root])).toMatchObject({ entries: 3, signed: 2, faults: [] });
    expect(faultsOf(records.slice(0, 1), [root]).faults).toEqual([
      { chainId, seq: 2, what: 'the chain ends before a root' },
    ]);
  });
});
