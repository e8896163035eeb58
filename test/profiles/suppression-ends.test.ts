/** What ends a suppression but consent, and what lets somebody erased in again: a privacy officer's act, and no source's. */
import { errorCodeOf } from '../../schema/errors';
import type { Principal } from '../../schema/request-policy';
import type { LiftCommand } from '../../subgraphs/profiles/suppression.lift';
import { consent, contact, openProfiles, registry, requester, shopper } from './opened-profiles';
import type { OpenedProfiles, RecordParts } from './opened-profiles';

const officer: Principal = { id: 'officer', role: 'PRIVACY_OFFICER', scopes: [] };
const EMAIL = 'ada@example.com';
const keyOf = (value: string) => registry.keyOf({ namespace: 'email', value }).key;
const granted = { email: EMAIL, name: 'Ada', consents: [consent('GRANT', -900)] };
const bounced = { facts: { suppressions: ['HARD_BOUNCE'] } } as const;
let opened: OpenedProfiles;

beforeEach(async () => {
  opened = await openProfiles();
});
afterEach(() => opened.dispose());

const tell = async (id: string, parts: RecordParts) =>
  (await opened.take('crm', contact(id, { ...granted, ...parts }))).customerIds[0] ?? '';
async function mails(customerId: string): Promise<boolean> {
  const query = `{ customer(id: "${customerId}") { contactPermission { permitted } } }`;
  const { data } = await opened.ask(query, { purpose: 'EMAIL_MARKETING', contact: { topic: null } });
  return (data as { customer: { contactPermission: { permitted: boolean } } }).customer.contactPermission.permitted;
}
const listed = async (email = EMAIL) =>
  ((await opened.store.findSuppressions([keyOf(email)]))[0] ?? []).map(({ reason, actor }) => `${reason} by ${actor}`);
const lift = (changed: Partial<LiftCommand> = {}) =>
  opened.lifts.lift(officer, { email: EMAIL, reason: 'HARD_BOUNCE', ground: 'ADDRESS_WORKS', ...changed });
const codeOf = (promise: Promise<unknown>) => promise.then(() => 'done', errorCodeOf);
const trail = async () =>
  (await opened.store.findAudit({ chainId: 'profiles', limit: 100 })).map(
    ({ text }) =>
      JSON.parse(text) as { kind: string; action: string; actor: string; subjects: string[]; details: object },
  );

describe('A hard bounce that a source tells', () => {
  it('is of the address: it stops whoever has it, by this source or another, and is in the audit trail', async () => {
    const [ada, other] = [
      await tell('1', {}),
      (await opened.take('support', requester('7', { email: EMAIL, name: 'Bert', consents: [consent('GRANT', -9)] })))
        .customerIds[0] ?? '',
    ];
    expect([ada === other, await mails(ada), await mails(other)]).toEqual([false, true, true]);
    const before = await opened.profile(other);
    await tell('1', { version: 2, ...bounced });
    expect([await mails(ada), await mails(other), await listed()]).toEqual([false, false, ['HARD_BOUNCE by crm']]);
    expect((await opened.profile(other)).consentVersion).toBe(before.consentVersion + 1);
    expect((await opened.profile(ada)).version).toBe(2);
    const late = (
      await opened.take('commerce', shopper('9', { email: EMAIL, name: 'Cleo', consents: [consent('GRANT', -9)] }))
    ).customerIds[0];
    expect(await mails(late ?? '')).toBe(false);
    expect((await trail()).filter(({ action }) => action === 'suppress')).toEqual([
      expect.objectContaining({
        kind: 'ADMINISTRATION',
        actor: 'crm',
        subjects: [ada],
        details: { reason: 'HARD_BOUNCE' },
      }),
    ]);
  });

  it('is not of the next address the person has, nor taken back by the source’s silence', async () => {
    const id = await tell('1', bounced);
    await tell('1', { version: 2 });
    expect(await mails(id)).toBe(false);
    await tell('1', { version: 3, email: 'new@example.com' });
    expect([await mails(id), await listed()]).toEqual([true, ['HARD_BOUNCE by crm']]);
  });

  it('of nobody’s address stops the person', async () => {
    const id =
      (await opened.take('crm', contact('1', { consents: [consent('GRANT', -9)], ...bounced }))).customerIds[0] ?? '';
    expect(await mails(id)).toBe(false);
  });

  it('is listed once: what an officer lifted stays lifted, until the source tells it of another address', async () => {
    const id = await tell('1', bounced);
    expect(await lift()).toEqual({ addressKey: keyOf(EMAIL), lifted: true });
    expect(await mails(id)).toBe(true);
    await tell('1', { version: 2, name: 'Ada L.', ...bounced });
    expect(await mails(id)).toBe(true);
    await tell('1', { version: 3, email: 'new@example.com', ...bounced });
    expect([await mails(id), await listed(), await listed('new@example.com')]).toEqual([
      false,
      [],
      ['HARD_BOUNCE by crm'],
    ]);
  });

  it('is lifted also where it is kept as an earlier Facet kept it, with the person', async () => {
    const id = await tell('1', {});
    const { facts, version, ...profile } = await opened.profile(id);
    const crm = { country: null, adultFrom: null, nameKey: null, ...facts.crm, suppressions: ['HARD_BOUNCE'] as const };
    await opened.store.commit({ profiles: [{ ...profile, version: version + 1, facts: { ...facts, crm } }] });
    expect(await mails(id)).toBe(false);
    expect((await lift()).lifted).toBe(true);
    await tell('1', { version: 2, ...bounced });
    expect(await mails(id)).toBe(true);
  });
});

