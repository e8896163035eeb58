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

/** Nonce and tag of what is being unsealed: node:crypto takes copies at once, and two views for each ciphertext cost more. */
const head = new Uint8Array(SEAL_BYTES);
const [nonceOfHead, tagOfHead] = [head.subarray(0, NONCE_BYTES), head.subarray(NONCE_BYTES)];

/** Errors: throws when key, place or bytes are not those that were sealed. */
export function unseal(key: KeyObject, place: string, sealed: Uint8Array): Buffer {
  if (sealed.length < SEAL_BYTES) throw new RangeError('Expected nonce and tag, but the bytes are too few.');
  for (let at = 0; at < SEAL_BYTES; at += 1) head[at] = sealed[at] as number;
  const decipher = createDecipheriv(ALGORITHM, key, nonceOfHead);
  decipher.setAAD(Buffer.from(place, 'utf8'));
  decipher.setAuthTag(tagOfHead);
  const plain = decipher.update(sealed.subarray(SEAL_BYTES));
  decipher.final();
  return plain;
}
