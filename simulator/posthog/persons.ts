/**
 * PostHog's person endpoints: batches by distinct id or UUID, list, one, and deletion. Credentials and limits are met before (posthog.ts).
 */
import type { AnalyticsPerson } from '../population';
import type { VendorReply, VendorRequest } from '../vendor';
import { view, type PersonStore } from './person-store';
import { invalid, notFound, ok } from './replies';

/** What lies beyond is silently left out. Source: posthog/api/person.py, MAX_BATCH_SIZE. */
const MAX_BATCH = 200;
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

/** Reads a list of strings from a JSON body; undefined when there is none. */
export function listIn(body: string, member: string): string[] | undefined {
  try {
    const list = (JSON.parse(body) as Record<string, unknown> | null)?.[member];
    return Array.isArray(list) && list.every((id) => typeof id === 'string') ? list : undefined;
  } catch {
    return undefined;
  }
}

/** `POST persons/batch_by_…/`. Shape: a map by the ids asked; unknown ones are absent. */
export function batch(options: {
  request: VendorRequest;
  member: 'distinct_ids' | 'uuids';
  find: (id: string) => AnalyticsPerson | undefined;
}): VendorReply {
  const { request, member, find } = options;
  const ids = listIn(request.body, member);
  if (!ids) return invalid(`${member} must be a list of strings.`, member);
  const results = ids.slice(0, MAX_BATCH).flatMap((id) => {
    const person = find(id);
    return person ? [[id, view(person)]] : [];
  });
  return ok({ results: Object.fromEntries(results) });
}

/** `GET persons/`: the newest first, by offset; `email` and `distinct_id` exactly, `search` within address, name and ids. */
export function list(options: { request: VendorRequest; store: PersonStore }): VendorReply {
  const { request, store } = options;
  const { query } = request;
  const limit = Number(query.get('limit') ?? DEFAULT_LIMIT);
  const offset = Number(query.get('offset') ?? 0);
  if (!Number.isInteger(limit) || limit < 1) return invalid('A valid integer is required.', 'limit');
  if (!Number.isInteger(offset) || offset < 0) return invalid('A valid integer is required.', 'offset');
  const [email, distinctId, search] = ['email', 'distinct_id', 'search'].map((name) => query.get(name));
  const within = (text: unknown): boolean =>
    String(text ?? '')
      .toLowerCase()
      .includes(search!.toLowerCase());
  const found = store.all.filter(
    ({ properties, distinctIds }) =>
      (!email || properties.email === email) &&
      (!distinctId || distinctIds.includes(distinctId)) &&
      (!search || [properties.email, properties.name, ...distinctIds].some(within)),
  );
  const size = Math.min(limit, MAX_LIMIT);
  const at = (start: number): string => {
    const next = new URLSearchParams(query);
    next.set('limit', String(size));
    next.set('offset', String(start));
    // The address it was called at, so that a caller that follows it stays here.
    return `http://${request.headers.host ?? '127.0.0.1'}${request.path}?${next}`;
  };
  return ok({
    next: offset + size < found.length ? at(offset + size) : null,
    previous: offset > 0 ? at(Math.max(0, offset - size)) : null,
    results: found.slice(offset, offset + size).map(view),
  });
}

/** Persons of one deletion. Source: posthog/api/person.py, `bulk_delete`. */
const MAX_DELETED = 1000;

/**
 * `POST persons/bulk_delete/`: 202 without a body; ids that nobody has are passed over. Events go with the person here at
 * once; at PostHog, when there is little else to do.
 */
export function bulkDelete(options: {
  request: VendorRequest;
  store: PersonStore;
  erased: (uuid: string) => void;
}): VendorReply {
  const { request, store, erased } = options;
  const [uuids, distinctIds] = [listIn(request.body, 'ids'), listIn(request.body, 'distinct_ids')];
  if (!uuids && !distinctIds) return invalid('You need to specify either distinct_ids or ids');
  const asked = uuids ?? distinctIds ?? [];
  if (asked.length > MAX_DELETED) return invalid('You can only pass 1000 ids in one call');
  for (const id of asked) {
    const person = uuids ? store.byUuid(id) : store.byDistinctId(id);
    if (person && store.remove({ id: person.uuid }).kind === 'removed') erased(person.uuid);
  }
  return { status: 202, headers: {}, body: undefined };
}

/** `GET persons/{id or uuid}/`. */
export function one(options: { store: PersonStore; id: string }): VendorReply {
  const person = options.store.find(options.id);
  return person ? ok(view(person)) : notFound();
}
