/**
 * Joins what a batch call brings with what is stored. A batch call brings the newest order only, and of the carts only those
 * that were touched: what it does not speak of stands. Pure.
 */
import type { Categories } from '../source';
import type { Behaviour, Cart, Item, Order, PurchaseHistory, SensitiveItems } from './commerce.record';

const NO_HISTORY: PurchaseHistory = { orders: [], totalSpent: null, orderCount: 0 };
const NOTHING_SENSITIVE: SensitiveItems = { orders: {}, cart: [] };

/** Both sides are of our own making (commerce.mapping.ts), so their shapes are taken as they are. */
export function mergeCommerce(stored: Categories, fresh: Categories): Categories {
  const before = {
    history: (stored.PURCHASE_HISTORY as unknown as PurchaseHistory | undefined) ?? NO_HISTORY,
    behaviour: (stored.BEHAVIOUR as unknown as Behaviour | undefined) ?? { cart: null },
    sensitive: (stored.SENSITIVE as unknown as SensitiveItems | undefined) ?? NOTHING_SENSITIVE,
  };
  const now = {
    history: (fresh.PURCHASE_HISTORY as unknown as PurchaseHistory | undefined) ?? before.history,
    behaviour: fresh.BEHAVIOUR as unknown as Behaviour | undefined,
    sensitive: (fresh.SENSITIVE as unknown as SensitiveItems | undefined) ?? NOTHING_SENSITIVE,
  };
  const { orders, sensitiveOrders } = mergeOrders(before, now);
  const { cart, sensitiveCart } = mergeCart(before, now);
  const { totalSpent, orderCount } = now.history;
  return {
    ...stored,
    ...fresh,
    PURCHASE_HISTORY: { orders, totalSpent, orderCount },
    BEHAVIOUR: { cart },
    SENSITIVE: { orders: sensitiveOrders, cart: sensitiveCart },
  };
}

interface Side {
  readonly history: PurchaseHistory;
  readonly sensitive: SensitiveItems;
}

/** By id, the fresh one wins; but if its lines were cut and the stored ones are there, those stay: lines of an order rest. */
function mergeOrders(before: Side, now: Side) {
  const merged = new Map<string, { readonly order: Order; readonly special: readonly Item[] }>();
  const special = ({ sensitive }: Side, id: string): readonly Item[] => sensitive.orders[id] ?? [];
  for (const order of before.history.orders) merged.set(order.id, { order, special: special(before, order.id) });
  for (const id of now.history.removedOrderIds ?? []) merged.delete(id);
  for (const order of now.history.orders) {
    const known = order.itemsCut === true ? merged.get(order.id) : undefined;
    if (known === undefined) {
      merged.set(order.id, { order, special: special(now, order.id) });
    } else {
      const { itemsCut, ...whole } = order;
      const lines = { items: known.order.items, ...(known.order.itemsCut === true && { itemsCut }) };
      merged.set(order.id, { order: { ...whole, ...lines }, special: known.special });
    }
  }
  const newestFirst = [...merged.values()].sort(({ order: a }, { order: b }) => compare(b.placedAt, a.placedAt));
  return {
    orders: newestFirst.map(({ order }) => order),
    sensitiveOrders: Object.fromEntries(
      newestFirst.filter(({ special }) => special.length > 0).map(({ order, special }) => [order.id, special]),
    ),
  };
}

/** ISO 8601 in UTC with milliseconds: their order as text is their order in time. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function mergeCart(
  before: { readonly behaviour: Behaviour; readonly sensitive: SensitiveItems },
  now: { readonly behaviour: Behaviour | undefined; readonly sensitive: SensitiveItems },
): { readonly cart: Cart | null; readonly sensitiveCart: readonly Item[] } {
  const stored = { cart: before.behaviour.cart, sensitiveCart: before.sensitive.cart };
  // Nothing of this customer was touched: an old cart lies where it lay.
  if (now.behaviour === undefined) return stored;
  const { cart, closedCartIds } = now.behaviour;
  const fresh = { cart, sensitiveCart: now.sensitive.cart };
  // Everything was seen, not only what was touched.
  if (closedCartIds === undefined || stored.cart === null) return fresh;
  if (cart?.id === stored.cart.id) {
    const same = cart.itemsCut === true && cart.abandonedAt === stored.cart.abandonedAt;
    return same ? stored : fresh;
  }
  const stands = !closedCartIds.includes(stored.cart.id);
  return stands && (cart === null || compare(stored.cart.abandonedAt, cart.abandonedAt) > 0) ? stored : fresh;
}
