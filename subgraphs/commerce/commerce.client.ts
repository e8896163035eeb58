/**
 * Shopify's customers as a source: a batch of known ids in one query, or page by page with whole histories. Must not map
 * (commerce.mapping.ts), join with what is stored (commerce.merge.ts) nor talk HTTP (upstream/).
 */
import type { z } from 'zod';
import { errorCodeOf, facetError } from '../../schema/errors';
import type { ClientDependencies, MappedRecord, SourceClient, UpstreamCall } from '../source';
import { bareCustomersByIdAnswer, customersByIdAnswer, customerSchema, customersPageAnswer } from './commerce.answers';
import { customersCountAnswer, customerWithOrderSchema, type RawCheckout } from './commerce.answers';
import { createShopifyApi, type ShopifySettings } from './commerce.api';
import { eraseCustomers } from './commerce.erasure';
import { byCustomer, fetchCheckouts, fetchHistories, updatedSince, withAllLines } from './commerce.histories';
import { mapCustomer } from './commerce.mapping';
import {
  BARE_CUSTOMERS_BY_ID,
  CHECKOUTS_AT_ONCE,
  CUSTOMERS,
  CUSTOMERS_BY_ID,
  CUSTOMERS_COUNT,
  CUSTOMERS_PAGE,
} from './commerce.queries';

export { shopifySettings, type ShopifySettings } from './commerce.api';

/** A cart older than this is no longer one that anybody comes back to. */
const CART_WINDOW_MS = 30 * 24 * 60 * 60 * 1_000;
/** Shopify's search index lags behind by seconds; what is asked for by time is asked for with this overlap. */
const SEARCH_LAG_MS = 60_000;

type Bounds = UpstreamCall & { readonly changedSince: number | null };
type Page = Awaited<ReturnType<SourceClient['fetchPage']>>;

