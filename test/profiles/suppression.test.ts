/** The suppression list: unsubscribing by the link, imports, export, and what ends an entry. */
import fc from 'fast-check';
import { errorCodeOf } from '../../schema/errors';
import type { Principal } from '../../schema/request-policy';
import type { Profile, ProfileFacts } from '../../subgraphs/profiles/store/store';
import { mergeFacts } from '../../subgraphs/profiles/suppression';
import { consent, contact, NOW, openProfiles, registry, requester, shopper } from './opened-profiles';
import type { OpenedProfiles } from './opened-profiles';

const officer: Principal = { id: 'officer', role: 'PRIVACY_OFFICER', scopes: [] };
const EMAIL = 'ada@example.com';
const keyOf = (value: string) => registry.keyOf({ namespace: 'email', value }).key;
let opened: OpenedProfiles;
let id: string;

const tell = (email: string, version = 1) =>
  opened.take('crm', contact('1', { version, email, name: 'Ada', consents: [consent('GRANT', -900)] }));

beforeEach(async () => {
  opened = await openProfiles();
  id = (await tell(EMAIL)).customerIds[0] ?? '';
});
afterEach(() => opened.dispose());

/** Whether a marketing mail and an order mail may be sent; the reason where not. */
async function mails(customerId = id): Promise<string[]> {
  const query = `{ customer(id: "${customerId}") { contactPermission { permitted reason } } }`;
  const outcomes = await Promise.all(
    (['EMAIL_MARKETING', 'ESSENTIAL_SERVICE'] as const).map(async (purpose) => {
      const { data } = await opened.ask(query, { purpose, contact: { topic: null } });
      const { permitted, reason } = (
        data as { customer: { contactPermission: { permitted: boolean; reason: string } } }
      ).customer.contactPermission;
      return permitted ? 'SEND' : reason;
    }),
  );
  return outcomes;
}
const unsubscribe = (customerId = id) => opened.suppressions.unsubscribe(opened.links.unsubscribe(customerId));
const suppress = (...rows: Array<Record<string, string>>) => opened.suppressions.import(officer, rows);
const listed = async () => (await opened.suppressions.list(officer, { first: 100, after: null })).entries;
const codeOf = (promise: Promise<unknown>) => promise.then(() => 'done', errorCodeOf);

