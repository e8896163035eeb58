/** The tokens of links in mails: they last, tell nobody anything, and cannot be made elsewhere. */
import fc from 'fast-check';
import { errorCodeOf } from '../../schema/errors';
import { createLinkTokens } from '../../subgraphs/profiles/link-token';

const links = createLinkTokens('secret of the links');
const ID = '01KF0RDQG05H1WWKKM4BRFVQAB';
const codeOf = (read: () => unknown): string => {
  try {
    read();
    return 'read';
  } catch (error) {
    return errorCodeOf(error);
  }
};

it('A token is read as what it was made of, and is the same every time', () => {
  const word = fc.stringMatching(/^[\w-]{1,60}$/);
  fc.assert(
    fc.property(word, word, (customerId, recordId) => {
      expect(links.readUnsubscribe(links.unsubscribe(customerId))).toEqual({ customerId });
      expect(links.readConfirmation(links.confirmation(customerId, recordId))).toEqual({ customerId, recordId });
      expect(createLinkTokens('secret of the links').unsubscribe(customerId)).toBe(links.unsubscribe(customerId));
    }),
  );
});

it('Two people never have the same token, nor the same beginning of one', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.stringMatching(/^[0-9A-Z]{26}$/), { minLength: 2, maxLength: 20 }), (ids) => {
      expect(new Set(ids.map((id) => links.unsubscribe(id).slice(0, 12))).size).toBe(ids.length);
    }),
  );
});

it('A token fits a URL and holds nothing that can be read', () => {
  const token = links.unsubscribe(ID);
  const bytes = Buffer.from(token, 'base64url').toString('latin1');
  expect(token).toMatch(/^[\w-]{40,80}$/);
  expect([bytes.includes(ID), bytes.includes(ID.slice(0, 6))]).toEqual([false, false]);
});

it('A token with any bit changed is none', () => {
  const bytes = Buffer.from(links.unsubscribe(ID), 'base64url');
  fc.assert(
    fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(codeOf(() => links.readUnsubscribe(changed.toString('base64url')))).toBe('TOKEN_UNKNOWN');
    }),
  );
});

it.each([
  ['nothing', ''],
  ['too little', 'AAAA'],
  ['too much', 'A'.repeat(600)],
  ['another alphabet', `${links.unsubscribe(ID)}=`],
  ['the token of another kind of link', links.confirmation(ID, 'record')],
  ['the token of another secret', createLinkTokens('another secret').unsubscribe(ID)],
])('Refused as an unsubscribe link: %s', (_name, token) => {
  expect(codeOf(() => links.readUnsubscribe(token))).toBe('TOKEN_UNKNOWN');
});

it('An unsubscribe link confirms nothing', () => {
  expect(codeOf(() => links.readConfirmation(links.unsubscribe(ID)))).toBe('TOKEN_UNKNOWN');
});
