/** The root fields that find customers. Must not answer fields of Customer. */
import { Arg, Ctx, Field, ID, InputType, Int, Query, registerEnumType, Resolver } from 'type-graphql';
import { facetError } from '../../schema/errors';
import { isWithinReach, JURISDICTIONS } from '../../schema/policy';
import type { ConsentState, DataCategory, Jurisdiction, Purpose } from '../../schema/policy';
import type { Principal } from '../../schema/request-policy';
import type { TemplateSubject } from '../../schema/template-subjects';
import type { ConsentImport } from './consent-import';
import type { ConsentCommands } from './consent.commands';
import { ConsentStateEnum, Customer, CustomerConnection, IdentityNamespace, PurposeEnum } from './customer.entity';
import type { ProfilesContext } from './customer.resolver';
import type { ChangeFeed } from './feed';
import type { IdentityRegistry } from './identity';
import type { CustomerParent } from './request';
import type { Rights } from './rights/rights';
import { searchCustomers } from './search';
import type { LinkTokens } from './link-token';
import type { Notices } from './notices';
import type { Observations } from './observation-file';
import type { ProfileStore } from './store/store';
import type { SuppressionCommands } from './suppression.commands';
import type { SuppressionLifts } from './suppression.lift';

/** What the root fields need beyond the request. */
export interface ProfilesServices {
  readonly store: ProfileStore;
  readonly registry: IdentityRegistry;
  readonly commands: ConsentCommands;
  readonly rights: Rights;
  readonly imports: ConsentImport;
  readonly suppressions: SuppressionCommands;
  readonly lifts: SuppressionLifts;
  readonly links: LinkTokens;
  readonly notices?: Notices | undefined;
  readonly observations?: Pick<Observations, 'current'> | undefined;
  /** By name: what each template mails about. */
  readonly templates: ReadonlyMap<string, TemplateSubject>;
  readonly feed: Pick<ChangeFeed, 'find'>;
  /** The categories of which each field of Customer holds something, over all subgraphs. */
  readonly categoriesOf: ReadonlyMap<string, readonly DataCategory[]>;
}

export interface RootContext extends ProfilesContext {
  readonly services: ProfilesServices;
}

/** Errors: UNAUTHENTICATED. */
export function principalOf({ profiles: { policy } }: RootContext): Principal {
  if (policy === undefined) throw facetError('UNAUTHENTICATED', 'Expected a verified policy, but there is none.');
  return policy.principal;
}

export const JurisdictionEnum = Object.fromEntries(JURISDICTIONS.map((value) => [value, value]));
registerEnumType(JurisdictionEnum, {
  name: 'Jurisdiction',
  description: 'Whose law on consent applies to the person.',
  valuesConfig: {
    EU: { description: 'European Union and European Economic Area.' },
    UK: { description: 'United Kingdom.' },
    US: { description: 'United States.' },
    OTHER: { description: 'Any other known country.' },
    UNKNOWN: { description: 'Not known, or sources disagree; treated as the strictest.' },
  },
});

@InputType({ description: 'An id by which a system knows the person.' })
export class IdentityInput {
  @Field(() => IdentityNamespace, { description: 'Whose id it is.' })
  namespace!: string;

  @Field(() => String, { description: 'The id itself.' })
  value!: string;
}

@InputType({ description: 'A state of consent to look for.' })
export class ConsentFilter {
  @Field(() => PurposeEnum, { description: 'The purpose asked about.' })
  purpose!: Purpose;

  @Field(() => ConsentStateEnum, { description: 'Where consent to it stands.' })
  state!: ConsentState;
}

@InputType({ description: 'All conditions given must hold. A condition on what is withheld never does.' })
export class CustomerFilter {
  @Field(() => IdentityInput, { nullable: true, description: 'Known by this id.' })
  identity?: IdentityInput | null;

  @Field(() => JurisdictionEnum, { nullable: true, description: 'Under this law.' })
  jurisdiction?: Jurisdiction | null;

  @Field(() => ConsentFilter, { nullable: true, description: 'With consent in this state.' })
  consent?: ConsentFilter | null;
}

@Resolver()
export class RootResolver {
  @Query(() => Customer, { nullable: true, description: 'One customer; null when the id is unknown.' })
  async customer(
    @Arg('id', () => ID, { description: 'ULID; an id that was merged answers its survivor.' }) id: string,
    @Ctx() { profiles }: RootContext,
  ): Promise<CustomerParent | null> {
    return (await profiles.findCustomers([id]))[0] ?? null;
  }

  @Query(() => [Customer], {
    nullable: 'items',
    description: 'Several customers, in the order asked, null where unknown.',
  })
  customers(
    @Arg('ids', () => [ID], { description: 'At most 100 outside template routes.' }) ids: string[],
    @Ctx() { profiles }: RootContext,
  ): Promise<Array<CustomerParent | null>> {
    return profiles.findCustomers(ids);
  }

  @Query(() => Customer, {
    nullable: true,
    description:
      'The customer known by an id elsewhere; null when there is none, or the namespace is out of the principal’s reach.',
  })
  async customerByIdentity(
    @Arg('namespace', () => IdentityNamespace, { description: 'Whose id it is.' }) namespace: string,
    @Arg('value', () => String, { description: 'The id itself.' }) value: string,
    @Ctx() { profiles, services }: RootContext,
  ): Promise<CustomerParent | null> {
    const { category } = services.registry.get(namespace);
    const { policy } = profiles;
    if (policy === undefined || !isWithinReach(policy.principal, policy.purpose, category)) return null;
    const [known = []] = await services.store.findCustomerIds([services.registry.keyOf({ namespace, value })]);
    // A data subject is told of nobody else, not even that there is one.
    const { role, customerId } = policy.principal;
    const ids = role === 'DATA_SUBJECT' ? known.filter((id) => id === customerId) : known;
    if (ids.length > 1) {
      throw facetError(
        'IDENTITY_AMBIGUOUS',
        `Expected one customer with this ${namespace}, but ${ids.length} share it.`,
      );
    }
    return ids.length === 0 ? null : ((await profiles.findCustomers(ids))[0] ?? null);
  }

  @Query(() => CustomerConnection, { description: 'Customers that meet a filter, in order of id. Not for renderers.' })
  searchCustomers(
    @Ctx() { profiles, services }: RootContext,
    @Arg('filter', () => CustomerFilter, { nullable: true, description: 'Conditions; none: every customer.' })
    filter: CustomerFilter | null,
    @Arg('first', () => Int, { defaultValue: 20, description: 'Size of the page, 1 to 100.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'Cursor to go on from.' }) after: string | null,
  ) {
    return searchCustomers({ ...services, request: profiles }, filter ?? {}, { first, after });
  }
}
