/**
 * Everything by which somebody is known: keys of client tokens (in production the issuer's published ones, in development a signing key of
 * our own with a token for each demo principal), API keys, and the secret of signed URLs. Must not verify anything itself.
 */
import path from 'node:path';
import { createRemoteJWKSet, errors } from 'jose';
import type { JWTVerifyGetKey } from 'jose';
import { facetError } from '../schema/errors';
import { openApiKeys } from './api-keys';
import { createAuthenticate } from './authenticate';
import type { Authenticate } from './authenticate';
import { createVerifyToken, DEVELOPMENT_ISSUER } from './client-token';
import type { Config } from './config';
import { keptSecret } from './data-folder';
import { openDevIssuer, writeDevCredentials } from './dev-credentials';
import type { DevCredentials, DevIssuer } from './dev-credentials';
import type { Logger } from './log';
import { createAuthenticateUrl } from './signed-url';
import type { AuthenticateUrl } from './signed-url';
import { createTokenEndpoint } from './token-endpoint';
import type { TokenEndpoint } from './token-endpoint';

export interface Principals {
  readonly authenticate: Authenticate;
  readonly authenticateUrl: AuthenticateUrl;
  readonly tokenEndpoint: TokenEndpoint | null;
  /** Development only. */
  readonly development: { readonly issuer: DevIssuer; readonly credentials: DevCredentials } | null;
  /** Writes down when which key was last used. */
  close(): Promise<void>;
}

/** The keys' file, and the one of their last uses. */
export function keyFilesOf(config: Pick<Config, 'FACET_API_KEYS_FILE'>, dataDir: string) {
  return {
    file: path.resolve(config.FACET_API_KEYS_FILE ?? path.join(dataDir, 'api-keys.json')),
    usesFile: path.join(dataDir, 'api-key-uses.json'),
  };
}

/** null: none is configured, so that no URL is accepted. In development it is made on the first call and kept. */
export async function openUrlSecret(
  config: Pick<Config, 'FACET_URL_SECRET' | 'FACET_PROFILE'>,
  dataDir: string,
): Promise<string | null> {
  if (config.FACET_URL_SECRET !== undefined) return config.FACET_URL_SECRET;
  if (config.FACET_PROFILE === 'production') return null;
  return keptSecret(path.join(dataDir, 'secrets', 'url'));
}

/** In development this writes dev-credentials.json to the data folder. */
export async function openPrincipals(options: {
  readonly config: Config;
  readonly dataDir: string;
  readonly log: Logger;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}): Promise<Principals> {
  const { config, dataDir, log, now } = options;
  const issuer = config.FACET_PROFILE === 'production' ? null : await openDevIssuer(dataDir, now);
  const development = issuer && { issuer, credentials: await writeDevCredentials(dataDir, issuer) };
  const apiKeys = openApiKeys({
    ...keyFilesOf(config, dataDir),
    now,
    onTrouble: (what, error) => log.error({ code: (error as NodeJS.ErrnoException).code ?? 'INVALID' }, `API ${what}`),
  });
  const verifyToken = createVerifyToken({
    keys: issuer?.keys ?? publishedKeys(new URL(config.FACET_JWKS_URL ?? '')),
    issuer: config.FACET_ISSUER ?? DEVELOPMENT_ISSUER,
    audience: config.FACET_AUDIENCE,
    now,
  });
  return {
    development,
    authenticate: createAuthenticate({ verifyToken, apiKeys }),
    authenticateUrl: createAuthenticateUrl({ urlSecret: await openUrlSecret(config, dataDir), apiKeys, now }),
    tokenEndpoint: issuer && createTokenEndpoint({ apiKeys, issuer, now }),
    close: () => apiKeys.close(),
  };
}

/**
 * The issuer's keys: fetched when needed, kept for five minutes, and asked for again when a token names one that is not among them, at
 * most every 30 seconds. Errors: KEYS_UNAVAILABLE when they cannot be fetched; what is wrong with the token, jose says.
 */
export function publishedKeys(url: URL): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(url, { timeoutDuration: 2_000, cacheMaxAge: 5 * 60_000 });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      if (isOfTheToken(error)) throw error;
      throw facetError('KEYS_UNAVAILABLE', 'Expected the keys of the token’s issuer, but they cannot be fetched now.');
    }
  };
}

function isOfTheToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}
