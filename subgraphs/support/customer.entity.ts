/** What support knows of a Customer, and of which category each field is. Declarations only. */
import 'reflect-metadata';
import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import { PageInfo } from '../connection.entity';

@ObjectType({ description: 'A question the person put to support.' })
export class Ticket {
  @Field(() => ID, { description: 'The help desk’s id of the ticket.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'What it is about, in the person’s words.' })
  subject?: string | null;

  @Field(() => String, { description: 'new, open, pending, hold, solved or closed.' })
  status!: string;

  @Field(() => String, { description: 'UTC, ISO 8601.' })
  createdAt!: string;

  @Field(() => String, { description: 'UTC, ISO 8601.' })
  updatedAt!: string;
}

@ObjectType({ description: 'A ticket in its connection.' })
export class TicketEdge {
  @Field(() => String, { description: 'Pass it as `after` to go on from here.' })
  cursor!: string;

  @Field(() => Ticket, { description: 'The ticket.' })
  node!: Ticket;
}

@ObjectType({ description: 'Tickets, newest first (Relay connection).' })
export class TicketConnection {
  @Field(() => [TicketEdge], { description: 'This page.' })
  edges!: TicketEdge[];

  @Field(() => PageInfo, { description: 'Where the page lies.' })
  pageInfo!: PageInfo;
}

@ObjectType({ description: 'A data subject, joined over all sources.' })
@Directive('@key(fields: "id")')
export class Customer {
  @Directive('@notPersonal')
  @Field(() => ID, { description: 'ULID. A pseudonym: never an e-mail address, never a source’s own id.' })
  id!: string;

  @Directive('@personalData(category: SUPPORT_HISTORY)')
  @Field(() => Int, { nullable: true, description: 'Number of tickets that are new, open, pending or on hold.' })
  openTickets?: number | null;

  @Directive('@personalData(category: SUPPORT_HISTORY)')
  @Field(() => TicketConnection, {
    nullable: true,
    description: 'Tickets, newest first, as of the last sync or webhook.',
  })
  tickets?: TicketConnection | null;

  @Directive('@personalData(category: SUPPORT_HISTORY)')
  @Field(() => String, {
    nullable: true,
    description: 'good or bad: what the person said of the newest ticket they rated; null when they rated none.',
  })
  satisfaction?: string | null;
}