describe('liftSuppression', () => {
  it('ends a complaint or bounce by address or key, and nothing else; the trail has who, why and where it can be looked up', async () => {
    const id = await tell('1', {});
    await opened.suppressions.import(officer, [
      { email: EMAIL, reason: 'COMPLAINT' },
      { email: EMAIL, reason: 'HARD_BOUNCE' },
    ]);
    const before = await opened.profile(id);
    expect((await lift({ reason: 'COMPLAINT', ground: 'RECORDED_BY_MISTAKE', reference: 'DPO-7' })).lifted).toBe(true);
    expect([await mails(id), await listed()]).toEqual([false, ['HARD_BOUNCE by officer']]);
    const { addressKey } = await lift({ email: null, addressKey: keyOf(EMAIL) });
    expect([addressKey, await mails(id), await listed()]).toEqual([keyOf(EMAIL), true, []]);
    expect((await opened.profile(id)).consentVersion).toBe(before.consentVersion + 2);
    expect((await trail()).slice(-2)).toEqual([
      expect.objectContaining({
        ...{ kind: 'ADMINISTRATION', actor: 'officer', action: 'liftSuppression', subjects: [id] },
        details: { reason: 'COMPLAINT', ground: 'RECORDED_BY_MISTAKE', reference: 'DPO-7' },
      }),
      expect.objectContaining({ details: { reason: 'HARD_BOUNCE', ground: 'ADDRESS_WORKS', reference: null } }),
    ]);
    expect(JSON.stringify(await trail())).not.toMatch(/example\.com|v1:/);
  });

  it('of what is not there changes nothing', async () => {
    const id = await tell('1', {});
    const before = [await opened.profile(id), (await trail()).length];
    expect((await lift()).lifted).toBe(false);
    expect([await opened.profile(id), (await trail()).length]).toEqual(before);
  });

  it('never ends an unsubscribe, nor an erasure’s', async () => {
    const id = await tell('1', {});
    await opened.suppressions.unsubscribe(opened.links.unsubscribe(id));
    expect([
      await codeOf(lift({ reason: 'UNSUBSCRIBED' })),
      await codeOf(lift({ reason: 'ERASED' })),
      await listed(),
    ]).toEqual(['BAD_USER_INPUT', 'BAD_USER_INPUT', ['UNSUBSCRIBED by link']]);
  });

  it.each([
    ['no address', { email: null }],
    ['an address and a key', { addressKey: keyOf(EMAIL) }],
    ['what is no address', { email: 'ada' }],
    ['what is no key', { email: null, addressKey: 'v1:short' }],
    ['a sentence as reference', { reference: 'Ada Lovelace wrote to us' }],
  ])('refuses %s', async (_name, changed) => {
    expect(await codeOf(lift(changed))).toBe('BAD_USER_INPUT');
  });
});

