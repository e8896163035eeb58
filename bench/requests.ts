/** What the whole of Facet is asked: one customer through a template, and 100 customers in one operation. Must not measure. */
import type { MeasuredFacet } from './facet';
import type { LoadRequest } from './load';

/** Different sets of a hundred customers. */
export const DISTINCT_HUNDREDS = 50;

const HUNDRED = `query ($ids: [ID!]!) { customers(ids: $ids) {
  id contact { firstName email } address { city country } lastOrder { id placedAt total { amountMinor currency } }
} }`;

export function templateRequest({ token, customerIds }: MeasuredFacet, n: number): LoadRequest {
  return {
    method: 'GET',
    path: `/v1/templates/order-follow-up/customers/${customerIds[n % customerIds.length]}`,
    headers: { authorization: `Bearer ${token}` },
  };
}

export function hundredRequest({ token, customerIds }: MeasuredFacet, n: number): LoadRequest {
  const ids = rotate(customerIds, (n % DISTINCT_HUNDREDS) * 7).slice(0, 100);
  return {
    method: 'POST',
    path: '/graphql',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'x-purpose': 'ESSENTIAL_SERVICE' },
    body: JSON.stringify({ query: HUNDRED, variables: { ids } }),
  };
}

function rotate<Value>(values: readonly Value[], by: number): Value[] {
  const start = by % values.length;
  return [...values.slice(start), ...values.slice(0, start)];
}
