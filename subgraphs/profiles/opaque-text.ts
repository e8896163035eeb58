/**
 * Short texts that go out and come back: encrypted and authenticated, so that they tell nothing and none can be made elsewhere, and the
 * same for the same text. Must not know what a text means.
 *
 * Source: the synthetic IV of RFC 5297 (the MAC of the plain text is the counter's start), with HMAC-SHA256 and AES-256-CTR.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

export interface OpaqueText {
  /** base64url. */
  write(plain: string): string;
  /** null for what was not written here for this use. */
  read(text: string): string | null;
}

const TAG_BYTES = 16;
const TEXT = /^[\w-]+$/;

/** `use`: what was written for one opens for no other. `maxLength`: longer than any that is written. */
export function createOpaqueText(
  secret: string,
  options: { readonly use: string; readonly maxLength: number },
): OpaqueText {
  const { use, maxLength } = options;
  const keyFor = (part: string) => Buffer.from(hkdfSync('sha256', secret, '', `facet ${use} ${part} v1`, 32));
  const [macKey, cipherKey] = [keyFor('mac'), keyFor('cipher')];
  const tagOf = (plain: Buffer) => createHmac('sha256', macKey).update(plain).digest().subarray(0, TAG_BYTES);

  return {
    write: (text) => {
      const plain = Buffer.from(text);
      const tag = tagOf(plain);
      const cipher = createCipheriv('aes-256-ctr', cipherKey, tag);
      return Buffer.concat([tag, cipher.update(plain), cipher.final()]).toString('base64url');
    },
    read: (text) => {
      const bytes = text.length <= maxLength && TEXT.test(text) ? Buffer.from(text, 'base64url') : Buffer.alloc(0);
      if (bytes.length <= TAG_BYTES) return null;
      const tag = bytes.subarray(0, TAG_BYTES);
      const cipher = createDecipheriv('aes-256-ctr', cipherKey, tag);
      const plain = Buffer.concat([cipher.update(bytes.subarray(TAG_BYTES)), cipher.final()]);
      return timingSafeEqual(tag, tagOf(plain)) ? plain.toString() : null;
    },
  };
}
