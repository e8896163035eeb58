/** requestConsent and its confirmation: PENDING until the token comes back from the mailbox. */
import { errorCodeOf } from '../../schema/errors';
import type { Principal } from '../../schema/request-policy';
import type { ConsentWord } from '../../subgraphs/profiles/consent.commands';
import { breakOf } from '../../subgraphs/profiles/store/ledger-chain';
import { consent, contact, NOW, openProfiles, shopper } from './opened-profiles';
import type { OpenedProfiles } from './opened-profiles';

const agent: Principal = { id: 'agent', role: 'SUPPORT_AGENT', scopes: [] };
const DAY_MS = 86_400_000;
let opened: OpenedProfiles;
let id: string;

beforeEach(async () => {
  opened = await openProfiles();
  id = (await opened.take('crm', contact('1', { email: 'ada@example.com', name: 'Ada' }))).customerIds[0] ?? '';
});
afterEach(() => opened.dispose());

const word = (changed: Partial<ConsentWord> = {}): ConsentWord => ({
  customerId: id,
  purpose: 'EMAIL_MARKETING',
  notice: { id: 'privacy', version: '2' },
  method: 'web_form',
  language: 'de-DE',
  ...changed,
});
const state = async () => (await opened.profile(id)).consents.map((record) => record.state);
const codeOf = (promise: Promise<unknown>) => promise.then(() => 'taken', errorCodeOf);
const confirmByAgent = (token?: string) =>
  opened.commands.record(agent, { ...word(), action: 'CONFIRM', ...(token === undefined ? {} : { token }) });

it('A request is PENDING, its confirmation GRANTED with the notice, and both are in the ledger', async () => {
  const asked = await opened.commands.request(agent, word());
  expect([asked.consent.state, await state()]).toEqual(['PENDING', ['PENDING']]);
  opened.clock.now += 1_000;
  const confirmed = await opened.commands.confirm(asked.token);
  expect(confirmed.consent).toMatchObject({ state: 'GRANTED', notice: { id: 'privacy', version: '2' } });
  const ledger = await opened.ledger(id);
  expect(
    ledger.map(({ action, pending, method, language, actor }) => [action, pending, method, language, actor]),
  ).toEqual([
    ['GRANT', true, 'web_form', 'de-DE', 'agent'],
    ['CONFIRM', false, 'double_opt_in', 'de-DE', 'link'],
  ]);
  expect([ledger[0]?.notice?.sha256, ledger[1]?.notice?.sha256]).toEqual(['a2'.repeat(32), 'a2'.repeat(32)]);
  expect(breakOf(ledger)).toBeNull();
});

it('The ledger holds nothing with which somebody could confirm', async () => {
  const { token } = await opened.commands.request(agent, word());
  expect(JSON.stringify(await opened.ledger(id))).not.toContain(token);
});

it('The link may be followed many times, at once too, and is recorded once', async () => {
  const { token } = await opened.commands.request(agent, word());
  const all = await Promise.all([1, 2, 3].map(() => opened.commands.confirm(token)));
  all.push(await opened.commands.confirm(token));
  expect(new Set(all.map(({ recordId }) => recordId)).size).toBe(1);
  expect((await opened.ledger(id)).map(({ action }) => action)).toEqual(['GRANT', 'CONFIRM']);
});

it('Nobody confirms it without the token, whatever the role', async () => {
  const { token } = await opened.commands.request(agent, word());
  expect(await codeOf(confirmByAgent())).toBe('CONSENT_INVALID');
  expect(await codeOf(confirmByAgent('AAAA'))).toBe('TOKEN_UNKNOWN');
  expect(await state()).toEqual(['PENDING']);
  expect((await confirmByAgent(token)).consent.state).toBe('GRANTED');
});

it('A topic’s waits for its own token: a confirmation of every topic, an import or a copied proof opens nothing', async () => {
  const { token } = await opened.commands.request(agent, word({ topic: 'promotions' }));
  const proof = (await opened.ledger(id))[0]?.proof ?? '';
  opened.clock.now += 1_000;
  const confirm = { ...word(), action: 'CONFIRM' } as const;
  const row = { customerId: id, purpose: 'EMAIL_MARKETING', action: 'CONFIRM', method: 'crm' } as const;
  const occurredAt = new Date(opened.clock.now).toISOString();
  const { refused } = await opened.imports.import({ ...agent, role: 'PRIVACY_OFFICER' }, [
    { ...row, occurredAt },
    { ...row, occurredAt, topic: 'promotions' },
    { ...row, occurredAt, topic: 'promotions', proof },
  ]);
  expect([
    await codeOf(opened.commands.record(agent, confirm)),
    await codeOf(opened.commands.record(agent, { ...confirm, topic: 'promotions', channel: 'EMAIL' })),
    await codeOf(opened.commands.record(agent, { ...confirm, topic: 'promotions', proof })),
    ...refused.map(({ code }) => code),
    await state(),
  ]).toEqual([...Array<string>(6).fill('CONSENT_INVALID'), ['PENDING']]);
  expect((await opened.commands.confirm(token)).consent).toMatchObject({ topic: 'promotions', state: 'GRANTED' });
});

it('A source that confirms every topic does not confirm one that waits for its token', async () => {
  await opened.commands.request(agent, word({ topic: 'promotions' }));
  const consents = [consent('CONFIRM', 9), consent('CONFIRM', 9, { topic: 'promotions' })];
  opened.clock.now += 60_000;
  await opened.take('crm', contact('1', { version: 2, email: 'ada@example.com', name: 'Ada', consents }));
  expect([(await opened.ledger(id)).length, await state()]).toEqual([3, ['PENDING']]);
});

