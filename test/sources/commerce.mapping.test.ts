// From a Shopify customer, orders and checkouts to what the shop says of a Customer.
import type { RawHistoryOrder } from '../../subgraphs/commerce/commerce.answers';
import { mapCustomer } from '../../subgraphs/commerce/commerce.mapping';
import { specialCategoryOf } from '../../subgraphs/special-categories';
import { failureOf } from '../upstream/bench';
import { checkout, complete, customer, item, line, order, UPDATED } from './shopper';

describe('A Shopify customer', () => {
  it('is mapped whole', () => {
    const raw = customer({
      firstName: ' Ada',
      lastName: 'Lovelace',
      verifiedEmail: false,
      numberOfOrders: '3',
      amountSpent: { amount: '320.5', currencyCode: 'EUR' },
      defaultEmailAddress: {
        emailAddress: 'Ada@Example.com',
        marketingState: 'SUBSCRIBED',
        marketingOptInLevel: 'CONFIRMED_OPT_IN',
        marketingUpdatedAt: '2026-01-01T00:00:00Z',
      },
      defaultPhoneNumber: { phoneNumber: '+491515550123' },
      defaultAddress: { countryCodeV2: 'DE' },
    });
    const blanket = {
      title: 'Wool blanket',
      quantity: 2,
      price: { shopMoney: { amount: '89.0', currencyCode: 'EUR' } },
      image: { url: 'https://shop.example/1.jpg' },
      product: { productType: 'Home' },
    };
    const orders = [order('1', '2026-01-02', { paid: '178.0', lines: [blanket] }), order('2', '2026-02-02')];
    expect(complete(orders, [checkout('c', '2026-03-03')], raw)).toEqual({
      sourceId: '7700',
      sourceVersion: Date.parse(UPDATED),
      categories: {
        PURCHASE_HISTORY: {
          orders: [
            {
              id: '2',
              placedAt: '2026-02-02T12:00:00.000Z',
              total: { amountMinor: 1_000, currency: 'EUR' },
              items: [item('Line of 2')],
            },
            {
              id: '1',
              placedAt: '2026-01-02T12:00:00.000Z',
              total: { amountMinor: 17_800, currency: 'EUR' },
              items: [
                {
                  title: 'Wool blanket',
                  quantity: 2,
                  price: { amountMinor: 8_900, currency: 'EUR' },
                  imageUrl: 'https://shop.example/1.jpg',
                },
              ],
            },
          ],
          totalSpent: { amountMinor: 32_050, currency: 'EUR' },
          orderCount: 3,
        },
        BEHAVIOUR: {
          cart: {
            id: 'c',
            items: [item('Line of c')],
            checkoutUrl: 'https://shop.example/c',
            abandonedAt: '2026-03-03T12:00:00.000Z',
          },
        },
        SENSITIVE: { orders: {}, cart: [] },
      },
      identities: [
        { namespace: 'shopify.customer', value: '7700', verified: true },
        { namespace: 'email', value: 'ada@example.com', verified: false },
        { namespace: 'phone', value: '+491515550123', verified: false },
      ],
      consents: [
        {
          purpose: 'EMAIL_MARKETING',
          topic: null,
          action: 'GRANT',
          basis: 'CONSENT',
          pending: false,
          notice: null,
          method: 'shopify:confirmed_opt_in',
          occurredAt: Date.parse('2026-01-01T00:00:00Z'),
          expiresAt: null,
        },
      ],
      facts: {
        name: 'Ada Lovelace',
        country: 'DE',
        birthDate: null,
        suppressions: [],
        historicValue: { amountMinor: 18_800, currency: 'EUR' },
        activities: [
          { type: 'order', day: '2026-01-02', count: 1 },
          { type: 'order', day: '2026-02-02', count: 1 },
        ],
      },
    });
  });

  it('of whom nothing is known has neither orders, cart nor consent', () => {
    expect(complete()).toEqual({
      sourceId: '7700',
      sourceVersion: Date.parse(UPDATED),
      categories: {
        PURCHASE_HISTORY: { orders: [], totalSpent: { amountMinor: 0, currency: 'EUR' }, orderCount: 0 },
        BEHAVIOUR: { cart: null },
        SENSITIVE: { orders: {}, cart: [] },
      },
      identities: [{ namespace: 'shopify.customer', value: '7700', verified: true }],
      consents: [],
      facts: {
        name: null,
        country: null,
        birthDate: null,
        suppressions: [],
        historicValue: { amountMinor: 0, currency: 'EUR' },
        activities: [],
      },
    });
  });

  it('with a time that cannot be read is refused, without a word of it', async () => {
    const map = async () => complete([], [], customer({ updatedAt: 'ada@example.com' }));
    await expect(failureOf(map())).resolves.toEqual({
      code: 'UPSTREAM_INVALID',
      message: 'Shopify, customer: expected a date-time in updatedAt, got something else',
    });
  });
});

