/**
 * Tokens of the links that mails carry: who holds one may do one thing for one person, without logging in, for as long as the mail
 * lies in a mailbox. Encrypted and authenticated, so that it tells nobody whom it is for; the same for the same person, so that an answer
 * that carries one keeps its entity tag.
 *
 * Source: the synthetic IV of RFC 5297 (the MAC of the plain text is the counter's start), with HMAC-SHA256 and AES-256-CTR.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { facetError } from '../../schema/errors';

export interface LinkTokens {
  /** For the unsubscribe link of every mail to this person. */
  unsubscribe(customerId: string): string;
  /** For the confirmation of one double opt-in. */
  confirmation(customerId: string, recordId: string): string;
  /** Errors: TOKEN_UNKNOWN for what was not made here for this kind of link. */
  readUnsubscribe(token: string): { readonly customerId: string };
  /** Errors: TOKEN_UNKNOWN. */
  readConfirmation(token: string): { readonly customerId: string; readonly recordId: string };
}

const TAG_BYTES = 16;
/** Longer than any we make. */
const MAX_LENGTH = 512;
const TOKEN = /^[\w-]+$/;

/** `secret`: must last as long as mails are kept. */
export function createLinkTokens(secret: string): LinkTokens {
  const keyFor = (use: string) => Buffer.from(hkdfSync('sha256', secret, '', `facet link ${use} v1`, 32));
  const [macKey, cipherKey] = [keyFor('mac'), keyFor('cipher')];
  const tagOf = (plain: Buffer) => createHmac('sha256', macKey).update(plain).digest().subarray(0, TAG_BYTES);

  const make = (...parts: readonly string[]): string => {
    const plain = Buffer.from(parts.join(' '));
    const tag = tagOf(plain);
    const cipher = createCipheriv('aes-256-ctr', cipherKey, tag);
    return Buffer.concat([tag, cipher.update(plain), cipher.final()]).toString('base64url');
  };
  const read = (kind: string, token: string): string[] => {
    const bytes = token.length <= MAX_LENGTH && TOKEN.test(token) ? Buffer.from(token, 'base64url') : Buffer.alloc(0);
    if (bytes.length <= TAG_BYTES) throw unknown();
    const tag = bytes.subarray(0, TAG_BYTES);
    const cipher = createDecipheriv('aes-256-ctr', cipherKey, tag);
    const plain = Buffer.concat([cipher.update(bytes.subarray(TAG_BYTES)), cipher.final()]);
    if (!timingSafeEqual(tag, tagOf(plain))) throw unknown();
    const [madeFor, ...parts] = plain.toString().split(' ');
    if (madeFor !== kind) throw unknown();
    return parts;
  };
  return {
    unsubscribe: (customerId) => make('u', customerId),
    confirmation: (customerId, recordId) => make('c', customerId, recordId),
    readUnsubscribe: (token) => {
      const [customerId = ''] = read('u', token);
      return { customerId };
    },
    readConfirmation: (token) => {
      const [customerId = '', recordId = ''] = read('c', token);
      return { customerId, recordId };
    },
  };
}

function unknown() {
  return facetError('TOKEN_UNKNOWN', 'Expected a link of a mail that was sent from here.');
}
