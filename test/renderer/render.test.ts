// The shipped templates, read as whole mails: complete, with anything missing, with hostile data. Must not reach a network.
import path from 'node:path';
import fc from 'fast-check';
import { createRenderer, type Renderer } from '../../renderer/render';
import { readable } from './readable';
import { cart, order, sendAnswer, winBack } from './samples';

const templatesDir = path.join(__dirname, '..', '..', 'renderer', 'templates');
let renderer: Renderer;
beforeAll(async () => {
  renderer = await createRenderer({ templatesDir });
});
const read = (template: string, fields: Record<string, unknown>) =>
  readable(renderer.render(template, sendAnswer(fields)).html);

const orderFooter = [
  'You receive this because you placed an order with Lumen & Co., and it is about that order only: it carries no advertising, so it comes whether or not you subscribe to our news. E-mail settings ⟨https://shop.example/account/e-mails⟩',
  'Lumen & Co., 12 Lantern Lane, Exampleton',
];
const cartFooter = [
  'You receive this because you agreed to e-mails with offers and reminders from Lumen & Co., or bought from us and did not object to them. Had enough? Unsubscribe ⟨https://shop.example/unsubscribe⟩',
  'Lumen & Co., 12 Lantern Lane, Exampleton',
];

describe('A mail says everything the customer is to read', () => {
  it('lists the templates', () => {
    expect(renderer.templates()).toEqual(['abandoned-cart', 'order-follow-up', 'win-back']);
  });

  it('order-follow-up with all fields', () => {
    expect(renderer.render('order-follow-up', sendAnswer(order)).subject).toBe('How is your order?');
    expect(read('order-follow-up', order)).toEqual([
      'Thank you for shopping with us. If anything is not right, we will put it right.',
      'Lumen & Co. ⟨https://shop.example/⟩',
      'How is your order?',
      'Hi Zoë,',
      'Thank you for your order of 12 March 2026. By now everything should have found its place with you in Hamburg, and we hope you are enjoying it.',
      '[picture: Linen throw]',
      'Linen throw, Quantity 1',
      '€79.00',
      '[picture: Table lamp]',
      'Table lamp, Quantity 2',
      '€64.50, each',
      'Total',
      '€208.00',
      'If something is missing or not right, tell us: we answer every message, and we will sort it out.',
      'Get help with this order ⟨https://shop.example/help⟩',
      'You’ll find your receipt and delivery details under your orders ⟨https://shop.example/account/orders⟩.',
      ...orderFooter,
    ]);
  });

  it('abandoned-cart with all fields', () => {
    expect(renderer.render('abandoned-cart', sendAnswer(cart)).subject).toBe('You left something in your cart');
    expect(read('abandoned-cart', cart)).toEqual([
      'It is still there, and you can pick up where you left off.',
      'Lumen & Co. ⟨https://shop.example/⟩',
      'Still thinking it over?',
      'Hi Anna,',
      'You left this in your cart on 1 April 2026. Take your time: everything is saved as you left it.',
      '[picture: Beeswax candle]',
      'Beeswax candle, Quantity 6',
      '£4.50, each',
      'Back to your cart ⟨https://shop.example/checkouts/77⟩',
      'It would be lovely to pack a parcel for you again. We deliver to Leeds. Questions first? Ask us ⟨https://shop.example/help⟩.',
      ...cartFooter,
    ]);
  });

  it('win-back with all fields', () => {
    expect(renderer.render('win-back', sendAnswer(winBack)).subject).toBe('It has been a while');
    expect(read('win-back', winBack)).toEqual([
      'A few things have changed in the shop since. Have a look, if you like.',
      'Lumen & Co. ⟨https://shop.example/⟩',
      'It has been a while',
      'Hi Ada,',
      'Your last order was on 5 January 2026, and a few things have changed in the shop since. There is something new in Home, Sport, and Kitchen.',
      'You looked at',
      'Linen throw ⟨https://shop.example/products/linen-throw⟩',
      'Table lamp ⟨https://shop.example/products/table-lamp⟩',
      'Beeswax candle ⟨https://shop.example/products/beeswax-candle⟩',
      'See what is new ⟨https://shop.example/⟩',
      'Looking for something else? Ask us ⟨https://shop.example/help⟩.',
      ...cartFooter,
    ]);
  });

  it('win-back greets who still comes by otherwise, and takes back a step where support answered badly', () => {
    expect(read('win-back', { ...winBack, engagement: { score: 12 } })[2]).toBe('Good to have you around');
    expect(read('win-back', { ...winBack, satisfaction: 'bad' })[4]).toMatch(
      /^Last time we did not answer as you may expect of us\./,
    );
  });

  it('is one HTML document in a stated language, for light and dark, that loads nothing but the pictures of the items', () => {
    const { html } = renderer.render('order-follow-up', sendAnswer(order));
    expect(html).toMatch(/^<!doctype html>\s*<html lang="en" dir="ltr"/);
    expect(html).toContain('<meta name="color-scheme" content="light dark" />');
    expect(html).toContain('<title>How is your order?</title>');
    expect(html.match(/<!--(?!\[if|<!\[endif)(?!>?<!)[^>]*-->/g)).toBeNull(); // no comments but Outlook's
    expect(html.match(/(?<=(?:src|@import|<link)[^>]*)https?:[^"')]*/g)).toEqual([
      'https://cdn.example/throw.jpg',
      'https://cdn.example/lamp.jpg?w=72&amp;h=72',
    ]);
  });
});

describe('A mail reads well whatever is missing', () => {
  it('order-follow-up with nothing', () => {
    const nothing = { contact: null, address: null, lastOrder: null };
    expect(read('order-follow-up', nothing)).toEqual([
      'Thank you for shopping with us. If anything is not right, we will put it right.',
      'Lumen & Co. ⟨https://shop.example/⟩',
      'How is your order?',
      'Hello,',
      'Thank you for your order. By now everything should have found its place, and we hope you are enjoying it.',
      'If something is missing or not right, tell us: we answer every message, and we will sort it out.',
      'Get help with this order ⟨https://shop.example/help⟩',
      'You’ll find your receipt and delivery details under your orders ⟨https://shop.example/account/orders⟩.',
      ...orderFooter,
    ]);
  });

  it('abandoned-cart with nothing', () => {
    expect(read('abandoned-cart', { contact: null, address: null, cart: null, lastOrder: null })).toEqual([
      'It is still there, and you can pick up where you left off.',
      'Lumen & Co. ⟨https://shop.example/⟩',
      'Your cart is waiting',
      'Hello,',
      'You put something into your cart and didn’t get round to ordering. No hurry: it is saved, and you can pick up where you left off.',
      'Back to your cart ⟨https://shop.example/cart⟩',
      'Questions first? Ask us ⟨https://shop.example/help⟩.',
      ...cartFooter,
    ]);
  });

  it('win-back with nothing', () => {
    const nothing = { contact: null, address: null, lastOrder: null, topCategories: null, recentlyViewed: null };
    expect(read('win-back', { ...nothing, engagement: null, satisfaction: null })).toEqual([
      'A few things have changed in the shop since. Have a look, if you like.',
      'Lumen & Co. ⟨https://shop.example/⟩',
      'It has been a while',
      'Hello,',
      'A few things have changed in the shop since you were last here.',
      'See what is new ⟨https://shop.example/⟩',
      'Looking for something else? Ask us ⟨https://shop.example/help⟩.',
      ...cartFooter,
    ]);
  });

  it('views lose only what they lack, and one that lacks all leaves no row', () => {
    const recentlyViewed = [
      null,
      { title: null, url: null },
      { title: ' ', url: 'javascript:alert(1)' },
      { title: null, url: 'https://shop.example/products/vase' },
      { title: 'Lamp', url: null },
    ];
    expect(read('win-back', { ...winBack, recentlyViewed }).slice(5, 8)).toEqual([
      'You looked at',
      'A piece from our shop ⟨https://shop.example/products/vase⟩',
      'Lamp',
    ]);
    expect(read('win-back', { ...winBack, recentlyViewed: recentlyViewed.slice(0, 3) })[5]).toBe(
      'See what is new ⟨https://shop.example/⟩',
    );
  });

  it('items lose only what they lack, and an empty picture leaves no box', () => {
    const bare = { title: null, quantity: null, price: null, imageUrl: null };
    const fields = { ...cart, cart: { ...cart.cart, items: [null, bare, { ...bare, title: 'Vase', quantity: 2 }] } };
    const { html } = renderer.render('abandoned-cart', sendAnswer(fields));
    expect(html).not.toContain('<img');
    expect(readable(html).slice(4, 8)).toEqual([
      'You left these in your cart on 1 April 2026. Take your time: everything is saved as you left it.',
      'A piece from our shop',
      'Vase, Quantity 2',
      'Back to your cart ⟨https://shop.example/checkouts/77⟩',
    ]);
  });

  it.each([
    ['order-follow-up', order],
    ['abandoned-cart', cart],
    ['win-back', winBack],
  ])('%s: any fields nulled, no trace of the machinery', (template, complete) => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.boolean()), (coins) => {
        const html = renderer.render(template, sendAnswer(takeAway(complete, coins) as Record<string, unknown>)).html;
        for (const trace of ['null', 'undefined', 'NaN', '{{', '{%', '[object', 'Hi ,', 'src=""', 'href=""', ' .']) {
          expect(readable(html).join('\n') + html.replace(/<style[\s\S]*?<\/style>/g, '')).not.toContain(trace);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('Data stays text', () => {
  const hostile = [
    '<script>alert(1)</script>',
    '{{ brand.name }}',
    '{% raw %}',
    '"><img src=x onerror=alert(1)>',
    "' onload='x",
    '&amp;',
    ']]><!--',
  ];

  it.each(hostile)('%s as a name, a city and a title', (text) => {
    const fields = {
      ...cart,
      contact: { firstName: text },
      address: { city: text },
      cart: { ...cart.cart, items: [{ ...cart.cart.items[0], title: text }] },
    };
    const { html } = renderer.render('abandoned-cart', sendAnswer(fields));
    expect(html).not.toMatch(/<script|<img src=x|' onload/);
    // No new element and no new attribute: the tags are those of the mail with harmless text.
    const plain = renderer.render('abandoned-cart', sendAnswer({ ...fields, contact: { firstName: 'A' } })).html;
    expect(html.match(/<[a-z!][^>]*>/gi)).toEqual(plain.match(/<[a-z!][^>]*>/gi));
    expect(readable(html)).toContain(`Hi ${text},`);
    expect(html.match(/<img[^>]*>/g)).toHaveLength(1);
  });

  it.each(hostile)('%s as a category and a page', (text) => {
    const fields = { ...winBack, topCategories: [text], recentlyViewed: [{ title: text, url: text }] };
    const { html } = renderer.render('win-back', sendAnswer(fields));
    const plain = renderer.render(
      'win-back',
      sendAnswer({ ...fields, topCategories: ['A'], recentlyViewed: [{ title: 'A', url: null }] }),
    ).html;
    expect(html.match(/<[a-z!][^>]*>/gi)).toEqual(plain.match(/<[a-z!][^>]*>/gi));
    expect(readable(html)).toContain(text);
  });

  it.each([
    'javascript:alert(1)',
    ' JaVaScRiPt:alert(1)',
    'data:text/html,x',
    '/cart',
    'not a url',
    'java\nscript:x',
    7,
  ])('the address %j is dropped', (address) => {
    const fields = { ...cart, cart: { items: [{ title: 'Vase', imageUrl: address }], checkoutUrl: address } };
    const { html } = renderer.render('abandoned-cart', sendAnswer(fields));
    expect(readable(html)).toContain('Back to your cart ⟨https://shop.example/cart⟩');
    expect(html).not.toMatch(/javascript:|data:|<img/i);
  });
});

describe('Money and dates are written as the customer writes them', () => {
  const totalOf = (amountMinor: unknown, currency: unknown, country: string | null = 'US') => {
    const lastOrder = { ...order.lastOrder, items: null, total: { amountMinor, currency } };
    const lines = read('order-follow-up', { ...order, address: { city: null, country }, lastOrder });
    return lines[lines.indexOf('Total') + 1];
  };

  it.each([
    [123456, 'EUR', 'DE', '€1,234.56'],
    [123456, 'USD', 'US', '$1,234.56'],
    [123456, 'JPY', 'US', '¥123,456'],
    [2500000000, 'IDR', 'US', 'IDR 25,000,000.00'],
    [12345, 'TND', 'US', 'TND 12.345'],
    [12345, 'CHF', 'CH', 'CHF 123.45'],
    [-500, 'EUR', 'US', '-€5.00'],
    [0, 'EUR', 'US', '€0.00'],
    [999999999999999, 'EUR', 'US', '€9,999,999,999,999.99'],
  ])('%d minor units of %s in %s: %s', (amountMinor, currency, country, text) => {
    expect(totalOf(amountMinor, currency, country)).toBe(text);
  });

  it.each([
    [1.5, 'EUR'],
    ['100', 'EUR'],
    [100, 'euro'],
    [100, null],
    [null, 'EUR'],
    [2 ** 53, 'EUR'],
  ])('no price for %j %j', (amountMinor, currency) => {
    const lastOrder = { ...order.lastOrder, items: null, total: { amountMinor, currency } };
    expect(read('order-follow-up', { ...order, lastOrder })).not.toContain('Total');
  });

  it.each([
    ['2026-03-12T00:30:00Z', 'US', ' of March 12, 2026.'],
    ['2026-03-12', 'GB', ' of 12 March 2026.'],
    ['2026-03-12', null, ' of 12 March 2026.'],
    ['2026-03-12', 'nowhere', ' of 12 March 2026.'],
    ['2026-13-99T00:00:00Z', 'US', '.'],
    ['soon', 'US', '.'],
    [1773273600000, 'US', '.'],
  ])('%s for %s: "%s"', (placedAt, country, text) => {
    const fields = { ...order, address: { city: null, country }, lastOrder: { ...order.lastOrder, placedAt } };
    expect(read('order-follow-up', fields)[4]?.split(' By now')[0]).toBe(`Thank you for your order${text}`);
  });
});

/** A copy in which each field (objects and list entries too) is null when its coin says so. */
function takeAway(value: unknown, coins: Iterator<boolean>): unknown {
  if (Array.isArray(value)) return value.map((entry) => (coins.next().value ? takeAway(entry, coins) : null));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, coins.next().value ? takeAway(inner, coins) : null]),
  );
}