describe('The link in a mail', () => {
  it('comes with the permission of a marketing mail, and with no other', async () => {
    const query = `{ customer(id: "${id}") { contactPermission { unsubscribeToken } } }`;
    const tokenFor = async (purpose: 'EMAIL_MARKETING' | 'ESSENTIAL_SERVICE') =>
      (await opened.ask(query, { purpose, contact: { topic: null } })).data;
    expect([await tokenFor('EMAIL_MARKETING'), await tokenFor('ESSENTIAL_SERVICE')]).toEqual([
      { customer: { contactPermission: { unsubscribeToken: opened.links.unsubscribe(id) } } },
      { customer: { contactPermission: { unsubscribeToken: null } } },
    ]);
  });

  it('suppresses the address for marketing, leaves the consent as it is, and is told in the change feed', async () => {
    const before = await opened.profile(id);
    await unsubscribe();
    const after = await opened.profile(id);
    expect(await mails()).toEqual(['SUPPRESSED', 'SEND']);
    expect(after.consents).toEqual(before.consents);
    expect([after.version, after.consentVersion]).toEqual([before.version + 1, before.consentVersion + 1]);
    expect(await listed()).toEqual([
      { addressKey: keyOf(EMAIL), reason: 'UNSUBSCRIBED', occurredAt: NOW, recordedAt: NOW, actor: 'link' },
    ]);
    expect((await opened.changes()).at(-1)).toMatchObject({ customerId: id, changedFields: ['consents'] });
  });

  it('is one unsubscribe, however often it is followed, and counts from the last time', async () => {
    await Promise.all([unsubscribe(), unsubscribe(), unsubscribe()]);
    const { version, consentVersion } = await opened.profile(id);
    expect(version).toBe(2);
    opened.clock.now += 60_000;
    await unsubscribe();
    expect([(await opened.profile(id)).consentVersion, (await listed()).map(({ occurredAt }) => occurredAt)]).toEqual([
      consentVersion,
      [NOW + 60_000],
    ]);
    opened.clock.now -= 60_000;
    await unsubscribe();
    expect((await listed()).map(({ occurredAt }) => occurredAt)).toEqual([NOW + 60_000]);
  });

  it('counts again for an address the person has since', async () => {
    await unsubscribe();
    await tell('new@example.com', 2);
    expect(await mails()).toEqual(['SUPPRESSED', 'SEND']);
    await unsubscribe();
    expect((await listed()).map(({ addressKey }) => addressKey).sort()).toEqual(
      [keyOf(EMAIL), keyOf('new@example.com')].sort(),
    );
  });

  it('unsubscribes the person also at an address nobody vouches for', async () => {
    const [other = ''] = (await opened.take('crm', contact('2', { email: 'eve@example.com', unverified: true })))
      .customerIds;
    await unsubscribe(other);
    expect((await listed()).map(({ addressKey }) => addressKey)).toEqual([keyOf('eve@example.com')]);
  });

  it('changes nothing for somebody who is unknown by now, and is refused when it is none of ours', async () => {
    await unsubscribe('01J00000000000000000000000');
    expect([await listed(), await codeOf(opened.suppressions.unsubscribe('AAAA'))]).toEqual([[], 'TOKEN_UNKNOWN']);
  });

  it('gives everybody who has the address a new version', async () => {
    const [other = ''] = (await opened.take('support', requester('7', { email: EMAIL, name: 'Bert' }))).customerIds;
    const before = await opened.profile(other);
    await unsubscribe();
    expect([other === id, (await opened.profile(other)).consentVersion]).toEqual([false, before.consentVersion + 1]);
    expect(await mails(other)).toEqual(['SUPPRESSED', 'SEND']);
  });
});

it('Unsubscribes, imports and exports are in the audit trail, without an address or its hash', async () => {
  await unsubscribe();
  await suppress({ email: EMAIL, reason: 'COMPLAINT' });
  await listed();
  const records = await opened.store.findAudit({ chainId: 'profiles', limit: 100 });
  const entries = records.map(({ text }) => JSON.parse(text) as Record<string, unknown>);
  expect(entries.slice(-3).map(({ kind, action, actor, subjects }) => ({ kind, action, actor, subjects }))).toEqual([
    { kind: 'CONSENT', action: 'UNSUBSCRIBE', actor: 'link', subjects: [id] },
    { kind: 'ADMINISTRATION', action: 'importSuppressions', actor: 'officer', subjects: [id] },
    { kind: 'ADMINISTRATION', action: 'exportSuppressions', actor: 'officer', subjects: [] },
  ]);
  expect(JSON.stringify(entries)).not.toMatch(/example\.com|v1:/);
});

