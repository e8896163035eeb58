/** What the shop knows of a Customer, and of which category each field is. Declarations only. */
import 'reflect-metadata';
import { GraphQLSafeInt } from 'graphql-scalars';
import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import { PageInfo } from '../connection.entity';
import { Money } from '../money.entity';

@ObjectType({ description: 'One line of an order or a cart.' })
export class Item {
  @Field(() => String, { nullable: true, description: 'What was bought, as the shop names it.' })
  title?: string | null;

  @Field(() => Int, { nullable: true, description: 'Number of pieces.' })
  quantity?: number | null;

  @Field(() => Money, { nullable: true, description: 'Price of one piece, discounts of the line included.' })
  price?: Money | null;

  @Field(() => String, { nullable: true, description: 'HTTPS address of a picture.' })
  imageUrl?: string | null;
}

@ObjectType({ description: 'A placed order; cancelled and test orders are left out.' })
export class Order {
  @Field(() => ID, { description: 'The shop’s id of the order.' })
  id!: string;

  @Field(() => String, { description: 'UTC, ISO 8601.' })
  placedAt!: string;

  @Field(() => Money, { nullable: true, description: 'Current total in the shop’s currency, after returns.' })
  total?: Money | null;

  @Field(() => [Item], {
    nullable: true,
    description: 'Lines of the order. Lines of a special category (a pharmacy article) are seen with SENSITIVE only.',
  })
  items?: Item[] | null;
}

@ObjectType({ description: 'An order in its connection.' })
export class OrderEdge {
  @Field(() => String, { description: 'Pass it as `after` to go on from here.' })
  cursor!: string;

  @Field(() => Order, { description: 'The order.' })
  node!: Order;
}

@ObjectType({ description: 'Orders, newest first (Relay connection).' })
export class OrderConnection {
  @Field(() => [OrderEdge], { description: 'This page.' })
  edges!: OrderEdge[];

  @Field(() => PageInfo, { description: 'Where the page lies.' })
  pageInfo!: PageInfo;
}

@ObjectType({ description: 'The cart the person left behind.' })
export class Cart {
  @Field(() => [Item], {
    nullable: true,
    description: 'What lies in it. Lines of a special category are seen with SENSITIVE only.',
  })
  items?: Item[] | null;

  @Field(() => String, { nullable: true, description: 'HTTPS address at which the person can go on.' })
  checkoutUrl?: string | null;

  @Field(() => String, { nullable: true, description: 'UTC, ISO 8601: the last time the cart was touched.' })
  abandonedAt?: string | null;
}

@ObjectType({ description: 'A data subject, joined over all sources.' })
@Directive('@key(fields: "id")')
export class Customer {
  @Directive('@notPersonal')
  @Field(() => ID, { description: 'ULID. A pseudonym: never an e-mail address, never a source’s own id.' })
  id!: string;

  @Directive('@personalData(category: PURCHASE_HISTORY)')
  @Field(() => OrderConnection, { nullable: true, description: 'Orders, newest first.' })
  orders?: OrderConnection | null;

  @Directive('@personalData(category: PURCHASE_HISTORY)')
  @Field(() => Order, { nullable: true, description: 'The newest order; null when there is none.' })
  lastOrder?: Order | null;

  @Directive('@personalData(category: BEHAVIOUR)')
  @Field(() => Cart, { nullable: true, description: 'The newest open cart; null when there is none.' })
  cart?: Cart | null;

  @Directive('@personalData(category: PURCHASE_HISTORY)')
  @Field(() => Money, { nullable: true, description: 'What the person has spent, as the shop counts it.' })
  totalSpent?: Money | null;

  @Directive('@personalData(category: PURCHASE_HISTORY)')
  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Number of orders, as the shop counts them.' })
  orderCount?: number | null;
}
