/** Recording and withdrawing consent: who may, for whom, what is refused, and that nothing said at the same time is lost. */
import { ROLES } from '../../schema/policy';
import { errorCodeOf } from '../../schema/errors';
import type { Role } from '../../schema/policy';
import type { Principal } from '../../schema/request-policy';
import type { ConsentCommand } from '../../subgraphs/profiles/consent.commands';
import { contact, NOW, openProfiles, shopper } from './opened-profiles';
import type { OpenedProfiles } from './opened-profiles';

let opened: OpenedProfiles;
let id: string;
beforeEach(async () => {
  opened = await openProfiles();
  id = (await opened.take('crm', contact('5'))).customerIds[0] ?? '';
});
afterEach(() => opened.dispose());

const agent: Principal = { id: 'agent-1', role: 'SUPPORT_AGENT', scopes: [] };
const grant = (changed: Partial<ConsentCommand> = {}): ConsentCommand => ({
  customerId: id,
  purpose: 'EMAIL_MARKETING',
  action: 'GRANT',
  notice: { id: 'newsletter', version: '3' },
  method: 'web_form',
  ...changed,
});
const iso = (ms: number) => new Date(ms).toISOString();

/** The error's code, or the state that was answered. */
function outcomeOf(principal: Principal, command: ConsentCommand): Promise<string> {
  return opened.commands.record(principal, command).then(({ consent }) => consent.state, errorCodeOf);
}

describe('Who may record consent', () => {
  it('is the data subject, a privacy officer and a support agent', async () => {
    const outcomes: Array<[Role, string]> = [];
    for (const role of ROLES) {
      outcomes.push([role, await outcomeOf({ id: 'someone', role, scopes: [], customerId: id }, grant())]);
    }
    expect(outcomes).toEqual([
      ['RENDERER', 'ROLE_NOT_ENTITLED'],
      ['ANALYST', 'ROLE_NOT_ENTITLED'],
      ['SUPPORT_AGENT', 'GRANTED'],
      ['PRIVACY_OFFICER', 'GRANTED'],
      ['DATA_SUBJECT', 'GRANTED'],
      ['ADMIN', 'ROLE_NOT_ENTITLED'],
    ]);
  });

  it('is the data subject for the own id only', async () => {
    const [other] = (await opened.take('crm', contact('6'))).customerIds;
    const subject = (customerId?: string): Principal => ({
      id: 'someone',
      role: 'DATA_SUBJECT',
      scopes: [],
      ...(customerId === undefined ? {} : { customerId }),
    });
    expect([
      await outcomeOf(subject(other), grant()),
      await outcomeOf(subject(), grant()),
      await outcomeOf(subject(''), grant({ customerId: '' })),
      (await opened.ledger(id)).length,
    ]).toEqual(['ROLE_NOT_ENTITLED', 'ROLE_NOT_ENTITLED', 'CUSTOMER_UNKNOWN', 0]);
  });

  it('is not told whether an id exists before that is checked', async () => {
    const renderer: Principal = { id: 'renderer', role: 'RENDERER', scopes: [] };
    expect(await outcomeOf(renderer, grant({ customerId: '01J00000000000000000000000' }))).toBe('ROLE_NOT_ENTITLED');
  });
});

