/** Whom the start shows as an example, in the terminal and in the sandbox. Must not make anybody up. */
import type { Simulator } from '../simulator/simulator';
import type { Parts } from './parts';

/** Somebody for whom every field of the templates has a value; with real vendors, or before the first sync, nobody. */
export async function findExampleCustomer(
  simulator: Simulator | null,
  { store, registry }: Pick<Parts, 'store' | 'registry'>,
): Promise<string | null> {
  const [person] = simulator?.population.examples('readyForCartMail') ?? [];
  const value = person?.hubspotIds[0];
  if (value === undefined) return null;
  const [ids] = await store.findCustomerIds([registry.keyOf({ namespace: 'hubspot.contact', value })]);
  return ids?.[0] ?? null;
}
