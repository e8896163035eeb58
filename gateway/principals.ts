/**
 * Where the keys of client tokens come from: in production the issuer's published ones, in development a signing key of our own with
 * a token for each demo principal. Must not verify anything itself.
 */
import { createRemoteJWKSet } from 'jose';
import { createAuthenticate, DEVELOPMENT_ISSUER } from './authenticate';
import type { Authenticate } from './authenticate';
import type { Config } from './config';
import { openDevIssuer, writeDevCredentials } from './dev-credentials';
import type { DevCredentials, DevIssuer } from './dev-credentials';

export interface Principals {
  readonly authenticate: Authenticate;
  /** Development only. */
  readonly development: { readonly issuer: DevIssuer; readonly credentials: DevCredentials } | null;
}

/** In development this writes dev-credentials.json to the data folder. */
export async function openPrincipals(config: Config, dataDir: string, now: () => number): Promise<Principals> {
  const issuer = config.FACET_PROFILE === 'production' ? null : await openDevIssuer(dataDir, now);
  const development = issuer && { issuer, credentials: await writeDevCredentials(dataDir, issuer) };
  return {
    development,
    authenticate: createAuthenticate({
      keys: issuer?.keys ?? createRemoteJWKSet(new URL(config.FACET_JWKS_URL ?? '')),
      issuer: config.FACET_ISSUER ?? DEVELOPMENT_ISSUER,
      audience: config.FACET_AUDIENCE,
      now,
    }),
  };
}
