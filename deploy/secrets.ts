/**
 * Secrets of a deployment: from the environment, or in development made on first start and kept in `.data/secrets` (mode 0600).
 * Must not print them.
 */
import { existsSync } from 'node:fs';
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

/** What opens a store and finds people in it. */
export interface StoreSecrets {
  readonly encryptionKeys: readonly string[];
  readonly identitySecret: string;
}

/** Of a store that exists: none is made, since under a new one nothing of it could be read. Errors: throws where one is missing. */
export async function readStoreSecrets(
  config: Pick<Config, 'FACET_ENCRYPTION_KEYS' | 'FACET_IDENTITY_SECRET'>,
  dataDir: string,
): Promise<StoreSecrets> {
  const kept = async (name: string, variable: string): Promise<string> => {
    const file = path.join(dataDir, 'secrets', name);
    if (existsSync(file)) return keptSecret(file);
    throw new Error(
      `Expected ${variable}, or in development secrets/${name} in the data folder: the store's own, not a new one.`,
    );
  };
  return {
    encryptionKeys: config.FACET_ENCRYPTION_KEYS ?? [await kept('encryption', 'FACET_ENCRYPTION_KEYS')],
    identitySecret: config.FACET_IDENTITY_SECRET ?? (await kept('identity', 'FACET_IDENTITY_SECRET')),
  };
}
