/** How Zendesk shows users and tickets. Shape: ids are numbers in answers, whatever they are in ours. */
import type { SupportTicket, SupportUser } from '../population';

type View = Record<string, unknown>;

const numeric = (id: string | null): number | null => (id === null ? null : Number(id));

/** Units: `origin` is where the account is served, without a trailing slash. */
export const userView = (user: SupportUser, origin: string): View => ({
  id: Number(user.id),
  url: `${origin}/api/v2/users/${user.id}.json`,
  name: user.name,
  email: user.email,
  created_at: user.createdAt,
  updated_at: user.updatedAt,
  time_zone: user.timeZone,
  iana_time_zone: `Europe/${user.timeZone}`,
  phone: user.phone,
  shared_phone_number: user.phone === null ? null : false,
  photo: null,
  locale: user.locale,
  organization_id: null,
  role: user.role,
  verified: user.verified,
  external_id: user.externalId,
  tags: user.tags,
  alias: null,
  active: user.active,
  shared: false,
  last_login_at: null,
  notes: user.notes,
  details: null,
  suspended: false,
  user_fields: {},
});

/** The addresses by which a user is known; only a verified one proves anything. */
export const identityView = (user: SupportUser, origin: string): View[] =>
  user.email === null
    ? []
    : [
        {
          id: Number(user.id) + 1,
          url: `${origin}/api/v2/users/${user.id}/identities/${Number(user.id) + 1}.json`,
          user_id: Number(user.id),
          type: 'email',
          value: user.email,
          verified: user.verified,
          primary: true,
          created_at: user.createdAt,
          updated_at: user.updatedAt,
        },
      ];

export const ticketView = (ticket: SupportTicket, origin: string): View => ({
  id: Number(ticket.id),
  url: `${origin}/api/v2/tickets/${ticket.id}.json`,
  external_id: null,
  via: { channel: ticket.channel },
  created_at: ticket.createdAt,
  updated_at: ticket.updatedAt,
  type: ticket.type,
  subject: ticket.subject,
  raw_subject: ticket.subject,
  description: ticket.description,
  priority: ticket.priority,
  status: ticket.status,
  recipient: null,
  requester_id: Number(ticket.requesterId),
  submitter_id: Number(ticket.requesterId),
  assignee_id: numeric(ticket.assigneeId),
  organization_id: null,
  group_id: null,
  collaborator_ids: [],
  has_incidents: false,
  is_public: true,
  due_at: null,
  tags: ticket.tags,
  custom_fields: [],
  satisfaction_rating:
    ticket.satisfaction === 'good' || ticket.satisfaction === 'bad'
      ? { id: 60_000_000 + Number(ticket.id), score: ticket.satisfaction, comment: ticket.satisfactionComment }
      : { score: ticket.satisfaction },
});
