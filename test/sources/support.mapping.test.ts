// From a Zendesk user and tickets to what support says of a Customer.
import {
  isCustomer,
  mapTicket,
  mapUser,
  mergeSupport,
  ticketSchema,
  userSchema,
} from '../../subgraphs/support/support.mapping';
import type { RawTicket, RawUser } from '../../subgraphs/support/support.mapping';
import type { Ticket } from '../../subgraphs/support/support.record';
import { failureOf } from '../upstream/bench';

const UPDATED = '2026-10-01T00:00:00Z';

const user = (over: Partial<RawUser> = {}): RawUser => ({
  id: 35436,
  name: 'Ada Lovelace',
  email: null,
  phone: null,
  shared_phone_number: null,
  external_id: null,
  role: 'end-user',
  active: true,
  verified: true,
  updated_at: UPDATED,
  ...over,
});
const raw = (over: Partial<RawTicket> = {}): RawTicket => ({
  id: 1,
  requester_id: 35436,
  subject: 'Where is my parcel?',
  status: 'open',
  created_at: '2026-11-01T10:00:00Z',
  updated_at: '2026-11-02T10:00:00Z',
  satisfaction_rating: { score: 'unoffered' },
  ...over,
});
const ticket = (over: Partial<RawTicket> = {}) => mapTicket(raw(over)) as Ticket;
const history = (...tickets: Ticket[]) => mapUser(user(), tickets).categories.SUPPORT_HISTORY;

describe('A Zendesk user', () => {
  it('is mapped whole, the newest ticket first', () => {
    const whole = user({ email: ' Ada@Example.com', phone: '+49 151 5550123', external_id: '512' });
    const tickets = [
      ticket({ status: 'solved', satisfaction_rating: { score: 'good' } }),
      ticket({
        id: 2,
        created_at: '2026-11-20T10:00:00+01:00',
        updated_at: '2026-11-21T10:00:00Z',
        subject: ' Invoice ',
      }),
    ];
    expect(mapUser(whole, tickets)).toEqual({
      sourceId: '35436',
      sourceVersion: Date.parse(UPDATED),
      categories: {
        SUPPORT_HISTORY: {
          tickets: [
            {
              id: '2',
              subject: 'Invoice',
              status: 'open',
              createdAt: '2026-11-20T09:00:00.000Z',
              updatedAt: '2026-11-21T10:00:00.000Z',
              rating: null,
            },
            {
              id: '1',
              subject: 'Where is my parcel?',
              status: 'solved',
              createdAt: '2026-11-01T10:00:00.000Z',
              updatedAt: '2026-11-02T10:00:00.000Z',
              rating: 'good',
            },
          ],
          openTickets: 1,
          satisfaction: 'good',
        },
      },
      identities: [
        { namespace: 'zendesk.user', value: '35436', verified: true },
        { namespace: 'hubspot.contact', value: '512', verified: true },
        { namespace: 'email', value: 'ada@example.com', verified: true },
        { namespace: 'phone', value: '+491515550123', verified: false },
      ],
      consents: [],
      facts: {
        name: 'Ada Lovelace',
        country: null,
        birthDate: null,
        suppressions: [],
        historicValue: null,
        activities: [
          { type: 'ticket_opened', day: '2026-11-01', count: 1 },
          { type: 'ticket_opened', day: '2026-11-20', count: 1 },
          { type: 'satisfaction_good', day: '2026-11-02', count: 1 },
        ],
      },
    });
  });

  it('who never asked has no tickets', () => {
    expect(history()).toEqual({ tickets: [], openTickets: 0, satisfaction: null });
  });

  it('whose tickets did not come says nothing of them', () => {
    const { categories, facts } = mapUser(user(), null);
    expect(categories).toEqual({});
    expect(facts).not.toHaveProperty('activities');
  });

  it('that Zendesk has not verified proves nothing by the address', () => {
    const { identities } = mapUser(user({ email: 'ada@example.com', verified: false }), null);
    expect(identities).toContainEqual({ namespace: 'email', value: 'ada@example.com', verified: false });
  });

  it.each([[null], [''], ['cust_1'], ['5 12'], ['-1']])('with the external id %j names no contact', (external_id) => {
    const { identities } = mapUser(user({ external_id }), null);
    expect(identities.map(({ namespace }) => namespace)).toEqual(['zendesk.user']);
  });

  it.each([
    ['shared', { phone: '+491515550123', shared_phone_number: true }],
    ['without its country', { phone: '0151 5550123' }],
  ])('with a phone number that is %s is not known by it', (_what, over) => {
    expect(mapUser(user(over), null).identities).toHaveLength(1);
  });

  it.each([
    ['end-user', true, true],
    ['end-user', false, false],
    ['agent', true, false],
    ['admin', true, false],
  ])('as %s, active %j, is a customer: %j', (role, active, expected) => {
    expect(isCustomer(user({ role, active }))).toBe(expected);
  });

  it('with a time that cannot be read is refused, without a word of it', async () => {
    const map = async () => mapUser(user({ updated_at: 'ada@example.com' }), null);
    await expect(failureOf(map())).resolves.toEqual({
      code: 'UPSTREAM_INVALID',
      message: 'Zendesk, user: expected a date-time in updated_at, got something else',
    });
  });

  it.each([[{ ...user(), id: '35436' }], [{ ...user(), id: 0 }], [{ ...user(), verified: undefined }], [null]])(
    'as %j is unreadable',
    (value) => expect(userSchema.safeParse(value).success).toBe(false),
  );
});