describe('Lines of a special category', () => {
  const pharmacy = [line('Iron tablets', 'Pharmacy'), line('Desk lamp'), line('Vanished', null)];
  const { categories } = complete(
    [order('1', '2026-01-02', { lines: pharmacy })],
    [checkout('c', '2026-03-03', { lines: pharmacy })],
  );

  it('lie with SENSITIVE only, and the order keeps its other lines', () => {
    expect(categories.SENSITIVE).toEqual({ orders: { 1: [item('Iron tablets')] }, cart: [item('Iron tablets')] });
    expect(categories.PURCHASE_HISTORY).toMatchObject({ orders: [{ items: [item('Desk lamp'), item('Vanished')] }] });
    expect(categories.BEHAVIOUR).toMatchObject({ cart: { items: [item('Desk lamp'), item('Vanished')] } });
  });

  it('are named nowhere else', () => {
    const { SENSITIVE: _, ...others } = categories;
    expect(JSON.stringify(others)).not.toContain('Iron tablets');
  });

  it.each([
    ['Pharmacy', 'HEALTH'],
    [' MEDICINE ', 'HEALTH'],
    ['Health > Pharmacy > Pain', 'HEALTH'],
    ['Health supplements', 'HEALTH'],
    ['Sexual wellness', 'SEX_LIFE'],
    ['Religious articles', 'BELIEF'],
    ['Home', null],
    ['constructor', null],
    ['', null],
    [null, null],
  ])('by product type %j: %j', (type, category) => expect(specialCategoryOf(type)).toBe(category));
});

describe('What a customer was worth', () => {
  const worth = (orders: RawHistoryOrder[]) => complete(orders).facts.historicValue;

  it('leaves out cancelled and test orders, as the list of orders does', () => {
    const orders = [
      order('1', '2026-01-01'),
      order('2', '2026-01-02', { cancelledAt: '2026-01-03T00:00:00Z' }),
      order('3', '2026-01-03', { test: true }),
    ];
    expect(worth(orders)).toEqual({ amountMinor: 1_000, currency: 'EUR' });
    expect(complete(orders).categories.PURCHASE_HISTORY).toMatchObject({ orders: [{ id: '1' }] });
  });

  it('is the sum in the currency of most orders', () => {
    const orders = [
      order('1', '2026-01-01', { paid: '1500.0', currency: 'JPY' }),
      order('2', '2026-01-02', { paid: '500.0', currency: 'JPY' }),
      order('3', '2026-01-03', { paid: '99.0' }),
    ];
    expect(worth(orders)).toEqual({ amountMinor: 2_000, currency: 'JPY' });
  });

  it('is, of equally many, the sum in the currency of the newest', () => {
    const orders = [order('1', '2026-01-01', { paid: '1500.0', currency: 'JPY' }), order('2', '2026-01-02')];
    expect(worth(orders)).toEqual({ amountMinor: 1_000, currency: 'EUR' });
  });

  it('is Shopify’s own sum when only the newest order came', () => {
    const raw = customer({ amountSpent: { amount: '320.5', currencyCode: 'EUR' } });
    const { facts } = mapCustomer({
      customer: raw,
      orders: { kind: 'newest', order: order('9', '2026-01-01') },
      checkouts: { kind: 'complete', checkouts: [] },
    });
    expect(facts.historicValue).toEqual({ amountMinor: 32_050, currency: 'EUR' });
    expect(facts).not.toHaveProperty('activities');
  });
});
