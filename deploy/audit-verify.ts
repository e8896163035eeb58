/**
 * Verifies the audit trail of a data folder while nothing runs, or beside what runs: every chain of the store, against the roots in
 * the store and those in the file beside it. Must not write.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readRootsFile } from '../subgraphs/profiles/audit/roots-file';
import { verifyChain } from '../subgraphs/profiles/audit/verify';
import type { ChainVerdict } from '../subgraphs/profiles/audit/verify';
import type { AuditRoot } from '../subgraphs/profiles/store/audit';
import { openUnsealed } from '../subgraphs/profiles/store/open-store';
import type { OpenStoreOptions } from '../subgraphs/profiles/store/open-store';
import type { ProfileStore } from '../subgraphs/profiles/store/store';

const PAGE = 5_000;

/** Errors: STORE_*; throws where the public key or a line of the roots' file cannot be read. */
export async function verifyAudit(options: {
  readonly dataDir: string;
  /** The store is there instead. */
  readonly mongodb?: OpenStoreOptions['mongodb'];
  /** Folder of the roots and the public key; a copy kept elsewhere proves more. */
  readonly auditDir: string;
}): Promise<ChainVerdict[]> {
  const publicKey = await readFile(path.join(options.auditDir, 'public-key.pem'), 'utf8');
  const kept = await readRootsFile(options.auditDir);
  const store = await openUnsealed(options);
  try {
    const heads = await store.findAuditHeads();
    // A chain of which nothing is left is one that was cut off.
    const chainIds = [...new Set([...heads, ...kept].map(({ chainId }) => chainId))].toSorted();
    const verdicts: ChainVerdict[] = [];
    for (const chainId of chainIds) verdicts.push(await verifyOne(store, chainId, kept, publicKey));
    return verdicts;
  } finally {
    await store.close();
  }
}

async function verifyOne(
  store: ProfileStore,
  chainId: string,
  kept: readonly AuditRoot[],
  publicKey: string,
): Promise<ChainVerdict> {
  const roots = [...(await store.findAuditRoots(chainId)), ...kept.filter((root) => root.chainId === chainId)];
  const verifier = verifyChain({ chainId, roots, publicKey });
  for (let after = 0; ;) {
    const page = await store.findAudit({ chainId, after, limit: PAGE });
    page.forEach((record) => verifier.take(record));
    after = page.at(-1)?.seq ?? after;
    if (page.length < PAGE) return verifier.end();
  }
}