describe('A ticket', () => {
  it.each([
    ['new', 1],
    ['open', 1],
    ['Pending', 1],
    ['hold', 1],
    ['solved', 0],
    ['closed', 0],
  ])('that is %s counts as open: %d', (status, openTickets) => {
    expect(history(ticket({ status }))).toMatchObject({ openTickets, tickets: [{ status: status.toLowerCase() }] });
  });

  it('that was deleted is none', () => {
    expect(mapTicket(raw({ status: 'deleted' }))).toBeNull();
  });

  it('with a time that cannot be read is refused, without a word of it', async () => {
    const map = async () => ticket({ created_at: 'Where is my parcel?' });
    await expect(failureOf(map())).resolves.toEqual({
      code: 'UPSTREAM_INVALID',
      message: 'Zendesk, ticket: expected a date-time in created_at, got something else',
    });
  });

  it('without a requester is unreadable', () => {
    expect(ticketSchema.safeParse({ ...raw(), requester_id: null }).success).toBe(false);
  });
});

describe('Satisfaction', () => {
  const rated = (id: number, day: string, score: string) =>
    ticket({ id, created_at: `2026-11-${day}T10:00:00Z`, satisfaction_rating: { score } });

  it('is that of the newest ticket that was rated', () => {
    const tickets = [rated(1, '01', 'good'), rated(3, '03', 'offered'), rated(2, '02', 'bad')];
    expect(history(...tickets)).toMatchObject({ satisfaction: 'bad' });
  });

  it.each([['offered'], ['unoffered'], ['toString']])('is none where the score is %s', (score) => {
    expect(history(rated(1, '01', score))).toMatchObject({ satisfaction: null });
  });

  it('of a bad answer is an activity of its own', () => {
    expect(mapUser(user(), [rated(1, '01', 'bad')]).facts.activities).toContainEqual({
      type: 'satisfaction_bad',
      day: '2026-11-02',
      count: 1,
    });
  });
});

describe('What is stored and what a batch call brings', () => {
  it('are joined: the stored tickets stand', () => {
    const stored = mapUser(user(), [ticket()]).categories;
    expect(mergeSupport(stored, mapUser(user(), null).categories)).toEqual(stored);
  });
});
