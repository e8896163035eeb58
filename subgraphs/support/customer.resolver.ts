/** The one field of support that is more than a property of the record: tickets, page by page. */
import { Arg, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import { pageOf } from '../connection.entity';
import type { SourceCustomer } from '../source.customer';
import { Customer } from './customer.entity';
import type { TicketConnection } from './customer.entity';
import type { SupportHistory } from './support.record';

@Resolver(() => Customer)
export class CustomerResolver {
  @FieldResolver()
  async tickets(
    @Root() customer: SourceCustomer,
    @Arg('first', () => Int, { defaultValue: 10, description: 'Size of the page, 1 to 100.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'Cursor to go on from.' }) after: string | null,
  ): Promise<TicketConnection | null> {
    const history = (await customer.read('SUPPORT_HISTORY')) as SupportHistory | null;
    return history && pageOf(history.tickets, ({ id }) => id, { first, after });
  }
}