describe('What is recorded', () => {
  it('is answered with the new state, the event and the version', async () => {
    const { recordId, ...answer } = await opened.commands.record(agent, grant({ expiresAt: iso(NOW + 60_000) }));
    expect(answer).toEqual({
      customerId: id,
      consent: {
        purpose: 'EMAIL_MARKETING',
        topic: null,
        state: 'GRANTED',
        notice: { id: 'newsletter', version: '3' },
        since: NOW,
        expiresAt: NOW + 60_000,
      },
      version: 1,
    });
    expect(await opened.ledger(id)).toEqual([
      {
        recordId,
        customerId: id,
        seq: 1,
        purpose: 'EMAIL_MARKETING',
        channel: null,
        topic: null,
        action: 'GRANT',
        basis: 'CONSENT',
        pending: false,
        notice: { id: 'newsletter', version: '3', sha256: null },
        method: 'web_form',
        jurisdiction: 'UNKNOWN',
        language: null,
        proof: null,
        occurredAt: NOW,
        recordedAt: NOW,
        expiresAt: NOW + 60_000,
        actor: 'agent-1',
        prevHash: null,
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
  });

  it('is GRANTED at once: only what is asked to be confirmed is PENDING', async () => {
    expect(await outcomeOf(agent, grant())).toBe('GRANTED');
  });

  it('is told in the change feed as a change of consents', async () => {
    await opened.commands.record(agent, grant());
    const { cursor: _cursor, ...change } = (await opened.changes()).at(-1) ?? { cursor: '' };
    expect(change).toEqual({ customerId: id, version: 2, kind: 'UPDATED', changedFields: ['consents'], at: NOW });
  });

  it('raises the versions with every event', async () => {
    const versions: number[] = [];
    for (const action of ['GRANT', 'WITHDRAW', 'OBJECT', 'GRANT'] as const) {
      opened.clock.now += 1_000;
      versions.push((await opened.commands.record(agent, grant({ action }))).version);
    }
    const { version, consentVersion } = await opened.profile(id);
    expect([versions, version, consentVersion]).toEqual([[1, 2, 3, 4], 5, 4]);
  });

  it('is of a topic where one is named, and of every topic where none is', async () => {
    await opened.commands.record(agent, grant());
    opened.clock.now += 1_000;
    const { consent } = await opened.commands.record(agent, grant({ action: 'WITHDRAW', topic: 'promotions' }));
    const all = (await opened.profile(id)).consents.map(({ topic, state }) => [topic, state]);
    expect([consent.topic, consent.state, all]).toEqual([
      'promotions',
      'WITHDRAWN',
      [
        [null, 'GRANTED'],
        ['promotions', 'WITHDRAWN'],
      ],
    ]);
  });

  it('may have been said earlier: then it counts from then, behind what was said later', async () => {
    await opened.commands.record(agent, grant({ action: 'WITHDRAW' }));
    const { consent } = await opened.commands.record(agent, grant({ occurredAt: iso(NOW - 60_000) }));
    expect([consent.state, consent.since]).toEqual(['WITHDRAWN', NOW]);
  });

  it('is EXPIRED at once when its time was over already', async () => {
    expect(await outcomeOf(agent, grant({ occurredAt: iso(NOW - 60_000), expiresAt: iso(NOW - 1_000) }))).toBe(
      'EXPIRED',
    );
  });

  it('of a merged id goes to the survivor', async () => {
    const [shop] = (await opened.take('commerce', shopper('9'))).customerIds;
    await opened.take('crm', contact('5', { version: 2, ids: [['shopify.customer', '9']] }));
    const { customerId } = await opened.commands.record(agent, grant({ customerId: shop ?? '' }));
    expect([customerId, (await opened.ledger(id)).length]).toEqual([id, 1]);
  });
});

describe('What is refused', () => {
  it.each<[string, () => Partial<ConsentCommand>, string]>([
    ['an unknown customer', () => ({ customerId: '01J00000000000000000000000' }), 'CUSTOMER_UNKNOWN'],
    ['an id that is no id', () => ({ customerId: 'jane@example.com' }), 'CUSTOMER_UNKNOWN'],
    ['an id that is no key', () => ({ customerId: '\u0000'.repeat(3_000) }), 'CUSTOMER_UNKNOWN'],
    ['a time in the future', () => ({ occurredAt: iso(NOW + 6_000) }), 'CONSENT_INVALID'],
    ['an end before the beginning', () => ({ expiresAt: iso(NOW - 1) }), 'CONSENT_INVALID'],
    ['an end at the beginning', () => ({ expiresAt: iso(NOW) }), 'CONSENT_INVALID'],
    ['a time that is none', () => ({ occurredAt: 'yesterday' }), 'BAD_USER_INPUT'],
    ['a date without a time', () => ({ occurredAt: '2026-01-01' }), 'BAD_USER_INPUT'],
    ['a time without a zone', () => ({ occurredAt: '2026-01-01T00:00:00' }), 'BAD_USER_INPUT'],
    ['a day that is none', () => ({ expiresAt: '2027-02-31T00:00:00Z' }), 'BAD_USER_INPUT'],
  ])('%s', async (_name, changed, code) => {
    expect([await outcomeOf(agent, grant(changed())), (await opened.ledger(id)).length]).toEqual([code, 0]);
  });

  it('is not a clock that is a little ahead', async () => {
    expect(await outcomeOf(agent, grant({ occurredAt: iso(NOW + 5_000) }))).toBe('GRANTED');
  });
});

describe('An idempotency key', () => {
  it('records the same event once, and answers the state as it is by then', async () => {
    const first = await opened.commands.record(agent, grant({ idempotencyKey: 'click-1' }));
    const again = await opened.commands.record(agent, grant({ idempotencyKey: 'click-1' }));
    expect([again, (await opened.ledger(id)).length]).toEqual([first, 1]);
  });

  it('does not bring a withdrawn consent back', async () => {
    await opened.commands.record(agent, grant({ idempotencyKey: 'click-1' }));
    opened.clock.now += 1_000;
    await opened.commands.record(agent, grant({ action: 'WITHDRAW' }));
    opened.clock.now += 1_000;
    const { consent, version } = await opened.commands.record(agent, grant({ idempotencyKey: 'click-1' }));
    expect([consent.state, version]).toEqual(['WITHDRAWN', 2]);
  });

  it('holds for one customer: another one may use the same', async () => {
    const [other] = (await opened.take('crm', contact('6'))).customerIds;
    await opened.commands.record(agent, grant({ idempotencyKey: 'click-1' }));
    await opened.commands.record(agent, grant({ idempotencyKey: 'click-1', customerId: other ?? '' }));
    expect([(await opened.ledger(id)).length, (await opened.ledger(other)).length]).toEqual([1, 1]);
  });

  it('holds when calls come at the same time', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => opened.commands.record(agent, grant({ idempotencyKey: 'click-1' }))),
    );
    expect([new Set(answers.map(({ recordId }) => recordId)).size, (await opened.ledger(id)).length]).toEqual([1, 1]);
  });

  it('holds across a merge', async () => {
    const [shop] = (await opened.take('commerce', shopper('9'))).customerIds;
    const command = grant({ customerId: shop ?? '', idempotencyKey: 'click-1' });
    await opened.commands.record(agent, command);
    await opened.take('crm', contact('5', { version: 2, ids: [['shopify.customer', '9']] }));
    await opened.commands.record(agent, command);
    expect((await opened.ledger(id)).length).toBe(1);
  });
});

