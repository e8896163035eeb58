/**
 * What was recorded since a backup, read off the store it was taken of, as far as a restore must not undo it: who was merged, erased,
 * restricted, unsubscribed, what was denied. Reads only. Must not know the restored store.
 */
import type { Contents, StoreContents } from '../store/contents';
import { entriesOf } from '../store/contents';
import type { ConsentAction, ConsentEvent, NewConsentEvent } from '../store/store';
import { hasUnsubscribed } from '../suppression';

export type Since = Pick<StoreContents, 'readPage'>;

export interface Fates {
  readonly erased: ReadonlySet<string>;
  readonly restricted: ReadonlySet<string>;
  readonly unsubscribed: ReadonlySet<string>;
  /** The customer whose word is this one's: itself, or whom it was merged into. */
  survivorOf(id: string): string;
  /** The survivor, and all that were merged into it. */
  allOf(survivor: string): readonly string[];
}

/** Only who has a fate is remembered: of a million customers, few. */
export async function readFates(since: Since): Promise<Fates> {
  const mergedInto = new Map<string, string>();
  const [erased, restricted, unsubscribed] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for await (const profile of entriesOf(since, 'profiles')) {
    if (profile.mergedInto !== undefined) mergedInto.set(profile.id, profile.mergedInto);
    else if (profile.status === 'ERASED') erased.add(profile.id);
    else if (profile.status === 'RESTRICTED') restricted.add(profile.id);
    if (hasUnsubscribed(profile)) unsubscribed.add(profile.id);
  }
  const survivorOf = (id: string): string => {
    let at = id;
    // No longer than there are merges: a loop would be damage.
    for (let steps = 0; steps <= mergedInto.size; steps++) {
      const next = mergedInto.get(at);
      if (next === undefined) return at;
      at = next;
    }
    return at;
  };
  const others = new Map<string, string[]>();
  for (const id of mergedInto.keys()) others.set(survivorOf(id), [...(others.get(survivorOf(id)) ?? []), id]);
  return {
    ...{ erased, restricted, unsubscribed, survivorOf },
    allOf: (survivor) => [survivor, ...(others.get(survivor) ?? [])],
  };
}

/** What a person says no with, or what ends a yes. */
const DENYING: readonly ConsentAction[] = ['REFUSE', 'WITHDRAW', 'OBJECT', 'EXPIRE'];

/** The denials of each ledger that has some, a customer at a time. */
export async function* denialsOf(since: Since): AsyncGenerator<{ customerId: string; denials: NewConsentEvent[] }> {
  let current: { customerId: string; denials: NewConsentEvent[] } | undefined;
  for await (const event of entriesOf(since, 'consentEvents')) {
    if (current !== undefined && current.customerId !== event.customerId) {
      if (current.denials.length > 0) yield current;
      current = undefined;
    }
    current ??= { customerId: event.customerId, denials: [] };
    if (DENYING.includes(event.action)) current.denials.push(unplaced(event));
  }
  if (current !== undefined && current.denials.length > 0) yield current;
}

function unplaced({ seq: _seq, prevHash: _prevHash, hash: _hash, ...event }: ConsentEvent): NewConsentEvent {
  return event;
}

/** The identities linked to some of these customers, and to which of them. */
export async function* identitiesOf(
  contents: Since,
  customerIds: ReadonlySet<string>,
): AsyncGenerator<Contents['identities'] & { readonly among: readonly string[] }> {
  for await (const identity of entriesOf(contents, 'identities')) {
    const among = identity.customerIds.filter((id) => customerIds.has(id));
    if (among.length > 0) yield { ...identity, among };
  }
}
