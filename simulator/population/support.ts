/**
 * Writes people down as Zendesk users, with the tickets they opened. It must not know Zendesk's endpoints.
 */
import { DAY_MS, type Person } from './people';
import { second } from './orders';
import { createRandom, type Random } from './random';
import { misspell, typePhone } from './spelling';

/** A Zendesk user. Shape: ids are decimal strings; instants ISO-8601 to the second. */
export interface SupportUser {
  id: string;
  name: string;
  email: string | null;
  phone: string | null;
  notes: string | null;
  externalId: string | null;
  verified: boolean;
  role: 'end-user' | 'agent' | 'admin';
  /** False: deleted, which Zendesk does softly. */
  active: boolean;
  locale: string;
  timeZone: string;
  tags: string[];
  createdAt: string;
  updatedAt: string;
}

export const TICKET_STATUSES = ['new', 'open', 'pending', 'hold', 'solved', 'closed'] as const;
export const TICKET_PRIORITIES = ['low', 'normal', 'high', 'urgent'] as const;
export const SATISFACTION_SCORES = ['unoffered', 'offered', 'good', 'bad'] as const;

/** A Zendesk ticket. Shape: as of a user. */
export interface SupportTicket {
  id: string;
  requesterId: string;
  assigneeId: string | null;
  subject: string;
  description: string;
  status: (typeof TICKET_STATUSES)[number];
  priority: (typeof TICKET_PRIORITIES)[number] | null;
  type: 'question' | 'problem' | null;
  channel: string;
  tags: string[];
  satisfaction: (typeof SATISFACTION_SCORES)[number];
  satisfactionComment: string | null;
  createdAt: string;
  updatedAt: string;
}

/** Who answers. They are users too: a list of users holds more than customers. */
export const agents = (epochMs: number): SupportUser[] =>
  (['admin', 'agent'] as const).map((role, i) => ({
    id: String(17_000_000_000_000 + i * 64),
    name: `Support ${role}`,
    email: `${role}@shop.example`,
    phone: null,
    notes: null,
    externalId: null,
    verified: true,
    active: true,
    role,
    locale: 'en-US',
    timeZone: 'Berlin',
    tags: [],
    createdAt: second(epochMs - 1000 * DAY_MS),
    updatedAt: second(epochMs - 900 * DAY_MS),
  }));

const SUBJECTS = [
  'Where is my parcel?',
  'Wo bleibt meine Bestellung?',
  'Return of a damaged item',
  'Invoice for my last order',
  'Change of delivery address',
  'Voucher does not work',
  'Frage zur Rückerstattung',
];

/** The Zendesk user of one person and the tickets, oldest first; null when support never heard of the person. */
export function supportOf(options: {
  person: Person;
  seed: number;
  epochMs: number;
}): { user: SupportUser; tickets: SupportTicket[] } | null {
  const { person, seed, epochMs } = options;
  const { cases, index, place } = person;
  if (!cases.has('inZendesk')) return null;
  const random = createRandom({ seed, stream: `support/${index}` });
  const id = String(18_000_000_000_000 + index * 64 + 5);
  const tickets = ticketsOf({ person, requesterId: id, random, epochMs });
  const createdMs = tickets[0] ? Date.parse(tickets[0].createdAt) : person.sinceMs + 5 * DAY_MS;
  const joinedByEmail = cases.has('zendeskByEmail') || cases.has('zendeskUnverified');
  const user: SupportUser = {
    id,
    name: random.chance(0.1)
      ? `${misspell({ name: person.givenName, random })} ${person.familyName}`
      : `${person.givenName} ${person.familyName}`,
    email: person.email,
    phone: random.chance(0.4) ? typePhone({ e164: person.phone, place, random }) : null,
    notes: random.chance(0.1) ? 'Prefers e-mail to calls' : null,
    externalId: joinedByEmail ? null : (person.hubspotIds[0] ?? null),
    verified: !cases.has('zendeskUnverified'),
    active: true,
    role: 'end-user',
    locale: place.language === 'de' ? 'de' : 'en-US',
    timeZone: 'Berlin',
    tags: random.chance(0.1) ? ['vip'] : [],
    createdAt: second(createdMs),
    updatedAt: second(createdMs + random.next() * (epochMs - createdMs)),
  };
  return { user, tickets };
}

function ticketsOf(options: { person: Person; requesterId: string; random: Random; epochMs: number }): SupportTicket[] {
  const { person, requesterId, random, epochMs } = options;
  const { cases, index } = person;
  if (cases.has('withoutTickets')) return [];
  const [open, bad] = [cases.has('openTicket'), cases.has('badSatisfaction')];
  const count = Math.max(random.between(1, 5), Number(open) + Number(bad));
  const oldestDays = (epochMs - person.sinceMs) / DAY_MS - 1;
  const ages = Array.from({ length: count }, (_, i) =>
    // An open ticket is the latest one.
    open && i === 0 ? 0.2 + random.next() * 4 : 6 + random.next() * (oldestDays - 6),
  ).sort((a, b) => b - a);
  return ages.map((ageDays, i): SupportTicket => {
    const isOpen = open && i === count - 1;
    const createdMs = epochMs - ageDays * DAY_MS;
    const updatedMs = createdMs + random.next() * Math.min(5, ageDays) * DAY_MS;
    const status = isOpen
      ? random.pick(['new', 'open', 'pending', 'hold'] as const)
      : ageDays > 33
        ? 'closed'
        : 'solved';
    const satisfaction = isOpen
      ? 'unoffered'
      : bad && i === 0
        ? 'bad'
        : random.pick(['good', 'good', 'offered', 'unoffered'] as const);
    const subject = random.pick(SUBJECTS);
    return {
      id: String(index * 8 + i + 1),
      requesterId,
      assigneeId: status === 'new' ? null : agents(epochMs)[1]!.id,
      subject,
      description: `${subject} Order and customer number below.`,
      status,
      priority: random.pick([...TICKET_PRIORITIES, null]),
      type: random.pick(['question', 'problem', null]),
      channel: random.pick(['web', 'email']),
      tags: random.chance(0.2) ? ['delivery'] : [],
      satisfaction,
      satisfactionComment: satisfaction === 'bad' ? 'Nobody answered for a week.' : null,
      createdAt: second(createdMs),
      updatedAt: second(updatedMs),
    };
  });
}
