/**
 * The fields of the shop that are more than a property of the record: paging, the newest order, and lines of a special
 * category, which lie in a blob of their own and join the others only where SENSITIVE may be seen.
 */
import { Arg, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import { whenKnown } from '../../schema/maybe-promise';
import type { MaybePromise } from '../../schema/maybe-promise';
import { pageOf } from '../connection.entity';
import type { SourceCustomer } from '../source.customer';
import { Cart, Customer, Order } from './customer.entity';
import type { Item } from './customer.entity';

/** What lies in the SENSITIVE blob: lines of orders by order id, and lines of the cart. */
interface SensitiveItems {
  readonly orders?: Readonly<Record<string, Item[]>>;
  readonly cart?: Item[];
}

type OfCustomer<Value> = Value & { readonly customer: SourceCustomer };

@Resolver(() => Customer)
export class CustomerResolver {
  @FieldResolver()
  async orders(
    @Root() customer: SourceCustomer,
    @Arg('first', () => Int, { defaultValue: 10, description: 'Size of the page, 1 to 100.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'Cursor to go on from.' }) after: string | null,
  ) {
    return pageOf(await ordersOf(customer), ({ id }) => id, { first, after });
  }

  @FieldResolver()
  lastOrder(@Root() customer: SourceCustomer): MaybePromise<OfCustomer<Order> | null> {
    return whenKnown(customer.read('PURCHASE_HISTORY'), (part) => {
      const [newest] = (part?.orders ?? []) as Order[];
      return newest ? { ...newest, customer } : null;
    });
  }

  @FieldResolver()
  cart(@Root() customer: SourceCustomer): MaybePromise<OfCustomer<Cart> | null> {
    return whenKnown(customer.read('BEHAVIOUR'), (part) => {
      const cart = part?.cart as Cart | null | undefined;
      return cart ? { ...cart, customer } : null;
    });
  }
}

@Resolver(() => Order)
export class OrderResolver {
  @FieldResolver()
  items(@Root() order: OfCustomer<Order>): MaybePromise<Item[]> {
    return whenKnown(order.customer.read('SENSITIVE'), (part) => {
      const sensitive = part as SensitiveItems | null;
      return [...(order.items ?? []), ...(sensitive?.orders?.[order.id] ?? [])];
    });
  }
}

@Resolver(() => Cart)
export class CartResolver {
  @FieldResolver()
  items(@Root() cart: OfCustomer<Cart>): MaybePromise<Item[]> {
    return whenKnown(cart.customer.read('SENSITIVE'), (part) => {
      const sensitive = part as SensitiveItems | null;
      return [...(cart.items ?? []), ...(sensitive?.cart ?? [])];
    });
  }
}

async function ordersOf(customer: SourceCustomer): Promise<Array<OfCustomer<Order>>> {
  const orders = ((await customer.read('PURCHASE_HISTORY'))?.orders ?? []) as Order[];
  return orders.map((order) => ({ ...order, customer }));
}