describe('Consent after an unsubscribe', () => {
  const grant = (changed: Record<string, unknown> = {}) =>
    opened.commands.record(officer, {
      ...{ customerId: id, purpose: 'EMAIL_MARKETING', action: 'GRANT', method: 'web_form' },
      ...changed,
    });
  beforeEach(async () => {
    await unsubscribe();
    opened.clock.now += 60_000;
  });

  it.each([
    ['of the person, for every topic', {}, 'SEND'],
    ['for one topic: it would open the others too', { topic: 'promotions' }, 'SUPPRESSED'],
    ['for another channel', { channel: 'SMS' }, 'SUPPRESSED'],
    ['to another purpose', { purpose: 'PERSONALIZATION' }, 'SUPPRESSED'],
    ['given before it, and recorded after it', { occurredAt: new Date(NOW - 60_000).toISOString() }, 'SUPPRESSED'],
    ['that is refused', { action: 'REFUSE' }, 'SUPPRESSED'],
  ])('%s', async (_name, changed, expected) => {
    await grant(changed);
    expect((await mails())[0]).toBe(expected);
  });

  it('counts against the last unsubscribe, by link or import, and a later one stops what it opened', async () => {
    const at = (day: number) => new Date(NOW + day * 86_400_000).toISOString();
    opened.clock.now = NOW + 50 * 86_400_000;
    await unsubscribe();
    opened.clock.now = NOW + 60 * 86_400_000;
    await grant({ occurredAt: at(30) });
    expect((await mails())[0]).toBe('SUPPRESSED');
    await suppress({ email: EMAIL, reason: 'UNSUBSCRIBED', occurredAt: at(55) });
    await grant({ occurredAt: at(52) });
    expect((await mails())[0]).toBe('SUPPRESSED');
    await grant({ occurredAt: at(56) });
    expect((await mails())[0]).toBe('SEND');
    opened.clock.now = NOW + 70 * 86_400_000;
    await unsubscribe();
    expect((await mails())[0]).toBe('SUPPRESSED');
  });

  it('that is recorded beside another unsubscribe does not undo it', async () => {
    opened.clock.now += 60_000;
    const occurredAt = new Date(opened.clock.now - 30_000).toISOString();
    await Promise.all([unsubscribe(), grant({ occurredAt }), unsubscribe()]);
    expect((await mails())[0]).toBe('SUPPRESSED');
  });

  it('ends neither a complaint nor a bounce', async () => {
    await suppress({ email: EMAIL, reason: 'COMPLAINT' }, { email: EMAIL, reason: 'HARD_BOUNCE' });
    await grant();
    expect((await listed()).map(({ reason }) => reason)).toEqual(['COMPLAINT', 'HARD_BOUNCE']);
  });

  it('by a confirmed double opt-in ends it, and not before it is confirmed', async () => {
    const notice = { id: 'privacy', version: '2' };
    const word = { customerId: id, purpose: 'EMAIL_MARKETING', notice, method: 'web_form' } as const;
    const { token } = await opened.commands.request(officer, word);
    const before = await mails();
    await opened.commands.confirm(token);
    expect([before[0], (await mails())[0]]).toEqual(['SUPPRESSED', 'SEND']);
  });

  it('that an import brings ends nothing', async () => {
    const occurredAt = new Date(opened.clock.now).toISOString();
    await opened.imports.import(officer, [
      { customerId: id, purpose: 'EMAIL_MARKETING', action: 'GRANT', method: 'crm', occurredAt },
    ]);
    expect((await mails())[0]).toBe('SUPPRESSED');
  });
});

