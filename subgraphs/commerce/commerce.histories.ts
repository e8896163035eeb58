/**
 * Everything Shopify keeps apart from a customer and a complete record needs: whole order histories, all lines of an order or
 * cart, and the checkouts, which Shopify cannot find by customer. Must not map.
 */
import type { UpstreamCall } from '../source';
import { checkoutsPageAnswer, linesPageAnswer, ordersPageAnswer } from './commerce.answers';
import type { RawCheckout, RawHistoryOrder, RawLine } from './commerce.answers';
import type { ShopifyApi } from './commerce.api';
import { CHECKOUTS, CHECKOUTS_PAGE, LINES_PAGE, MORE_LINES, ORDERS, ORDERS_PAGE } from './commerce.queries';

interface Page<Node> {
  readonly nodes: readonly Node[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** Reads pages one after the other until the last. */
async function readAll<Node>(
  first: string | null,
  readPage: (after: string | null) => Promise<Page<Node>>,
): Promise<Node[]> {
  const nodes: Node[] = [];
  for (let after = first; ;) {
    const page = await readPage(after);
    nodes.push(...page.nodes);
    if (!page.pageInfo.hasNextPage) return nodes;
    after = page.pageInfo.endCursor;
  }
}

/** All orders with all lines of some customers, by customer id. Customers without orders are absent. */
export async function fetchHistories(
  api: ShopifyApi,
  customerIds: readonly string[],
  bounds: UpstreamCall,
): Promise<Map<string, RawHistoryOrder[]>> {
  if (customerIds.length === 0) return new Map();
  const of = customerIds.map((id) => `customer_id:${id}`).join(' OR ');
  const orders = await readAll(null, async (after) => {
    const variables = { first: ORDERS, after, of };
    const query = { name: 'orders page', query: ORDERS_PAGE, variables, answer: ordersPageAnswer };
    return (await api.query(query, bounds)).orders;
  });
  const histories = new Map<string, RawHistoryOrder[]>();
  for (const order of orders) {
    const owner = order.customer?.legacyResourceId;
    if (owner === undefined) continue;
    const whole = await withAllLines(api, `gid://shopify/Order/${order.legacyResourceId}`, order, bounds);
    histories.set(owner, [...(histories.get(owner) ?? []), whole]);
  }
  return histories;
}

/** All checkouts touched since, completed ones included, by customer id. Units: `touchedSince` Unix time in milliseconds. */
export async function fetchCheckouts(
  api: ShopifyApi,
  touchedSince: number,
  bounds: UpstreamCall,
): Promise<Map<string, RawCheckout[]>> {
  const touched = updatedSince(touchedSince);
  const checkouts = await readAll(null, async (after) => {
    const variables = { first: CHECKOUTS, after, touched };
    const query = { name: 'checkouts page', query: CHECKOUTS_PAGE, variables, answer: checkoutsPageAnswer };
    return (await api.query(query, bounds)).abandonedCheckouts;
  });
  return byCustomer(checkouts);
}

export function byCustomer(checkouts: readonly RawCheckout[]): Map<string, RawCheckout[]> {
  const owned = new Map<string, RawCheckout[]>();
  for (const checkout of checkouts) {
    const owner = checkout.customer?.legacyResourceId;
    if (owner !== undefined) owned.set(owner, [...(owned.get(owner) ?? []), checkout]);
  }
  return owned;
}

/** The same record with the lines that did not come along at once. */
export async function withAllLines<Owner extends { readonly lineItems: Page<RawLine> }>(
  api: ShopifyApi,
  gid: string,
  owner: Owner,
  bounds: UpstreamCall,
): Promise<Owner> {
  const { nodes, pageInfo } = owner.lineItems;
  if (!pageInfo.hasNextPage) return owner;
  const more = await readAll(pageInfo.endCursor, async (after): Promise<Page<RawLine>> => {
    const variables = { id: gid, first: MORE_LINES, after };
    const query = { name: 'lines page', query: LINES_PAGE, variables, answer: linesPageAnswer };
    const { node } = await api.query(query, bounds);
    // Gone meanwhile: then what came is all there is.
    return node?.orderLines ?? node?.checkoutLines ?? { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } };
  });
  return { ...owner, lineItems: { nodes: [...nodes, ...more], pageInfo: { hasNextPage: false, endCursor: null } } };
}

/** A term of Shopify's search syntax. */
export const updatedSince = (at: number): string => `updated_at:>='${new Date(at).toISOString()}'`;
