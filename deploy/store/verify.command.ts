/** `store verify`: looks at everything that is stored, and at the audit trail, and changes nothing. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createKeyEncryption } from '../../subgraphs/profiles/seal/key-encryption';
import { openContents } from '../../subgraphs/profiles/store/open-contents';
import { checksumsOf } from '../../subgraphs/profiles/transfer/encoding';
import { findFaults } from '../../subgraphs/profiles/transfer/verify';
import { verifyAudit } from '../audit-verify';
import type { Command, CommandContext } from './command';

const MAX_SHOWN = 100;

export const verify: Command = {
  summary: 'looks whether everything opens, belongs to somebody and was left as written',
  usage: '[--checksums] [--data-dir DIR]',
  help: `  --checksums     prints of each collection how many entries it has and their checksum, to hold two stores against each other
  --data-dir DIR  the data folder; FACET_DATA_DIR, or .data

Every key unwraps, every record opens, every identity, record and ledger belongs to somebody, who is not erased; ledgers are as they
were written and consent follows from them; the feed has no gap; the audit trail holds. Beside a running Facet the embedded
store is read in one snapshot; MongoDB is read as it goes, so what is being written may be told. Ends with 1 when something
does not hold.`,
  options: { checksums: { type: 'boolean' } },
  async run(values, context) {
    const { dataDir, place, now, onProgress, print } = context;
    const { encryptionKeys } = await context.secretsOf(dataDir);
    const contents = await openContents({ ...place, readOnly: true, now });
    let count = 0;
    try {
      const encryption = createKeyEncryption(encryptionKeys);
      for await (const { what, where } of findFaults({ contents, encryption, onProgress })) {
        if (++count <= MAX_SHOWN) print(`${what}: ${where}`);
      }
      if (count > MAX_SHOWN) print(`and ${count - MAX_SHOWN} more`);
      if (values.checksums === true) {
        for (const { name, entries, digest } of await checksumsOf(contents, onProgress)) {
          print(`${name.padEnd(14)} ${String(entries).padStart(9)}  ${digest}`);
        }
      }
    } finally {
      await contents.close();
    }
    count += await auditFaults(context);
    print(count === 0 ? 'The store holds.' : `The store does NOT hold: ${count} faults.`);
    return count === 0 ? 0 : 1;
  },
};

async function auditFaults({ dataDir, place, print }: CommandContext): Promise<number> {
  const auditDir = path.join(dataDir, 'audit');
  if (!existsSync(path.join(auditDir, 'public-key.pem'))) {
    print(`Consent ledgers and audit trail were not verified: there is no ${auditDir} with its public key.`);
    return 0;
  }
  const { chains, ledgers } = await verifyAudit({ ...place, auditDir });
  const faults = [
    ...chains.flatMap((chain) =>
      chain.faults.map(({ seq, what }) => `audit trail ${chain.chainId}, entry ${seq}: ${what}`),
    ),
    ...ledgers.faults.map(
      ({ customerId, seq, what }) => `consent of ${customerId}${seq ? `, event ${seq}` : ''}: ${what}`,
    ),
  ];
  faults.slice(0, MAX_SHOWN).forEach(print);
  if (faults.length > MAX_SHOWN) print(`and ${faults.length - MAX_SHOWN} more`);
  return faults.length;
}
