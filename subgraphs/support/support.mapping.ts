/**
 * From a Zendesk user and tickets to what support says of a Customer. Pure; every rename between Zendesk's words and ours is
 * here. Must not fetch.
 */
import { z } from 'zod';
import { facetError } from '../../schema/errors';
import type { KeptFrom } from '../../schema/retention-table';
import { activitiesAt } from '../activity';
import { emailOf, instantOf, phoneOf, textOf } from '../normalise';
import type { Activity, Categories, MappedIdentity, MappedRecord } from '../source';
import type { SupportHistory, Ticket } from './support.record';

const id = z.number().int().positive();

/** One user as it comes. */
export const userSchema = z.object({
  id,
  name: z.string().nullable(),
  email: z.string().nullable(),
  phone: z.string().nullish(),
  shared_phone_number: z.boolean().nullish(),
  external_id: z.string().nullable(),
  role: z.string(),
  active: z.boolean(),
  verified: z.boolean(),
  updated_at: z.string(),
});
export type RawUser = z.infer<typeof userSchema>;

/** One ticket as it comes. */
export const ticketSchema = z.object({
  id,
  requester_id: id,
  subject: z.string().nullish(),
  status: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  satisfaction_rating: z.object({ score: z.string() }).nullish(),
});
export type RawTicket = z.infer<typeof ticketSchema>;

/** Agents are users too, and what was deleted is still shown. */
export function isCustomer({ role, active }: RawUser): boolean {
  return role === 'end-user' && active;
}

/** `tickets` null: the call did not bring them. Errors: UPSTREAM_INVALID when the time of the last change cannot be read. */
export function mapUser(user: RawUser, tickets: readonly Ticket[] | null): MappedRecord {
  const updatedAt = instantOf(user.updated_at);
  if (updatedAt === null) {
    throw facetError('UPSTREAM_INVALID', 'Zendesk, user: expected a date-time in updated_at, got something else');
  }
  return {
    sourceId: String(user.id),
    sourceVersion: updatedAt,
    categories: tickets === null ? {} : { SUPPORT_HISTORY: { ...historyOf(tickets) } },
    identities: mapIdentities(user),
    consents: [],
    facts: {
      name: textOf(user.name),
      country: null,
      birthDate: null,
      suppressions: [],
      historicValue: null,
      ...(tickets !== null && { activities: activitiesOf(tickets) }),
    },
  };
}

/** null: a ticket that was deleted. Errors: UPSTREAM_INVALID when its times cannot be read. */
export function mapTicket(ticket: RawTicket): Ticket | null {
  const status = ticket.status.toLowerCase();
  if (status === 'deleted') return null;
  const score = ticket.satisfaction_rating?.score ?? '';
  return {
    id: String(ticket.id),
    subject: textOf(ticket.subject),
    status,
    createdAt: timeOf(ticket.created_at, 'created_at'),
    updatedAt: timeOf(ticket.updated_at, 'updated_at'),
    rating: score === 'good' || score === 'bad' ? score : null,
  };
}

/** A batch call brings the user alone: the stored tickets stand. */
export function mergeSupport(stored: Categories, fresh: Categories): Categories {
  return { ...stored, ...fresh };
}

/** Without the tickets that are past their time: those that are done with, by when they were last touched. */
export function retainSupport(categories: Categories, keptFrom: KeptFrom): Categories {
  const history = categories.SUPPORT_HISTORY as unknown as SupportHistory | undefined;
  if (history === undefined) return categories;
  const kept = history.tickets.filter(
    ({ status, updatedAt }) => OPEN.has(status) || updatedAt >= keptFrom.SUPPORT_HISTORY,
  );
  return kept.length === history.tickets.length
    ? categories
    : { ...categories, SUPPORT_HISTORY: { ...historyOf(kept) } };
}

const OPEN: ReadonlySet<string> = new Set(['new', 'open', 'pending', 'hold']);

function historyOf(tickets: readonly Ticket[]): SupportHistory {
  const newestFirst = [...tickets].sort(
    (a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt) || Number(b.id) - Number(a.id),
  );
  return {
    tickets: newestFirst,
    openTickets: tickets.filter(({ status }) => OPEN.has(status)).length,
    satisfaction: newestFirst.find(({ rating }) => rating !== null)?.rating ?? null,
  };
}

/** Zendesk does not say when a ticket was rated; its last change is the nearest moment known. */
function activitiesOf(tickets: readonly Ticket[]): Activity[] {
  const rated = (rating: Ticket['rating']) =>
    tickets.filter((ticket) => ticket.rating === rating).map(({ updatedAt }) => Date.parse(updatedAt));
  return [
    ...activitiesAt(
      'ticket_opened',
      tickets.map(({ createdAt }) => Date.parse(createdAt)),
    ),
    ...activitiesAt('satisfaction_good', rated('good')),
    ...activitiesAt('satisfaction_bad', rated('bad')),
  ];
}

/** `external_id` is the shop's own word on who a user is; an address counts once Zendesk has verified it. */
function mapIdentities(user: RawUser): MappedIdentity[] {
  const email = emailOf(user.email);
  const phone = user.shared_phone_number === true ? null : phoneOf(user.phone, null);
  const contactId = textOf(user.external_id);
  return [
    { namespace: 'zendesk.user', value: String(user.id), verified: true },
    ...(contactId !== null && /^\d{1,20}$/.test(contactId)
      ? [{ namespace: 'hubspot.contact', value: contactId, verified: true }]
      : []),
    ...(email === null ? [] : [{ namespace: 'email', value: email, verified: user.verified }]),
    ...(phone === null ? [] : [{ namespace: 'phone', value: phone, verified: false }]),
  ];
}

function timeOf(raw: string, field: string): string {
  const at = instantOf(raw);
  if (at === null) {
    throw facetError('UPSTREAM_INVALID', `Zendesk, ticket: expected a date-time in ${field}, got something else`);
  }
  return new Date(at).toISOString();
}
