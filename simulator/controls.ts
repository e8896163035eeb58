/**
 * `/__simulator/`: what a test or a person may do to the simulator. Any vendor's port serves it for every vendor, without
 * credentials, limits or faults. It must not be reachable on any vendor path.
 */
import { parseFaultSet, type Faults } from './faults';
import type { Journal } from './journal';
import { hardCaseCounts, type Population } from './population';
import type { State } from './state';
import { VENDORS, type Vendor, type VendorReply, type VendorRequest, type VendorService } from './vendor';
import { parseWebhookTarget, type Webhooks } from './webhooks';

export interface Controls {
  /** Answers one control call. Errors: never rejects; 400 and 404 carry `{ "error": "expected …, but got …" }`. */
  handle(request: VendorRequest): VendorReply;
}

/** Creates the controls over the simulator's parts. */
export function createControls(options: {
  services: Record<Vendor, VendorService>;
  faults: Record<Vendor, Faults>;
  journal: Journal;
  population: Population;
  state: State;
  webhooks: Webhooks;
  now: () => number;
}): Controls {
  const { services, faults, journal, population, state, webhooks, now } = options;

  const patch = (vendor: Vendor, id: string, body: string): VendorReply =>
    change(vendor, id, parseObject(body, "an object of the vendor's own property names"));

  const ticket = (body: string): VendorReply => {
    const { id, ...properties } = parseObject(body, "an object of a ticket's properties");
    if (id !== undefined && 'requester_id' in properties) {
      return refuse(400, 'expected id or requester_id, but got both: a ticket stays with who opened it');
    }
    return change('zendesk', `tickets/${id === undefined ? 'new' : String(id)}`, properties);
  };

  const change = (vendor: Vendor, asked: string, properties: Record<string, unknown>): VendorReply => {
    const atMs = now();
    const outcome = services[vendor].patch({ id: asked, properties, atMs });
    if (outcome.kind === 'unknown') return refuse(404, `expected the id of a ${vendor} customer, but got ${asked}`);
    if (outcome.kind === 'invalid') return refuse(400, outcome.message);
    const { id = asked, changed, previous, updatedAt } = outcome;
    // The vendor's own time, which is later than the clock's when that stood still, so that a restart shows the same.
    state.record({ vendor, id, properties, atMs: Math.max(atMs, Date.parse(updatedAt)) });
    // The change is durable now, so it may be told.
    webhooks.send(vendor, { id, changed, previous, atMs });
    return reply({ vendor, id, changed, updatedAt });
  };

  const remove = (vendor: Vendor, id: string): VendorReply => {
    const atMs = now();
    const { removal } = services[vendor].webhooks;
    // Composed of what the record was, told once it is gone for good.
    const tell =
      removal === null ? undefined : webhooks.prepare(vendor, { id, event: removal, changed: [], previous: {}, atMs });
    const outcome = services[vendor].remove({ id, atMs });
    if (outcome.kind === 'unknown') return refuse(404, `expected the id of a ${vendor} customer, but got ${id}`);
    if (outcome.kind === 'invalid') return refuse(400, outcome.message);
    state.record({ vendor, id, properties: {}, removed: true, atMs });
    tell?.();
    return { status: 204, headers: {}, body: undefined };
  };

  const register = (vendor: Vendor, body: string): VendorReply => {
    const expected = 'an object with the url of a target, or {} for none';
    const { url = null, ...others } = parseObject(body, expected);
    if (Object.keys(others).length > 0) return refuse(400, `expected ${expected}, but got ${body}`);
    webhooks.setTarget(vendor, url === null ? null : parseWebhookTarget(url));
    return reply({ url });
  };

  const deliver = (vendor: Vendor, body: string): VendorReply => {
    const expected = 'an object of id, event, properties; or of repeat alone';
    const { id, event, properties, repeat, ...others } = parseObject(body, expected);
    const { events, usual } = services[vendor].webhooks;
    const changed = properties ?? (event === undefined ? [...usual] : []);
    const named = Array.isArray(changed) && changed.every((name) => typeof name === 'string');
    if (Object.keys(others).length > 0 || !named || (repeat === undefined) === (id === undefined)) {
      return refuse(400, `expected ${expected}, but got ${body}`);
    }
    if (event !== undefined && !events.includes(event as string)) {
      return refuse(400, `event: expected one of ${events.join(', ')}, but got ${JSON.stringify(event)}`);
    }
    if (webhooks.target(vendor) === null)
      return refuse(409, `expected a target registered for ${vendor}, but got none`);
    const occasion = { id: String(id), event: event as string | undefined, changed, previous: {} };
    const again = repeat === undefined ? undefined : webhooks.repeat(vendor, String(repeat));
    const sent = repeat === undefined ? webhooks.send(vendor, { ...occasion, atMs: now() }) : again && [again];
    if (sent === undefined) {
      const what = repeat === undefined ? `the id of a ${vendor} customer` : 'the id of a delivery';
      return refuse(404, `expected ${what}, but got ${String(repeat ?? id)}`);
    }
    return { ...reply(sent), status: 202 };
  };

  const summary = (): VendorReply =>
    reply({
      customers: population.customers,
      seed: population.seed,
      epoch: new Date(population.epochMs).toISOString(),
      hubspotContacts: population.hubspot.contacts.length,
      shopifyCustomers: population.shopify.customers.length,
      shopifyOrders: population.shopify.customers.reduce((sum, customer) => sum + customer.orders.length, 0),
      shopifyCheckouts: population.shopify.customers.reduce((sum, customer) => sum + customer.checkouts.length, 0),
      posthogPersons: population.posthog.records.length,
      zendeskUsers: population.zendesk.users.length,
      zendeskTickets: population.zendesk.tickets.length,
      cases: hardCaseCounts(population.customers),
    });

  const route = (request: VendorRequest): VendorReply => {
    const [, , section, name, id, ...rest] = request.path.split('/').map(decodeURIComponent);
    const asked = `${request.method} ${section ?? ''}`;
    if (asked === 'GET requests' && name === undefined) {
      const vendor = request.query.get('vendor') ?? undefined;
      if (vendor !== undefined && !isVendor(vendor)) return unknownVendor(vendor);
      return reply(journal.list(vendor));
    }
    if (asked === 'DELETE requests' && name === undefined) {
      journal.clear();
      return { status: 204, headers: {}, body: undefined };
    }
    if (asked === 'GET population' && name === undefined) return summary();
    if (name !== undefined && ['faults', 'customers', 'webhooks'].includes(section ?? '') && !isVendor(name)) {
      return unknownVendor(name);
    }
    if (asked === 'GET faults' && isVendor(name) && id === undefined) return reply(faults[name].current());
    if (asked === 'PUT faults' && isVendor(name) && id === undefined) {
      const set = parseFaultSet(parse(request.body));
      faults[name].replace(set);
      return reply(set);
    }
    if (asked === 'PATCH customers' && isVendor(name) && id && rest.length === 0) return patch(name, id, request.body);
    if (asked === 'DELETE customers' && isVendor(name) && id && rest.length === 0) return remove(name, id);
    if (asked === 'POST tickets' && name === undefined) return ticket(request.body);
    if (asked === 'GET webhooks' && isVendor(name) && id === undefined) {
      return reply({ url: webhooks.target(name), deliveries: webhooks.list(name) });
    }
    if (asked === 'PUT webhooks' && isVendor(name) && id === undefined) return register(name, request.body);
    if (asked === 'POST webhooks' && isVendor(name) && id === 'deliver' && rest.length === 0) {
      return deliver(name, request.body);
    }
    return refuse(404, `expected one of ${ROUTES.join(' · ')}, but got ${request.method} ${request.path}`);
  };

  return {
    handle: (request) => {
      try {
        return route(request);
      } catch (error) {
        return refuse(400, (error as Error).message);
      }
    },
  };
}

const ROUTES = [
  'GET /__simulator/requests',
  'DELETE /__simulator/requests',
  'GET|PUT /__simulator/faults/{vendor}',
  'PATCH|DELETE /__simulator/customers/{vendor}/{id}',
  'POST /__simulator/tickets',
  'GET|PUT /__simulator/webhooks/{vendor}',
  'POST /__simulator/webhooks/{vendor}/deliver',
  'GET /__simulator/population',
];

const reply = (body: unknown): VendorReply => ({ status: 200, headers: {}, body });
const refuse = (status: number, error: string): VendorReply => ({ status, headers: {}, body: { error } });
const isVendor = (name: string | undefined): name is Vendor => VENDORS.some((vendor) => vendor === name);
const unknownVendor = (name: string): VendorReply =>
  refuse(404, `expected a vendor, one of ${VENDORS.join(', ')}, but got ${name}`);

/** Errors: throws TypeError when the body is not an object. */
function parseObject(body: string, expected: string): Record<string, unknown> {
  const value = parse(body);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new TypeError(`expected ${expected}, but got ${body}`);
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new SyntaxError(`expected a JSON body, but got ${body === '' ? 'nothing' : 'text that is not JSON'}`);
  }
}
