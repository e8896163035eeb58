/**
 * Secrets of a deployment: from the environment, or in development made on first start and kept in `.data/secrets` (mode 0600).
 * Must not print them.
 */
import path from 'node:path';
import type { Config } from '../gateway/config';
import { keptSecret } from '../gateway/data-folder';
import type { Secrets } from '../subgraphs/start';

export async function openSecrets(config: Config, dataDir: string): Promise<Secrets> {
  const folder = path.join(dataDir, 'secrets');
  return {
    maskKey: config.FACET_MASK_SECRET ?? (await keptSecret(path.join(folder, 'mask'))),
    encryptionKeys: config.FACET_ENCRYPTION_KEYS ?? [await keptSecret(path.join(folder, 'encryption'))],
    signing: config.FACET_SIGNING_SECRET ?? (await keptSecret(path.join(folder, 'signing'))),
    identity: { version: 1, value: config.FACET_IDENTITY_SECRET ?? (await keptSecret(path.join(folder, 'identity'))) },
  };
}
