/**
 * Secrets of a deployment: from the environment, or in development made on first start and kept in `.data/secrets` (mode 0600).
 * Must not print them.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../gateway/config';
import type { Secrets } from '../subgraphs/start';

export async function openSecrets(config: Config, dataDir: string): Promise<Secrets> {
  const folder = path.join(dataDir, 'secrets');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return {
    maskKey: config.FACET_MASK_SECRET ?? (await keptSecret(path.join(folder, 'mask'))),
    encryptionKeys: config.FACET_ENCRYPTION_KEYS ?? [await keptSecret(path.join(folder, 'encryption'))],
    signing: config.FACET_SIGNING_SECRET ?? (await keptSecret(path.join(folder, 'signing'))),
    identity: { version: 1, value: config.FACET_IDENTITY_SECRET ?? (await keptSecret(path.join(folder, 'identity'))) },
  };
}

/** Losing the identity secret would lose every look-up by address: it is written before it is used. */
async function keptSecret(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const secret = randomBytes(32).toString('base64url');
    // `wx`: two first starts at once must not each believe in a secret of their own.
    await writeFile(file, `${secret}\n`, { mode: 0o600, flag: 'wx' });
    return secret;
  }
}
