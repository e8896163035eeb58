// What a batch call brings, joined with what is stored.
import type { RawCheckout, RawHistoryOrder } from '../../subgraphs/commerce/commerce.answers';
import { mapCustomer, mergeCommerce } from '../../subgraphs/commerce/commerce.mapping';
import { checkout, customer, item, line, order } from './shopper';

const stored = (orders: RawHistoryOrder[], checkouts: RawCheckout[] = []) =>
  mapCustomer({
    customer: customer({ numberOfOrders: '2' }),
    orders: { kind: 'complete', orders },
    checkouts: { kind: 'complete', checkouts },
  }).categories;

const fresh = (
  newest: RawHistoryOrder | null,
  checkouts: RawCheckout[] = [],
  kind: 'complete' | 'changes' = 'changes',
) =>
  mapCustomer({
    customer: customer({ numberOfOrders: '3', amountSpent: { amount: '30.0', currencyCode: 'EUR' } }),
    orders: { kind: 'newest', order: newest },
    checkouts: { kind, checkouts },
  }).categories;

const PILLS = line('Pills', 'Pharmacy');

describe('Orders of a batch call', () => {
  it('join the stored ones, newest first, with Shopify’s newest sums', () => {
    const before = stored([order('1', '2026-01-01'), order('2', '2026-02-01')]);
    expect(mergeCommerce(before, fresh(order('3', '2026-03-01'))).PURCHASE_HISTORY).toEqual({
      orders: ['3', '2', '1'].map((id) => ({
        id,
        placedAt: `2026-0${id}-01T12:00:00.000Z`,
        total: { amountMinor: 1_000, currency: 'EUR' },
        items: [item(`Line of ${id}`)],
      })),
      totalSpent: { amountMinor: 3_000, currency: 'EUR' },
      orderCount: 3,
    });
  });

  it('win over the stored one of the same id', () => {
    const before = stored([order('1', '2026-01-01', { lines: [line('Old'), PILLS] })]);
    const merged = mergeCommerce(before, fresh(order('1', '2026-01-01', { paid: '5.0', lines: [line('New')] })));
    expect(merged.PURCHASE_HISTORY).toMatchObject({ orders: [{ total: { amountMinor: 500 }, items: [item('New')] }] });
    expect(merged.SENSITIVE).toEqual({ orders: {}, cart: [] });
  });

  it('keep the lines of a special category of older ones', () => {
    const before = stored([order('1', '2026-01-01', { lines: [PILLS] })]);
    const merged = mergeCommerce(before, fresh(order('2', '2026-02-01', { lines: [PILLS, line('Lamp')] })));
    expect(merged.SENSITIVE).toEqual({ orders: { 1: [item('Pills')], 2: [item('Pills')] }, cart: [] });
  });

  it('that were cancelled since take the stored one out, with its lines of a special category', () => {
    const before = stored([order('1', '2026-01-01'), order('2', '2026-02-01', { lines: [PILLS] })]);
    const merged = mergeCommerce(before, fresh(order('2', '2026-02-01', { cancelledAt: '2026-02-02T00:00:00Z' })));
    expect(merged.PURCHASE_HISTORY).toMatchObject({ orders: [{ id: '1' }] });
    expect(merged.PURCHASE_HISTORY).not.toHaveProperty('removedOrderIds');
    expect(merged.SENSITIVE).toEqual({ orders: {}, cart: [] });
  });

  it('with lines cut off keep the stored lines, and take the new total', () => {
    const before = stored([order('1', '2026-01-01', { lines: [line('A'), line('B'), PILLS] })]);
    const cut = order('1', '2026-01-01', { paid: '5.0', lines: [line('A')], cut: true });
    const merged = mergeCommerce(before, fresh(cut));
    expect(merged.PURCHASE_HISTORY?.orders).toEqual([
      {
        id: '1',
        placedAt: '2026-01-01T12:00:00.000Z',
        total: { amountMinor: 500, currency: 'EUR' },
        items: [item('A'), item('B')],
      },
    ]);
    expect(merged.SENSITIVE).toEqual({ orders: { 1: [item('Pills')] }, cart: [] });
  });
});

describe('The cart of a batch call', () => {
  const before = stored([], [checkout('old', '2026-03-01', { lines: [line('Lamp'), PILLS] })]);
  const cartOf = (categories: ReturnType<typeof mergeCommerce>) => ({
    id: (categories.BEHAVIOUR?.cart as { id: string } | null)?.id ?? null,
    special: (categories.SENSITIVE as { cart: unknown[] }).cart.length,
    keys: Object.keys(categories.BEHAVIOUR ?? {}),
  });

  it.each<[string, RawCheckout[], string | null, number]>([
    ['stands when nothing was touched', [], 'old', 1],
    ['is gone when it was completed', [checkout('old', '2026-03-02', { completed: true })], null, 0],
    ['stands when another was completed', [checkout('other', '2026-03-02', { completed: true })], 'old', 1],
    ['gives way to one that was touched later', [checkout('new', '2026-03-02')], 'new', 0],
    ['does not give way to one that was touched earlier', [checkout('older', '2026-02-02')], 'old', 1],
    [
      'gives way to an earlier one when it was completed',
      [checkout('older', '2026-02-02'), checkout('old', '2026-03-02', { completed: true })],
      'older',
      0,
    ],
    ['takes its new lines when it was touched again', [checkout('old', '2026-03-02')], 'old', 0],
    ['keeps its lines when the same ones came cut off', [checkout('old', '2026-03-01', { cut: true })], 'old', 1],
  ])('%s', (_, touched, id, special) => {
    expect(cartOf(mergeCommerce(before, fresh(null, touched)))).toEqual({ id, special, keys: ['cart'] });
  });

  it('is gone when all checkouts were seen and none is open', () => {
    expect(cartOf(mergeCommerce(before, fresh(null, [], 'complete')))).toEqual({
      id: null,
      special: 0,
      keys: ['cart'],
    });
  });

  it('is found where nothing was stored', () => {
    expect(cartOf(mergeCommerce({}, fresh(null, [checkout('new', '2026-03-02')])))).toEqual({
      id: 'new',
      special: 0,
      keys: ['cart'],
    });
  });
});
