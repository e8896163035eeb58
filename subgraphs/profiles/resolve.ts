/**
 * Identity resolution: which customer a source's record belongs to. Union by explicit ids; an address joins only together with
 * the same name, and only when it points at one person. A link that would give a customer two ids of a single-valued
 * namespace is a conflict: counted, never made. Must not read or write a store, nor look at anything but identities.
 *
 * Source: Facet's design §6 (identity resolution by edges, union-find); trust order of the vendors' linking keys.
 */
import type { MappedIdentity, MappedRecord } from '../source';
import type { Draft } from './draft';
import type { IdentityRegistry } from './identity';
import type { Profile } from './store/store';

export interface Resolution {
  /** undefined: nobody known; a new customer is to be made. */
  readonly customerId: string | undefined;
  /** Other customers that the record proves to be the same person; to be merged into `customerId`. */
  readonly merge: readonly string[];
  readonly conflicts: number;
  /** The record's identities less those that conflict. */
  readonly identities: readonly MappedIdentity[];
}

export function resolveRecord(draft: Draft, registry: IdentityRegistry, record: MappedRecord): Resolution {
  const [own, ...others] = record.identities;
  if (own === undefined) return { customerId: undefined, merge: [], conflicts: 0, identities: [] };

  let [customerId] = draft.linked(registry.keyOf(own));
  const merge: string[] = [];
  const refused = new Set<MappedIdentity>();
  for (const identity of others.filter((each) => each.verified && !registry.get(each.namespace).isAddress)) {
    const [claimed] = draft.linked(registry.keyOf(identity));
    if (claimed === undefined) {
      if (customerId !== undefined && !canTake(draft.profile(customerId), registry, identity)) refused.add(identity);
    } else if (customerId === undefined) {
      if (canTake(draft.profile(claimed), registry, own)) customerId = claimed;
      else refused.add(identity);
    } else if (claimed !== customerId) {
      if (canJoin(draft.profile(customerId), draft.profile(claimed), registry)) merge.push(claimed);
      else refused.add(identity);
    }
  }
  customerId ??= findByAddress(draft, registry, record, own);
  return {
    customerId,
    merge,
    conflicts: refused.size,
    identities: record.identities.filter((identity) => !refused.has(identity)),
  };
}

/** The one customer who has the record's verified address and the same name; undefined when there is none, or doubt. */
function findByAddress(
  draft: Draft,
  registry: IdentityRegistry,
  record: MappedRecord,
  own: MappedIdentity,
): string | undefined {
  const nameKey = registry.nameKeyOf(record.facts.name);
  if (nameKey === null) return undefined;
  const addresses = record.identities.filter(({ namespace, verified }) => namespace === 'email' && verified);
  const sameName = new Set(addresses.flatMap((address) => draft.linked(registry.keyOf(address)))).values();
  const candidates = [...sameName].filter((id) => {
    const profile = draft.profile(id);
    const names = Object.values(profile?.facts ?? {}).map((facts) => facts.nameKey);
    return names.includes(nameKey) && canTake(profile, registry, own);
  });
  return candidates.length === 1 ? candidates[0] : undefined;
}

/** May the customer have this id? Not when it already has another one at the same source, and the source gives each person one. */
function canTake(profile: Profile | undefined, registry: IdentityRegistry, identity: MappedIdentity): boolean {
  const { source, multiValued } = registry.get(identity.namespace);
  return multiValued || !profile?.sourceKeys.some((known) => known.source === source && known.key !== identity.value);
}

function canJoin(one: Profile | undefined, other: Profile | undefined, registry: IdentityRegistry): boolean {
  if (one === undefined || other === undefined) return false;
  return !one.sourceKeys.some(
    ({ source, key }) =>
      !registry.allowsSeveral(source) && other.sourceKeys.some((known) => known.source === source && known.key !== key),
  );
}
