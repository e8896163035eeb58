/** Where the store has lost changes, everybody who follows is told RESYNC, and hears of what comes then. */
import { createChangeHub } from '../../gateway/change-hub';
import { createChangeFeed } from '../../subgraphs/profiles/feed';
import type { PlacedChange } from '../../subgraphs/profiles/store/store';
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

/** A feed over a store that tells of these. */
function feedOf(...told: Array<PlacedChange | null>) {
  const asked: unknown[] = [];
  const feed = createChangeFeed({
    findChange: async (cursor) => change(cursor),
    async *followChanges({ after }) {
      asked.push(after);
      yield* told;
    },
  });
  const followed = async (after?: string) => {
    const entries = [];
    for await (const entry of feed.follow({ signal, ...(after === undefined ? {} : { after }) })) entries.push(entry);
    return entries;
  };
  return { feed, followed, asked };
}

const resync = { customerId: null, kind: 'RESYNC', changedFields: [], cursor: expect.any(String) };

it('A follower is told RESYNC between what it has and what comes', async () => {
  const { followed, asked } = feedOf(change('a'), null, change('b'));
  const entries = await followed();
  expect(entries).toMatchObject([{ customerId: 'a', kind: 'UPDATED' }, resync, { customerId: 'b' }]);
  await followed(entries[0]?.cursor);
  expect(asked).toEqual([undefined, 'a']);
});

it('Who goes on after a RESYNC is told so again, and hears what comes from now on', async () => {
  const { feed, followed, asked } = feedOf(null, change('b'));
  const [{ cursor } = { cursor: '' }] = await followed();
  expect(await followed(cursor)).toMatchObject([resync, resync, { customerId: 'b' }]);
  expect(asked).toEqual([undefined, undefined]);
  expect(await feed.find(cursor)).toEqual(resync);
});

it('A RESYNC reaches subscribers of any customers, and reads as one without a customer', async () => {
  const { feed } = feedOf(change('b'), null);
  const hub = createChangeHub({
    source: { follow: () => feed.follow({ signal }) },
    onTrouble: () => undefined,
  });
  const { value } = await hub.subscribe(['a']).next();
  await hub.close();
  expect(value).toEqual(resync);

  const profiles = await openProfiles();
  const query = `{ customerChange(cursor: ${JSON.stringify((value as { cursor: string }).cursor)}) { kind changedFields customer { id } } }`;
  expect(await profiles.ask(query)).toEqual({
    data: { customerChange: { kind: 'RESYNC', changedFields: [], customer: null } },
    codes: [],
  });
});
