/**
 * What a profile knows of suppression: under which keys its addresses are on the list, and that the person unsubscribed, which stays when
 * the address changes. Pure. Must not decide what a suppression stops; that is the policy.
 */
import { OWN_SOURCE } from './own-record';
import type { IdentityKey, Profile, ProfileFacts, SuppressionEntry } from './store/store';

type Facts = Profile['facts'];

const NOTHING: ProfileFacts = { country: null, adultFrom: null, nameKey: null, suppressions: [] };

/** The keys of every address the sources tell now. */
export function addressKeysOf({ facts }: Pick<Profile, 'facts'>): string[] {
  const told = Object.entries(facts).filter(([source]) => source !== OWN_SOURCE);
  return [...new Set(told.flatMap(([, { addressKeys }]) => addressKeys ?? []))];
}

/** The identity of an address by its key. */
export function emailIdentity(key: string): IdentityKey {
  return { namespace: 'email', key };
}

/** Also of those at which the person unsubscribed, and has no more. */
export function allAddressKeysOf(profile: Pick<Profile, 'facts'>): string[] {
  return [...new Set([...addressKeysOf(profile), ...(profile.facts[OWN_SOURCE]?.addressKeys ?? [])])];
}

/** An unsubscribe is the person's: it holds at whatever address, so it is remembered beside the list. */
export function withUnsubscribe(profile: Profile): Profile {
  const addressKeys = allAddressKeysOf(profile);
  return withOwn(profile, { ...NOTHING, addressKeys, suppressions: ['UNSUBSCRIBED'] });
}

export function withoutUnsubscribe(profile: Profile): Profile {
  if (!hasUnsubscribed(profile)) return profile;
  const { [OWN_SOURCE]: _own, ...facts } = profile.facts;
  return { ...profile, facts };
}

export function hasUnsubscribed({ facts }: Pick<Profile, 'facts'>): boolean {
  return facts[OWN_SOURCE]?.suppressions.includes('UNSUBSCRIBED') ?? false;
}

/** Of two customers that are one person: what either source said stands, and whatever stops mail stops it for both. */
export function mergeFacts(survivor: Facts, other: Facts): Facts {
  const twice = Object.keys(other).filter((source) => source in survivor);
  const joined = twice.map((source) => {
    const [one, two] = [survivor[source] ?? NOTHING, other[source] ?? NOTHING];
    // ISO dates: who is a minor by either is one.
    const adultFrom =
      [one.adultFrom, two.adultFrom]
        .filter((date) => date !== null)
        .sort()
        .at(-1) ?? null;
    const suppressions = [...new Set([...one.suppressions, ...two.suppressions])];
    const addressKeys = [...new Set([...(one.addressKeys ?? []), ...(two.addressKeys ?? [])])];
    const bounced = [...new Set([...(one.bounced ?? []), ...(two.bounced ?? [])])];
    return [
      source,
      {
        ...{ ...one, country: one.country ?? two.country, adultFrom, suppressions, addressKeys },
        ...(bounced.length > 0 ? { bounced } : {}),
      },
    ] as const;
  });
  return { ...other, ...survivor, ...Object.fromEntries(joined) };
}

/** When the person last unsubscribed, as far as the list says; null: it does not. */
export function unsubscribedAt(entries: readonly SuppressionEntry[]): number | null {
  const times = entries.filter(({ reason }) => reason === 'UNSUBSCRIBED').map(({ occurredAt }) => occurredAt);
  return times.length === 0 ? null : Math.max(...times);
}

function withOwn(profile: Profile, own: ProfileFacts): Profile {
  return { ...profile, facts: { ...profile.facts, [OWN_SOURCE]: own } };
}
