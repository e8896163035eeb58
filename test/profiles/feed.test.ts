/** Where the store has lost changes, whoever follows is told RESYNC, and hears of what comes then. Cursors are the feed's own. */
import { errorCodeOf, facetError } from '../../schema/errors';
import { createChangeFeed } from '../../subgraphs/profiles/feed';
import type { FeedEntry } from '../../subgraphs/profiles/feed';
import type { PlacedChange } from '../../subgraphs/profiles/store/change';
import { openProfiles } from './opened-profiles';

const change = (customerId: string): PlacedChange => ({
  customerId,
  version: 1,
  kind: 'UPDATED',
  changedFields: ['contact'],
  at: 1_700_000_000_000,
  cursor: customerId,
});
const signal = new AbortController().signal;
const SECRET = 'secret of the cursors';

/** A feed over a store that tells of these. */
function feedOf(...told: Array<PlacedChange | null>) {
  const asked: unknown[] = [];
  const store = {
    findLastCursor: async () => 'end',
    findChange: async (cursor: string) => (cursor === 'gone' ? null : change(cursor)),
    findChanges: async ({ after }: { after: string | null }) => {
      asked.push(after);
      if (told.includes(null)) throw facetError('CHANGES_LOST', 'Lost.');
      return told as PlacedChange[];
    },
    async *followChanges({ after }: { after?: string }) {
      asked.push(after);
      yield* told;
    },
  };
  const feed = createChangeFeed(store, SECRET);
  const followed = async (after: string) => {
    const entries: FeedEntry[] = [];
    for await (const entry of feed.follow({ signal, after })) entries.push(entry);
    return entries;
  };
  return { feed, followed, asked, store };
}

const resync = { customerId: null, kind: 'RESYNC', changedFields: [], cursor: expect.any(String) };

it('A follower is told RESYNC between what it has and what comes, and goes on after each', async () => {
  const { feed, followed, asked } = feedOf(change('a'), null, change('b'));
  const entries = await followed(await feed.findEnd());
  expect(entries).toMatchObject([{ customerId: 'a', kind: 'UPDATED' }, resync, { customerId: 'b' }]);
  for (const { cursor } of entries) await followed(cursor);
  expect(asked).toEqual(['end', 'a', 'end', 'b']);
});

it('What came since a cursor is answered by page, or RESYNC where it is lost', async () => {
  const { feed, asked } = feedOf(change('a'), change('b'));
  const after = await feed.findEnd();
  const page = await feed.findAfter({ after, limit: 10 });
  expect(page).toMatchObject([{ customerId: 'a' }, { customerId: 'b' }]);
  expect(asked).toEqual(['end']);
  expect(await feedOf(null).feed.findAfter({ after, limit: 10 })).toEqual([resync]);
});

it('A cursor reads as its change, as RESYNC where the change is not kept any more', async () => {
  const { feed, followed } = feedOf(change('a'), change('gone'));
  const [kept, gone] = (await followed(await feed.findEnd())) as [FeedEntry, FeedEntry];
  expect(await feed.find(kept.cursor)).toEqual(kept);
  expect(await feed.find(gone.cursor)).toEqual({ ...resync, cursor: gone.cursor });
});

it('A cursor tells nothing, is the same for the same place, and cannot be made without the secret', async () => {
  const { feed, followed, store } = feedOf(change('01CUSTOMER'));
  const end = await feed.findEnd();
  const [{ cursor } = { cursor: '' }] = await followed(end);
  expect(Buffer.from(cursor, 'base64url').toString('latin1')).not.toContain('CUSTOMER');
  expect((await followed(end))[0]?.cursor).toBe(cursor);
  const flipped = Buffer.from(cursor, 'base64url');
  flipped.writeUInt8(flipped.readUInt8(20) ^ 1, 20);
  const forged = [
    flipped.toString('base64url'),
    await createChangeFeed(store, 'another secret').findEnd(),
    ...['', '1', 'change 1', Buffer.from('k:change:1').toString('base64url'), cursor.slice(1), 'A'.repeat(9_000)],
    17 as unknown as string,
  ];
  for (const after of forged) {
    const codes = [
      await feed.findAfter({ after, limit: 1 }).then(() => 'answered', errorCodeOf),
      await feed.find(after).then(() => 'answered', errorCodeOf),
      await followed(after).then(() => 'answered', errorCodeOf),
    ];
    expect(codes).toEqual(Array(3).fill('BAD_USER_INPUT'));
  }
});

describe('A change, read by its cursor', () => {
  const read = async (fields: string, cursor?: string) => {
    const profiles = await openProfiles();
    try {
      const asked = cursor ?? (await createChangeFeed(profiles.store, SECRET).findEnd());
      return await profiles.ask(
        `{ customerChange(cursor: ${JSON.stringify(asked)}, fields: ${fields}) { kind changedFields customer { id } } }`,
      );
    } finally {
      await profiles.dispose();
    }
  };
  it('without a customer is a RESYNC, whatever fields are asked for', async () => {
    const RESYNC = { kind: 'RESYNC', changedFields: [], customer: null };
    expect(await read('["contact"]')).toEqual({ data: { customerChange: RESYNC }, codes: [] });
    expect(await read('null')).toEqual({ data: { customerChange: RESYNC }, codes: [] });
  });

  it('by a forged cursor is an error', async () => {
    expect(await read('null', 'forged')).toEqual({ data: { customerChange: null }, codes: ['BAD_USER_INPUT'] });
  });
});
