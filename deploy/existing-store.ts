/** The store of a data folder as commands beside a running Facet read it. Must not make one. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../gateway/config';
import { openStore } from '../subgraphs/profiles/store/open-store';
import { storePlaceOf } from '../subgraphs/profiles/store/store-place';
import type { ProfileStore } from '../subgraphs/profiles/store/store';
import { openSecrets } from './secrets';

/** null: there is no store here. Errors: as `openStore`. */
export async function openExistingStore(config: Config, dataDir: string): Promise<ProfileStore | null> {
  const place = storePlaceOf(config, dataDir);
  if (place.mongodb === undefined && !existsSync(path.join(dataDir, 'store'))) return null;
  const { encryptionKeys } = await openSecrets(config, dataDir);
  return openStore({ ...place, readOnly: true, encryptionKeys });
}
