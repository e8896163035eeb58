/** Which store a deployment has, as its environment says. Must not read the environment. */
import { z } from 'zod';
import { ConfigError } from '../../../schema/environment';
import type { OpenStoreOptions } from './open-store';

/** For programs beside the gateway, whose own configuration documents the same variables. */
export const storeSchema = z.object({
  FACET_STORE: z.enum(['embedded', 'mongodb']).default('embedded'),
  MONGODB_URI: z.string().min(1).optional(),
  MONGODB_ALLOW_STANDALONE: z.stringbool().default(false),
});

/** Errors: ConfigError when MongoDB is asked for without saying where. */
export function storePlaceOf(
  { FACET_STORE: engine, MONGODB_URI: uri, MONGODB_ALLOW_STANDALONE: allowStandalone }: z.infer<typeof storeSchema>,
  dataDir: string,
): Pick<OpenStoreOptions, 'dataDir' | 'mongodb'> {
  if (engine === 'embedded') return { dataDir };
  if (uri === undefined) throw new ConfigError(['MONGODB_URI: required with FACET_STORE=mongodb; came nothing']);
  return { dataDir, mongodb: { uri, allowStandalone } };
}
