/** The fields of Customer that profiles owns. Reads through the request; must not decide, and must not write. */
import { Arg, Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { readAccess } from '../../schema/access';
import type { EnforcementContext } from '../../schema/enforce';
import { whenKnown } from '../../schema/maybe-promise';
import type { MaybePromise } from '../../schema/maybe-promise';
import { CONSENT_PURPOSES, consentStateAt, findConsent } from './consent';
import { Customer } from './customer.entity';
import type { Consent, ContactPermission, Freshness, Identity, SourceKey } from './customer.entity';
import type { Engagement, LifetimeValue } from './derived.entity';
import { engagementOf } from './engagement';
import { openOwnRecord, OWN_SOURCE } from './own-record';
import type { CustomerParent, ProfilesRequest } from './request';
import type { ConsentRecord } from './store/store';

export interface ProfilesContext extends EnforcementContext {
  readonly profiles: ProfilesRequest;
}

@Resolver(() => Customer)
export class CustomerResolver {
  @FieldResolver()
  async identities(
    @Root() customer: CustomerParent,
    @Ctx() { privacy }: ProfilesContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Identity[]> {
    const own = openOwnRecord(await customer.record(OWN_SOURCE));
    const all = Object.values(own.identities).flat();
    const contact = readAccess(await customer.access(), 'CONTACT');
    // An e-mail address is an identity, but first of all it is CONTACT: it must not leave by this door when that one is shut.
    const visible = contact.verdict === 'CLEAR' ? all : all.filter(({ namespace }) => !isAddress(namespace));
    if (contact.verdict === 'CLEAR' && contact.observed && all.some(({ namespace }) => isAddress(namespace))) {
      privacy.observed(info, 'CONTACT', contact.observed);
    }
    if (contact.verdict === 'WITHHOLD' && visible.length < all.length)
      privacy.withheld(info, 'CONTACT', contact.reason);
    if (contact.verdict === 'MASK' && visible.length < all.length) privacy.masked(info, 'CONTACT');
    const distinct = new Map(visible.map(({ namespace, value }) => [`${namespace} ${value}`, { namespace, value }]));
    return [...distinct.values()];
  }

  @FieldResolver()
  async consents(@Root() customer: CustomerParent, @Ctx() { profiles }: ProfilesContext): Promise<Consent[]> {
    const consents = (await customer.profile())?.consents ?? [];
    const purposes = new Set([...CONSENT_PURPOSES, ...consents.map(({ purpose }) => purpose)]);
    return [...purposes].map((purpose) => {
      const everyTopic = consents.filter((record) => record.topic === null);
      const record = findConsent(everyTopic, purpose, null);
      const state = consentStateAt(everyTopic, purpose, null, profiles.now, profiles.notices);
      return record === undefined ? { purpose, state } : { ...showConsent(record), state };
    });
  }

  @FieldResolver()
  async lifetimeValue(@Root() customer: CustomerParent): Promise<LifetimeValue | null> {
    const { historicValue } = openOwnRecord(await customer.record(OWN_SOURCE));
    return historicValue === null ? null : { historic: historicValue };
  }

  @FieldResolver()
  async engagement(@Root() customer: CustomerParent, @Ctx() { profiles }: ProfilesContext): Promise<Engagement> {
    const { activities } = openOwnRecord(await customer.record(OWN_SOURCE));
    const { score, components } = engagementOf(Object.values(activities).flat(), profiles.now);
    return { score, components: [...components] };
  }

  @FieldResolver()
  async freshness(@Root() customer: CustomerParent, @Ctx() { profiles }: ProfilesContext): Promise<Freshness[]> {
    const sources = [...new Set(((await customer.profile())?.sourceKeys ?? []).map(({ source }) => source))];
    const maxAgeMs = (profiles.policy?.maxAgeSeconds ?? 0) * 1000;
    return Promise.all(
      sources.map(async (source) => {
        const record = await customer.record(source);
        return {
          source,
          fetchedAt: record === null ? null : new Date(record.fetchedAt).toISOString(),
          stale: record === null || record.fetchedAt + maxAgeMs < profiles.now,
        };
      }),
    );
  }

  @FieldResolver()
  sourceKeys(@Root() customer: CustomerParent): MaybePromise<readonly SourceKey[]> {
    return whenKnown(customer.profile(), (profile) => profile?.sourceKeys ?? []);
  }

  @FieldResolver()
  access(@Root() customer: CustomerParent): MaybePromise<string> {
    return customer.access();
  }

  @FieldResolver()
  contactPermission(
    @Root() customer: CustomerParent,
    @Arg('topic', () => String, { nullable: true }) topic: string | null,
  ): MaybePromise<ContactPermission> {
    return whenKnown(customer.contact(topic ?? null), (decision) =>
      whenKnown(customer.profile(), (profile): ContactPermission => {
        const consentVersion = profile?.consentVersion ?? 0;
        const { observed = null } = decision.permitted ? decision : {};
        return decision.permitted
          ? { permitted: true, observed, consentVersion, unsubscribeToken: customer.unsubscribeToken() }
          : { permitted: false, reason: decision.reason, consentVersion };
      }),
    );
  }
}

/** A ledger record as clients see it. */
export function showConsent({ purpose, state, notice, since, expiresAt }: ConsentRecord): Consent {
  return {
    purpose,
    state,
    notice,
    since: since === 0 ? null : new Date(since).toISOString(),
    expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
  };
}

function isAddress(namespace: string): boolean {
  return namespace === 'email' || namespace === 'phone';
}
