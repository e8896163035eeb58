// The fields of all templates, complete: the starting point from which tests take things away.
import type { SendAnswer } from '../../renderer/answer';

export const order = {
  contact: { firstName: 'Zoë', email: 'zoe@mail.example' },
  address: { city: 'Hamburg', country: 'DE' },
  lastOrder: {
    id: '5001',
    placedAt: '2026-03-12T23:30:00Z',
    total: { amountMinor: 20800, currency: 'EUR' },
    items: [
      {
        title: 'Linen throw',
        quantity: 1,
        price: { amountMinor: 7900, currency: 'EUR' },
        imageUrl: 'https://cdn.example/throw.jpg',
      },
      {
        title: 'Table lamp',
        quantity: 2,
        price: { amountMinor: 6450, currency: 'EUR' },
        imageUrl: 'https://cdn.example/lamp.jpg?w=72&h=72',
      },
    ],
  },
};

export const cart = {
  contact: { firstName: 'Anna', email: 'anna@mail.example' },
  address: { city: 'Leeds' },
  cart: {
    items: [
      {
        title: 'Beeswax candle',
        quantity: 6,
        price: { amountMinor: 450, currency: 'GBP' },
        imageUrl: 'https://cdn.example/candle.jpg',
      },
    ],
    checkoutUrl: 'https://shop.example/checkouts/77',
    abandonedAt: '2026-04-01T10:00:00Z',
  },
  lastOrder: { placedAt: '2026-01-05T08:00:00Z' },
};

export const winBack = {
  contact: { firstName: 'Ada', email: 'ada@mail.example' },
  address: { country: 'GB' },
  lastOrder: { placedAt: '2026-01-05T08:00:00Z' },
  topCategories: ['Home', 'Sport', 'Kitchen'],
  recentlyViewed: [
    { title: 'Linen throw', url: 'https://shop.example/products/linen-throw' },
    { title: 'Table lamp', url: 'https://shop.example/products/table-lamp' },
    { title: 'Beeswax candle', url: 'https://shop.example/products/beeswax-candle' },
    { title: 'Vase', url: 'https://shop.example/products/vase' },
  ],
  engagement: { score: 0 },
  satisfaction: 'unknown',
};

export function sendAnswer(fields: Record<string, unknown>): SendAnswer {
  return { send: true, fields, withheld: 0, masked: 0, stale: 0 };
}
