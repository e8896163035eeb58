/**
 * The deployment's signature: over receipts of erasure and roots of the audit trail, so that who holds the public key can check
 * them without us. Must not know what it signs.
 *
 * Source: Ed25519 (RFC 8032); the private key's wrapping is PKCS #8 of RFC 8410.
 */
import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';

export interface Signing {
  /** base64url. */
  sign(statement: string): string;
  /** PEM (SubjectPublicKeyInfo). */
  readonly publicKey: string;
}

const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The key follows from the secret: the same secret gives the same key, whatever its length. */
export function createSigning(secret: string): Signing {
  const seed = createHash('sha256').update(`facet signing key\n${secret}`).digest();
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: 'der', type: 'pkcs8' });
  return {
    sign: (statement) => sign(null, Buffer.from(statement), privateKey).toString('base64url'),
    publicKey: createPublicKey(privateKey).export({ format: 'pem', type: 'spki' }).toString(),
  };
}

/** False, too, for what is no signature at all. Errors: throws for what is no public key. */
export function isSigned(publicKey: string, statement: string, signature: string): boolean {
  return verify(null, Buffer.from(statement), createPublicKey(publicKey), Buffer.from(signature, 'base64url'));
}
