/** Which store a deployment has, as its environment says. Must not read the environment. */
import { ConfigError } from '../../../schema/environment';
import type { OpenStoreOptions } from './open-store';

export interface StoreEnvironment {
  readonly FACET_STORE: 'embedded' | 'mongodb';
  readonly MONGODB_URI?: string | undefined;
  readonly MONGODB_ALLOW_STANDALONE: boolean;
}

/** Errors: ConfigError when MongoDB is asked for without saying where. */
export function storePlaceOf(
  { FACET_STORE: engine, MONGODB_URI: uri, MONGODB_ALLOW_STANDALONE: allowStandalone }: StoreEnvironment,
  dataDir: string,
): Pick<OpenStoreOptions, 'dataDir' | 'mongodb'> {
  if (engine === 'embedded') return { dataDir };
  if (uri === undefined) throw new ConfigError(['MONGODB_URI: required with FACET_STORE=mongodb; came nothing']);
  return { dataDir, mongodb: { uri, allowStandalone } };
}
