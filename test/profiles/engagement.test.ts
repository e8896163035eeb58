// The engagement score, by its published golden values, and what may not move it.
import fc from 'fast-check';
import { engagementOf } from '../../subgraphs/profiles/engagement';
import type { Activity, ActivityType } from '../../subgraphs/source';

const NOW = Date.parse('2026-11-24T08:00:00Z');
const DAY_MS = 86_400_000;
const did = (type: ActivityType, count = 1, daysAgo = 0): Activity => ({
  type,
  day: new Date(NOW - daysAgo * DAY_MS).toISOString().slice(0, 10),
  count,
});

describe('The engagement score', () => {
  it.each<[string, Activity[], number, Array<[string, number]>]>([
    ['nothing', [], 0, []],
    ['one order today', [did('order')], 26, [['order', 15]]],
    ['one pageview 14 days ago', [did('pageview', 1, 14)], 1, [['pageview', 0.5]]],
    ['40 pageviews today', [did('pageview', 40)], 33, [['pageview', 20]]],
  ])('of %s', (_what, activities, score, components) => {
    expect(engagementOf(activities, NOW)).toEqual({
      score,
      components: components.map(([name, value]) => ({ name, value })),
    });
  });

  it.each<[ActivityType, number]>([
    ['pageview', 1],
    ['session', 2],
    ['product_view', 2],
    ['add_to_cart', 5],
    ['order', 15],
    ['email_click', 3],
    ['form_submit', 8],
    ['ticket_opened', 2],
    ['satisfaction_good', 5],
    ['satisfaction_bad', -5],
  ])('counts %s today with %d', (type, points) => {
    expect(engagementOf([did(type)], NOW).components).toEqual([{ name: type, value: points }]);
  });

  it('takes the sum over types and days', () => {
    // 15·2^(−7/14) + 20 + 2 + 2·2^(−1/14) = 34.51; 100·(1 − e^(−34.51/50)) = 49.85
    const activities = [did('order', 1, 7), did('pageview', 25), did('session'), did('session', 1, 1)];
    expect(engagementOf(activities, NOW)).toEqual({
      score: 50,
      components: [
        { name: 'pageview', value: 20 },
        { name: 'session', value: 3.9 },
        { name: 'order', value: 10.61 },
      ],
    });
  });

  it('caps a day of one type over all sources that tell of it', () => {
    expect(engagementOf([did('pageview', 15), did('pageview', 15)], NOW).components).toEqual([
      { name: 'pageview', value: 20 },
    ]);
  });

  it('lets a capped day fade like any other', () => {
    expect(engagementOf([did('pageview', 1_000, 14)], NOW).components).toEqual([{ name: 'pageview', value: 10 }]);
  });

  it('looks back thirty days, today included', () => {
    expect(engagementOf([did('order', 1, 29)], NOW).components).toHaveLength(1);
    expect(engagementOf([did('order', 1, 30)], NOW)).toEqual({ score: 0, components: [] });
  });

  it('fades while nothing is written', () => {
    const activities = [did('order')];
    const after = (days: number) => engagementOf(activities, NOW + days * DAY_MS).score;
    expect([0, 7, 14, 29, 30].map(after)).toEqual([26, 19, 14, 7, 0]);
  });

  it('is never below nothing', () => {
    expect(engagementOf([did('satisfaction_bad', 3)], NOW)).toEqual({
      score: 0,
      components: [{ name: 'satisfaction_bad', value: -15 }],
    });
  });

  it('passes over what is unknown, unreadable or yet to come', () => {
    const odd = [
      { ...did('order'), type: 'toString' as ActivityType },
      { ...did('order'), day: 'yesterday' },
      did('order', 1, -2),
    ];
    expect(engagementOf(odd, NOW)).toEqual({ score: 0, components: [] });
  });

  it('is a whole number from 0 to 100, and not lower for doing more', () => {
    const types: ActivityType[] = ['pageview', 'session', 'add_to_cart', 'order', 'form_submit'];
    const activity = fc
      .record({ type: fc.constantFrom(...types), count: fc.nat(1_000), daysAgo: fc.nat(40) })
      .map(({ type, count, daysAgo }) => did(type, count, daysAgo));
    fc.assert(
      fc.property(fc.array(activity), activity, (before, more) => {
        const [less, score] = [engagementOf(before, NOW).score, engagementOf([...before, more], NOW).score];
        return Number.isInteger(score) && score >= 0 && score <= 100 && score >= less;
      }),
    );
  });
});
