import { facetError } from '../../schema/errors';
import { createChangeHub } from '../../gateway/change-hub';
import type { ChangeHub, ChangeSubscription } from '../../gateway/change-hub';
import type { ChangeSource, FeedEntry } from '../../gateway/change-source';

const entry = (cursor: string, customerId: string | null): FeedEntry => ({ cursor, customerId });
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A feed that a test drives: what was asked of it, and what it says next. What it said it has. */
function drivenFeed(kept: FeedEntry[] = []) {
  const asked: string[] = [];
  const queue: Array<FeedEntry | Error> = [];
  let say: (next: FeedEntry | Error) => void = () => {};
  /** Taken away before a call, once each. */
  const failures: Error[] = [];
  const call = (what: string) => {
    asked.push(what);
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
  };
  const source: ChangeSource = {
    findEnd: async () => {
      call('end');
      return kept.at(-1)?.cursor ?? '0';
    },
    findAfter: async ({ after, limit }) => {
      call(`after ${after}`);
      return kept.slice(kept.findIndex(({ cursor }) => cursor === after) + 1).slice(0, limit);
    },
    async *follow({ after, signal }) {
      call(`follow ${after}`);
      const aborted = new Promise<null>((resolve) =>
        signal.addEventListener('abort', () => resolve(null), { once: true }),
      );
      while (!signal.aborted) {
        const said = queue.shift();
        if (said instanceof Error) throw said;
        if (said !== undefined) yield said;
        else if ((await Promise.race([aborted, new Promise((resolve) => (say = resolve))])) === null) return;
      }
    },
  };
  return {
    source,
    asked,
    failures,
    kept,
    say: (next: FeedEntry | Error) => {
      if (!(next instanceof Error)) kept.push(next);
      queue.push(next);
      say(next);
    },
  };
}
const next = async ({ entries }: ChangeSubscription) => (await entries.next()).value as FeedEntry;
const cursors = async (subscription: ChangeSubscription, count: number) => {
  const found: string[] = [];
  while (found.length < count) found.push((await next(subscription)).cursor);
  return found;
};

describe('The hub of the change feed', () => {
  let hub: ChangeHub | undefined;
  const troubles: unknown[] = [];
  const open = async ({ source }: { readonly source: ChangeSource }) => {
    troubles.length = 0;
    hub = createChangeHub({ source, onTrouble: (error) => troubles.push(error) });
    await turn();
    return hub;
  };
  afterEach(async () => {
    jest.useRealTimers();
    await hub?.close();
  });

  it('tells of every change, also of several of one customer that wait together', async () => {
    const feed = drivenFeed();
    const subscription = (await open(feed)).subscribe({ customerIds: ['A'] });
    for (const cursor of ['1', '2', '3']) feed.say(entry(cursor, 'A'));
    feed.say(entry('4', 'B'));
    expect(await cursors(subscription, 3)).toEqual(['1', '2', '3']);
  });

  it('coalesces per customer what waits for a subscriber that is too slow', async () => {
    const feed = drivenFeed();
    const subscription = (await open(feed)).subscribe({ customerIds: null });
    for (let cursor = 1; cursor <= 1_001; cursor += 1) feed.say(entry(String(cursor), cursor % 2 ? 'A' : 'B'));
    // The feed is read to its end before anything is taken from the queue.
    await turn();
    expect([await next(subscription), await next(subscription)]).toEqual([entry('1001', 'A'), entry('1000', 'B')]);
  });

  it('goes on after the last change it heard of; who was there before it knew its place is told that some may be lost', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    const feed = drivenFeed();
    feed.failures.push(new Error('gone'));
    const early = (await open(feed)).subscribe({ customerIds: ['A'] });
    await jest.advanceTimersByTimeAsync(500);
    expect(await next(early)).toEqual(entry('0', null));
    feed.say(entry('1', 'B'));
    await turn();
    feed.say(new Error('gone'));
    await turn();
    await jest.advanceTimersByTimeAsync(500);
    expect(feed.asked).toEqual(['end', 'end', 'follow 0', 'follow 1']);
  });

  it('tells the operator of a feed that is not there once a minute, however often it asks', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    const feed = drivenFeed();
    const gone = Array.from({ length: 130 }, (_, index) => new Error(`gone ${index}`));
    feed.failures.push(...gone);
    await open(feed);
    await jest.advanceTimersByTimeAsync(59_000);
    expect([feed.asked.length, troubles]).toEqual([119, [gone[0]]]);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(troubles).toEqual([gone[0], gone[120]]);
  });

  it('tells who comes back what came since, then what comes, each once', async () => {
    const earlier = Array.from({ length: 1_200 }, (_, index) => entry(String(index + 1), index % 3 ? 'A' : 'B'));
    const feed = drivenFeed([...earlier]);
    const back = (await open(feed)).subscribe({ customerIds: ['A'], after: '10' });
    // While it is told of the past, and after the last look at it.
    feed.say(entry('1201', 'A'));
    const wanted = earlier.slice(10).filter(({ customerId }) => customerId === 'A');
    const seen = await cursors(back, 500);
    feed.say(entry('1202', 'A'));
    seen.push(...(await cursors(back, wanted.length + 2 - 500)));
    feed.say(entry('1203', 'A'));
    seen.push(...(await cursors(back, 1)));
    expect(seen).toEqual([...wanted.map(({ cursor }) => cursor), '1201', '1202', '1203']);
  });

  it('refuses a cursor that was never given, and tries again where the past cannot be read now', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    const feed = drivenFeed([entry('1', 'A'), entry('2', 'A')]);
    const opened = await open(feed);
    feed.failures.push(facetError('BAD_USER_INPUT', 'Expected a cursor that the change feed gave.'));
    await expect(opened.subscribe({ customerIds: null, after: 'forged' }).entries.next()).rejects.toMatchObject({
      extensions: { code: 'BAD_USER_INPUT' },
    });
    feed.failures.push(facetError('STORE_UNAVAILABLE', 'Not now.'));
    const told = next(opened.subscribe({ customerIds: null, after: '1' }));
    await turn();
    await jest.advanceTimersByTimeAsync(500);
    expect(await told).toEqual(entry('2', 'A'));
  });

  it('says after which cursor a subscriber misses nothing, whatever waits for it', async () => {
    const feed = drivenFeed([entry('1', 'A')]);
    const opened = await open(feed);
    const idle = opened.subscribe({ customerIds: ['A'] });
    const slow = opened.subscribe({ customerIds: ['B'] });
    const back = opened.subscribe({ customerIds: ['A'], after: '0' });
    expect([idle, slow, back].map((each) => each.cursor())).toEqual(['1', '1', '0']);
    for (const said of [entry('2', 'B'), entry('3', 'B')]) feed.say(said);
    await next(slow);
    await turn();
    // Of the slow one, the first is in its hands and the second waits; the one that is idle has missed nothing.
    expect([idle, slow, back].map((each) => each.cursor())).toEqual(['3', '1', '0']);
    const taken = slow.entries.next();
    await taken;
    expect(slow.cursor()).toBe('2');
    await opened.close();
    expect(await slow.entries.next()).toEqual({ done: true, value: undefined });
    expect(slow.cursor()).toBe('3');
  });

  it('lets go of who ends while nothing happens', async () => {
    const subscription = (await open(drivenFeed())).subscribe({ customerIds: null });
    const waiting = subscription.entries.next();
    subscription.end();
    expect(await waiting).toEqual({ done: true, value: undefined });
  });
});
