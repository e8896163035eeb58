/**
 * The account's users and tickets, and the changes made to them by hand. It must not know endpoints.
 */
import type { SupportTicket, SupportUser } from '../population';
import { second } from '../population/orders';
import { SATISFACTION_SCORES, TICKET_PRIORITIES, TICKET_STATUSES } from '../population/support';
import type { PatchOutcome, RemoveOutcome } from '../vendor';

export interface SupportStore {
  /** In order of id. */
  users: readonly SupportUser[];
  tickets: readonly SupportTicket[];
  user(id: string): SupportUser | undefined;
  userByExternalId(externalId: string): SupportUser | undefined;
  userByEmail(email: string): SupportUser | undefined;
  ticket(id: string): SupportTicket | undefined;
  /** In order of id. */
  ticketsOf(requesterId: string): readonly SupportTicket[];
  /** `id` is a user's, or `tickets/` and a ticket's; `tickets/new` opens one. */
  patch(options: { id: string; properties: Record<string, unknown>; atMs: number }): PatchOutcome;
  /**
   * A user, who is shown on as not active, by id and in the export, until `deleted_users/` and the id is removed too. `tickets/`
   * and an id is a ticket, which is shown no more; `deleted_tickets/` the same ticket for good.
   */
  remove(options: { id: string; atMs: number }): RemoveOutcome;
}

type Rule = { expected: string; valid: (value: unknown) => boolean };
const text: Rule = { expected: 'a string', valid: (v) => typeof v === 'string' && v !== '' };
const nullableText: Rule = { expected: 'a string or null', valid: (v) => v === null || typeof v === 'string' };
const oneOf = (...values: readonly (string | null)[]): Rule => ({
  expected: `one of ${values.join(', ')}`,
  valid: (v) => values.includes(v as string | null),
});

const USER_RULES: Readonly<Record<string, Rule>> = {
  name: text,
  email: nullableText,
  phone: nullableText,
  notes: nullableText,
};

const TICKET_RULES: Readonly<Record<string, Rule>> = {
  subject: text,
  description: text,
  status: oneOf(...TICKET_STATUSES),
  priority: oneOf(...TICKET_PRIORITIES, null),
  type: oneOf('question', 'problem', null),
  tags: { expected: 'a list of strings', valid: (v) => Array.isArray(v) && v.every((tag) => typeof tag === 'string') },
  satisfaction_rating: {
    expected: `an object of score, one of ${SATISFACTION_SCORES.join(', ')}, and perhaps comment`,
    valid: (v) => SATISFACTION_SCORES.includes((v as { score?: never } | null)?.score as never),
  },
};

/** Says what is wrong, in the first property that is; undefined when nothing is. */
function wrong(properties: Record<string, unknown>, rules: Readonly<Record<string, Rule>>): string | undefined {
  for (const [name, value] of Object.entries(properties)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (!rule) return `expected only ${Object.keys(rules).join(', ')}, but got ${name}`;
    if (!rule.valid(value)) return `${name}: expected ${rule.expected}, but got ${JSON.stringify(value)}`;
  }
  return undefined;
}

