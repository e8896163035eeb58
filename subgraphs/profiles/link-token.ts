/**
 * Tokens of the links that mails carry: who holds one may do one thing for one person, without logging in, for as long as the mail
 * lies in a mailbox. Opaque, so that it tells nobody whom it is for; the same for the same person, so that an answer that carries one keeps
 * its entity tag.
 */
import { facetError } from '../../schema/errors';
import { createOpaqueText } from './opaque-text';

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

/** Longer than any we make. */
const MAX_LENGTH = 512;

/** `secret`: must last as long as mails are kept. */
export function createLinkTokens(secret: string): LinkTokens {
  const tokens = createOpaqueText(secret, { use: 'link', maxLength: MAX_LENGTH });
  const make = (...parts: readonly string[]): string => tokens.write(parts.join(' '));
  const read = (kind: string, token: string): string[] => {
    const [madeFor, ...parts] = tokens.read(token)?.split(' ') ?? [];
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
