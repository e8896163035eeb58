/**
 * One request to profiles: batches its reads, and takes the policy decision for each customer once. The only caller of
 * `decideAccess`. Must not answer fields; the resolvers do.
 */
import DataLoader from 'dataloader';
import { decideAccess, withholdAll } from '../../schema/access';
import type { Access } from '../../schema/access';
import { decideContact } from '../../schema/policy';
import type { ContactDecision } from '../../schema/policy';
import type { RequestPolicy } from '../../schema/request-policy';
import type { Profile, ProfileStore, StoredRecord } from './store/store';
import { subjectStateOf } from './subject';

/** A customer as the resolvers of profiles see it: read when first needed. */
export interface CustomerParent {
  readonly id: string;
  readonly profile: () => Promise<Profile | null>;
  readonly access: () => Promise<Access>;
  readonly contact: (topic: string | null) => Promise<ContactDecision>;
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

  const parent = (id: string, profile: () => Promise<Profile | null>): CustomerParent => {
    let access: Promise<Access> | undefined;
    const state = async () => {
      const known = await profile();
      return known === null ? null : subjectStateOf(known, now);
    };
    return {
      id,
      profile,
      access: () =>
        (access ??=
          policy === undefined
            ? Promise.resolve(withholdAll('UNAVAILABLE'))
            : state().then((subject) => decideAccess(policy, id, subject))),
      contact: async (topic) =>
        policy === undefined
          ? { permitted: false, reason: 'UNAVAILABLE' }
          : decideContact(policy.principal, policy.purpose, id, await state(), topic),
      record: (source) => records.load({ customerId: id, source }),
    };
  };
  const customerOf = (profile: Profile) => parent(profile.id, () => Promise.resolve(profile));

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
