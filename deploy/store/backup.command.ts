/** `store backup`: a consistent copy of the embedded store, beside whatever runs. */
import path from 'node:path';
import { createKeyEncryption } from '../../subgraphs/profiles/seal/key-encryption';
import { takeBackup } from '../../subgraphs/profiles/transfer/backup';
import { requireEmbedded, required } from './command';
import type { Command } from './command';

export const backup: Command = {
  summary: 'copies the embedded store into a folder, beside a running Facet',
  usage: '--to DIR [--data-dir DIR]',
  help: `  --to DIR        a folder that does not exist yet; it is there once the backup is whole
  --data-dir DIR  the data folder; FACET_DATA_DIR, or .data

Store, wrapped keys and audit roots, in one snapshot, with a manifest of SHA-256 checksums. Records stay sealed; no secret is
in it. To restore it you need FACET_ENCRYPTION_KEYS and FACET_IDENTITY_SECRET (in development the data folder's secrets/): keep
them elsewhere. Whoever has both reads everybody in it, also who was erased since: remove backups that are older than
your erasures may take.`,
  options: { to: { type: 'string' } },
  async run(values, context) {
    requireEmbedded(context, 'back up with MongoDB’s own snapshots, or mongodump --oplog.');
    const to = path.resolve(required(values, 'to'));
    const { dataDir, now, onProgress } = context;
    const { encryptionKeys, identitySecret } = await context.secretsOf(dataDir);
    const encryption = createKeyEncryption(encryptionKeys);
    const manifest = await takeBackup({ dataDir, to, encryption, identitySecret, now, onProgress });
    const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
    context.print(`Backed up to ${to}`);
    context.print(
      `${manifest.entries.profiles ?? 0} profiles, ${manifest.entries.sourceRecords ?? 0} records, ${(bytes / 1e6).toFixed(1)} MB in ${manifest.files.length} files, up to change ${manifest.mark.change}`,
    );
    context.print(
      `To restore it: FACET_IDENTITY_SECRET, and of FACET_ENCRYPTION_KEYS ${manifest.encryptionKeyIds.join(', ') || 'none'}`,
    );
    return 0;
  },
};
