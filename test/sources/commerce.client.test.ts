// Shopify's customers as a source, against the simulated Shopify.
import { startSimulator, type Simulator } from '../../simulator/simulator';
import { createShopifyClient, shopifySettings } from '../../subgraphs/commerce/commerce.client';
import type { MappedRecord, SourceClient } from '../../subgraphs/source';
import { errorText, failureOf } from '../upstream/bench';
import { asked, control, readAllPages, soon } from './conversation';

const GRAPHQL = 'POST /admin/api/2026-07/graphql.json';
const TOKEN = 'POST /admin/oauth/access_token';

describe('Shopify', () => {
  let simulator: Simulator;
  let client: SourceClient;
  beforeAll(async () => {
    simulator = await startSimulator({ customers: 300, seed: 7 });
  });
  afterAll(() => simulator.close());
  beforeEach(async () => {
    await control(simulator, 'DELETE', 'requests');
    client = clientOf(simulator.credentials.shopify.clientSecret);
  });
  afterEach(async () => {
    await client.close();
    await control(simulator, 'PUT', 'faults/shopify', {});
  });

  const clientOf = (secret: string) =>
    createShopifyClient(
      shopifySettings.parse({
        SHOPIFY_URL: simulator.urls.shopify,
        SHOPIFY_CLIENT_ID: simulator.credentials.shopify.clientId,
        SHOPIFY_CLIENT_SECRET: secret,
      }),
      { now: Date.now },
    );
  const shoppers = () => simulator.population.shopify.customers;
  const counted = (orders: (typeof shoppers extends () => (infer C)[] ? C : never)['orders']) =>
    orders.filter(({ cancelledAt, test }) => cancelledAt === null && !test);

  /** Of a record, what the population says as well. */
  const summaryOf = ({ sourceId, categories, facts }: MappedRecord) => {
    const { orders } = categories.PURCHASE_HISTORY as { orders: { id: string; items: { title: string }[] }[] };
    const sensitive = categories.SENSITIVE as { orders: Record<string, { title: string }[]> };
    const cart = categories.BEHAVIOUR?.cart as { id: string; items: unknown[] } | null;
    return {
      id: sourceId,
      orders: orders.map(({ id, items }) => ({
        id,
        titles: [...items, ...(sensitive.orders[id] ?? [])].map(({ title }) => title).sort(),
      })),
      cart: cart && { id: cart.id, items: cart.items.length },
      worth: facts.historicValue?.amountMinor,
    };
  };
  const expectedOf = (shopper: ReturnType<typeof shoppers>[number]) => {
    const orders = counted(shopper.orders).sort((a, b) => b.processedAt.localeCompare(a.processedAt));
    const open = shopper.checkouts.find(({ completedAt }) => completedAt === null);
    return {
      id: shopper.id,
      orders: orders.map(({ id, items }) => ({ id, titles: items.map(({ product }) => product.title).sort() })),
      cart: open === undefined ? null : { id: `gid://shopify/AbandonedCheckout/${open.id}`, items: open.items.length },
      worth: orders.reduce(
        (sum, { items, shippingMinor, refundedMinor }) =>
          items.reduce(
            (lines, line) => lines + line.quantity * line.discountedMinor,
            sum + shippingMinor - refundedMinor,
          ),
        0,
      ),
    };
  };

  it('is read whole, page by page: every customer with every order, line and open cart', async () => {
    const { records, invalid, pages } = await readAllPages(client, null);
    expect({ invalid, pages }).toEqual({ invalid: 0, pages: Math.ceil(shoppers().length / 25) });
    expect(records.map(summaryOf)).toEqual(shoppers().map(expectedOf));
    await expect(client.count(soon())).resolves.toBe(shoppers().length);
  });

  it('reads twenty-five customers in one query, and leaves out unknown ones', async () => {
    const known = shoppers().slice(0, 24);
    const records = await client.fetchMany([...known.map(({ id }) => id), '1'], { ...soon(), changedSince: null });
    expect([...records.keys()]).toEqual(known.map(({ id }) => id));
    expect(await asked(simulator, 'shopify')).toEqual([TOKEN, GRAPHQL]);
  });

  it('brings with a batch the newest order and the sums, as they are', async () => {
    const shopper = shoppers().find(({ orders }) => orders.length > 3 && counted(orders).length === orders.length)!;
    const record = (await client.fetchMany([shopper.id], { ...soon(), changedSince: null })).get(shopper.id)!;
    expect(summaryOf(record).orders).toEqual(expectedOf(shopper).orders.slice(0, 1));
    expect(record.categories.PURCHASE_HISTORY).toMatchObject({
      orderCount: shopper.orders.length,
      removedOrderIds: [],
    });
  });

  it('is not asked for nothing, and not for more than twenty-five', async () => {
    await expect(client.fetchMany([], { ...soon(), changedSince: null })).resolves.toEqual(new Map());
    const keys = Array.from({ length: 26 }, (_, i) => String(i + 1));
    await expect(client.fetchMany(keys, { ...soon(), changedSince: null })).rejects.toThrow(RangeError);
    expect(await asked(simulator, 'shopify')).toEqual([]);
  });

  it('says nothing of a cart that was not touched since', async () => {
    const shopper = shoppers().find(({ checkouts }) => checkouts.some(({ completedAt }) => completedAt === null))!;
    const touchedAt = Date.parse(shopper.checkouts[0]!.updatedAt);
    const behaviour = async (changedSince: number) =>
      (await client.fetchMany([shopper.id], { ...soon(), changedSince })).get(shopper.id)!.categories.BEHAVIOUR;
    expect(await behaviour(touchedAt + 3_600_000)).toBeUndefined();
  });

  it('is read by what changed since, owners of touched carts included', async () => {
    const since = Date.now() - 3 * 24 * 3_600_000;
    const { records } = await readAllPages(client, since);
    const changed = shoppers().filter(({ updatedAt, checkouts }) =>
      [updatedAt, ...checkouts.map((one) => one.updatedAt)].some((at) => Date.parse(at) >= since),
    );
    expect([...new Set(records.map(({ sourceId }) => sourceId))].sort()).toEqual(changed.map(({ id }) => id).sort());
    expect(changed.length).toBeGreaterThan(0);
  });

  it('goes on from a position with a new client, as after a restart', async () => {
    const first = await client.fetchPage(null, { ...soon(), changedSince: null });
    const restarted = clientOf(simulator.credentials.shopify.clientSecret);
    const [here, there] = await Promise.all(
      [client, restarted].map((one) => one.fetchPage(first.next, { ...soon(), changedSince: null })),
    );
    expect(there).toEqual(here);
    await restarted.close();
  });

  it('refuses a position that is not its own', async () => {
    await expect(client.fetchPage('carts:x', { ...soon(), changedSince: 0 })).rejects.toThrow(RangeError);
  });

  it('that refuses the secret is UPSTREAM_UNAUTHENTICATED, and the secret is not told', async () => {
    const stranger = clientOf('shpss_hush');
    const call = () => stranger.fetchMany(['1'], { ...soon(), changedSince: null });
    await expect(failureOf(call())).resolves.toMatchObject({ code: 'UPSTREAM_UNAUTHENTICATED' });
    expect(await errorText(call())).not.toMatch(/hush/);
    await stranger.close();
  });

  it('that throttles longer than the deadline is UPSTREAM_THROTTLED', async () => {
    await control(simulator, 'PUT', 'faults/shopify', { throttle: true });
    const call = client.fetchMany(['1'], { deadlineAt: Date.now() + 600, changedSince: null });
    await expect(failureOf(call)).resolves.toMatchObject({ code: 'UPSTREAM_THROTTLED' });
  });

  it('that hangs is UPSTREAM_TIMEOUT at the deadline', async () => {
    await client.count(soon());
    await control(simulator, 'PUT', 'faults/shopify', { hang: true });
    const call = client.fetchMany(['1'], { deadlineAt: Date.now() + 50, changedSince: null });
    await expect(failureOf(call)).resolves.toEqual({
      code: 'UPSTREAM_TIMEOUT',
      message: 'Shopify, customers by id: expected an answer before the deadline, got none',
    });
  });
});
