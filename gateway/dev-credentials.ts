/**
 * Credentials for development: a signing key made once, and a token for each demo principal in `.data/dev-credentials.json`
 * (mode 0600). Must not be used where FACET_PROFILE is production.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createLocalJWKSet, exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose';
import type { JWK, JWTVerifyGetKey } from 'jose';
import type { Role } from '../schema/policy';
import { AUDIENCE, DEVELOPMENT_ISSUER } from './client-token';
import { writePrivate } from './data-folder';
import { scopesOf } from './scopes';

export const DEMO_PRINCIPALS = {
  renderer: 'RENDERER',
  analyst: 'ANALYST',
  supportAgent: 'SUPPORT_AGENT',
  privacyOfficer: 'PRIVACY_OFFICER',
  admin: 'ADMIN',
} as const satisfies Record<string, Role>;

export type DevCredentials = Record<keyof typeof DEMO_PRINCIPALS, string>;

export interface DevIssuer {
  readonly keys: JWTVerifyGetKey;
  /** Signs a token. Units: `ttlSeconds` in seconds. */
  issue(claims: {
    readonly subject: string;
    readonly role: Role;
    readonly scopes: readonly string[];
    readonly customerId?: string;
    readonly ttlSeconds?: number;
  }): Promise<string>;
}

const ALGORITHM = 'EdDSA';
const THIRTY_DAYS_SECONDS = 30 * 24 * 3600;

/** Opens the development issuer of a data folder; its key is made on the first call and kept. */
export async function openDevIssuer(dataDir: string, now: () => number): Promise<DevIssuer> {
  const keyFile = path.join(dataDir, 'secrets', 'dev-signing-key.json');
  const privateJwk = (await readJson(keyFile)) ?? (await makeKey(keyFile));
  const { d: _private, ...publicJwk } = privateJwk;
  const key = await importJWK(privateJwk, ALGORITHM);
  return {
    keys: createLocalJWKSet({ keys: [{ ...publicJwk, alg: ALGORITHM }] }),
    issue: ({ subject, role, scopes, customerId, ttlSeconds = THIRTY_DAYS_SECONDS }) => {
      const issuedAt = Math.floor(now() / 1000);
      return new SignJWT({
        role,
        scope: scopes.join(' '),
        ...(customerId === undefined ? {} : { customer_id: customerId }),
      })
        .setProtectedHeader({ alg: ALGORITHM })
        .setSubject(subject)
        .setIssuer(DEVELOPMENT_ISSUER)
        .setAudience(AUDIENCE)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + ttlSeconds)
        .sign(key);
    },
  };
}

/** Writes a token for each demo principal and answers them. */
export async function writeDevCredentials(dataDir: string, issuer: DevIssuer): Promise<DevCredentials> {
  const entries = await Promise.all(
    Object.entries(DEMO_PRINCIPALS).map(async ([name, role]) => {
      return [name, await issuer.issue({ subject: `demo-${name}`, role, scopes: demoScopes(role) })] as const;
    }),
  );
  const credentials = Object.fromEntries(entries) as DevCredentials;
  await writePrivate(path.join(dataDir, 'dev-credentials.json'), `${JSON.stringify(credentials, null, 2)}\n`);
  return credentials;
}

/** What a demo principal may do beside its role: try anything out, in development. */
export function demoScopes(role: Role): readonly string[] {
  return scopesOf(role);
}

async function makeKey(file: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { crv: 'Ed25519', extractable: true });
  const jwk = await exportJWK(privateKey);
  await writePrivate(file, JSON.stringify(jwk));
  return jwk;
}

async function readJson(file: string): Promise<JWK | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as JWK;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
