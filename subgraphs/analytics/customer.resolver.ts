/**
 * The fields of web analytics that are more than a property of the record: what was looked at of a special category lies in a
 * blob of its own and joins the rest only where SENSITIVE may be seen.
 */
import { FieldResolver, Resolver, Root } from 'type-graphql';
import type { SourceCustomer } from '../source.customer';
import type { Interests } from './analytics.record';
import { Customer } from './customer.entity';
import type { ViewedPage } from './customer.entity';

@Resolver(() => Customer)
export class CustomerResolver {
  @FieldResolver()
  async topCategories(@Root() customer: SourceCustomer): Promise<string[] | null> {
    const parts = await interestsOf(customer);
    return parts && parts.flatMap(({ topCategories }) => topCategories);
  }

  @FieldResolver()
  async recentlyViewed(@Root() customer: SourceCustomer): Promise<ViewedPage[] | null> {
    const parts = await interestsOf(customer);
    return (
      parts &&
      parts
        .flatMap(({ recentlyViewed }) => recentlyViewed)
        .sort((a, b) => (a.viewedAt < b.viewedAt ? 1 : -1))
        .map((view) => ({ ...view }))
    );
  }
}

/** The ordinary ones, and those of a special category where they may be seen; null: nothing is known. */
async function interestsOf(customer: SourceCustomer): Promise<Interests[] | null> {
  const ordinary = (await customer.read('BEHAVIOUR')) as Interests | null;
  const special = (await customer.read('SENSITIVE')) as Interests | null;
  return ordinary && [ordinary, ...(special ? [special] : [])];
}