describe('An import', () => {
  it('takes addresses as they are written and keeps their keyed hash only', async () => {
    const at = '2026-01-01T00:00:00Z';
    const report = await suppress(
      { email: ' Ada@Example.com', reason: 'HARD_BOUNCE', occurredAt: at },
      { email: 'ada@example.com', reason: 'HARD_BOUNCE' },
      { addressKey: keyOf('b@example.com'), reason: 'ERASED' },
    );
    expect(report).toEqual({ recorded: 2, known: 1, refused: [] });
    expect(await listed()).toEqual(
      [
        { addressKey: keyOf(EMAIL), reason: 'HARD_BOUNCE', occurredAt: Date.parse(at) },
        { addressKey: keyOf('b@example.com'), reason: 'ERASED', occurredAt: NOW },
      ]
        .map((entry) => ({ ...entry, recordedAt: NOW, actor: 'officer' }))
        .toSorted((a, b) => (a.addressKey < b.addressKey ? -1 : 1)),
    );
    expect(JSON.stringify(await listed())).not.toContain('example.com');
    expect(await mails()).toEqual(['SUPPRESSED', 'SUPPRESSED']);
  });

  it('stops who comes with the address later', async () => {
    await suppress({ email: 'late@example.com', reason: 'ERASED' });
    const [late = ''] = (
      await opened.take('commerce', shopper('5', { email: 'late@example.com', consents: [consent('GRANT', -5)] }))
    ).customerIds;
    expect(await mails(late)).toEqual(['SUPPRESSED', 'SUPPRESSED']);
  });

  it('refuses rows one by one, and repeats no value of theirs', async () => {
    const { recorded, refused } = await suppress(
      { email: 'ok@example.com', reason: 'COMPLAINT' },
      { email: 'secret-1', reason: 'COMPLAINT' },
      { email: 'secret-2@example.com', reason: 'secret-3' },
      { addressKey: 'secret-4', reason: 'COMPLAINT' },
      { reason: 'COMPLAINT' },
      { email: 'a@example.com', addressKey: keyOf('a@example.com'), reason: 'COMPLAINT' },
      { email: 'a@example.com', reason: 'COMPLAINT', occurredAt: 'secret-5' },
      { email: 'a@example.com', reason: 'COMPLAINT', 'secret-6': 'x' },
    );
    expect([recorded, refused.map(({ row, code }) => `${row} ${code}`)]).toEqual([
      1,
      [1, 2, 3, 4, 5, 6, 7].map((row) => `${row} BAD_USER_INPUT`),
    ]);
    expect(JSON.stringify(refused.filter(({ row }) => row < 7))).not.toContain('secret');
  });

  it('and the export are for privacy officers', async () => {
    const others: Principal[] = (['RENDERER', 'ADMIN', 'SUPPORT_AGENT', 'DATA_SUBJECT', 'ANALYST'] as const).map(
      (role) => ({ ...officer, role }),
    );
    const codes = await Promise.all(
      others.flatMap((other) => [
        codeOf(opened.suppressions.import(other, [])),
        codeOf(opened.suppressions.list(other, { first: 1, after: null })),
      ]),
    );
    expect(new Set(codes)).toEqual(new Set(['ROLE_NOT_ENTITLED']));
  });
});

it('An export in pages holds every entry once, and an import of it knows them all', async () => {
  const emails = Array.from({ length: 25 }, (_, n) => `person-${n}@example.com`);
  await suppress(
    ...emails.flatMap((email) => [
      { email, reason: 'COMPLAINT' },
      { email, reason: 'HARD_BOUNCE' },
    ]),
  );
  const rows: Array<Record<string, string>> = [];
  for (let after: string | null = null; ;) {
    const page: Awaited<ReturnType<OpenedProfiles['suppressions']['list']>> = await opened.suppressions.list(officer, {
      first: 10,
      after,
    });
    rows.push(...page.entries.map(({ addressKey, reason }) => ({ addressKey, reason })));
    if (page.next === null) break;
    after = page.next;
  }
  expect([rows.length, new Set(rows.map((row) => JSON.stringify(row))).size]).toEqual([50, 50]);
  expect(await suppress(...rows)).toEqual({ recorded: 0, known: 50, refused: [] });
});

it('Of two customers that are one, every suppression of either stays, whoever survives', () => {
  const facts: fc.Arbitrary<ProfileFacts> = fc.record({
    country: fc.constantFrom(null, 'DE', 'US'),
    adultFrom: fc.constant(null),
    nameKey: fc.constant(null),
    addressKeys: fc.subarray(['a', 'b', 'c']),
    suppressions: fc.subarray(['UNSUBSCRIBED', 'COMPLAINT', 'HARD_BOUNCE', 'ERASED'] as const),
  });
  const anyFacts: fc.Arbitrary<Profile['facts']> = fc.dictionary(fc.constantFrom('crm', 'commerce', 'profiles'), facts);
  const all = (of: Profile['facts']) => new Set(Object.values(of).flatMap(({ suppressions }) => suppressions));
  fc.assert(
    fc.property(anyFacts, anyFacts, (one, other) => {
      expect(all(mergeFacts(one, other))).toEqual(new Set([...all(one), ...all(other)]));
      expect(all(mergeFacts(one, other))).toEqual(all(mergeFacts(other, one)));
    }),
  );
});
