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
import type { SourceKey } from './store/store';

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

  const refused = new Set<MappedIdentity>();
  let [customerId] = draft.linked(registry.keyOf(own));
  const merge: string[] = [];
  // Every id the person would have: each further link is held against all of them, not only against the first customer's.
  const held = heldIds(registry, [
    ...sourceKeysOf(registry, own),
    ...((customerId === undefined ? undefined : draft.profile(customerId))?.sourceKeys ?? []),
  ]);

  const named = others.filter(({ namespace, verified }) => verified && !registry.get(namespace).isAddress);
  const claims = named.map((identity) => ({ identity, claimed: draft.linked(registry.keyOf(identity))[0] }));
  for (const { identity, claimed } of claims) {
    if (claimed === undefined || claimed === customerId || merge.includes(claimed)) continue;
    if (!held.take(draft.profile(claimed)?.sourceKeys ?? [])) refused.add(identity);
    else if (customerId === undefined) customerId = claimed;
    else merge.push(claimed);
  }
  for (const { identity, claimed } of claims) {
    if (claimed === undefined && !held.take(sourceKeysOf(registry, identity))) refused.add(identity);
  }
  customerId ??= findByAddress(draft, registry, record, held);
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
  held: HeldIds,
): string | undefined {
  const nameKey = registry.nameKeyOf(record.facts.name);
  if (nameKey === null) return undefined;
  const addresses = record.identities.filter(({ namespace, verified }) => namespace === 'email' && verified);
  const sharing = [...new Set(addresses.flatMap((address) => draft.linked(registry.keyOf(address))))];
  const candidates = sharing.filter((id) => {
    const profile = draft.profile(id);
    const names = Object.values(profile?.facts ?? {}).map((facts) => facts.nameKey);
    return names.includes(nameKey) && held.fits(profile?.sourceKeys ?? []);
  });
  return candidates.length === 1 ? candidates[0] : undefined;
}

/** Ids of one person at the sources, of which each source that gives a person one id may have one only. */
interface HeldIds {
  /** Could these be the same person's? */
  fits(keys: readonly SourceKey[]): boolean;
  /** Adds them if they could; answers whether they were. */
  take(keys: readonly SourceKey[]): boolean;
}

function heldIds(registry: IdentityRegistry, initial: readonly SourceKey[]): HeldIds {
  const held = [...initial];
  const fits = (keys: readonly SourceKey[]) =>
    !keys.some(
      ({ source, key }) =>
        !registry.allowsSeveral(source) && held.some((known) => known.source === source && known.key !== key),
    );
  return {
    fits,
    take: (keys) => {
      const isTaken = fits(keys);
      if (isTaken) held.push(...keys);
      return isTaken;
    },
  };
}

/** None for an id that no source gives. */
function sourceKeysOf(registry: IdentityRegistry, { namespace, value }: MappedIdentity): SourceKey[] {
  const { source } = registry.get(namespace);
  return source === null ? [] : [{ source, key: value }];
}
