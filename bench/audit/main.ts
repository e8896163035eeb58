/** `npm run bench:audit`: entries of the audit trail appended to, and verified from, a store on disk, a second. BENCH_ENTRIES. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { verifyAudit } from '../../deploy/audit-verify';
import type { AuditEntry } from '../../subgraphs/profiles/audit/entry';
import { createRootsFile } from '../../subgraphs/profiles/audit/roots-file';
import { createAuditTrail } from '../../subgraphs/profiles/audit/trail';
import { createSigning } from '../../subgraphs/profiles/signing';
import { openEmbeddedStore } from '../../subgraphs/profiles/store/embedded';

const ENTRIES = Number(process.env.BENCH_ENTRIES ?? 200_000);
const BATCH = 500;
const dataDir = mkdtempSync(path.join(tmpdir(), 'facet-bench-audit-'));
const auditDir = path.join(dataDir, 'audit');

async function main(): Promise<void> {
  const store = await openEmbeddedStore({ path: path.join(dataDir, 'store') });
  const signing = createSigning('secret of the bench');
  const keep = createRootsFile(auditDir, signing.publicKey);
  const trail = createAuditTrail({ store, signing, now: Date.now, keep });
  const subjects = Array.from({ length: 5 }, (_, index) => `01J${String(index).padStart(23, '0')}`);
  const entry: AuditEntry = {
    ...{ kind: 'READ', at: Date.now(), actor: 'renderer', role: 'RENDERER', purpose: 'EMAIL_MARKETING' },
    ...{ action: 'read', subjects, categories: { clear: ['NAME', 'CONTACT'], masked: [], withheld: ['BEHAVIOUR'] } },
    details: { subgraph: 'crm', requests: 5 },
  };
  const appending = performance.now();
  for (let count = 0; count < ENTRIES; count += BATCH) await trail.record(Array.from({ length: BATCH }, () => entry));
  const appended = performance.now() - appending;
  await trail.close();
  await store.close();

  const verifying = performance.now();
  const { chains } = await verifyAudit({ dataDir, auditDir });
  const verified = performance.now() - verifying;
  const perSecond = (ms: number) => Math.round(ENTRIES / (ms / 1_000)).toLocaleString('en');
  console.log(`${ENTRIES} entries of ${JSON.stringify(entry).length} bytes, ${chains[0]?.faults.length} faults`);
  console.log(`appended ${perSecond(appended)}/s in commits of ${BATCH}, verified ${perSecond(verified)}/s`);
}

main().finally(() => rmSync(dataDir, { recursive: true }));
