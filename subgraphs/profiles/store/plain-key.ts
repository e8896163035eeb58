/**
 * What stands in a key of a store. Ids of ours and short printable values stand in it as they are, so that ranges keep their order. Anything
 * else (a source may call its record what it likes) goes in by its SHA-256: hashed, not refused, because look-ups by identity
 * need equality only. Pure.
 */
import { createHash } from 'node:crypto';

/** Leaves room for three parts below LMDB's limit of 1,978 bytes a key. */
export const MAX_PLAIN_LENGTH = 255;
const PLAIN = new RegExp(`^[\\x20-\\x7e]{1,${MAX_PLAIN_LENGTH}}$`);
/** Not printable, so that no plain value can pass for a hashed one. */
const HASHED = '\x7f';

/** True for what stands in a key unchanged; customer ids must, for their order is the order of `listProfiles`. */
export function isPlainKey(value: string): boolean {
  return PLAIN.test(value);
}

/** UTF-16 is hashed, not UTF-8, which would make all unpaired surrogates equal. */
export function keyPart(value: string): string {
  if (isPlainKey(value)) return value;
  return HASHED + createHash('sha256').update(value, 'utf16le').digest('base64url');
}
