/** Money as every subgraph shows it: one shareable value type. Holds no arithmetic. */
import 'reflect-metadata';
import { GraphQLSafeInt } from 'graphql-scalars';
import { Directive, Field, ObjectType } from 'type-graphql';

@ObjectType({ description: 'An amount in one currency.' })
@Directive('@shareable')
export class Money {
  @Field(() => GraphQLSafeInt, {
    description: 'Amount in the currency’s minor unit: 1999 with EUR is 19.99 €, 1999 with JPY is 1,999 ¥.',
  })
  amountMinor!: number;

  @Field(() => String, { description: 'ISO 4217 code, upper case.' })
  currency!: string;
}
