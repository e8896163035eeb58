/** `store copy`: moves everything from one engine to the other, and holds the two against each other. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { openContents } from '../../subgraphs/profiles/store/open-contents';
import { copyInto, tokenOf } from '../../subgraphs/profiles/transfer/copy';
import { openTarget } from '../../subgraphs/profiles/transfer/target';
import { claimDataDir } from '../claim';
import { required, UsageError } from './command';
import type { Command } from './command';

const ENGINES = ['embedded', 'mongodb'];

export const copy: Command = {
  summary: 'copies everything from the embedded store to MongoDB, or back',
  usage: '--from embedded|mongodb --to mongodb|embedded [--data-dir DIR]',
  help: `  --from, --to    one is the store of the data folder, the other the database at MONGODB_URI
  --data-dir DIR  the data folder; FACET_DATA_DIR, or .data

Into an empty store only, and with every Facet on either stopped. Records stay sealed and keys wrapped, so that both need the same
secrets. Cut off, it goes on when it is given again; nobody serves a part of a copy. In the end entries and checksums
of every collection are held against each other. Cursors of the change feed do not outlast it: whoever follows subscribes anew.
The audit trail and its roots come along: keep audit/ of the data folder to verify them.`,
  options: { from: { type: 'string' }, to: { type: 'string' } },
  async run(values, { dataDir, mongodb, now, onProgress, print }) {
    const [from, to] = [required(values, 'from'), required(values, 'to')];
    if (!ENGINES.includes(from) || !ENGINES.includes(to) || from === to) {
      throw new UsageError('Expected --from and --to: one embedded, one mongodb.');
    }
    if (mongodb === undefined) throw new UsageError('Expected MONGODB_URI: where the database is.');
    const placeOf = (engine: string) => (engine === 'mongodb' ? { dataDir, mongodb } : { dataDir });
    await mkdir(dataDir, { recursive: true });
    const release = await claimDataDir(dataDir);
    try {
      const origin = await openContents({ ...placeOf(from), readOnly: true, now });
      try {
        const target = await openTarget({ ...placeOf(to), token: await tokenOf(origin), now });
        try {
          if (target.progress !== null) print('A copy that was cut off goes on.');
          const sums = await copyInto(target, origin, onProgress);
          const total = sums.reduce((sum, { entries }) => sum + entries, 0);
          print(
            `Copied from ${from} to ${to}: ${total} entries in ${sums.length} collections, equal in number and checksum`,
          );
          if (to === 'mongodb')
            print(`Start Facet on it with FACET_STORE=mongodb; ${path.join(dataDir, 'store')} is not needed any more.`);
          return 0;
        } finally {
          await target.close();
        }
      } finally {
        await origin.close();
      }
    } finally {
      await release();
    }
  },
};
