/**
 * One request to profiles: batches its reads, and takes the policy decision for each customer once. The only caller of
 * `decideAccess`. Must not answer fields; the resolvers do.
 */
import DataLoader from 'dataloader';
import { decideAccess, withholdAll } from '../../schema/access';
import type { Access } from '../../schema/access';
import { whenKnown } from '../../schema/maybe-promise';
import type { MaybePromise } from '../../schema/maybe-promise';
import { decideContact } from '../../schema/policy';
import type { ContactDecision, SubjectState } from '../../schema/policy';
import type { RequestPolicy } from '../../schema/request-policy';
import type { Profile, ProfileStore, StoredRecord } from './store/store';
import { subjectStateOf } from './subject';

/** A customer as the resolvers of profiles see it: read when first needed. */
export interface CustomerParent {
  readonly id: string;
  readonly profile: () => MaybePromise<Profile | null>;
  readonly access: () => MaybePromise<Access>;
  readonly contact: (topic: string | null) => MaybePromise<ContactDecision>;
  readonly record: (source: string) => Promise<StoredRecord | null>;
}

export interface ProfilesRequest {
  readonly policy: RequestPolicy | undefined;
  /** Unix time in milliseconds of the decision. */
  readonly now: number;
  /** The customers that exist, by id, null where unknown; an id that was merged answers its survivor. */
  findCustomers(ids: readonly string[]): Promise<Array<CustomerParent | null>>;
  /** A customer whose profile is at hand. */
  customerOf(profile: Profile): CustomerParent;
  /** A customer that is only named, as in a representation; nothing is read until a field asks. */
  referTo(id: string): CustomerParent;
}

export function createProfilesRequest(options: {
  readonly store: ProfileStore;
  readonly policy: RequestPolicy | undefined;
  readonly now: number;
}): ProfilesRequest {
  const { store, policy, now } = options;
  const profiles = new DataLoader<string, Profile | null>((ids) => store.findProfiles(ids));
  const records = new DataLoader<{ customerId: string; source: string }, StoredRecord | null, string>(
    (keys) => store.findRecords(keys),
    { cacheKeyFn: ({ customerId, source }) => `${customerId} ${source}` },
  );

  const parent = (id: string, profile: () => MaybePromise<Profile | null>): CustomerParent => {
    let access: MaybePromise<Access> | undefined;
    const decided = <Decision>(decide: (state: SubjectState | null) => Decision) =>
      whenKnown(profile(), (known) => decide(known === null ? null : subjectStateOf(known, now)));
    return {
      id,
      profile,
      access: () =>
        (access ??=
          policy === undefined ? withholdAll('UNAVAILABLE') : decided((state) => decideAccess(policy, id, state))),
      contact: (topic) =>
        policy === undefined
          ? { permitted: false, reason: 'UNAVAILABLE' }
          : decided((state) => decideContact(policy.principal, policy.purpose, id, state, topic)),
      record: (source) => records.load({ customerId: id, source }),
    };
  };
  const customerOf = (profile: Profile) => parent(profile.id, () => profile);

  return {
    policy,
    now,
    customerOf,
    referTo: (id) => parent(id, () => profiles.load(id)),
    findCustomers: async (ids) => {
      const found = await profiles.loadMany(ids);
      return found.map((profile) => {
        if (profile instanceof Error) throw profile;
        return profile === null ? null : customerOf(profile);
      });
    },
  };
}