it('For text messages it is confirmed by its token as well, and moves no e-mail', async () => {
  const asked = await opened.commands.request(agent, word({ channel: 'SMS' }));
  expect([asked.consent.state, await state()]).toEqual(['PENDING', []]);
  opened.clock.now += 1_000;
  const unproven = opened.commands.record(agent, { ...word({ channel: 'SMS' }), action: 'CONFIRM' });
  expect(await codeOf(unproven)).toBe('CONSENT_INVALID');
  expect((await opened.commands.confirm(asked.token)).consent.state).toBe('GRANTED');
  expect((await opened.ledger(id)).map(({ action, channel }) => [action, channel])).toEqual([
    ['GRANT', 'SMS'],
    ['CONFIRM', 'SMS'],
  ]);
  expect(await state()).toEqual([]);
});

it('For text messages it is worth nothing after a withdrawal of every channel, and stays after one of e-mail', async () => {
  const [early, late] = [
    await opened.commands.request(agent, word({ channel: 'SMS', topic: 'early' })),
    await opened.commands.request(agent, word({ channel: 'SMS', topic: 'late' })),
  ];
  opened.clock.now += 1_000;
  await opened.commands.record(agent, { ...word({ topic: 'early' }), action: 'WITHDRAW' });
  await opened.commands.record(agent, { ...word({ topic: 'late', channel: 'EMAIL' }), action: 'WITHDRAW' });
  expect([
    await codeOf(opened.commands.confirm(early.token)),
    await codeOf(opened.commands.confirm(late.token)),
  ]).toEqual(['CONSENT_INVALID', 'taken']);
});

it('A token of another person is none', async () => {
  const other =
    (await opened.take('crm', contact('2', { email: 'bob@example.com', name: 'Bob' }))).customerIds[0] ?? '';
  const { token } = await opened.commands.request(agent, word({ customerId: other }));
  await opened.commands.request(agent, word());
  expect(await codeOf(confirmByAgent(token))).toBe('TOKEN_UNKNOWN');
});

it('What a source holds as pending is confirmed by who may record', async () => {
  await opened.take(
    'crm',
    contact('1', {
      version: 2,
      email: 'ada@example.com',
      name: 'Ada',
      consents: [consent('GRANT', -9, { pending: true })],
    }),
  );
  expect((await confirmByAgent()).consent.state).toBe('GRANTED');
});

it.each([
  ['29 days later', 29, 'GRANTED'],
  ['31 days later', 31, 'CONSENT_INVALID'],
])('Confirmed %s', async (_name, days, expected) => {
  const { token } = await opened.commands.request(agent, word());
  opened.clock.now += days * DAY_MS;
  const outcome = opened.commands.confirm(token).then((change) => change.consent.state, errorCodeOf);
  expect(await outcome).toBe(expected);
});

it.each(['REFUSE', 'WITHDRAW', 'OBJECT'] as const)('After %s the link is worth nothing', async (action) => {
  const { token } = await opened.commands.request(agent, word());
  opened.clock.now += 1_000;
  await opened.commands.record(agent, { ...word(), action });
  expect(await codeOf(opened.commands.confirm(token))).toBe('CONSENT_INVALID');
});

it('A second request replaces the first', async () => {
  const first = await opened.commands.request(agent, word());
  opened.clock.now += 1_000;
  const second = await opened.commands.request(agent, word());
  expect(await codeOf(opened.commands.confirm(first.token))).toBe('CONSENT_INVALID');
  expect((await opened.commands.confirm(second.token)).consent.state).toBe('GRANTED');
});

it('The link outlives a merge of the customer', async () => {
  const shop = (await opened.take('commerce', shopper('9', { email: 'a@example.com' }))).customerIds[0] ?? '';
  const { token } = await opened.commands.request(agent, word({ customerId: shop }));
  await opened.take('crm', contact('1', { version: 2, email: 'ada@example.com', ids: [['shopify.customer', '9']] }));
  expect((await opened.commands.confirm(token)).customerId).toBe(id);
});

it('A request with the same idempotencyKey is the same request, token included', async () => {
  const [one, two] = [
    await opened.commands.request(agent, word({ idempotencyKey: 'k' })),
    await opened.commands.request(agent, word({ idempotencyKey: 'k' })),
  ];
  expect([two.token, (await opened.ledger(id)).length]).toEqual([one.token, 1]);
});

it.each([
  ['a role that may not', { role: 'RENDERER' as const }, {}, 'ROLE_NOT_ENTITLED'],
  ['a data subject for another', { role: 'DATA_SUBJECT' as const, customerId: 'x' }, {}, 'ROLE_NOT_ENTITLED'],
  ['a language that is none', {}, { language: 'Deutsch, bitte' }, 'CONSENT_INVALID'],
  ['an address as proof', {}, { proof: 'ada@example.com' }, 'CONSENT_INVALID'],
  [
    'another text than the registered one',
    {},
    { notice: { id: 'privacy', version: '2', sha256: '0b'.repeat(32) } },
    'CONSENT_INVALID',
  ],
  ['a future time', {}, { occurredAt: new Date(NOW + 60_000).toISOString() }, 'CONSENT_INVALID'],
])('Refused, and nothing recorded: %s', async (_name, principal, changed, code) => {
  expect(await codeOf(opened.commands.request({ ...agent, ...principal }, word(changed)))).toBe(code);
  expect(await opened.ledger(id)).toEqual([]);
});
