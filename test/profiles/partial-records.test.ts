// A batch call that does not bring everything: what it leaves out stays as it is stored, by whichever way the record came.
import { openAll } from '../../subgraphs/blob';
import { commerce } from '../../subgraphs/commerce';
import { mapCustomer } from '../../subgraphs/commerce/commerce.mapping';
import { createIngest } from '../../subgraphs/profiles/ingest';
import type { Ingest, Source } from '../../subgraphs/source';
import { createWebhookReceiver } from '../../subgraphs/webhook';
import { complete, customer, order } from '../sources/shopper';
import { openProfiles, registry } from './opened-profiles';
import type { OpenedProfiles } from './opened-profiles';

let profiles: OpenedProfiles;
let ingest: Ingest;
beforeEach(async () => {
  profiles = await openProfiles();
  const { store, clock } = profiles;
  ingest = createIngest({ store, registry, sources: [commerce as Source], now: () => clock.now });
});
afterEach(() => profiles.dispose());

const history = [order('1', '2026-01-01'), order('2', '2026-01-02')];
/** What a batch call brings: the newest order. */
const newest = mapCustomer({
  customer: customer({ updatedAt: '2026-10-02T00:00:00Z', numberOfOrders: '3' }),
  orders: { kind: 'newest', order: order('3', '2026-01-03') },
  checkouts: { kind: 'changes', checkouts: [] },
});
const takeHistory = async () => {
  const { customerIds } = await ingest({ source: 'commerce', records: [complete(history)], fetchedAt: 1 });
  return customerIds[0];
};
const ordersOf = async (id: string | undefined) => {
  const [record] = await profiles.store.findRecords([{ customerId: id ?? '', source: 'commerce' }]);
  const { PURCHASE_HISTORY } = openAll(record ?? { blobs: {} });
  return (PURCHASE_HISTORY?.orders as Array<{ id: string }>).map((each) => each.id);
};

describe('A record that is partial', () => {
  it('is joined with what is stored', async () => {
    const id = await takeHistory();
    await ingest({ source: 'commerce', records: [newest], partial: true, fetchedAt: 2 });
    expect(await ordersOf(id)).toEqual(['3', '2', '1']);
  });

  it('is all there is where nothing is stored', async () => {
    const { customerIds } = await ingest({ source: 'commerce', records: [newest], partial: true, fetchedAt: 2 });
    expect(await ordersOf(customerIds[0])).toEqual(['3']);
  });

  it('is joined when it came by a webhook', async () => {
    const id = await takeHistory();
    const { store } = profiles;
    const receiver = createWebhookReceiver({
      source: 'commerce',
      read: () => ({ status: 200, events: [{ eventId: 'e-1', key: '7700' }] }),
      client: { batchLimit: 25, fetchMany: async () => new Map([['7700', newest]]) },
      door: {
        ingest,
        receive: async (received) => void (await store.commit({ received })),
        findPending: (source, limit) => store.findPending(source, limit),
      },
      now: () => 2,
      onTrouble: () => undefined,
    });
    await receiver.receive({ method: 'POST', url: '', headers: {}, rawBody: Buffer.alloc(0) });
    await receiver.close();
    expect(await store.findPending('commerce', 1)).toEqual([]);
    expect(await ordersOf(id)).toEqual(['3', '2', '1']);
  });
});

it('A record that is whole takes the place of what is stored', async () => {
  const id = await takeHistory();
  const raw = customer({ updatedAt: '2026-10-02T00:00:00Z' });
  await ingest({ source: 'commerce', records: [complete([order('2', '2026-01-02')], [], raw)], fetchedAt: 2 });
  expect(await ordersOf(id)).toEqual(['2']);
});
