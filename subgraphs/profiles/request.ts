/**
 * One request to profiles: batches its reads, and takes the policy decision for each customer once. The only caller of
 * `decideAccess`. Must not answer fields; the resolvers do.
 */
import DataLoader from 'dataloader';
import { decideAccess, withholdAll } from '../../schema/access';
import type { Access } from '../../schema/access';
import { whenKnown } from '../../schema/maybe-promise';
import type { MaybePromise } from '../../schema/maybe-promise';
import { observedFor } from '../../schema/observation';
import { decideContact } from '../../schema/policy';
import type { ContactDecision, Purpose, SubjectState, Suppression } from '../../schema/policy';
import { policyTables, purposeTable } from '../../schema/policy-table';
import type { RequestPolicy } from '../../schema/request-policy';
import type { LinkTokens } from './link-token';
import { NO_NOTICES } from './notices';
import type { Notices } from './notices';
import { NO_OBSERVATION } from './observation-file';
import type { Observations } from './observation-file';
import type { Profile, ProfileStore, StoredRecord } from './store/store';
import { subjectStateOf } from './subject';
import { addressKeysOf } from './suppression';

/** A customer as the resolvers of profiles see it: read when first needed. */
export interface CustomerParent {
  readonly id: string;
  readonly profile: () => MaybePromise<Profile | null>;
  readonly access: () => MaybePromise<Access>;
  /** What the decision rests on. */
  readonly state: () => MaybePromise<SubjectState | null>;
  readonly contact: (topic: string | null) => MaybePromise<ContactDecision>;
  /** For the unsubscribe link of a mail that is sent for this request; null where it is no marketing. */
  readonly unsubscribeToken: () => string | null;
  readonly record: (source: string) => Promise<StoredRecord | null>;
}

export interface ProfilesRequest {
  readonly policy: RequestPolicy | undefined;
  readonly notices: Notices;
  /** Unix time in milliseconds of the decision. */
  readonly now: number;
  /** Whose missing consent is only observed now, for a principal and template. */
  observedFor(asked: Pick<RequestPolicy, 'principal' | 'template'>): readonly Purpose[];
  /** The customers that exist, by id, null where unknown; an id that was merged answers its survivor. */
  findCustomers(ids: readonly string[]): Promise<Array<CustomerParent | null>>;
  /** Customers whose profiles are at hand. */
  customersOf(profiles: readonly Profile[]): Promise<CustomerParent[]>;
  /** A customer that is only named, as in a representation; nothing is read until a field asks. */
  referTo(id: string): CustomerParent;
}

/** A profile, and why its addresses are on the suppression list. */
interface Known {
  readonly profile: Profile;
  readonly listed: readonly Suppression[];
}

export function createProfilesRequest(options: {
  readonly store: ProfileStore;
  readonly links: LinkTokens;
  readonly notices?: Notices | undefined;
  readonly observations?: Pick<Observations, 'current'> | undefined;
  readonly policy: RequestPolicy | undefined;
  readonly now: number;
}): ProfilesRequest {
  const { store, links, notices = NO_NOTICES, observations = NO_OBSERVATION, policy, now } = options;
  const observation = observations.current();
  const observes = policy === undefined ? [] : observedFor(observation, policy, now);
  const rules = { tables: policyTables, observes };
  const profiles = new DataLoader<string, Known | null>(async (ids) =>
    withListed(store, await store.findProfiles(ids)),
  );
  const records = new DataLoader<{ customerId: string; source: string }, StoredRecord | null, string>(
    (keys) => store.findRecords(keys),
    { cacheKeyFn: ({ customerId, source }) => `${customerId} ${source}` },
  );

  const parent = (id: string, find: () => MaybePromise<Known | null>): CustomerParent => {
    let access: MaybePromise<Access> | undefined;
    const decided = <Decision>(decide: (state: SubjectState | null) => Decision) =>
      whenKnown(find(), (known) =>
        decide(known === null ? null : subjectStateOf(known.profile, now, known.listed, notices)),
      );
    return {
      id,
      profile: () => whenKnown(find(), (known) => known?.profile ?? null),
      access: () =>
        (access ??=
          policy === undefined
            ? withholdAll('UNAVAILABLE')
            : decided((state) => decideAccess(policy, id, state, observes))),
      state: () => decided((state) => state),
      contact: (topic) =>
        policy === undefined
          ? { permitted: false, reason: 'UNAVAILABLE' }
          : decided((state) => decideContact(policy.principal, policy.purpose, id, state, topic, rules)),
      unsubscribeToken: () => {
        const purpose = policy?.purpose ?? null;
        return purpose !== null && purposeTable[purpose].mails === 'marketing' ? links.unsubscribe(id) : null;
      },
      record: (source) => records.load({ customerId: id, source }),
    };
  };
  const knownOf = (known: Known) => parent(known.profile.id, () => known);

  return {
    policy,
    notices,
    now,
    observedFor: (asked) => observedFor(observation, asked, now),
    customersOf: async (found) => {
      const known = await withListed(store, found);
      return known.flatMap((each) => (each === null ? [] : [knownOf(each)]));
    },
    referTo: (id) => parent(id, () => profiles.load(id)),
    findCustomers: async (ids) => {
      const found = await profiles.loadMany(ids);
      return found.map((known) => {
        if (known instanceof Error) throw known;
        return known === null ? null : knownOf(known);
      });
    },
  };
}

/** One read of the suppression list for all. */
export async function withListed(
  store: Pick<ProfileStore, 'findSuppressions'>,
  found: ReadonlyArray<Profile | null>,
): Promise<Array<Known | null>> {
  const keysOf = found.map((profile) => (profile === null ? [] : addressKeysOf(profile)));
  const entries = await store.findSuppressions(keysOf.flat());
  let next = 0;
  return found.map((profile, index) => {
    const count = keysOf[index]?.length ?? 0;
    const listed = entries.slice(next, (next += count)).flatMap((each) => each.map(({ reason }) => reason));
    return profile === null ? null : { profile, listed };
  });
}
