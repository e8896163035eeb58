/** `store restore`: puts a backup in the place of the store, without undoing what must not be undone. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createKeyEncryption } from '../../subgraphs/profiles/seal/key-encryption';
import { openStoredContents } from '../../subgraphs/profiles/store/open-contents';
import { restoreBackup } from '../../subgraphs/profiles/transfer/restore';
import type { SinceStore } from '../../subgraphs/profiles/transfer/restore';
import { REPLACED } from '../../subgraphs/profiles/transfer/swap';
import { claimDataDir } from '../claim';
import { requireEmbedded, required, UsageError } from './command';
import type { Command, CommandContext, Values } from './command';

export const restore: Command = {
  summary: 'puts a backup in the place of the embedded store; what must not be undone stays',
  usage: '--from DIR [--data-dir DIR] [--since DIR|none] [--replace]',
  help: `  --from DIR      a backup; every file of it is checked before anything is touched
  --data-dir DIR  the data folder; FACET_DATA_DIR, or .data. Facet must not run on it
  --since DIR     the data folder of the store the backup is of, as it is now; where there is a store in --data-dir, that one
  --since none    that store is lost: erasures, suppressions and withdrawals recorded since the backup are lost with it
  --replace       there is a store in the data folder: put it into ${REPLACED}/

Carried over from --since: tombstones and suppressions, erasures with the keys they destroyed, restrictions, unsubscribes and
whatever denies consent, corrections, webhooks that wait, the audit trail. Consent given since is not: denial wins.`,
  options: { from: { type: 'string' }, since: { type: 'string' }, replace: { type: 'boolean' } },
  async run(values, context) {
    requireEmbedded(
      context,
      'restore with mongorestore; erasures and suppressions recorded since are then to be carried over by hand.',
    );
    const from = path.resolve(required(values, 'from'));
    const { dataDir, now, onProgress } = context;
    const isThere = existsSync(path.join(dataDir, 'store'));
    if (isThere && values.replace !== true) {
      throw new UsageError(
        'There is a store in the data folder. --replace puts it into replaced/ and the backup in its place.',
      );
    }
    const openSince = sinceOf(values, context, isThere);
    const { encryptionKeys, identitySecret } = await context.secretsOf(dataDir);
    const encryption = createKeyEncryption(encryptionKeys);
    await mkdir(dataDir, { recursive: true });
    const release = await claimDataDir(dataDir);
    try {
      const restored = await restoreBackup({ from, dataDir, openSince, encryption, identitySecret, now, onProgress });
      const { manifest, carried } = restored;
      context.print(`Restored to ${dataDir}: as of ${manifest.createdAt}, change ${manifest.mark.change}`);
      context.print(
        carried === null
          ? 'Nothing is known of what was recorded since: who was erased, suppressed or withdrew since is as before.'
          : `Carried over: ${carried.tombstones} tombstones, ${carried.suppressions} suppressions; ${carried.erased} customers erased again, ${carried.changed} denied or corrected, ${carried.auditEntries} audit entries`,
      );
      if (isThere)
        context.print(`What was there lies in ${path.join(dataDir, REPLACED)}: personal data, to be removed.`);
      return 0;
    } finally {
      await release();
    }
  },
};

function sinceOf(values: Values, context: CommandContext, isThere: boolean): (() => Promise<SinceStore>) | null {
  const { since } = values;
  if (since === 'none') return null;
  if (since === undefined && !isThere) {
    throw new UsageError(
      'Expected --since: the data folder of the store the backup is of, as it is now, or none where it is lost.',
    );
  }
  const folder = typeof since === 'string' ? path.resolve(since) : context.dataDir;
  return async () => ({
    contents: await openStoredContents({
      store: path.join(folder, 'store'),
      keys: path.join(folder, 'keys'),
      readOnly: true,
      now: context.now,
    }),
    auditDir: path.join(folder, 'audit'),
  });
}
