/** Receipts of erasure: what one place did, and the signature over it. Pure but for the signature. Must not erase. */
import type { ErasureOutcome } from '../../source';
import type { Signing } from '../signing';
import type { ErasureReceipt } from '../store/erasure';

/** `statement` is what is signed: customer, place and all that the receipt says, in fixed order. */
export function makeReceipt(
  signing: Signing,
  place: { readonly customerId: string; readonly source: string },
  outcome: ErasureOutcome,
  at: number,
): ErasureReceipt {
  const { basis, until } = outcome.outcome === 'RETAINED' ? outcome : { basis: null, until: null };
  const statement = JSON.stringify({
    type: 'facet erasure receipt',
    customerId: place.customerId,
    source: place.source,
    outcome: outcome.outcome,
    basis,
    until: until === null ? null : new Date(until).toISOString(),
    at: new Date(at).toISOString(),
  });
  return { outcome: outcome.outcome, basis, until, at, statement, signature: signing.sign(statement) };
}
