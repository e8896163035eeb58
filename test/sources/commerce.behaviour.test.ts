// From Shopify's checkouts to the cart, and from its marketing state to consent.
import type { RawCheckout } from '../../subgraphs/commerce/commerce.answers';
import { mapCustomer } from '../../subgraphs/commerce/commerce.mapping';
import { checkout, complete, customer, marketing, UPDATED } from './shopper';

describe('A customer’s cart', () => {
  it('is the open checkout that was touched last', () => {
    const checkouts = [
      checkout('old', '2026-03-01'),
      checkout('new', '2026-03-03'),
      checkout('done', '2026-03-05', { completed: true }),
    ];
    expect(complete([], checkouts).categories.BEHAVIOUR).toMatchObject({ cart: { id: 'new' } });
  });

  it('is none when every checkout was completed', () => {
    expect(complete([], [checkout('done', '2026-03-05', { completed: true })]).categories.BEHAVIOUR).toEqual({
      cart: null,
    });
  });

  const changes = (checkouts: RawCheckout[]) =>
    mapCustomer({
      customer: customer(),
      orders: { kind: 'newest', order: null },
      checkouts: { kind: 'changes', checkouts },
    }).categories.BEHAVIOUR;

  it('is not spoken of when only changes came and none is the customer’s', () => {
    expect(changes([])).toBeUndefined();
  });

  it('comes with the checkouts that were completed when only changes came', () => {
    expect(changes([checkout('done', '2026-03-05', { completed: true })])).toEqual({
      cart: null,
      closedCartIds: ['done'],
    });
  });
});

describe('Shopify’s marketing state', () => {
  const consentsOf = (state: string, at: string | null, level: string | null = null) =>
    complete([], [], marketing(state, at, level)).consents.map(({ action, pending, method, occurredAt }) => {
      return { action, pending, method, occurredAt: new Date(occurredAt).toISOString() };
    });
  const TIME = '2026-01-01T00:00:00.000Z';

  it.each([
    ['SUBSCRIBED', 'SINGLE_OPT_IN', { action: 'GRANT', pending: false, method: 'shopify:single_opt_in' }],
    ['SUBSCRIBED', 'CONFIRMED_OPT_IN', { action: 'GRANT', pending: false, method: 'shopify:confirmed_opt_in' }],
    ['PENDING', 'CONFIRMED_OPT_IN', { action: 'GRANT', pending: true, method: 'shopify:confirmed_opt_in' }],
    ['UNSUBSCRIBED', null, { action: 'WITHDRAW', pending: false, method: 'shopify:unknown' }],
  ])('%s by %s is %j', (state, level, expected) => {
    expect(consentsOf(state, TIME, level)).toEqual([{ ...expected, occurredAt: TIME }]);
  });

  it.each(['NOT_SUBSCRIBED', 'INVALID', 'REDACTED', 'toString'])('%s says nothing', (state) => {
    expect(consentsOf(state, TIME)).toEqual([]);
  });

  it('without a time is no grant, and a withdrawal from the last change on', () => {
    expect(consentsOf('SUBSCRIBED', null)).toEqual([]);
    expect(consentsOf('PENDING', 'soon')).toEqual([]);
    expect(consentsOf('UNSUBSCRIBED', null)).toEqual([
      { action: 'WITHDRAW', pending: false, method: 'shopify:unknown', occurredAt: new Date(UPDATED).toISOString() },
    ]);
  });
});