describe('readmitErased', () => {
  const identities = [{ namespace: 'email', value: ' ADA@example.com' }];
  const readmit = (changed: Partial<Parameters<OpenedProfiles['lifts']['readmit']>[1]> = {}) =>
    opened.lifts.readmit(officer, { identities, ground: 'SUBJECT_ASKED', ...changed });
  beforeEach(async () => {
    const id = await tell('1', { phone: '+491701234567' });
    await opened.suppressions.unsubscribe(opened.links.unsubscribe(id));
    await opened.erasures.begin(officer, id);
  });

  it('lets a person in under an address: as somebody new, without any consent of before, and mailed on a new one alone', async () => {
    expect(await tell('2', {})).toBe('');
    expect(await readmit({ reference: 'letter/12' })).toEqual({ tombstones: 1, suppressions: 1 });
    const [ada = ''] = (await opened.take('crm', contact('2', { email: EMAIL, name: 'Ada' }))).customerIds;
    expect([(await opened.profile(ada)).status, await opened.ledger(ada)]).toEqual(['ACTIVE', []]);
    expect(await listed()).toEqual(['UNSUBSCRIBED by link']);
    opened.clock.now += 1_000;
    await opened.commands.record(officer, {
      customerId: ada,
      purpose: 'EMAIL_MARKETING',
      action: 'GRANT',
      method: 'web',
    });
    expect([await mails(ada), await listed()]).toEqual([true, []]);
    expect((await trail()).filter(({ action }) => action === 'readmitErased')).toEqual([
      expect.objectContaining({
        ...{ kind: 'ADMINISTRATION', actor: 'officer', subjects: [] },
        details: {
          namespaces: 'email',
          tombstones: 1,
          suppressions: 1,
          ground: 'SUBJECT_ASKED',
          reference: 'letter/12',
        },
      }),
    ]);
  });

  it('lets nothing in but what is named: the vendor’s old record and the phone stay shut', async () => {
    await readmit();
    expect(await tell('1', { version: 9 })).toBe('');
    expect(await tell('2', { phone: '+491701234567' })).toBe('');
    await readmit({
      identities: [
        { namespace: 'hubspot.contact', value: '1' },
        { namespace: 'phone', value: '+49 170 1234567' },
      ],
    });
    expect(await tell('1', { version: 9, phone: '+491701234567' })).not.toBe('');
  });

  it('does nothing the second time, nor for who was never erased', async () => {
    await readmit();
    expect([
      await readmit(),
      await readmit({ identities: [{ namespace: 'email', value: 'bob@example.com' }] }),
    ]).toEqual([
      { tombstones: 0, suppressions: 0 },
      { tombstones: 0, suppressions: 0 },
    ]);
    expect((await trail()).filter(({ action }) => action === 'readmitErased')).toHaveLength(1);
  });

  it('refuses what names nobody, no ground for it, and an unknown namespace', async () => {
    expect([
      await codeOf(readmit({ identities: [] })),
      await codeOf(readmit({ ground: 'ADDRESS_WORKS' })),
      await codeOf(readmit({ identities: [{ namespace: 'fax', value: '1' }] })),
    ]).toEqual(['BAD_USER_INPUT', 'BAD_USER_INPUT', 'NAMESPACE_UNKNOWN']);
  });
});

it('Both are for privacy officers', async () => {
  const input = `reason: COMPLAINT, ground: SUBJECT_ASKED`;
  const operations = [
    `mutation { liftSuppression(input: { email: "${EMAIL}", ${input} }) { lifted } }`,
    `mutation { readmitErased(input: { identities: [{ namespace: "email", value: "${EMAIL}" }], ground: SUBJECT_ASKED }) { tombstones suppressions } }`,
  ];
  const codes = await Promise.all(
    (['RENDERER', 'ADMIN', 'SUPPORT_AGENT', 'DATA_SUBJECT', 'ANALYST'] as const).flatMap((role) =>
      operations.map(async (operation) => (await opened.ask(operation, { principal: { ...officer, role } })).codes),
    ),
  );
  expect(new Set(codes.flat())).toEqual(new Set(['ROLE_NOT_ENTITLED']));
  expect(await Promise.all(operations.map((operation) => opened.ask(operation)))).toEqual([
    { data: { liftSuppression: { lifted: false } }, codes: [] },
    { data: { readmitErased: { tombstones: 0, suppressions: 0 } }, codes: [] },
  ]);
});
