/** A data folder with a sealed store and its audit roots, as a deployment has it; what a backup of it is taken and restored with. */
import { createAuditTrail } from '../../subgraphs/profiles/audit/trail';
import { createRootsFile } from '../../subgraphs/profiles/audit/roots-file';
import path from 'node:path';
import { createKeyEncryption } from '../../subgraphs/profiles/seal/key-encryption';
import { createSigning } from '../../subgraphs/profiles/signing';
import { openStoredContents } from '../../subgraphs/profiles/store/open-contents';
import { openStore } from '../../subgraphs/profiles/store/open-store';
import type { ProfileStore } from '../../subgraphs/profiles/store/store';
import { takeBackup } from '../../subgraphs/profiles/transfer/backup';
import type { BackupOptions } from '../../subgraphs/profiles/transfer/backup';
import { restoreBackup } from '../../subgraphs/profiles/transfer/restore';
import type { RestoreOptions } from '../../subgraphs/profiles/transfer/restore';

export const ENCRYPTION_KEYS = [Buffer.alloc(32, 7).toString('base64')];
export const SECRETS = { encryption: createKeyEncryption(ENCRYPTION_KEYS), identitySecret: 'secret of the tests' };

/** Some time in 2036. */
export const AT = Date.UTC(2036, 2, 1);
const now = () => AT;

export const openSealed = (dataDir: string, clock: () => number = now): Promise<ProfileStore> =>
  openStore({ dataDir, encryptionKeys: ENCRYPTION_KEYS, now: clock });

/** Signs what the trail has so far, into the store and the folder beside it. */
export async function signTrail(dataDir: string, store: ProfileStore): Promise<void> {
  const signing = createSigning('signing secret of the tests');
  const keep = createRootsFile(path.join(dataDir, 'audit'), signing.publicKey);
  await createAuditTrail({ store, signing, now, keep }).signRoot();
}

export const backUp = (dataDir: string, to: string, options: Partial<BackupOptions> = {}) =>
  takeBackup({ dataDir, to, ...SECRETS, now, ...options });

/** `since`: the data folder it is of, or none. */
export const restoreTo = (dataDir: string, from: string, since: string | null, options: Partial<RestoreOptions> = {}) =>
  restoreBackup({
    from,
    dataDir,
    openSince: since === null ? null : () => sinceOf(since),
    ...SECRETS,
    now,
    ...options,
  });

/** Read-only, in one snapshot. */
export async function sinceOf(dataDir: string) {
  const at = (name: string) => path.join(dataDir, name);
  return {
    contents: await openStoredContents({ store: at('store'), keys: at('keys'), readOnly: true, now }),
    auditDir: at('audit'),
  };
}
