/** What profiles derives of a Customer from what the sources tell. Declarations only; their category is the edge's, DERIVED. */
import 'reflect-metadata';
import { Field, Float, Int, ObjectType } from 'type-graphql';
import { Money } from '../money.entity';

@ObjectType({ description: 'What the customer has been and is expected to be worth.' })
export class LifetimeValue {
  @Field(() => Money, {
    nullable: true,
    description: 'Sum of orders, neither cancelled nor test, less refunds, in the shop’s currency.',
  })
  historic?: Money | null;
}

@ObjectType({ description: 'One part of the engagement score.' })
export class EngagementComponent {
  @Field(() => String, { nullable: true, description: 'What the person did: pageview, order, ticket_opened …' })
  name?: string | null;

  @Field(() => Float, { nullable: true, description: 'Points it has left today; they halve every 14 days.' })
  value?: number | null;
}

@ObjectType({ description: 'How much the person has had to do with the shop in the last 30 days.' })
export class Engagement {
  @Field(() => Int, { nullable: true, description: '0 to 100, of this moment: 100 · (1 − e^(−points ÷ 50)).' })
  score?: number | null;

  @Field(() => [EngagementComponent], { nullable: true, description: 'The points it is made of.' })
  components?: EngagementComponent[] | null;
}
