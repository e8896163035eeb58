/** `store export`: everything that is stored as lines of JSON. */
import path from 'node:path';
import { openContents } from '../../subgraphs/profiles/store/open-contents';
import { exportTo } from '../../subgraphs/profiles/transfer/export';
import { required } from './command';
import type { Command } from './command';

export const exportCommand: Command = {
  summary: 'writes everything as lines of JSON, for any engine to import',
  usage: '--to DIR [--data-dir DIR]',
  help: `  --to DIR        a folder that does not exist yet; it is there once the export is whole
  --data-dir DIR  the data folder; FACET_DATA_DIR, or .data

A file to a collection, with SHA-256 checksums in export.json. Records stay sealed and keys wrapped: to import it you need
FACET_ENCRYPTION_KEYS and FACET_IDENTITY_SECRET as they are now. Beside a running Facet the embedded store is read in one
snapshot; MongoDB is read as it goes, so stop Facet for an exact one. Like a backup it is to be removed in time.`,
  options: { to: { type: 'string' } },
  async run(values, context) {
    const to = path.resolve(required(values, 'to'));
    const { place, now, onProgress } = context;
    const { identitySecret } = await context.secretsOf(context.dataDir);
    const contents = await openContents({ ...place, readOnly: true, now });
    try {
      const { collections } = await exportTo({ contents, to, identitySecret, now, onProgress });
      const total = collections.reduce((sum, { entries }) => sum + entries, 0);
      context.print(`Exported to ${to}: ${total} entries in ${collections.length} collections`);
      return 0;
    } finally {
      await contents.close();
    }
  },
};
