/**
 * HubSpot's contact search: filter groups (OR of ANDs), sorts, offset paging. A new index is consistent at once here; the
 * vendor's lags by seconds. It must not know HTTP: it answers a page, or says in HubSpot's words what is wrong.
 */
import { CONTACT_PROPERTIES, type Contact } from '../population/contacts';

interface Filter {
  propertyName: string;
  operator: string;
  value?: string;
  highValue?: string;
  values?: string[];
}

/** A search as the caller wrote it; every member is checked before it is used. */
export interface SearchBody {
  filterGroups?: { filters?: Filter[] }[];
  sorts?: ({ propertyName?: string; direction?: string } | string)[];
  query?: string;
  properties?: string[];
  limit?: number;
  after?: string | number;
}

export type SearchOutcome =
  { kind: 'page'; total: number; contacts: Contact[]; next: string | null } | { kind: 'invalid'; message: string };

/** The vendor never shows more than this of one search. */
const MAX_RESULTS = 10_000;
const MAX_LIMIT = 200;
const DATES = new Set(['createdate', 'lastmodifieddate']);

/** Dates compare as instants whether given as epoch milliseconds or ISO-8601; everything else without regard to case. */
function comparable(name: string, value: string): string | number {
  if (DATES.has(name)) return /^\d+$/.test(value) ? Number(value) : Date.parse(value);
  return name === 'hs_object_id' ? Number(value) : value.toLowerCase();
}

/** A token with `*` at either end matches the rest of a word. */
function hasToken(text: string, pattern: string): boolean {
  const source = pattern
    .toLowerCase()
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^\\s@.]*');
  return new RegExp(`(^|[\\s@.,-])${source}($|[\\s@.,-])`).test(text.toLowerCase());
}

type Test = (value: string | null, filter: Filter) => boolean;
const compare =
  (accept: (order: number) => boolean): Test =>
  (value, { propertyName: name, value: other = '' }) => {
    if (value === null) return false;
    const [a, b] = [comparable(name, value), comparable(name, other)];
    return accept(a < b ? -1 : a > b ? 1 : a === b ? 0 : NaN);
  };
const equals = compare((order) => order === 0);
const within: Test = (value, filter) =>
  (filter.values ?? []).some((other) => equals(value, { ...filter, value: other }));

const OPERATORS: Readonly<Record<string, Test>> = {
  EQ: equals,
  NEQ: (value, filter) => !equals(value, filter),
  LT: compare((order) => order < 0),
  LTE: compare((order) => order <= 0),
  GT: compare((order) => order > 0),
  GTE: compare((order) => order >= 0),
  BETWEEN: (value, filter) =>
    OPERATORS.GTE!(value, filter) && OPERATORS.LTE!(value, { ...filter, value: filter.highValue ?? '' }),
  IN: within,
  NOT_IN: (value, filter) => value !== null && !within(value, filter),
  HAS_PROPERTY: (value) => value !== null,
  NOT_HAS_PROPERTY: (value) => value === null,
  CONTAINS_TOKEN: (value, { value: token = '' }) => value !== null && hasToken(value, token),
  NOT_CONTAINS_TOKEN: (value, { value: token = '' }) => value === null || !hasToken(value, token),
};

function complaint(body: SearchBody): string | null {
  const groups = body.filterGroups ?? [];
  if (!Array.isArray(groups)) return 'filterGroups must be a list';
  const filters = groups.flatMap((group) => group?.filters ?? []);
  if (groups.length > 5) return `There can be at most 5 filter groups, but got ${groups.length}`;
  if (groups.some((group) => (group?.filters ?? []).length > 10)) return 'There can be at most 10 filters in a group';
  if (filters.length > 25) return `There can be at most 25 filters in total, but got ${filters.length}`;
  for (const filter of filters) {
    if (!CONTACT_PROPERTIES.includes(filter.propertyName)) return `Property ${filter.propertyName} does not exist`;
    if (!Object.hasOwn(OPERATORS, filter.operator)) return `${filter.operator} is not a valid operator`;
    if (['IN', 'NOT_IN'].includes(filter.operator) && !Array.isArray(filter.values)) {
      return `operator ${filter.operator} requires values`;
    }
    const needsValue = !/PROPERTY|IN$/.test(filter.operator);
    if (needsValue && typeof filter.value !== 'string') return `operator ${filter.operator} requires a value`;
    if (filter.operator === 'BETWEEN' && typeof filter.highValue !== 'string') return 'BETWEEN requires a highValue';
  }
  const limit = body.limit ?? 10;
  if (!Number.isInteger(limit) || limit < 0 || limit > MAX_LIMIT) return `limit must be between 0 and ${MAX_LIMIT}`;
  if (typeof body.query === 'string' && body.query.length > 3000) return 'query must be at most 3000 characters';
  if (!/^\d*$/.test(String(body.after ?? ''))) return `after is not a valid offset: ${body.after}`;
  if (Number(body.after ?? 0) + limit > MAX_RESULTS) return `Paging past ${MAX_RESULTS} results is not supported`;
  return null;
}

/** Answers one page. Shape: `next` is the `after` of the next page, null on the last. */
export function searchContacts(options: { contacts: readonly Contact[]; body: SearchBody }): SearchOutcome {
  const { contacts, body } = options;
  const message = complaint(body);
  if (message !== null) return { kind: 'invalid', message };
  const groups = (body.filterGroups ?? []).map((group) => group.filters ?? []).filter((filters) => filters.length > 0);
  const words = (body.query ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const matches = (contact: Contact): boolean => {
    const { properties } = contact;
    const passes = (filter: Filter): boolean =>
      OPERATORS[filter.operator]!(properties[filter.propertyName] ?? null, filter);
    const text = [properties.firstname, properties.lastname, properties.email, properties.phone]
      .join(' ')
      .toLowerCase();
    return (
      (groups.length === 0 || groups.some((filters) => filters.every(passes))) &&
      words.every((word) => text.includes(word))
    );
  };
  const found = contacts.filter(matches);
  const sort = body.sorts?.[0];
  const name = typeof sort === 'string' ? sort.replace(/^-/, '') : sort?.propertyName;
  if (name !== undefined) {
    const sign = (typeof sort === 'string' ? sort.startsWith('-') : sort?.direction === 'DESCENDING') ? -1 : 1;
    const key = (contact: Contact): string | number => comparable(name, contact.properties[name] ?? '');
    found.sort((a, b) => (key(a) < key(b) ? -sign : key(a) > key(b) ? sign : 0));
  }
  const start = Number(body.after ?? 0);
  const end = start + (body.limit ?? 10);
  return {
    kind: 'page',
    total: found.length,
    contacts: found.slice(start, end),
    next: end < found.length ? String(end) : null,
  };
}