/** Creates the store over the population's users and tickets, which it changes in place. */
export function createSupportStore(options: { users: SupportUser[]; tickets: SupportTicket[] }): SupportStore {
  const { users, tickets } = options;
  const key = (email: string): string => email.trim().toLowerCase();
  const usersById = new Map(users.map((user) => [user.id, user]));
  const byExternalId = new Map(users.flatMap((user) => (user.externalId ? [[user.externalId, user]] : [])));
  const byEmail = new Map(users.flatMap((user) => (user.email ? [[key(user.email), user]] : [])));
  const ticketsById = new Map(tickets.map((ticket) => [ticket.id, ticket]));
  const byRequester = new Map<string, SupportTicket[]>();
  const file = (ticket: SupportTicket): void => {
    byRequester.set(ticket.requesterId, [...(byRequester.get(ticket.requesterId) ?? []), ticket]);
  };
  tickets.forEach(file);
  const deletedTickets = new Set<string>();
  const removeTicket = (id: string): RemoveOutcome => {
    const ticket = ticketsById.get(id);
    if (!ticket) return { kind: 'unknown' };
    tickets.splice(tickets.indexOf(ticket), 1);
    ticketsById.delete(id);
    const { requesterId } = ticket;
    byRequester.set(
      requesterId,
      (byRequester.get(requesterId) ?? []).filter((each) => each !== ticket),
    );
    deletedTickets.add(id);
    return { kind: 'removed' };
  };
  const purgeUser = (id: string): RemoveOutcome => {
    const user = usersById.get(id);
    if (!user || user.active) return { kind: 'unknown' };
    users.splice(users.indexOf(user), 1);
    usersById.delete(id);
    if (user.externalId) byExternalId.delete(user.externalId);
    if (user.email) byEmail.delete(key(user.email));
    return { kind: 'removed' };
  };

  const patchUser = (user: SupportUser, properties: Record<string, unknown>, atMs: number): PatchOutcome => {
    const message = wrong(properties, USER_RULES);
    if (message !== undefined) return { kind: 'invalid', message };
    const email = properties.email as string | null | undefined;
    const holder = email ? byEmail.get(key(email)) : undefined;
    if (holder && holder !== user) {
      return { kind: 'invalid', message: `email: expected one no other user has, but got ${email}` };
    }
    if (email !== undefined) {
      if (user.email) byEmail.delete(key(user.email));
      if (email) byEmail.set(key(email), user);
    }
    const changed = Object.keys(properties);
    const previous = Object.fromEntries(changed.map((name) => [name, user[name as keyof SupportUser]]));
    const updatedAt = later(atMs, user.updatedAt);
    Object.assign(user, properties, { updatedAt });
    return { kind: 'changed', changed, previous, updatedAt };
  };

  const patchTicket = (ticket: SupportTicket, properties: Record<string, unknown>, atMs: number): PatchOutcome => {
    const message = wrong(properties, TICKET_RULES);
    if (message !== undefined) return { kind: 'invalid', message };
    const { satisfaction_rating: rating, ...plain } = properties;
    const changed = Object.keys(properties);
    const before: Record<string, unknown> = { ...ticket, satisfaction_rating: { score: ticket.satisfaction } };
    const previous = Object.fromEntries(changed.map((name) => [name, before[name]]));
    const { score, comment } = (rating ?? {}) as { score?: SupportTicket['satisfaction']; comment?: unknown };
    const updatedAt = later(atMs, ticket.updatedAt);
    Object.assign(
      ticket,
      plain,
      score && { satisfaction: score, satisfactionComment: typeof comment === 'string' ? comment : null },
      { updatedAt },
    );
    return { kind: 'changed', changed, previous, updatedAt };
  };

  const openTicket = (id: string, properties: Record<string, unknown>, atMs: number): PatchOutcome => {
    const { requester_id: requester, ...rest } = properties;
    if (!usersById.has(String(requester))) {
      return {
        kind: 'invalid',
        message: `requester_id: expected the id of a user, but got ${JSON.stringify(requester)}`,
      };
    }
    const message = wrong(rest, TICKET_RULES);
    if (message !== undefined) return { kind: 'invalid', message };
    const at = second(atMs);
    const ticket: SupportTicket = {
      ...{ id, requesterId: String(requester), assigneeId: null, subject: '', description: 'Opened by hand.' },
      ...{ status: 'new', priority: null, type: null, channel: 'web', tags: [] },
      ...{ satisfaction: 'unoffered', satisfactionComment: null, createdAt: at, updatedAt: at },
    };
    patchTicket(ticket, rest, atMs);
    tickets.push(ticket);
    ticketsById.set(id, ticket);
    file(ticket);
    return { kind: 'changed', id: `tickets/${id}`, changed: Object.keys(properties), previous: {}, updatedAt: at };
  };

  return {
    users,
    tickets,
    user: (id) => usersById.get(id),
    userByExternalId: (externalId) => byExternalId.get(externalId),
    userByEmail: (email) => byEmail.get(key(email)),
    ticket: (id) => ticketsById.get(id),
    ticketsOf: (requesterId) => byRequester.get(requesterId) ?? [],
    patch: ({ id, properties, atMs }) => {
      const [, ticketId] = /^tickets\/(\d+|new)$/.exec(id) ?? [];
      if (ticketId === undefined) {
        const user = usersById.get(id);
        return user ? patchUser(user, properties, atMs) : { kind: 'unknown' };
      }
      if (ticketId === 'new') {
        if (!('subject' in properties))
          return { kind: 'invalid', message: 'subject: expected a string, but got nothing' };
        return openTicket(String(Number(tickets.at(-1)?.id ?? 0) + 1), properties, atMs);
      }
      const ticket = ticketsById.get(ticketId);
      if (ticket) return patchTicket(ticket, properties, atMs);
      // One opened in an earlier run, on its way back from the state kept.
      return 'requester_id' in properties ? openTicket(ticketId, properties, atMs) : { kind: 'unknown' };
    },
    remove: ({ id: place, atMs }) => {
      const [, kept, id = place] = /^(tickets|deleted_users|deleted_tickets)\/(\d+)$/.exec(place) ?? [];
      if (kept === 'tickets') return removeTicket(id);
      if (kept === 'deleted_users') return purgeUser(id);
      if (kept === 'deleted_tickets') return { kind: deletedTickets.delete(id) ? 'removed' : 'unknown' };
      const user = usersById.get(id);
      if (!user?.active) return { kind: 'unknown' };
      Object.assign(user, { active: false, updatedAt: later(atMs, user.updatedAt) });
      return { kind: 'removed' };
    },
  };
}

/** Never backwards, even if the clock stood still or ran behind the data: readers page by this. */
const later = (atMs: number, than: string): string => [second(atMs), than].sort()[1]!;
