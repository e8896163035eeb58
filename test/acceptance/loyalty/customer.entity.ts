/** What the loyalty programme knows of a Customer. */
import 'reflect-metadata';
import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';

@ObjectType({ description: 'Where the person stands in the loyalty programme.' })
export class Loyalty {
  @Field(() => Int, { nullable: true, description: 'Points that can be spent.' })
  points?: number | null;

  @Field(() => String, { nullable: true, description: 'Tier of the programme.' })
  tier?: string | null;
}

@ObjectType({ description: 'A data subject, joined over all sources.' })
@Directive('@key(fields: "id")')
export class Customer {
  @Directive('@notPersonal')
  @Field(() => ID, { description: 'ULID.' })
  id!: string;

  @Directive('@personalData(category: PURCHASE_HISTORY)')
  @Field(() => Loyalty, { nullable: true, description: 'Where the person stands in the loyalty programme.' })
  loyalty?: Loyalty | null;
}
