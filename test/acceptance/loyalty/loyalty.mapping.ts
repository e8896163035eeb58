/** A member of the loyalty programme in our terms. Pure. */
import { z } from 'zod';
import type { MappedRecord } from '../../../subgraphs/source';

export const memberSchema = z.object({
  member: z.string(),
  shopCustomer: z.string(),
  points: z.number().int(),
  tier: z.string(),
  changedAt: z.number(),
});

export function mapMember({
  member,
  shopCustomer,
  points,
  tier,
  changedAt,
}: z.infer<typeof memberSchema>): MappedRecord {
  return {
    sourceId: member,
    sourceVersion: changedAt,
    categories: { PURCHASE_HISTORY: { loyalty: { points, tier } } },
    identities: [
      { namespace: 'loyalty.member', value: member, verified: true },
      { namespace: 'shopify.customer', value: shopCustomer, verified: true },
    ],
    consents: [],
    facts: { name: null, country: null, birthDate: null, suppressions: [], historicValue: null },
  };
}
