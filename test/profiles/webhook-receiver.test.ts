// From a verified webhook to the stored record: kept before it is answered, read from the source, applied once.
import { facetError } from '../../schema/errors';
import type { MappedRecord, SourceClient } from '../../subgraphs/source';
import { createWebhookReceiver } from '../../subgraphs/webhook';
import type { WebhookVerdict } from '../../subgraphs/source';
import type { WebhookReceiver, WebhookReceiverOptions } from '../../subgraphs/webhook';
import { openProfiles, requester } from './opened-profiles';
import type { OpenedProfiles } from './opened-profiles';

let profiles: OpenedProfiles;
beforeEach(async () => {
  profiles = await openProfiles();
});
afterEach(() => profiles.dispose());

const REQUEST = { method: 'POST', url: '', headers: {}, rawBody: Buffer.alloc(0) };
const about = (...keys: string[]): WebhookVerdict => ({
  status: 200,
  events: keys.map((key) => ({ eventId: `event of ${key}`, key })),
});
const historyOf = (openTickets: number): MappedRecord['categories'] => ({ SUPPORT_HISTORY: { openTickets } });

/** A receiver of support's webhooks; `troubles` is what it reported. */
function receiverOf(
  verdict: WebhookVerdict,
  client: Partial<SourceClient>,
  troubles: unknown[] = [],
  door: Partial<WebhookReceiverOptions['door']> = {},
): WebhookReceiver {
  const { store, ingest, clock } = profiles;
  return createWebhookReceiver({
    source: 'support',
    read: () => verdict,
    client: { batchLimit: 100, fetchMany: () => Promise.reject(new Error('not to be asked')), ...client },
    door: {
      ingest,
      receive: async (received) => void (await store.commit({ received })),
      findPending: (source, limit) => store.findPending(source, limit),
      ...door,
    },
    now: () => clock.now,
    onTrouble: (trouble) => void troubles.push(trouble),
  });
}
const idOf = async (key: string) => (await profiles.linked('zendesk.user', key))[0];
/** Turns of the event loop until something holds; the test's own time-out ends it. */
const until = async (holds: () => boolean | Promise<boolean>) => {
  while (!(await holds())) await new Promise(setImmediate);
};
const pending = async () => (await profiles.store.findPending('support', 10)).map(({ key }) => key);
const applied = async (receiver: WebhookReceiver) => {
  await until(async () => (await pending()).length === 0);
  await receiver.close();
};

describe('A webhook', () => {
  it('is applied from what the source answers of changed records, where it has such a call', async () => {
    const asked: string[][] = [];
    const fetchChanged: SourceClient['fetchChanged'] = async (keys) => {
      asked.push([...keys]);
      return new Map(keys.map((key) => [key, requester(key, { categories: historyOf(3) })]));
    };
    const receiver = receiverOf(about('1', '2'), { fetchChanged });
    expect(await receiver.receive(REQUEST)).toBe(200);
    await applied(receiver);
    expect(asked).toEqual([['1', '2']]);
    expect(await profiles.stored(await idOf('2'), 'support')).toEqual({ openTickets: 3 });
  });

  it('that names one record by two keys changes it once', async () => {
    const { customerIds } = await profiles.take('support', requester('1', { categories: historyOf(1) }));
    const record = requester('1', { version: 2, categories: historyOf(2) });
    const fetchMany = async () => new Map([record].flatMap((each) => [['1', each] as const, ['1b', each] as const]));
    const receiver = receiverOf(about('1', '1b'), { fetchMany });
    await receiver.receive(REQUEST);
    await applied(receiver);
    expect((await profiles.profile(customerIds[0])).version).toBe(2);
    expect((await profiles.changes()).map(({ customerId }) => customerId)).toEqual([customerIds[0], customerIds[0]]);
  });

  it('about a record that is gone takes what the source told of it', async () => {
    const { customerIds } = await profiles.take(
      'support',
      requester('1', { email: 'ada@example.com', categories: historyOf(1) }),
    );
    const receiver = receiverOf(about('1'), { fetchMany: async () => new Map() });
    await receiver.receive(REQUEST);
    await applied(receiver);
    expect(await profiles.stored(customerIds[0], 'support')).toBeNull();
    expect(await profiles.linked('email', 'ada@example.com')).toEqual([]);
  });

  it('is kept when the source cannot be asked, and applied by who resumes', async () => {
    const troubles: unknown[] = [];
    const failing = async () => {
      throw facetError('UPSTREAM_UNAVAILABLE', 'down');
    };
    const receiver = receiverOf(about('1'), { fetchMany: failing }, troubles);
    expect(await receiver.receive(REQUEST)).toBe(200);
    await until(() => troubles.length > 0);
    await receiver.close();
    expect(troubles).toEqual([{ what: 'webhook', code: 'UPSTREAM_UNAVAILABLE' }]);
    expect(await pending()).toEqual(['1']);

    const restarted = receiverOf(about(), { fetchMany: async () => new Map([['1', requester('1')]]) });
    restarted.resume();
    await applied(restarted);
    expect(await idOf('1')).toEqual(expect.any(String));
  });

  it('of which one record cannot be read holds up no other, and is not asked for again', async () => {
    const troubles: unknown[] = [];
    const fetchMany: SourceClient['fetchMany'] = async (keys) => {
      if (keys.includes('1')) throw facetError('UPSTREAM_INVALID', 'unreadable');
      return new Map(keys.map((key) => [key, requester(key)]));
    };
    const receiver = receiverOf(about('1', '2'), { fetchMany }, troubles);
    await receiver.receive(REQUEST);
    await applied(receiver);
    expect(troubles).toEqual([{ what: 'unreadable record', code: 'UPSTREAM_INVALID' }]);
    expect(await idOf('2')).toEqual(expect.any(String));
  });

  it('that cannot be kept is not answered as taken', async () => {
    const receive = () => Promise.reject(facetError('STORE_UNAVAILABLE', 'full'));
    const receiver = receiverOf(about('1'), {}, [], { receive });
    await expect(receiver.receive(REQUEST)).rejects.toMatchObject({ extensions: { code: 'STORE_UNAVAILABLE' } });
    await receiver.close();
  });

  it.each([
    ['that is refused', { status: 401 }, 401],
    ['about nothing of ours', { status: 200, events: [] }, 200],
    ['about no record', { status: 200, events: [{ eventId: 'e', key: null }] }, 200],
  ] as Array<[string, WebhookVerdict, number]>)(
    '%s is answered, and nothing is kept',
    async (_what, verdict, status) => {
      const kept: unknown[] = [];
      const receiver = receiverOf(verdict, {}, [], { receive: async (entries) => void kept.push(entries) });
      expect(await receiver.receive(REQUEST)).toBe(status);
      await receiver.close();
      expect(kept).toEqual([]);
    },
  );
});
