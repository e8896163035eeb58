/**
 * Erasing a customer at Shopify: a request that Shopify carries out later, so that what comes of it is said to be retained until
 * then. Must not wait for it.
 *
 * Source: Shopify Admin GraphQL API, `customerRequestDataErasure`; shopify.dev, privacy law compliance: ten days after the request,
 * or 180 days after the last order.
 */
import { facetError } from '../../schema/errors';
import type { ErasureOutcome, UpstreamCall } from '../source';
import { lastOrderAnswer, requestErasureAnswer } from './commerce.answers';
import type { ShopifyApi } from './commerce.api';
import { LAST_ORDER, REQUEST_ERASURE } from './commerce.queries';

const DAY_MS = 86_400_000;
const REQUEST_DAYS = 10;
const ORDER_DAYS = 180;

export async function eraseCustomers(
  api: ShopifyApi,
  ids: readonly string[],
  bounds: UpstreamCall,
  now: number,
): Promise<ErasureOutcome> {
  const outcomes: ErasureOutcome[] = [];
  for (const id of ids) outcomes.push(await eraseCustomer(api, id, bounds, now));
  const retained = outcomes.flatMap((outcome) => (outcome.outcome === 'RETAINED' ? [outcome] : []));
  return retained.toSorted((a, b) => (b.until ?? Infinity) - (a.until ?? Infinity))[0] ?? { outcome: 'ERASED' };
}

async function eraseCustomer(api: ShopifyApi, id: string, bounds: UpstreamCall, now: number): Promise<ErasureOutcome> {
  const variables = { id };
  const asked = { name: 'last order', query: LAST_ORDER, variables, answer: lastOrderAnswer };
  const { customer } = await api.query(asked, bounds);
  if (customer === null) return { outcome: 'ERASED' };
  const request = { name: 'erasure request', query: REQUEST_ERASURE, variables, answer: requestErasureAnswer };
  const codes = (await api.query(request, bounds)).customerRequestDataErasure?.userErrors.map(({ code }) => code);
  if (codes?.includes('DOES_NOT_EXIST')) return { outcome: 'ERASED' };
  if (codes === undefined || codes.length > 0) {
    throw facetError('UPSTREAM_UNAVAILABLE', 'Shopify, erasure request: expected it to be taken, but it was refused.');
  }
  const lastOrderAt = customer.lastOrder === null ? -Infinity : Date.parse(customer.lastOrder.processedAt);
  const [requested, ordered] = [now + REQUEST_DAYS * DAY_MS, lastOrderAt + ORDER_DAYS * DAY_MS];
  return ordered > requested
    ? { outcome: 'RETAINED', basis: 'Shopify keeps what belongs to orders for 180 days.', until: ordered }
    : { outcome: 'RETAINED', basis: 'Shopify erases ten days after it was asked to.', until: requested };
}
