/** What the shop says of a Customer without what is past its time: orders by when they were placed, the cart by when it was left. Pure. */
import type { KeptFrom } from '../../schema/retention-table';
import type { Categories } from '../source';
import type { Behaviour, PurchaseHistory, SensitiveItems } from './commerce.record';

/** Both sides are of our own making (commerce.mapping.ts), so their shapes are taken as they are. */
export function retainCommerce(categories: Categories, keptFrom: KeptFrom): Categories {
  const history = categories.PURCHASE_HISTORY as unknown as PurchaseHistory | undefined;
  const behaviour = categories.BEHAVIOUR as unknown as Behaviour | undefined;
  const sensitive = categories.SENSITIVE as unknown as SensitiveItems | undefined;
  const orders = (history?.orders ?? []).filter(({ placedAt }) => placedAt >= keptFrom.PURCHASE_HISTORY);
  const left = behaviour?.cart ?? null;
  const cart = left !== null && left.abandonedAt >= keptFrom.BEHAVIOUR ? left : null;
  const recent = new Set(orders.filter(({ placedAt }) => placedAt >= keptFrom.SENSITIVE).map(({ id }) => id));
  return {
    ...categories,
    ...(history && { PURCHASE_HISTORY: { ...history, orders } }),
    ...(behaviour && { BEHAVIOUR: { ...behaviour, cart } }),
    ...(sensitive && {
      SENSITIVE: {
        ...sensitive,
        // Lines whose order is not there any more have no date, and nothing to belong to.
        orders: Object.fromEntries(Object.entries(sensitive.orders).filter(([id]) => recent.has(id))),
        cart: cart !== null && cart.abandonedAt >= keptFrom.SENSITIVE ? sensitive.cart : [],
      },
    }),
  };
}
