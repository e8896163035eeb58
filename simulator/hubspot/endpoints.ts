/**
 * HubSpot's contact endpoints: batch, search, list, one, and the deletion for good. Credentials and limits are met before
 * (hubspot.ts). It must not answer differently by dialect except where the vendor does (`partial`).
 */
import type { Random } from '../population/random';
import type { VendorReply, VendorRequest } from '../vendor';
import { view, type ContactStore } from './contact-store';
import { invalid, notFound, ok } from './replies';
import { searchContacts, type SearchBody } from './search';

interface BatchBody {
  idProperty?: string;
  inputs?: { id?: string }[];
  properties?: string[];
  propertiesWithHistory?: string[];
}

/** The properties by which HubSpot finds exactly one contact. `shopify_customer_id` is not declared unique. */
const ID_PROPERTIES = ['hs_object_id', 'email'];

const names = (query: URLSearchParams): string[] =>
  query
    .getAll('properties')
    .flatMap((value) => value.split(','))
    .filter(Boolean);

/** Reads a JSON body that must be an object; undefined when it is not one. */
export function parseBody<T extends object>(body: string): T | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}

/** `POST …/batch/read`. Shape: results in no particular order; unknown ids are reported by v3 (207), left out by 2026-09. */
export function batchRead(options: {
  request: VendorRequest;
  store: ContactStore;
  random: Random;
  now: () => number;
  partial: 'reported' | 'omitted';
}): VendorReply {
  const { request, store, random, now, partial } = options;
  const startedAt = new Date(now()).toISOString();
  const body = parseBody<BatchBody>(request.body);
  if (!body) return invalid('Invalid input JSON: expected an object');
  const { inputs, properties = [], propertiesWithHistory: history = [] } = body;
  const idProperty = body.idProperty ?? 'hs_object_id';
  if (!Array.isArray(inputs) || inputs.some((input) => typeof input?.id !== 'string')) {
    return invalid('Invalid input JSON: inputs must be a list of objects with an id');
  }
  if (!Array.isArray(properties) || !Array.isArray(history)) return invalid('properties must be a list of names');
  if (!ID_PROPERTIES.includes(idProperty)) return invalid(`Property ${idProperty} is not a unique identifier property`);
  if (inputs.length > 100) return invalid('The maximum number of inputs supported in a batch request is 100');
  if (history.length > 0 && inputs.length > 50) {
    return invalid('The maximum number of inputs supported in a batch request for property histories is 50');
  }
  const archived = request.query.get('archived') === 'true';
  const ids = [...new Set(inputs.map((input) => input.id!))];
  const found = ids.map((id) => (archived ? undefined : store.find({ id, idProperty })));
  const missing = ids.filter((_, i) => found[i] === undefined);
  const contacts = [...new Set(found.filter((contact) => contact !== undefined))];
  const results = random.shuffle(contacts).map((contact) => view({ contact, properties, history }));
  const answer = { status: 'COMPLETE', results, startedAt, completedAt: new Date(now()).toISOString() };
  if (missing.length === 0 || partial === 'omitted') return ok(answer);
  const error = {
    status: 'error',
    category: 'OBJECT_NOT_FOUND',
    message: 'Could not get some CONTACT objects, they may be deleted or not exist. Check that ids are valid.',
    context: { ids: missing },
    links: {},
    errors: [],
  };
  return ok({ ...answer, numErrors: 1, errors: [error] }, 207);
}

/** `POST …/search`. */
export function search(options: { request: VendorRequest; store: ContactStore }): VendorReply {
  const body = parseBody<SearchBody>(options.request.body);
  if (!body) return invalid('Invalid input JSON: expected an object');
  const outcome = searchContacts({ contacts: options.store.all, body });
  if (outcome.kind === 'invalid') return invalid(`There was a problem with the request. ${outcome.message}`);
  const properties = Array.isArray(body.properties) ? body.properties : [];
  const results = outcome.contacts.map((contact) => view({ contact, properties }));
  const { total, next } = outcome;
  return ok({ total, results, ...(next !== null && { paging: { next: { after: next, link: `?after=${next}` } } }) });
}

/** `GET …`: every contact by id. Shape: `after` is opaque (the last id shown, disguised). */
export function list(options: { request: VendorRequest; store: ContactStore }): VendorReply {
  const { query } = options.request;
  const limit = Number(query.get('limit') ?? 10);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) return invalid('limit must be between 1 and 100');
  const after = query.get('after');
  const last = after === null ? '0' : Buffer.from(after, 'base64url').toString('utf8');
  if (!/^\d+$/.test(last)) return invalid(`after is not a valid paging token: ${after}`);
  const rest = query.get('archived') === 'true' ? [] : options.store.all.filter(({ id }) => Number(id) > Number(last));
  const results = rest.slice(0, limit).map((contact) => view({ contact, properties: names(query) }));
  if (rest.length <= limit) return ok({ results });
  const next = Buffer.from(results.at(-1)!.id).toString('base64url');
  // Relative, unlike the vendor's, whose absolute link would lead a caller's token from here to the real HubSpot.
  return ok({ results, paging: { next: { after: next, link: `?after=${next}` } } });
}

/**
 * `POST …/gdpr-delete`: 204 without a body; asked again, too, since what is gone cannot be told from what never was.
 * Source: schema PublicGdprDeleteInput (`objectId` required); the answer to an unknown id from memory.
 */
export function gdprDelete(options: {
  request: VendorRequest;
  store: ContactStore;
  erased: (id: string) => void;
}): VendorReply {
  const { request, store, erased } = options;
  const { objectId, idProperty = 'hs_object_id' } =
    parseBody<{ objectId?: unknown; idProperty?: unknown }>(request.body) ?? {};
  if (typeof objectId !== 'string' || objectId === '') return invalid('Invalid input JSON: objectId must be a string');
  if (typeof idProperty !== 'string' || !ID_PROPERTIES.includes(idProperty)) {
    return invalid(`Property ${String(idProperty)} is not a unique identifier property`);
  }
  const contact = store.find({ id: objectId, idProperty });
  if (contact && store.remove({ id: contact.id }).kind === 'removed') erased(contact.id);
  return { status: 204, headers: {}, body: undefined };
}

/** `GET …/{id}`, also by `idProperty=email`. */
export function one(options: { request: VendorRequest; store: ContactStore; id: string }): VendorReply {
  const { query } = options.request;
  const idProperty = query.get('idProperty') ?? 'hs_object_id';
  if (!ID_PROPERTIES.includes(idProperty)) return invalid(`Property ${idProperty} is not a unique identifier property`);
  const contact = query.get('archived') === 'true' ? undefined : options.store.find({ id: options.id, idProperty });
  if (!contact) return notFound();
  const history = query
    .getAll('propertiesWithHistory')
    .flatMap((value) => value.split(','))
    .filter(Boolean);
  return ok(view({ contact, properties: names(query), history }));
}
