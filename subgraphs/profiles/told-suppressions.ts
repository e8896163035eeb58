/**
 * What sources tell of suppression. A hard bounce is of the address, so it goes on the list, for whoever has it; the rest is said of the
 * person. Must not decide what a suppression stops.
 */
import type { Suppression } from '../../schema/policy';
import type { MappedRecord } from '../source';
import { auditOf } from './audit/entry';
import { touchOthers } from './change';
import type { Draft } from './draft';
import type { Commit, Profile, ProfileFacts } from './store/store';
import { emailIdentity } from './suppression';

export function tellsBounce({ facts }: MappedRecord): boolean {
  return facts.suppressions.includes('HARD_BOUNCE');
}

/**
 * What a source says of suppression, as the facts keep it, and the addresses that go on the list by it. A hard bounce is of the address,
 * whoever has it; without an address it is the person's. It is listed when it is told first: an officer's word that it is over outlasts
 * the next sync.
 */
export function toldBounce(
  told: readonly Suppression[],
  addressKeys: readonly string[],
  before: ProfileFacts | undefined,
): { readonly facts: Pick<ProfileFacts, 'suppressions' | 'bounced'>; readonly listed: readonly string[] } {
  if (!told.includes('HARD_BOUNCE') || addressKeys.length === 0) return { facts: { suppressions: told }, listed: [] };
  return {
    facts: { suppressions: told.filter((reason) => reason !== 'HARD_BOUNCE'), bounced: addressKeys },
    listed: addressKeys.filter((key) => !before?.bounced?.includes(key)),
  };
}

/** Takes back what sources said of the person on the ground of an address, where an officer says that it is no longer so; else the profile as it is. */
export function withoutTold(profile: Profile, addressKey: string, lifted: Suppression): Profile {
  const saying = Object.entries(profile.facts).filter(
    ([, told]) => told.addressKeys?.includes(addressKey) && told.suppressions.includes(lifted),
  );
  if (saying.length === 0) return profile;
  const facts = saying.map(([source, told]) => {
    const suppressions = told.suppressions.filter((reason) => reason !== lifted);
    const bounced = lifted === 'HARD_BOUNCE' ? { bounced: [...(told.bounced ?? []), addressKey] } : {};
    return [source, { ...told, suppressions, ...bounced }] as const;
  });
  return { ...profile, facts: { ...profile.facts, ...Object.fromEntries(facts) } };
}

/** Addresses that go on the list with the records that tell it, in the commit of these. */
export function listBounces(
  draft: Draft,
  source: string,
  told: ReadonlyArray<{ readonly customerId: string; readonly listed: readonly string[] }>,
  now: number,
): Required<Pick<Commit, 'suppress' | 'audit'>> {
  const suppress = told.flatMap(({ listed }) =>
    listed.map((addressKey) => ({
      ...{ addressKey, reason: 'HARD_BOUNCE' as const, occurredAt: now, recordedAt: now, actor: source },
    })),
  );
  for (const { customerId, listed } of told)
    touchOthers(
      draft,
      listed.flatMap((key) => draft.linked(emailIdentity(key))),
      customerId,
      now,
    );
  const entries = told
    .filter(({ listed }) => listed.length > 0)
    .map(({ customerId }) => ({
      ...{ kind: 'ADMINISTRATION' as const, at: now, actor: source, role: null, purpose: null, action: 'suppress' },
      ...{ subjects: [customerId], details: { reason: 'HARD_BOUNCE' } },
    }));
  return { suppress, audit: auditOf(...entries) };
}