describe('At the same time', () => {
  it('thirty commands for one customer are all recorded, each with a version of its own', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        opened.commands.record(
          agent,
          grant({ action: index % 2 === 0 ? 'GRANT' : 'WITHDRAW', method: `form-${index}` }),
        ),
      ),
    );
    const ledger = await opened.ledger(id);
    expect([
      new Set(ledger.map(({ method }) => method)).size,
      answers.map(({ version }) => version).sort((a, b) => a - b),
      (await opened.profile(id)).consents.map(({ state }) => state),
    ]).toEqual([30, Array.from({ length: 30 }, (_, index) => index + 1), ['WITHDRAWN']]);
  });

  it('commands and records of sources lose nothing of each other', async () => {
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => [
        opened.commands.record(agent, grant({ method: `form-${index}` })),
        opened.take('crm', contact('5', { version: 10 + index, name: `Name ${index}` })),
      ]).flat(),
    );
    const changes = await opened.changes();
    expect([
      (await opened.ledger(id)).length,
      await opened.stored(id, 'crm'),
      changes.map(({ version }) => version),
    ]).toEqual([10, { contact: { firstName: 'Name 9' } }, changes.map((_, index) => index + 1)]);
  });
});

describe('Over GraphQL', () => {
  const officer = { principal: { id: 'officer', role: 'PRIVACY_OFFICER', scopes: [] } } as const;

  it('a consent is recorded and withdrawn', async () => {
    const record = await opened.ask(
      `mutation { recordConsent(input: { customerId: "${id}", purpose: EMAIL_MARKETING, action: GRANT,
         notice: { id: "newsletter", version: "3" }, method: "phone" }) {
         customerId version consent { purpose state since notice { id version } } } }`,
      officer,
    );
    opened.clock.now += 1_000;
    const withdraw = await opened.ask(
      `mutation { withdrawConsent(input: { customerId: "${id}", purpose: EMAIL_MARKETING }) {
         customerId version consent { state since } } }`,
      officer,
    );
    expect([record, withdraw]).toEqual([
      {
        data: {
          recordConsent: {
            customerId: id,
            version: 1,
            consent: {
              purpose: 'EMAIL_MARKETING',
              state: 'GRANTED',
              since: iso(NOW),
              notice: { id: 'newsletter', version: '3' },
            },
          },
        },
        codes: [],
      },
      {
        data: {
          withdrawConsent: { customerId: id, version: 2, consent: { state: 'WITHDRAWN', since: iso(NOW + 1_000) } },
        },
        codes: [],
      },
    ]);
  });

  it('a withdrawal is effective on the next read', async () => {
    const read = () =>
      opened.ask(
        `{ customer(id: "${id}") { contactPermission(topic: "promotions") { permitted reason consentVersion } } }`,
        {},
      );
    await opened.commands.record(agent, grant());
    const before = await read();
    await opened.commands.record(agent, grant({ action: 'WITHDRAW' }));
    expect([before.data, (await read()).data]).toEqual([
      { customer: { contactPermission: { permitted: true, reason: null, consentVersion: 1 } } },
      { customer: { contactPermission: { permitted: false, reason: 'CONSENT', consentVersion: 2 } } },
    ]);
  });

  it('another role is refused with a code, and nothing is recorded', async () => {
    const { codes } = await opened.ask(
      `mutation { withdrawConsent(input: { customerId: "${id}", purpose: EMAIL_MARKETING }) { version } }`,
      {},
    );
    expect([codes, (await opened.ledger(id)).length]).toEqual([['ROLE_NOT_ENTITLED'], 0]);
  });
});
