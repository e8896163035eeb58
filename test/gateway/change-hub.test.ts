import { createChangeHub } from '../../gateway/change-hub';
import type { ChangeSource, FeedEntry } from '../../gateway/change-hub';

/** A feed that a test drives: what it was asked for, and what it says next. */
function drivenFeed() {
  const asked: Array<{ after?: string; lost?: boolean }> = [];
  let say: (next: FeedEntry | Error) => void = () => {};
  const queue: Array<FeedEntry | Error> = [];
  const source: ChangeSource = {
    async *follow({ signal, ...from }) {
      asked.push(from);
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
    say: (next: FeedEntry | Error) => {
      queue.push(next);
      say(next);
    },
  };
}
const entry = (cursor: string, customerId: string | null): FeedEntry => ({ cursor, customerId });

describe('The hub of the change feed', () => {
  it('tells of every change, also of several of one customer that wait together', async () => {
    const feed = drivenFeed();
    const hub = createChangeHub({ source: feed.source, onTrouble: () => {} });
    const stream = hub.subscribe(['A']);
    const first = stream.next();
    for (const cursor of ['1', '2', '3']) feed.say(entry(cursor, 'A'));
    feed.say(entry('4', 'B'));
    const rest = [await first, await stream.next(), await stream.next()];
    expect(rest.map(({ value }) => (value as FeedEntry).cursor)).toEqual(['1', '2', '3']);
    await hub.close();
  });

  it('coalesces per customer what waits for a subscriber that is too slow', async () => {
    const feed = drivenFeed();
    const hub = createChangeHub({ source: feed.source, onTrouble: () => {} });
    const stream = hub.subscribe(null);
    const first = stream.next();
    feed.say(entry('0', 'A'));
    await first;
    for (let cursor = 1; cursor <= 1_001; cursor += 1) feed.say(entry(String(cursor), cursor % 2 ? 'A' : 'B'));
    // The feed is read to its end before anything is taken from the queue.
    await new Promise((resolve) => setImmediate(resolve));
    expect([(await stream.next()).value, (await stream.next()).value]).toEqual([
      entry('1001', 'A'),
      entry('1000', 'B'),
    ]);
    await hub.close();
  });

  it('goes on after the last change it heard of; who heard of none is told that some may be lost', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const feed = drivenFeed();
    const hub = createChangeHub({ source: feed.source, onTrouble: () => {} });
    const stream = hub.subscribe(null);
    await turn();
    feed.say(new Error('gone'));
    await turn();
    await jest.advanceTimersByTimeAsync(500);
    feed.say(entry('resync', null));
    expect((await stream.next()).value).toEqual(entry('resync', null));
    feed.say(new Error('gone'));
    await turn();
    await jest.advanceTimersByTimeAsync(500);
    expect(feed.asked).toEqual([{ lost: false }, { lost: true }, { after: 'resync' }]);
    jest.useRealTimers();
    await hub.close();
  });
});
