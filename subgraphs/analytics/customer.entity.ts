/** What web analytics knows of a Customer, and of which category each field is. Declarations only. */
import 'reflect-metadata';
import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';

@ObjectType({ description: 'A product page the person looked at.' })
export class ViewedPage {
  @Field(() => String, { nullable: true, description: 'The product, as the page names it.' })
  title?: string | null;

  @Field(() => String, { nullable: true, description: 'HTTPS address of the page.' })
  url?: string | null;

  @Field(() => String, { nullable: true, description: 'UTC, ISO 8601: the last time it was looked at.' })
  viewedAt?: string | null;
}

@ObjectType({ description: 'A data subject, joined over all sources.' })
@Directive('@key(fields: "id")')
export class Customer {
  @Directive('@notPersonal')
  @Field(() => ID, { description: 'ULID. A pseudonym: never an e-mail address, never a source’s own id.' })
  id!: string;

  @Directive('@personalData(category: BEHAVIOUR)')
  @Field(() => String, { nullable: true, description: 'UTC, ISO 8601: the last time the person was seen on the site.' })
  lastSeenAt?: string | null;

  @Directive('@personalData(category: BEHAVIOUR)')
  @Field(() => [String], {
    nullable: true,
    description:
      'Up to three product categories looked at most in 90 days, the first the most; special ones are seen with SENSITIVE only.',
  })
  topCategories?: string[] | null;

  @Directive('@personalData(category: BEHAVIOUR)')
  @Field(() => [ViewedPage], {
    nullable: true,
    description:
      'Up to ten products looked at in 90 days, the latest first. Those of a special category (a pharmacy article) are seen with SENSITIVE only.',
  })
  recentlyViewed?: ViewedPage[] | null;

  @Directive('@personalData(category: BEHAVIOUR)')
  @Field(() => Int, { nullable: true, description: 'Number of visits (sessions) in the last 30 days.' })
  visitCount?: number | null;
}
