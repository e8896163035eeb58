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
  customerChange(
    @Arg('cursor', () => Cursor) cursor: string,
    @Ctx() { services }: RootContext,
  ): Promise<FeedEntry | null> {
    return services.feed.find(cursor);
  }

  @Subscription(() => CustomerChange, {
    description: 'Tells of every change from now on. Over graphql-transport-ws.',
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
  ): FeedEntry {
    return change;
  }

  @FieldResolver()
  async customer(@Root() change: FeedEntry, @Ctx() { profiles }: RootContext): Promise<CustomerParent | null> {
    return customerOf(change, profiles);
  }

  @FieldResolver()
  async changedFields(@Root() change: FeedEntry, @Ctx() { profiles, services }: RootContext): Promise<string[]> {
    const customer = await customerOf(change, profiles);
    const access = await customer?.access();
    // A name tells that something changed: it is withheld where nothing of the field may be seen.
    return change.changedFields.filter((name) =>
      (services.categoriesOf.get(name) ?? []).some((category) => readAccess(access, category).verdict !== 'WITHHOLD'),
    );
  }
}

async function customerOf(
  { customerId }: FeedEntry,
  profiles: RootContext['profiles'],
): Promise<CustomerParent | null> {
  return customerId === null ? null : ((await profiles.findCustomers([customerId]))[0] ?? null);
}
