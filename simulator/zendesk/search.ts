/**
 * Zendesk's search: `type:ticket` with the keywords our connector uses, and users by address, external id or text. A keyword
 * that is not known here is refused rather than ignored, unlike the vendor, which would find too much.
 */
import type { SupportTicket, SupportUser } from '../population';
import { TICKET_STATUSES } from '../population/support';
import type { VendorReply, VendorRequest } from '../vendor';
import { offsetPage, originOf } from './paging';
import { refusal } from './replies';
import type { SupportStore } from './support-store';
import { ticketView, userView } from './views';

interface Term {
  not: boolean;
  keyword: string | null;
  operator: string;
  value: string;
}

const TERM = /(-?)(?:([a-z_]+)(:|<=|>=|<|>))?("[^"]*"|\S+)/gi;
/** No result beyond this is served, however many are counted. */
const MAX_RESULTS = 1000;

const terms = (query: string): Term[] =>
  [...query.matchAll(TERM)].map(([, minus, keyword, operator, value]) => ({
    not: minus === '-',
    keyword: keyword?.toLowerCase() ?? null,
    operator: operator ?? ':',
    value: value!.replace(/^"|"$/g, ''),
  }));

const unprocessable = (message: string): VendorReply => refusal(422, 'invalid', `Invalid search: ${message}`);

const compare = (order: number, operator: string): boolean =>
  ({ ':': order === 0, '<': order < 0, '>': order > 0, '<=': order <= 0, '>=': order >= 0 })[operator] ?? false;

type Test<T> = (record: T, term: Term, store: SupportStore) => boolean;

/** A day compares as a day, an instant as an instant. */
const instant =
  (member: 'createdAt' | 'updatedAt'): Test<SupportTicket> =>
  (ticket, { operator, value }) => {
    const at = ticket[member];
    if (!value.includes('T')) return compare(at.slice(0, 10).localeCompare(value), operator);
    return compare(Math.sign(Date.parse(at) - Date.parse(value)), operator);
  };

const TICKET_TESTS: Readonly<Record<string, Test<SupportTicket>>> = {
  requester: ({ requesterId }, { value }, store) =>
    requesterId === (value.includes('@') ? store.userByEmail(value)?.id : value),
  status: ({ status }, { operator, value }) =>
    TICKET_STATUSES.includes(value as never) &&
    compare(Math.sign(TICKET_STATUSES.indexOf(status) - TICKET_STATUSES.indexOf(value as never)), operator),
  priority: ({ priority }, { value }) => priority === value,
  tags: ({ tags }, { value }) => tags.includes(value),
  created: instant('createdAt'),
  updated: instant('updatedAt'),
};

const USER_TESTS: Readonly<Record<string, Test<SupportUser>>> = {
  email: ({ email }, { value }) => email?.toLowerCase() === value.toLowerCase(),
  external_id: ({ externalId }, { value }) => externalId === value,
  role: ({ role }, { value }) => role === value,
};

const inText =
  <T>(text: (record: T) => (string | null)[]): Test<T> =>
  (record, { value }) =>
    text(record).some((part) => part?.toLowerCase().includes(value.toLowerCase()));
const ticketText = inText<SupportTicket>(({ subject, description }) => [subject, description]);
const userText = inText<SupportUser>(({ name, email, phone }) => [name, email, phone]);

function matching<T>(options: {
  records: readonly T[];
  asked: Term[];
  tests: Readonly<Record<string, Test<T>>>;
  text: Test<T>;
  store: SupportStore;
}): T[] | string {
  const { records, asked, tests, text, store } = options;
  const unknown = asked.find(({ keyword }) => keyword !== null && !Object.hasOwn(tests, keyword));
  if (unknown) return `${unknown.keyword} is not among ${Object.keys(tests).join(', ')}`;
  return records.filter((record) =>
    asked.every((term) => (term.keyword === null ? text : tests[term.keyword]!)(record, term, store) !== term.not),
  );
}

/** Deleted users are found no more. */
const known = (store: SupportStore): SupportUser[] => store.users.filter(({ active }) => active);

/** `GET users/search`: `query`, or `external_id` exactly. */
export function searchUsers(options: { request: VendorRequest; store: SupportStore }): VendorReply {
  const { request, store } = options;
  const externalId = request.query.get('external_id');
  const byId = externalId === null ? undefined : store.userByExternalId(externalId);
  const asked = terms(request.query.get('query') ?? '');
  const found =
    externalId === null
      ? matching({ records: known(store), asked, tests: USER_TESTS, text: userText, store })
      : byId?.active
        ? [byId]
        : [];
  if (typeof found === 'string') return unprocessable(found);
  const origin = originOf(request);
  return offsetPage({ request, name: 'users', records: found, show: (user) => userView(user, origin), limit: 10_000 });
}

/** `GET search`. Shape: `results` carry `result_type`; by `sort_by` created_at, updated_at or status, the latest first. */
export function search(options: { request: VendorRequest; store: SupportStore }): VendorReply {
  const { request, store } = options;
  const { query } = request;
  const asked = terms(query.get('query') ?? '');
  const type = asked.find(({ keyword }) => keyword === 'type')?.value;
  const rest = asked.filter(({ keyword }) => keyword !== 'type');
  const origin = originOf(request);
  const direction = query.get('sort_order') === 'asc' ? 1 : -1;
  const member = query.get('sort_by') === 'updated_at' ? 'updatedAt' : 'createdAt';
  const sortBy = query.get('sort_by') ?? 'created_at';
  if (!['created_at', 'updated_at', 'relevance'].includes(sortBy)) return unprocessable(`sort_by ${sortBy}`);
  const paged = <T extends SupportTicket | SupportUser>(
    found: T[] | string,
    show: (record: T) => Record<string, unknown>,
  ): VendorReply => {
    if (typeof found === 'string') return unprocessable(found);
    const order = (a: T, b: T): number =>
      direction * (a[member].localeCompare(b[member]) || Number(a.id) - Number(b.id));
    return offsetPage({
      ...{ request, name: 'results', records: found.sort(order), limit: MAX_RESULTS, extra: { facets: null } },
      show: (record) => ({ ...show(record), result_type: type }),
      beyond: unprocessable('Requested response size was greater than Search Response Limits'),
    });
  };
  if (type === 'ticket') {
    const found = matching({ records: store.tickets, asked: rest, tests: TICKET_TESTS, text: ticketText, store });
    return paged(found, (ticket) => ticketView(ticket, origin));
  }
  if (type === 'user') {
    const found = matching({ records: known(store), asked: rest, tests: USER_TESTS, text: userText, store });
    return paged(found, (user) => userView(user, origin));
  }
  return unprocessable('this simulator needs type:ticket or type:user');
}
