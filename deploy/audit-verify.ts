/**
 * Verifies the audit trail of a data folder while nothing runs, or beside what runs: every chain of the store, against the roots in
 * the store and those in the file beside it; and every customer's consent ledger, against the trail. Must not write.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readRootsFile } from '../subgraphs/profiles/audit/roots-file';
import { verifyChain } from '../subgraphs/profiles/audit/verify';
import type { ChainVerdict } from '../subgraphs/profiles/audit/verify';
import { createLedgerVerifier } from '../subgraphs/profiles/audit/verify-ledgers';
import type { LedgersVerdict, LedgerVerifier } from '../subgraphs/profiles/audit/verify-ledgers';
import type { AuditRecord } from '../subgraphs/profiles/store/audit';
import { openUnsealed } from '../subgraphs/profiles/store/open-store';
import type { OpenStoreOptions } from '../subgraphs/profiles/store/open-store';
import type { ProfileStore } from '../subgraphs/profiles/store/store';

const PAGE = 5_000;
/** Ledgers read at once. */
const LEDGERS = 500;

export interface AuditVerdict {
  readonly chains: readonly ChainVerdict[];
  readonly ledgers: LedgersVerdict;
}

/** Errors: STORE_*; throws where the public key or a line of the roots' file cannot be read. */
export async function verifyAudit(options: {
  readonly dataDir: string;
  /** The store is there instead. */
  readonly mongodb?: OpenStoreOptions['mongodb'];
  /** Folder of the roots and the public key; a copy kept elsewhere proves more. */
  readonly auditDir: string;
}): Promise<AuditVerdict> {
  const publicKey = await readFile(path.join(options.auditDir, 'public-key.pem'), 'utf8');
  const kept = await readRootsFile(options.auditDir);
  const store = await openUnsealed(options);
  try {
    const heads = await store.findAuditHeads();
    // A chain of which nothing is left is one that was cut off.
    const chainIds = [...new Set([...heads, ...kept].map(({ chainId }) => chainId))].toSorted();
    const ledgers = createLedgerVerifier();
    const ends: ChainEnd[] = [];
    for (const chainId of chainIds) {
      const roots = [...(await store.findAuditRoots(chainId)), ...kept.filter((root) => root.chainId === chainId)];
      const verifier = verifyChain({ chainId, roots, publicKey });
      const seq = await readChain(store, { chainId, after: 0 }, (record) => {
        verifier.take(record);
        ledgers.takeEntry(record);
      });
      ends.push({ chainId, seq, verdict: verifier.end() });
    }
    await readLedgers(store, ledgers);
    // Where Facet is at work, events came in meanwhile: their entries lie behind what was read of the trail.
    for (const { chainId, seq } of ends) await readChain(store, { chainId, after: seq }, ledgers.takeEntry);
    return { chains: ends.map(({ verdict }) => verdict), ledgers: ledgers.end() };
  } finally {
    await store.close();
  }
}

interface ChainEnd {
  readonly chainId: string;
  readonly seq: number;
  readonly verdict: ChainVerdict;
}

/** Answers the place of the last entry. */
async function readChain(
  store: ProfileStore,
  { chainId, after }: { readonly chainId: string; readonly after: number },
  take: (record: AuditRecord) => void,
): Promise<number> {
  for (let end = after; ;) {
    const page = await store.findAudit({ chainId, after: end, limit: PAGE });
    page.forEach(take);
    end = page.at(-1)?.seq ?? end;
    if (page.length < PAGE) return end;
  }
}

/** Of every customer there is, and of those who are gone and of whom the trail tells. */
async function readLedgers(store: ProfileStore, verifier: LedgerVerifier): Promise<void> {
  const seen = new Set<string>();
  for (let after: string | undefined; ;) {
    const page = await store.listProfiles({ ...(after === undefined ? {} : { after }), limit: LEDGERS });
    for (const profile of page) seen.add(profile.id);
    await takeLedgers(
      store,
      verifier,
      page.map(({ id }) => id),
    );
    after = page.at(-1)?.id;
    if (page.length < LEDGERS) break;
  }
  const gone = [...verifier.told()].filter((id) => !seen.has(id));
  for (let at = 0; at < gone.length; at += LEDGERS) await takeLedgers(store, verifier, gone.slice(at, at + LEDGERS));
}

async function takeLedgers(store: ProfileStore, verifier: LedgerVerifier, ids: readonly string[]): Promise<void> {
  const before = await store.findProfiles(ids);
  const ledgers = await store.findConsentEvents(ids);
  const after = await store.findProfiles(ids);
  for (const [place, id] of ids.entries()) {
    const profile = before[place] ?? null;
    // An id that was merged answers the survivor; and one that was changed in between, its events may not be those of its state.
    const isSettled = profile?.id === id && profile.version === after[place]?.version;
    verifier.takeLedger(id, ledgers[place] ?? [], isSettled ? profile : null);
  }
}
