/**
 * AES-256-GCM over bytes, bound to a place: what was sealed for one place does not open at another. Must not know what the bytes
 * mean or whose the key is.
 *
 * Shape: nonce (12 bytes) ‖ tag (16) ‖ ciphertext. Source: NIST SP 800-38D; nonces are random, so a key seals at most 2^32 times.
 */
import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** By how much sealing makes bytes longer. */
export const SEAL_BYTES = NONCE_BYTES + TAG_BYTES;

export function seal(key: KeyObject, place: string, plain: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafe(SEAL_BYTES + plain.length);
  const nonce = randomFillSync(sealed, 0, NONCE_BYTES).subarray(0, NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce);
  cipher.setAAD(Buffer.from(place, 'utf8'));
  sealed.set(cipher.update(plain), SEAL_BYTES);
  cipher.final();
  sealed.set(cipher.getAuthTag(), NONCE_BYTES);
  return sealed;
}

/** Errors: throws when key, place or bytes are not those that were sealed. */
export function unseal(key: KeyObject, place: string, sealed: Uint8Array): Buffer {
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES));
  decipher.setAAD(Buffer.from(place, 'utf8'));
  decipher.setAuthTag(sealed.subarray(NONCE_BYTES, SEAL_BYTES));
  const plain = decipher.update(sealed.subarray(SEAL_BYTES));
  decipher.final();
  return plain;
}
