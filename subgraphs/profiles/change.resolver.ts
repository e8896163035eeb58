/**
 * A change as subscribers read it. The gateway drives a subscription: it follows the feed, and reads each change by its cursor as
 * a freshly signed query, so that the decision is taken anew for every delivery. Must not follow the feed itself.
 */
import { GraphQLScalarType } from 'graphql';
import 'reflect-metadata';
import {
  Arg,
  Ctx,
  Directive,
  Field,
  FieldResolver,
  ID,
  ObjectType,
  Query,
  registerEnumType,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import { readAccess } from '../../schema/access';
import { facetError } from '../../schema/errors';
import { Customer } from './customer.entity';
import type { FeedEntry } from './feed';
import type { CustomerParent } from './request';
import type { RootContext } from './root.resolver';

export const Cursor = new GraphQLScalarType({
  name: 'Cursor',
  description: 'A place in the change feed. Opaque; what comes later has another one.',
});

const ChangeKindEnum: Record<FeedEntry['kind'], FeedEntry['kind']> = {
  UPDATED: 'UPDATED',
  MERGED: 'MERGED',
  ERASED: 'ERASED',
  RESYNC: 'RESYNC',
};
registerEnumType(ChangeKindEnum, {
  name: 'ChangeKind',
  description: 'What happened to a customer.',
  valuesConfig: {
    UPDATED: { description: 'Fields changed.' },
    MERGED: { description: 'Turned out to be another customer; the id answers the survivor from now on.' },
    ERASED: { description: 'Erased on the data subject’s request.' },
    RESYNC: {
      description: 'Changes were lost, of any customers: read anew what matters. What comes now is complete again.',
    },
  },
});

@ObjectType({ description: 'A change of one customer, read for the one who is told of it.' })
export class CustomerChange {
  @Field(() => Cursor, { description: 'Where in the feed the change stands.' })
  cursor!: string;

  @Field(() => ChangeKindEnum, { description: 'What happened.' })
  kind!: FeedEntry['kind'];

  @Field(() => [String], {
    description: 'Names of the fields of Customer that changed, as far as the subscriber may see them.',
  })
  changedFields!: string[];

  @Field(() => Customer, { nullable: true, description: 'The customer as it is now; null for RESYNC.' })
  customer?: Customer | null;
}

@Resolver(() => CustomerChange)
export class ChangeResolver {
  @Directive('@inaccessible')
  @Query(() => CustomerChange, { nullable: true, description: 'One change by its cursor. Internal.' })
  async customerChange(
    @Arg('cursor', () => Cursor) cursor: string,
    @Arg('fields', () => [String], { nullable: true }) fields: string[] | null,
    @Ctx() { profiles, services }: RootContext,
  ): Promise<FeedEntry | null> {
    const change = await services.feed.find(cursor);
    if (!fields || mayChangeAccess(change)) return change;
    const seen = await seenFields(change, profiles, services);
    return seen.some((name) => fields.includes(name)) ? change : null;
  }

  @Subscription(() => CustomerChange, {
    description:
      'Tells of every change, from now on or after a cursor. Over graphql-transport-ws. A change may be told twice: what has been seen has a cursor seen before.',
    subscribe: () => {
      throw facetError(
        'OPERATION_UNSUPPORTED',
        'The gateway drives subscriptions; this subgraph answers their queries.',
      );
    },
  })
  customerChanged(
    @Root() change: FeedEntry,
    @Arg('ids', () => [ID], { nullable: true, description: 'The customers to be told of; none: all.' }) _ids: string[],
    @Arg('fields', () => [String], {
      nullable: true,
      description:
        'The fields of Customer whose changes are told, as far as they may be seen; none: all. What may change what can be seen is told always: consent, restriction, merge, erasure, RESYNC.',
    })
    _fields: string[],
    @Arg('after', () => Cursor, {
      nullable: true,
      description: 'The cursor of the last event seen: what came since is told first. Too old a one: RESYNC.',
    })
    _after: string,
  ): FeedEntry {
    return change;
  }

  @FieldResolver()
  async customer(@Root() change: FeedEntry, @Ctx() { profiles }: RootContext): Promise<CustomerParent | null> {
    return customerOf(change, profiles);
  }

  @FieldResolver()
  async changedFields(@Root() change: FeedEntry, @Ctx() { profiles, services }: RootContext): Promise<string[]> {
    return seenFields(change, profiles, services);
  }
}

/** Consent, or something that no field tells of: what may be seen may be another since. */
function mayChangeAccess({ kind, changedFields }: FeedEntry): boolean {
  return kind !== 'UPDATED' || changedFields.length === 0 || changedFields.includes('consents');
}

/** A name tells that something changed: it is withheld where nothing of the field may be seen. */
async function seenFields(
  change: FeedEntry,
  profiles: RootContext['profiles'],
  services: RootContext['services'],
): Promise<string[]> {
  const customer = await customerOf(change, profiles);
  const access = await customer?.access();
  return change.changedFields.filter((name) =>
    (services.categoriesOf.get(name) ?? []).some((category) => readAccess(access, category).verdict !== 'WITHHOLD'),
  );
}

async function customerOf(
  { customerId }: FeedEntry,
  profiles: RootContext['profiles'],
): Promise<CustomerParent | null> {
  return customerId === null ? null : ((await profiles.findCustomers([customerId]))[0] ?? null);
}
