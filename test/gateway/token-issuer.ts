/** An issuer of client tokens with its keys published on a socket, one of them too weak, and what an attacker makes of its tokens. */
import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { exportJWK, SignJWT } from 'jose';
import type { JWK, JWTHeaderParameters, JWTPayload } from 'jose';
import { listen } from './started-gateway';

export const ISSUER = 'https://issuer.example';
export const NOW = Date.UTC(2036, 10, 24, 12);
export const SECONDS = NOW / 1000;

export const CLAIMS: JWTPayload = {
  iss: ISSUER,
  aud: 'facet',
  sub: 'sender',
  role: 'RENDERER',
  scope: 'operations:adhoc',
  iat: SECONDS,
  exp: SECONDS + 600,
};

export const pairs = {
  ed: { alg: 'EdDSA', ...generateKeyPairSync('ed25519') },
  rsa: { alg: 'RS256', ...generateKeyPairSync('rsa', { modulusLength: 2048 }) },
  ec: { alg: 'ES256', ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) },
  p384: { alg: 'ES384', ...generateKeyPairSync('ec', { namedCurve: 'P-384' }) },
  weak: { alg: 'RS256', ...generateKeyPairSync('rsa', { modulusLength: 1024 }) },
};
export type KeyName = keyof typeof pairs;

export interface TokenIssuer {
  readonly url: URL;
  close(): Promise<void>;
}

export async function publishKeys(): Promise<TokenIssuer> {
  const keys: JWK[] = await Promise.all(
    Object.entries(pairs).map(async ([kid, { alg, publicKey }]) => ({ ...(await exportJWK(publicKey)), kid, alg })),
  );
  const server = await listen((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ keys }));
  });
  return { url: new URL(`${server.url}/jwks.json`), close: server.close };
}

/** A token of the issuer's, or one that differs from it in what is given. `undefined` leaves a claim out. */
export function issue(claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}, key: KeyName = 'ed') {
  const { alg, privateKey } = pairs[key];
  return new SignJWT({ ...CLAIMS, ...claims } as JWTPayload)
    .setProtectedHeader({ alg, kid: key, ...header } as JWTHeaderParameters)
    .sign(privateKey);
}

export function encode(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}

/** Signed by hand, as no library would. */
export function forge(
  header: Record<string, unknown>,
  sign: (input: string) => string,
  payload: string = encode(CLAIMS),
): string {
  const input = `${encode(header)}.${payload}`;
  return `${input}.${sign(input)}`;
}

export const hmac = (key: string | Buffer) => (input: string) =>
  createHmac('sha256', key).update(input).digest('base64url');

export const sign =
  (algorithm: string, key: KeyObject, dsaEncoding: 'der' | 'ieee-p1363' = 'ieee-p1363') =>
  (input: string) =>
    createSign(algorithm).update(input).sign({ key, dsaEncoding }).toString('base64url');

export const rawPublicKey = (key: KeyName) => pairs[key].publicKey.export({ format: 'der', type: 'spki' });
export const pem = (key: KeyName) => pairs[key].publicKey.export({ format: 'pem', type: 'spki' }).toString();
