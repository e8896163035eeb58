/** Consent that was collected elsewhere, row by row. */
import { errorCodeOf } from '../../schema/errors';
import type { Principal } from '../../schema/request-policy';
import type { Row } from '../../subgraphs/profiles/consent-import';
import { breakOf } from '../../subgraphs/profiles/store/ledger-chain';
import { contact, NOW, openProfiles, requester } from './opened-profiles';
import type { OpenedProfiles } from './opened-profiles';

const officer: Principal = { id: 'officer', role: 'PRIVACY_OFFICER', scopes: [] };
let opened: OpenedProfiles;
let id: string;

beforeEach(async () => {
  opened = await openProfiles();
  id = (await opened.take('crm', contact('1', { email: 'ada@example.com', name: 'Ada' }))).customerIds[0] ?? '';
});
afterEach(() => opened.dispose());

const row = (changed: Row = {}): Row => ({
  namespace: 'email',
  value: 'ada@example.com',
  purpose: 'EMAIL_MARKETING',
  action: 'GRANT',
  method: 'paper',
  occurredAt: '2025-12-01T09:00:00+01:00',
  ...changed,
});
const take = (...rows: Row[]) => opened.imports.import(officer, rows);
const codeOf = async (changed: Row) => (await take(row(changed))).refused[0]?.code ?? 'taken';

it('A whole row becomes one event with everything it says', async () => {
  const whole = row({
    channel: 'EMAIL',
    topic: 'promotions',
    noticeId: 'privacy',
    noticeVersion: '2',
    jurisdiction: 'EU',
    language: 'de',
    proof: 'form 4711',
    expiresAt: '2027-12-01T09:00:00+01:00',
  });
  expect(await take(whole)).toEqual({ recorded: 1, known: 0, refused: [] });
  const ledger = await opened.ledger(id);
  expect(ledger).toEqual([
    {
      recordId: expect.any(String),
      customerId: id,
      seq: 1,
      purpose: 'EMAIL_MARKETING',
      channel: 'EMAIL',
      topic: 'promotions',
      action: 'GRANT',
      basis: 'CONSENT',
      pending: false,
      notice: { id: 'privacy', version: '2', sha256: 'a2'.repeat(32) },
      method: 'paper',
      jurisdiction: 'EU',
      language: 'de',
      proof: 'form 4711',
      occurredAt: Date.UTC(2025, 11, 1, 8),
      recordedAt: NOW,
      expiresAt: Date.UTC(2027, 11, 1, 8),
      actor: 'officer',
      prevHash: null,
      hash: expect.any(String),
    },
  ]);
  expect(breakOf(ledger)).toBeNull();
});

it('The same row is recorded once, in one call and in the next, also under the id', async () => {
  expect(await take(row(), row())).toMatchObject({ recorded: 1, known: 1 });
  expect(await take(row(), row({ namespace: null, value: '', customerId: id }))).toMatchObject({
    recorded: 0,
    known: 2,
  });
  expect(await opened.ledger(id)).toHaveLength(1);
});

it('A row counts by when it occurred, so an older grant does not undo a newer withdrawal', async () => {
  await take(row({ action: 'WITHDRAW', occurredAt: '2025-12-24T00:00:00Z' }));
  await take(row({ occurredAt: '2025-12-01T00:00:00Z' }));
  expect((await opened.profile(id)).consents.map(({ state }) => state)).toEqual(['WITHDRAWN']);
});

it('A soft opt-in and a pending grant are what they are', async () => {
  await take(row({ basis: 'SOFT_OPT_IN' }), row({ purpose: 'PROFILING', pending: 'true' }));
  const { softOptIn, consents } = await opened.profile(id);
  expect([softOptIn, consents.map(({ purpose, state }) => `${purpose} ${state}`)]).toEqual([
    true,
    ['PROFILING PENDING'],
  ]);
});

it('Several people with one address: a denial is everybody’s, a grant nobody’s', async () => {
  const [other = ''] = (await opened.take('support', requester('7', { email: 'ada@example.com', name: 'Bert' })))
    .customerIds;
  expect([await codeOf({}), await codeOf({ action: 'OBJECT' })]).toEqual(['IDENTITY_AMBIGUOUS', 'taken']);
  const states = await Promise.all([id, other].map(async (each) => (await opened.profile(each)).consents[0]?.state));
  expect(states).toEqual(['OBJECTED', 'OBJECTED']);
});

it.each<[string, Row, string]>([
  ['an address nobody has', { value: 'nobody@example.com' }, 'CUSTOMER_UNKNOWN'],
  ['an id nobody has', { namespace: null, value: null, customerId: '01J00000000000000000000000' }, 'CUSTOMER_UNKNOWN'],
  ['a namespace nobody knows', { namespace: 'fax' }, 'NAMESPACE_UNKNOWN'],
  ['nobody named', { namespace: '', value: '' }, 'BAD_USER_INPUT'],
  ['named twice', { customerId: 'x' }, 'BAD_USER_INPUT'],
  ['a purpose that is none', { purpose: 'MARKETING' }, 'BAD_USER_INPUT'],
  ['an action that is none', { action: 'yes' }, 'BAD_USER_INPUT'],
  ['no time', { occurredAt: '' }, 'BAD_USER_INPUT'],
  ['a time without a zone', { occurredAt: '2025-12-01T09:00:00' }, 'BAD_USER_INPUT'],
  ['a day that does not exist', { occurredAt: '2025-02-30T09:00:00Z' }, 'BAD_USER_INPUT'],
  ['a time that has not come', { occurredAt: '2027-01-01T00:00:00Z' }, 'CONSENT_INVALID'],
  ['an end before the beginning', { expiresAt: '2025-11-01T00:00:00Z' }, 'CONSENT_INVALID'],
  ['half a notice', { noticeId: 'privacy' }, 'BAD_USER_INPUT'],
  ['an address as method', { method: 'ada@example.com' }, 'CONSENT_INVALID'],
  ['a column nobody knows', { favourite: 'blue' }, 'BAD_USER_INPUT'],
])('A row that is refused: %s', async (_name, changed, code) => {
  const report = await take(row(changed), row({ action: 'REFUSE' }));
  expect(report).toMatchObject({ recorded: 1, refused: [{ row: 0, code }] });
  expect(report.refused[0]?.message).not.toMatch(/ada@|nobody@|fax|blue/);
});

it('More rows than a call takes, and another role, are refused as a whole', async () => {
  const tooMany = Array.from({ length: 101 }, () => row());
  const codes = await Promise.all(
    [
      opened.imports.import(officer, tooMany),
      ...(['ADMIN', 'SUPPORT_AGENT', 'RENDERER'] as const).map((role) =>
        opened.imports.import({ ...officer, role }, [row()]),
      ),
    ].map((done) => done.then(() => 'done', errorCodeOf)),
  );
  expect(codes).toEqual(['BAD_USER_INPUT', 'ROLE_NOT_ENTITLED', 'ROLE_NOT_ENTITLED', 'ROLE_NOT_ENTITLED']);
  expect(await opened.ledger(id)).toEqual([]);
});