export function createShopifyClient(settings: ShopifySettings, { now }: ClientDependencies): SourceClient {
  const api = createShopifyApi(settings, now);
  /** The checkouts of the run that is on, loaded with its first page. One run at a time keeps them; another loads its own. */
  let run: { readonly changedSince: number | null; readonly checkouts: Map<string, RawCheckout[]> } | null = null;

  /**
   * Carts: Shopify finds checkouts by time only, so the newest CHECKOUTS_AT_ONCE touched since the stored age come along, and
   * the asked customers' are kept. Nothing stored and all seen: the customer's cart is known. In any other case only what came
   * is known, and of a customer whose checkouts did not come nothing is said: a cart that is too much is shown until the next
   * run rather than one that is there being dropped.
   */
  async function fetchMany(keys: readonly string[], { changedSince, ...bounds }: Bounds) {
    if (keys.length === 0) return new Map<string, MappedRecord>();
    if (keys.length > CUSTOMERS) throw new RangeError(`expected at most ${CUSTOMERS} keys, got ${keys.length}`);
    const touched = updatedSince((changedSince ?? now() - CART_WINDOW_MS) - SEARCH_LAG_MS);
    const variables = { ids: keys.map(gidOf), checkouts: CHECKOUTS_AT_ONCE, touched };
    const query = { name: 'customers by id', query: CUSTOMERS_BY_ID, variables, answer: customersByIdAnswer };
    const { nodes, abandonedCheckouts } = await api.query(query, bounds);
    const checkouts = byCustomer(abandonedCheckouts.nodes);
    const kind = changedSince === null && !abandonedCheckouts.pageInfo.hasNextPage ? 'complete' : 'changes';
    const records = mapEach(nodes.filter(isCustomer), customerWithOrderSchema, ({ lastOrder, ...customer }) =>
      mapCustomer({
        customer,
        orders: { kind: 'newest', order: lastOrder },
        checkouts: { kind, checkouts: checkouts.get(customer.legacyResourceId) ?? [] },
      }),
    );
    // A key that is missing from the map is a customer that Shopify no longer has. An unreadable one must not look like that.
    if (records.invalid > 0) {
      throw facetError(
        'UPSTREAM_INVALID',
        `Shopify, customers by id: expected customers, got ${records.invalid} unreadable`,
      );
    }
    return new Map(records.records.map((record) => [record.sourceId, record]));
  }

  /** Customers first; where only changes are wanted, then those of whom nothing but a checkout changed. */
  async function fetchPage(position: string | null, { changedSince, ...bounds }: Bounds): Promise<Page> {
    const [phase, from] = parsePosition(position);
    if (position === null || run?.changedSince !== changedSince) {
      run = { changedSince, checkouts: await fetchCheckouts(api, now() - CART_WINDOW_MS, bounds) };
    }
    const { checkouts } = run;
    const page =
      phase === 'carts'
        ? await fetchCartOwners(checkouts, changedSince ?? 0, from ?? '0', bounds)
        : await fetchCustomersPage(from, changedSince, bounds);
    const mapped = await complete(page.nodes, checkouts, bounds);
    if (page.next === null) run = null;
    return { ...mapped, next: page.next };
  }

  async function fetchCustomersPage(after: string | null, changedSince: number | null, bounds: UpstreamCall) {
    const matching = changedSince === null ? null : updatedSince(changedSince - SEARCH_LAG_MS);
    const variables = { first: CUSTOMERS, after, matching };
    const query = { name: 'customers page', query: CUSTOMERS_PAGE, variables, answer: customersPageAnswer };
    const { nodes, pageInfo } = (await api.query(query, bounds)).customers;
    const last = changedSince === null ? null : 'carts:0';
    return {
      nodes,
      next: pageInfo.hasNextPage && pageInfo.endCursor !== null ? `customers:${pageInfo.endCursor}` : last,
    };
  }

  /** Touching a checkout does not touch its customer. In order of id, so that a position holds when carts come and go. */
  async function fetchCartOwners(
    checkouts: ReadonlyMap<string, readonly RawCheckout[]>,
    changedSince: number,
    after: string,
    bounds: UpstreamCall,
  ) {
    const owners = [...checkouts]
      .filter(
        ([id, owned]) =>
          BigInt(id) > BigInt(after) && owned.some(({ updatedAt }) => Date.parse(updatedAt) >= changedSince),
      )
      .map(([id]) => id)
      .sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
    const batch = owners.slice(0, CUSTOMERS);
    if (batch.length === 0) return { nodes: [], next: null };
    const variables = { ids: batch.map(gidOf) };
    const query = { name: 'customers by id', query: BARE_CUSTOMERS_BY_ID, variables, answer: bareCustomersByIdAnswer };
    const { nodes } = await api.query(query, bounds);
    return { nodes: nodes.filter(isCustomer), next: owners.length > batch.length ? `carts:${batch.at(-1)}` : null };
  }

  /** Whole records: all orders with all lines, and the open cart with all lines. */
  async function complete(
    nodes: readonly unknown[],
    checkouts: ReadonlyMap<string, RawCheckout[]>,
    bounds: UpstreamCall,
  ) {
    const ids = nodes.flatMap((node) => customerSchema.safeParse(node).data?.legacyResourceId ?? []);
    const histories = await fetchHistories(api, ids, bounds);
    const carts = new Map<string, RawCheckout[]>();
    for (const id of ids) {
      const open = (checkouts.get(id) ?? []).filter(({ completedAt }) => completedAt === null);
      carts.set(id, await Promise.all(open.map((checkout) => withAllLines(api, checkout.id, checkout, bounds))));
    }
    return mapEach(nodes, customerSchema, (customer) =>
      mapCustomer({
        customer,
        orders: { kind: 'complete', orders: histories.get(customer.legacyResourceId) ?? [] },
        checkouts: { kind: 'complete', checkouts: carts.get(customer.legacyResourceId) ?? [] },
      }),
    );
  }

  async function count(bounds: UpstreamCall): Promise<number | null> {
    const query = { name: 'customers count', query: CUSTOMERS_COUNT, variables: {}, answer: customersCountAnswer };
    return (await api.query(query, bounds)).customersCount?.count ?? null;
  }

  return {
    batchLimit: CUSTOMERS,
    count,
    fetchMany,
    fetchPage,
    erase: (keys, bounds) => eraseCustomers(api, keys.map(gidOf), bounds, now()),
    close: () => api.close(),
  };
}

const gidOf = (key: string): string => `gid://shopify/Customer/${key}`;

/** `nodes(ids:)` answers null for an id that Shopify does not know, and `{}` for one of another type. */
const isCustomer = (node: unknown): boolean => node !== null && Object.keys(node as object).length > 0;

/** Errors: RangeError for a position that is not ours. */
function parsePosition(position: string | null): ['customers' | 'carts', string | null] {
  if (position === null) return ['customers', null];
  const [, phase, from] = /^(customers|carts):(.+)$/.exec(position) ?? [];
  if (phase === undefined || from === undefined || (phase === 'carts' && !/^\d+$/.test(from))) {
    throw new RangeError('expected a position of this client, got another');
  }
  return [phase as 'customers' | 'carts', from];
}

/** Maps what can be mapped and counts the rest. */
function mapEach<T>(nodes: readonly unknown[], schema: z.ZodType<T>, map: (raw: T) => MappedRecord) {
  const records: MappedRecord[] = [];
  for (const node of nodes) {
    const parsed = schema.safeParse(node);
    if (!parsed.success) continue;
    try {
      records.push(map(parsed.data));
    } catch (error) {
      if (errorCodeOf(error) !== 'UPSTREAM_INVALID') throw error;
    }
  }
  return { records, invalid: nodes.length - records.length };
}
