/** `store import`: an export into an empty store. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { copyInto, tokenOf } from '../../subgraphs/profiles/transfer/copy';
import { openExport } from '../../subgraphs/profiles/transfer/export';
import { openTarget } from '../../subgraphs/profiles/transfer/target';
import { claimDataDir } from '../claim';
import { required } from './command';
import type { Command } from './command';

export const importCommand: Command = {
  summary: 'reads an export into an empty store',
  usage: '--from DIR [--data-dir DIR]',
  help: `  --from DIR      an export; checksums and every line of it are looked at before anything is written
  --data-dir DIR  the data folder; FACET_DATA_DIR, or .data

Into the store that FACET_STORE says, which must be empty, with Facet stopped. Cut off, it goes on when it is given again;
nobody serves a part of it. In the end entries and checksums of every collection are held against the export. What was erased,
suppressed or denied since the export was written is not known to it.`,
  options: { from: { type: 'string' } },
  async run(values, context) {
    const from = path.resolve(required(values, 'from'));
    const { dataDir, place, now, onProgress, print } = context;
    const { identitySecret } = await context.secretsOf(dataDir);
    const origin = await openExport(from, identitySecret, onProgress);
    await mkdir(dataDir, { recursive: true });
    const release = await claimDataDir(dataDir);
    try {
      const target = await openTarget({ ...place, token: await tokenOf(origin), now });
      try {
        const sums = await copyInto(target, origin, onProgress);
        const total = sums.reduce((sum, { entries }) => sum + entries, 0);
        print(
          `Imported: ${total} entries in ${sums.length} collections, equal in number and checksum; as of ${origin.manifest.createdAt}`,
        );
        return 0;
      } finally {
        await target.close();
      }
    } finally {
      await release();
    }
  },
};
