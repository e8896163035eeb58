/**
 * What profiles keeps of a customer itself, once a source has spoken, or speaks no more: identities and derived traits.
 * Pure; ingest writes it.
 */
import { isDeepStrictEqual } from 'node:util';
import type { MappedFacts, MappedIdentity } from '../source';
import { recentActivities } from './engagement';
import type { IdentityRegistry } from './identity';
import type { OwnRecord } from './own-record';

interface Word {
  readonly source: string;
  /** Less those that conflict; the record's own id first. */
  readonly identities: readonly MappedIdentity[];
  readonly facts: MappedFacts;
  readonly registry: IdentityRegistry;
  /** Unix time in milliseconds. */
  readonly now: number;
}

/** What a source says now takes the place of what it said before; of what this call does not tell, the former word stands. */
export function withWord(own: OwnRecord, { source, identities, facts, registry, now }: Word): OwnRecord {
  return {
    identities: { ...own.identities, [source]: withOtherIds(own.identities[source] ?? [], identities, registry) },
    historicValue: facts.historicValue ?? own.historicValue,
    activities:
      facts.activities === undefined
        ? own.activities
        : { ...own.activities, [source]: recentActivities(facts.activities, now) },
  };
}

/** The source has no such record any more. Its id stays linked: should the record come back, it comes back to the same customer. */
export function withoutWord(own: OwnRecord, source: string, id: Omit<MappedIdentity, 'verified'>): OwnRecord {
  const { [source]: told = [], ...identities } = own.identities;
  const { [source]: _done, ...activities } = own.activities;
  const kept = told.filter((each) => isAmong([id], each));
  return { ...own, identities: kept.length > 0 ? { ...identities, [source]: kept } : identities, activities };
}

/** Fields of Customer that the own record answers, as far as they differ. */
export function changedTraits(before: OwnRecord, after: OwnRecord): string[] {
  return [
    ...(isDeepStrictEqual(before.identities, after.identities) ? [] : ['identities']),
    ...(isDeepStrictEqual(before.historicValue, after.historicValue) ? [] : ['lifetimeValue']),
    ...(isDeepStrictEqual(before.activities, after.activities) ? [] : ['engagement']),
  ];
}

export function isAmong(
  list: ReadonlyArray<Omit<MappedIdentity, 'verified'>>,
  { namespace, value }: Omit<MappedIdentity, 'verified'>,
): boolean {
  return list.some((each) => each.namespace === namespace && each.value === value);
}

/**
 * Where a person may have several ids, one record need not name them all (another browser, or more than the vendor lists): the
 * others stay.
 */
function withOtherIds(
  before: readonly MappedIdentity[],
  now: readonly MappedIdentity[],
  registry: IdentityRegistry,
): readonly MappedIdentity[] {
  const [own] = now;
  if (own === undefined || !registry.get(own.namespace).multiValued) return now;
  const others = before.filter((each) => each.namespace === own.namespace && !isAmong(now, each));
  const isAddress = ({ namespace }: MappedIdentity) => registry.get(namespace).isAddress;
  // In an order of their own, whichever record comes last, and ids before addresses, as the own record keeps them: so that the
  // same identities always compare equal.
  const ids = [...now.filter((each) => !isAddress(each)), ...others].toSorted((a, b) =>
    `${a.namespace} ${a.value}`.localeCompare(`${b.namespace} ${b.value}`),
  );
  return [...ids, ...now.filter(isAddress)];
}
