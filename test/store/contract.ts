/**
 * The contract of ProfileStore: every sentence of the port as a test, through the port only, so that each adapter answers
 * the same suite. Must not know an engine; what only one adapter promises is in that adapter's own test.
 */
import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { errorCodeOf } from '../../schema/errors';
import { hashOf } from '../../subgraphs/profiles/store/audit';
import type { ErasureTask } from '../../subgraphs/profiles/store/erasure';
import { breakOf } from '../../subgraphs/profiles/store/ledger-chain';
import type { Change, PlacedChange } from '../../subgraphs/profiles/store/change';
import type {
  Checkpoint,
  Commit,
  ConsentEvent,
  NewConsentEvent,
  Profile,
  ProfileStore,
  StoredRecord,
  SuppressionEntry,
} from '../../subgraphs/profiles/store/store';

export interface OpenedStore {
  readonly store: ProfileStore;
  /** Closes the store and opens the same data again. */
  reopen(): Promise<ProfileStore>;
  /** Closes what is open and removes the data. */
  dispose(): Promise<void>;
}

/** Ids that sort as they are numbered. */
export const customerId = (number: number): string => `01J${String(number).padStart(23, '0')}`;

export function profile(number: number, changed: Partial<Profile> = {}): Profile {
  return {
    id: customerId(number),
    status: 'ACTIVE',
    version: 1,
    consentVersion: 2,
    sourceKeys: [{ source: 'crm', key: `contact-${number}` }],
    consents: [
      {
        purpose: 'EMAIL_MARKETING',
        topic: null,
        state: 'GRANTED',
        notice: { id: 'newsletter', version: '3' },
        since: 1_700_000_000_000,
        expiresAt: null,
      },
    ],
    softOptIn: false,
    facts: {
      crm: { country: 'DE', adultFrom: '2001-02-03', nameKey: 'h-name', suppressions: ['HARD_BOUNCE'] },
      'web shop': { country: null, adultFrom: null, nameKey: null, suppressions: [] },
    },
    createdAt: 1_700_000_000_000,
    updatedAt: 1_700_000_000_001,
    ...changed,
  };
}

export function storedRecord(number: number, changed: Partial<StoredRecord> = {}): StoredRecord {
  return {
    customerId: customerId(number),
    source: 'crm',
    sourceId: `contact-${number}`,
    found: true,
    sourceVersion: 1_700_000_000_002,
    fetchedAt: 1_700_000_000_003,
    schemaVersion: 1,
    blobs: { CONTACT: Uint8Array.of(0, 255, number % 256) },
    ...changed,
  };
}

export function change(number: number, changed: Partial<Change> = {}): Change {
  return {
    customerId: customerId(number),
    version: 1,
    kind: 'UPDATED',
    changedFields: ['contact'],
    at: 1_700_000_000_004,
    ...changed,
  };
}

export function consentEvent(number: number, recordId: string, changed: Partial<ConsentEvent> = {}): NewConsentEvent {
  return {
    recordId,
    customerId: customerId(number),
    purpose: 'EMAIL_MARKETING',
    channel: 'EMAIL',
    topic: null,
    action: 'GRANT',
    basis: 'CONSENT',
    pending: true,
    notice: { id: 'newsletter', version: '3', sha256: 'ab'.repeat(32) },
    method: 'web_form',
    jurisdiction: 'EU',
    language: 'de',
    proof: 'form-1',
    occurredAt: 1_700_000_000_005,
    recordedAt: 1_700_000_000_006,
    expiresAt: 1_800_000_000_000,
    actor: 'shop',
    ...changed,
  };
}

/** What the store adds to an event it appends. */
const placed = (event: NewConsentEvent, seq: number) => ({
  ...event,
  seq,
  prevHash: seq === 1 ? null : expect.stringMatching(/^[0-9a-f]{64}$/),
  hash: expect.stringMatching(/^[0-9a-f]{64}$/),
});

export function suppression(addressKey: string, changed: Partial<SuppressionEntry> = {}): SuppressionEntry {
  return {
    addressKey,
    reason: 'UNSUBSCRIBED',
    occurredAt: 1_700_000_000_008,
    recordedAt: 1_700_000_000_009,
    actor: 'link',
    ...changed,
  };
}

export function checkpoint(name: string, changed: Partial<Checkpoint> = {}): Checkpoint {
  return {
    name,
    position: 'page-2',
    complete: false,
    startedAt: 1_700_000_000_007,
    changedSince: null,
    count: 100,
    ...changed,
  };
}

export function erasureTask(number: number, changed: Partial<ErasureTask> = {}): ErasureTask {
  return {
    customerId: customerId(number),
    source: 'crm',
    keys: [`contact-${number}`],
    requestedBy: 'privacyOfficer',
    requestedAt: 1_700_000_000_008,
    dueAt: 1_702_592_000_008,
    failures: 0,
    lastFailure: null,
    nextAttemptAt: 1_700_000_000_008,
    receipt: null,
    ...changed,
  };
}

/** Blobs as plain bytes: an adapter may answer any Uint8Array. */
function plain(record: StoredRecord | null): unknown {
  if (!record) return null;
  const blobs = Object.entries(record.blobs).map(([category, blob]) => {
    expect(blob).toBeInstanceOf(Uint8Array);
    return [category, [...blob]];
  });
  return { ...record, blobs: Object.fromEntries(blobs) };
}

export function describeProfileStore(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name} as a ProfileStore`, () => {
    let opened: OpenedStore;
    let store: ProfileStore;

    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened.dispose());

    async function committed(commit: Commit): Promise<void> {
      expect(await store.commit(commit)).toEqual({ outcome: 'COMMITTED' });
    }

    const recordsOf = async (keys: Parameters<ProfileStore['findRecords']>[0]) =>
      (await store.findRecords(keys)).map(plain);

    describe('findProfiles', () => {
      it('answers in the order asked, null where nothing is known, twice what is asked twice', async () => {
        await committed({ profiles: [profile(1), profile(2, { status: 'RESTRICTED', facts: {} })] });
        expect(await store.findProfiles([customerId(2), customerId(9), customerId(1), customerId(2)])).toEqual([
          profile(2, { status: 'RESTRICTED', facts: {} }),
          null,
          profile(1),
          profile(2, { status: 'RESTRICTED', facts: {} }),
        ]);
      });

      it('answers the survivor of a customer that was merged, over several merges', async () => {
        await committed({
          profiles: [
            profile(1, { mergedInto: customerId(2) }),
            profile(2, { mergedInto: customerId(3) }),
            profile(3, { mergedInto: customerId(4) }),
            profile(4),
          ],
        });
        expect(await store.findProfiles([1, 2, 3, 4].map(customerId))).toEqual(Array(4).fill(profile(4)));
      });

      it('answers null for merges that go in a circle or lead nowhere', async () => {
        await committed({
          profiles: [
            profile(1, { mergedInto: customerId(2) }),
            profile(2, { mergedInto: customerId(1) }),
            profile(3, { mergedInto: customerId(3) }),
            profile(4, { mergedInto: customerId(9) }),
          ],
        });
        expect(await store.findProfiles([1, 2, 3, 4].map(customerId))).toEqual([null, null, null, null]);
      });

      it('answers null for ids that no customer can have', async () => {
        expect(await store.findProfiles(['', 'x'.repeat(10_000), '\0', '\ud800'])).toEqual([null, null, null, null]);
      });

      it('answers nothing when nothing is asked', async () => {
        expect(await store.findProfiles([])).toEqual([]);
      });

      it('answers an erased profile, so that its state is known', async () => {
        await committed({ profiles: [profile(1, { status: 'ERASED', sourceKeys: [], consents: [] })] });
        expect(await store.findProfiles([customerId(1)])).toMatchObject([{ status: 'ERASED', sourceKeys: [] }]);
      });
    });

    describe('findRecords', () => {
      it('answers in the order asked, null where nothing is stored, blobs byte by byte', async () => {
        const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);
        await committed({
          records: [
            storedRecord(1, { blobs: { CONTACT: everyByte, PURCHASE_HISTORY: new Uint8Array(0) } }),
            storedRecord(1, { source: 'commerce', sourceId: '', found: false, blobs: {} }),
            storedRecord(2),
          ],
        });
        expect(
          await recordsOf([
            { customerId: customerId(2), source: 'crm' },
            { customerId: customerId(2), source: 'commerce' },
            { customerId: customerId(1), source: 'commerce' },
            { customerId: customerId(1), source: 'crm' },
          ]),
        ).toEqual([
          { ...storedRecord(2), blobs: { CONTACT: [0, 255, 2] } },
          null,
          { ...storedRecord(1), source: 'commerce', sourceId: '', found: false, blobs: {} },
          { ...storedRecord(1), blobs: { CONTACT: [...everyByte], PURCHASE_HISTORY: [] } },
        ]);
      });

      it('keeps blobs apart that share one buffer, and large ones whole', async () => {
        const shared = Uint8Array.from({ length: 8 }, (_, byte) => byte);
        const large = Uint8Array.from({ length: 300_000 }, (_, index) => index % 251);
        await committed({
          records: [storedRecord(1, { blobs: { CONTACT: shared.subarray(2, 4), PURCHASE_HISTORY: large } })],
        });
        const [found] = await store.findRecords([{ customerId: customerId(1), source: 'crm' }]);
        // What was answered stays as it is when other records are read after it.
        await store.findRecords([{ customerId: customerId(1), source: 'crm' }]);
        expect([...(found?.blobs.CONTACT ?? [])]).toEqual([2, 3]);
        expect(Buffer.compare(found?.blobs.PURCHASE_HISTORY ?? new Uint8Array(), large)).toBe(0);
      });

      it('answers the last record that was stored, and null after its removal', async () => {
        const key = { customerId: customerId(1), source: 'crm' };
        await committed({ records: [storedRecord(1), storedRecord(1, { source: 'support' })] });
        await committed({ records: [storedRecord(1, { sourceVersion: 7, blobs: {} })] });
        expect(await recordsOf([key])).toEqual([{ ...storedRecord(1), sourceVersion: 7, blobs: {} }]);
        await committed({ removeRecords: [key, { customerId: customerId(9), source: 'crm' }] });
        expect(await recordsOf([key, { ...key, source: 'support' }])).toEqual([null, expect.anything()]);
      });
    });

    describe('findCustomerIds', () => {
      it('answers the customers linked to each identity, in the order asked, ids ascending', async () => {
        await committed({
          link: [
            { namespace: 'email', key: 'h1', customerId: customerId(3) },
            { namespace: 'email', key: 'h1', customerId: customerId(1) },
            { namespace: 'email', key: 'h1', customerId: customerId(2) },
            { namespace: 'hubspot.contact', key: 'h1', customerId: customerId(4) },
          ],
        });
        expect(
          await store.findCustomerIds([
            { namespace: 'hubspot.contact', key: 'h1' },
            { namespace: 'email', key: 'h2' },
            { namespace: 'email', key: 'h1' },
          ]),
        ).toEqual([[customerId(4)], [], [customerId(1), customerId(2), customerId(3)]]);
      });

      it('links once what is linked twice, and forgets what is unlinked', async () => {
        const link = { namespace: 'email', key: 'h1', customerId: customerId(1) };
        const other = { ...link, customerId: customerId(2) };
        await committed({ link: [link, link] });
        await committed({ link: [link, other] });
        expect(await store.findCustomerIds([link])).toEqual([[customerId(1), customerId(2)]]);
        await committed({ unlink: [link, { ...link, key: 'never linked' }] });
        expect(await store.findCustomerIds([link])).toEqual([[customerId(2)]]);
        await committed({ unlink: [other] });
        expect(await store.findCustomerIds([link])).toEqual([[]]);
      });

      it('takes every identity from a customer, whatever it is called, and from nobody else', async () => {
        const of = (key: string, number: number) => ({ namespace: 'email', key, customerId: customerId(number) });
        const [shared, own, odd, other] = [of('h1', 1), of('h2', 1), of('\ud800 odd', 1), of('h3', 2)];
        await committed({ link: [shared, { ...shared, customerId: customerId(2) }, own, odd, other] });
        await committed({ unlink: [own], unlinkAll: [customerId(1), customerId(9)], link: [of('h4', 1)] });
        expect(await store.findCustomerIds([shared, own, odd, other, of('h4', 1)])).toEqual([
          ...[[customerId(2)], [], [], [customerId(2)]],
          [customerId(1)],
        ]);
        await committed({ unlinkAll: [customerId(1), customerId(2)] });
        expect(await store.findCustomerIds([shared, own, odd, other, of('h4', 1)])).toEqual([[], [], [], [], []]);
      });

      it('tells identities apart whatever their characters and length', async () => {
        const keys = ['a', 'A', 'a:b', 'a\0b', 'a\u0001b', '', ' ', 'é', 'e\u0301', '\ud800', '\ud801', '1', '01'];
        const long = 'x'.repeat(5_000);
        const identities = [
          ...[...keys, long, `${long}y`].map((key) => ({ namespace: 'posthog.distinct_id', key })),
          { namespace: 'a', key: 'b:c' },
          { namespace: 'a:b', key: 'c' },
        ];
        await committed({ link: identities.map((identity, i) => ({ ...identity, customerId: customerId(i) })) });
        expect(await store.findCustomerIds(identities)).toEqual(identities.map((_, i) => [customerId(i)]));
      });
    });

    describe('listProfiles', () => {
      it('answers pages in ascending order of id, after excluded, merged ones left out', async () => {
        await committed({
          profiles: [5, 3, 1, 4, 2].map((n) => profile(n, n === 3 ? { mergedInto: customerId(1) } : {})),
        });
        const numbers = async (page: { after?: string; limit: number }) =>
          (await store.listProfiles(page)).map(({ id }) => Number(id.slice(3)));
        expect(await numbers({ limit: 100 })).toEqual([1, 2, 4, 5]);
        expect(await numbers({ limit: 3 })).toEqual([1, 2, 4]);
        expect(await numbers({ limit: 3, after: customerId(4) })).toEqual([5]);
        expect(await numbers({ limit: 3, after: customerId(3) })).toEqual([4, 5]);
        expect(await numbers({ limit: 3, after: customerId(5) })).toEqual([]);
        expect(await numbers({ limit: 3, after: customerId(4) + 'x'.repeat(5_000) })).toEqual([5]);
        expect(await numbers({ limit: 0 })).toEqual([]);
      });

      it('answers whole profiles', async () => {
        await committed({ profiles: [profile(1)] });
        expect(await store.listProfiles({ limit: 1 })).toEqual([profile(1)]);
      });
    });

    describe('findConsentEvents', () => {
      it('answers the whole ledger of each customer in order of seq, from 1', async () => {
        const late = consentEvent(1, 'r2', { occurredAt: 5, action: 'WITHDRAW' });
        await committed({ consentEvents: [consentEvent(1, 'r1'), consentEvent(2, 'r1')] });
        await committed({ consentEvents: [late] });
        expect(await store.findConsentEvents([customerId(2), customerId(9), customerId(1)])).toEqual([
          [placed(consentEvent(2, 'r1'), 1)],
          [],
          [placed(consentEvent(1, 'r1'), 1), placed(late, 2)],
        ]);
      });

      it('keeps the order of seq beyond ten events', async () => {
        const ids = Array.from({ length: 120 }, (_, i) => `r${i}`);
        await committed({ consentEvents: ids.map((id) => consentEvent(1, id)) });
        const [ledger] = await store.findConsentEvents([customerId(1)]);
        expect(ledger?.map(({ recordId, seq }) => [recordId, seq])).toEqual(ids.map((id, i) => [id, i + 1]));
      });

      it('leaves out an event whose recordId the customer already has, without a gap', async () => {
        await committed({ consentEvents: [consentEvent(1, 'r1'), consentEvent(1, 'r1', { action: 'OBJECT' })] });
        await committed({ consentEvents: [consentEvent(1, 'r1', { action: 'REFUSE' }), consentEvent(1, 'r2')] });
        expect(await store.findConsentEvents([customerId(1)])).toEqual([
          [placed(consentEvent(1, 'r1'), 1), placed(consentEvent(1, 'r2'), 2)],
        ]);
      });
    });

    describe('The ledger', () => {
      it('is a chain from its first event on, in which every change shows', async () => {
        for (const id of ['r1', 'r2', 'r3']) await committed({ consentEvents: [consentEvent(1, id)] });
        const [ledger = []] = await store.findConsentEvents([customerId(1)]);
        const [first, second, third] = ledger as [ConsentEvent, ConsentEvent, ConsentEvent];
        expect(breakOf(ledger)).toBeNull();
        expect([second.prevHash, third.prevHash]).toEqual([first.hash, second.hash]);
        const damaged = [
          [second, third],
          [first, third],
          [first, third, second],
          [first, { ...second, action: 'OBJECT' as const }, third],
          [first, { ...second, notice: null }, third],
          [{ ...first, proof: null }, second, third],
        ];
        expect(damaged.map(breakOf)).toEqual([1, 2, 2, 2, 2, 1]);
      });
    });

    describe('The suppression list', () => {
      it('answers the entries of each address in order of reason, in the order asked', async () => {
        const [bounced, complained] = [
          suppression('v1:a', { reason: 'HARD_BOUNCE' }),
          suppression('v1:a', { reason: 'COMPLAINT' }),
        ];
        await committed({ suppress: [bounced, suppression('v1:b'), complained] });
        expect(await store.findSuppressions(['v1:b', 'v1:x', 'v1:a', ''])).toEqual([
          [suppression('v1:b')],
          [],
          [complained, bounced],
          [],
        ]);
      });

      it('keeps the first entry of a reason, over opening again', async () => {
        await committed({ suppress: [suppression('v1:a'), suppression('v1:a', { actor: 'second' })] });
        await committed({ suppress: [suppression('v1:a', { occurredAt: 1 })] });
        store = await opened.reopen();
        expect(await store.findSuppressions(['v1:a'])).toEqual([[suppression('v1:a')]]);
      });

      it('lets go of one reason of one address, before anything is added', async () => {
        const bounced = suppression('v1:a', { reason: 'HARD_BOUNCE' });
        await committed({ suppress: [bounced, suppression('v1:a'), suppression('v1:b')] });
        await committed({ unsuppress: [{ addressKey: 'v1:a', reason: 'UNSUBSCRIBED' }] });
        expect(await store.findSuppressions(['v1:a', 'v1:b'])).toEqual([[bounced], [suppression('v1:b')]]);
        const again = suppression('v1:b', { occurredAt: 9 });
        await committed({ unsuppress: [again, suppression('v1:x')], suppress: [again] });
        expect(await store.findSuppressions(['v1:b', 'v1:x'])).toEqual([[again], []]);
      });

      it('is listed by address in ascending order of key, after excluded', async () => {
        const keys = ['v1:c', 'v1:a', 'v1:B', 'v1:b'];
        await committed({ suppress: keys.map((key) => suppression(key)) });
        await committed({ suppress: [suppression('v1:a', { reason: 'COMPLAINT' })] });
        const listed = async (page: { after?: string; limit: number }) =>
          (await store.listSuppressions(page)).map((entries) => [entries[0]?.addressKey, entries.length]);
        expect(await listed({ limit: 10 })).toEqual([
          ['v1:B', 1],
          ['v1:a', 2],
          ['v1:b', 1],
          ['v1:c', 1],
        ]);
        expect(await listed({ limit: 2, after: 'v1:a' })).toEqual([
          ['v1:b', 1],
          ['v1:c', 1],
        ]);
        expect(await listed({ limit: 0 })).toEqual([]);
      });
    });

    describe('The change feed', () => {
      const entries = [change(2), change(1, { kind: 'MERGED', version: 4 }), change(3, { kind: 'ERASED' })];
      const bare = (changes: readonly PlacedChange[]) => changes.map(({ cursor: _, ...entry }) => entry);
      const stops = new Set<AbortController>();
      afterEach(() => {
        for (const stop of stops) stop.abort();
        stops.clear();
      });

      /** The next changes of a follower, as many as asked. */
      function follow(after?: string) {
        const stop = new AbortController();
        stops.add(stop);
        const changes = store.followChanges({ signal: stop.signal, ...(after === undefined ? {} : { after }) });
        const iterator = changes[Symbol.asyncIterator]();
        return {
          stop: () => stop.abort(),
          next: async (count: number): Promise<PlacedChange[]> => {
            const found: PlacedChange[] = [];
            while (found.length < count) {
              const { done, value } = await iterator.next();
              if (done === true) break;
              found.push(value as PlacedChange);
            }
            return found;
          },
        };
      }

      it('answers what is kept, from the oldest on, by page', async () => {
        await committed({ changes: entries.slice(0, 2) });
        await committed({ changes: entries.slice(2) });
        const all = await store.findChanges({ after: null, limit: 100 });
        expect(bare(all)).toEqual(entries);
        expect(bare(await store.findChanges({ after: null, limit: 2 }))).toEqual(entries.slice(0, 2));
        expect(await store.findChanges({ after: null, limit: 0 })).toEqual([]);
        const [first, second, third] = all.map(({ cursor }) => cursor) as [string, string, string];
        expect(bare(await store.findChanges({ after: first, limit: 1 }))).toEqual([entries[1]]);
        expect(bare(await store.findChanges({ after: second, limit: 100 }))).toEqual([entries[2]]);
        expect(await store.findChanges({ after: third, limit: 100 })).toEqual([]);
      });

      it('tells who follows of every change from then on, in commit order, with cursors that differ', async () => {
        await committed({ changes: [change(9)] });
        const follower = follow();
        const first = follower.next(1);
        await until(first, () => committed({ changes: [change(4)] }));
        const told = follower.next(entries.length);
        await committed({ changes: entries.slice(0, 2) });
        await committed({ changes: entries.slice(2) });
        const later = (await told).filter(({ customerId: id }) => id !== customerId(4));
        const rest = await follower.next(entries.length - later.length);
        expect(bare([...later, ...rest])).toEqual(entries);
        expect(new Set([...later, ...rest].map(({ cursor }) => cursor)).size).toBe(entries.length);
      });

      it('goes on after a cursor, what was committed meanwhile and what comes then, also after opening again', async () => {
        const before = follow();
        const first = before.next(1);
        await until(first, () => committed({ changes: [change(4)] }));
        const [{ cursor }] = (await first) as [PlacedChange];
        before.stop();
        await committed({ changes: entries });
        store = await opened.reopen();
        const after = follow(cursor);
        const seen = (changes: readonly PlacedChange[]) =>
          bare(changes).filter(({ customerId: id }) => id !== customerId(4));
        const missed: PlacedChange[] = [];
        while (seen(missed).length < entries.length) missed.push(...(await after.next(1)));
        expect(seen(missed)).toEqual(entries);
        await committed({ changes: [change(5)] });
        expect(bare(await after.next(1))).toEqual([change(5)]);
        const [second, third] = missed.slice(-2) as [PlacedChange, PlacedChange];
        expect(bare(await follow(second.cursor).next(2))).toEqual([entries[2], change(5)]);
        expect(await store.findChange(third.cursor)).toEqual(third);
      });

      it('says where it ends: from there on it tells of what comes, and of nothing before', async () => {
        const start = await store.findLastCursor();
        await committed({ changes: entries.slice(0, 2) });
        const end = await store.findLastCursor();
        expect(await store.findChanges({ after: end, limit: 10 })).toEqual([]);
        await committed({ changes: entries.slice(2) });
        expect(bare(await store.findChanges({ after: start, limit: 10 }))).toEqual(entries);
        expect(bare(await follow(end).next(1))).toEqual(entries.slice(2));
        expect(await store.findChange(end)).not.toEqual(expect.objectContaining(entries[2] ?? {}));
      });

      it('ends when it is told to, while it waits too', async () => {
        const follower = follow();
        const waiting = follower.next(1);
        follower.stop();
        expect(await waiting).toEqual([]);
      });

      it('leaves no listener behind on the signal of who followed, whoever ended it', async () => {
        const start = await store.findLastCursor();
        await committed({ changes: entries });
        const stop = new AbortController();
        const listeners = () => getEventListeners(stop.signal, 'abort').length;
        for await (const _ of store.followChanges({ after: start, signal: stop.signal })) break;
        expect(listeners()).toBe(0);
        for await (const entry of store.followChanges({ after: start, signal: stop.signal })) {
          if (entry?.kind === 'ERASED') stop.abort();
        }
        expect(listeners()).toBe(0);
      });

      it('refuses cursors it never gave', async () => {
        for (const cursor of ['', 'x', '-1', '1.5', 'e:', '{"_data":"00"}', '\0', 'é'.repeat(300)]) {
          const calls = [
            store.findChange(cursor),
            store.findChanges({ after: cursor, limit: 1 }),
            follow(cursor).next(1),
          ];
          const codes = await Promise.all(calls.map((call) => call.then(() => 'answered', errorCodeOf)));
          expect(codes).toEqual(Array(3).fill('BAD_USER_INPUT'));
        }
      });
    });

    describe('The inbox', () => {
      const entry = (eventId: string, receivedAt = 1_000) => ({
        source: 'crm',
        eventId,
        key: `k-${eventId}`,
        receivedAt,
      });

      it('takes each event of a source in once, and answers what is pending, oldest first', async () => {
        await committed({ received: [entry('late', 3_000), entry('early'), entry('early', 9_000)] });
        await committed({ received: [entry('early', 5_000), { ...entry('early'), source: 'commerce' }] });
        expect(await store.findPending('crm', 10)).toEqual([entry('early'), entry('late', 3_000)]);
        expect(await store.findPending('crm', 1)).toEqual([entry('early')]);
        expect(await store.findPending('commerce', 10)).toHaveLength(1);
        expect(await store.findPending('support', 10)).toEqual([]);
      });

      it('knows an applied event still, until it is forgotten', async () => {
        await committed({ received: [entry('e')] });
        await committed({ applied: [{ source: 'crm', eventId: 'e' }] });
        await committed({ received: [entry('e')] });
        expect(await store.findPending('crm', 10)).toEqual([]);
        await committed({ forgetInboxBefore: 1_001 });
        await committed({ received: [entry('e')] });
        expect(await store.findPending('crm', 10)).toEqual([entry('e')]);
      });

      it('never forgets what is pending', async () => {
        await committed({ received: [entry('e')], forgetInboxBefore: 9_000 });
        expect(await store.findPending('crm', 10)).toEqual([entry('e')]);
      });
    });

    describe('findCheckpoint', () => {
      it('answers the last checkpoint of a name, null where there is none', async () => {
        expect(await store.findCheckpoint('crm')).toBeNull();
        await committed({ checkpoints: [checkpoint('crm'), checkpoint('support')] });
        await committed({ checkpoints: [checkpoint('crm', { position: null, complete: true })] });
        expect(await store.findCheckpoint('crm')).toEqual(checkpoint('crm', { position: null, complete: true }));
        expect(await store.findCheckpoint('support')).toEqual(checkpoint('support'));
      });
    });

    describe('Erasures', () => {
      const receipt = { outcome: 'ERASED', basis: null, until: null, at: 5, statement: '{}', signature: 's' } as const;

      it('answers every source’s part of a customer’s erasure, in order of source', async () => {
        const tasks = [erasureTask(1, { source: 'support' }), erasureTask(1), erasureTask(2)];
        await committed({ erasureTasks: tasks });
        expect(await store.findErasure(customerId(1))).toEqual([erasureTask(1), erasureTask(1, { source: 'support' })]);
        expect(await store.findErasure(customerId(3))).toEqual([]);
      });

      it('answers the open ones, of a source or of all, in the order in which they are to be tried', async () => {
        const tried = (number: number, nextAttemptAt: number, source = 'crm') =>
          erasureTask(number, { nextAttemptAt, source });
        await committed({ erasureTasks: [tried(1, 300), tried(2, 20), tried(3, 1_000, 'support')] });
        await committed({ erasureTasks: [tried(4, 25), { ...tried(5, 1), receipt }] });
        expect(await store.findOpenErasures({ source: 'crm', limit: 2 })).toEqual([tried(2, 20), tried(4, 25)]);
        expect(await store.findOpenErasures({ limit: 9 })).toHaveLength(4);
        expect(await store.findOpenErasures({ limit: 0 })).toEqual([]);
      });

      it('replaces a part: tried later, it is open once; with a receipt, no more', async () => {
        await committed({ erasureTasks: [erasureTask(1)] });
        const later = erasureTask(1, {
          failures: 1,
          lastFailure: 'UPSTREAM_TIMEOUT',
          nextAttemptAt: 1_700_000_060_000,
        });
        await committed({ erasureTasks: [later] });
        expect(await store.findOpenErasures({ limit: 9 })).toEqual([later]);
        const done = { ...later, keys: [], receipt };
        await committed({ erasureTasks: [done] });
        expect(await store.findOpenErasures({ limit: 9 })).toEqual([]);
        expect(await (await opened.reopen()).findErasure(customerId(1))).toEqual([done]);
      });

      it('knows tombstones by their key', async () => {
        await committed({ tombstones: [{ key: 'h1', erasedAt: 7 }] });
        expect(await store.findTombstones(['h0', 'h1'])).toEqual([null, { key: 'h1', erasedAt: 7 }]);
        expect(await store.findTombstones([])).toEqual([]);
      });

      it('takes tombstones away, before it adds any', async () => {
        await committed({ tombstones: ['h1', 'h2'].map((key) => ({ key, erasedAt: 7 })) });
        await committed({ removeTombstones: ['h1', 'h2', 'h3'], tombstones: [{ key: 'h2', erasedAt: 8 }] });
        expect(await store.findTombstones(['h1', 'h2'])).toEqual([null, { key: 'h2', erasedAt: 8 }]);
      });
    });

    describe('The audit trail', () => {
      const append = (...texts: string[]) => committed({ audit: texts.map((text) => ({ chainId: 'a', text })) });

      it('chains entries in the order of their commits, without gaps', async () => {
        await append('one', 'two');
        await append('three');
        const found = await store.findAudit({ chainId: 'a', limit: 9 });
        expect(found.map(({ seq, text }) => [seq, text])).toEqual([
          [1, 'one'],
          [2, 'two'],
          [3, 'three'],
        ]);
        for (const [index, { seq, text, hash }] of found.entries()) {
          expect(hash).toBe(hashOf('a', seq, found[index - 1]?.hash ?? '0'.repeat(64), text));
        }
      });

      it('chains them gaplessly when many commit at the same time, and not at all when a commit conflicts', async () => {
        await Promise.all(Array.from({ length: 20 }, (_, number) => append(`${number}`)));
        const refused = { expect: [{ customerId: customerId(1), version: 7 }], audit: [{ chainId: 'a', text: 'no' }] };
        expect(await store.commit(refused)).toEqual({ outcome: 'CONFLICT' });
        const seqs = (await store.findAudit({ chainId: 'a', limit: 99 })).map(({ seq }) => seq);
        expect(seqs).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
      });

      it('answers a page upwards or downwards, of one chain', async () => {
        await append('1', '2', '3', '4');
        await committed({ audit: [{ chainId: 'b', text: 'other' }] });
        const texts = async (page: { after?: number; before?: number; limit: number }) =>
          (await store.findAudit({ chainId: 'a', ...page })).map(({ text }) => text);
        expect(await texts({ after: 1, limit: 2 })).toEqual(['2', '3']);
        expect(await texts({ before: 4, limit: 2 })).toEqual(['3', '2']);
        expect(await texts({ before: 1, limit: 2 })).toEqual([]);
        expect(await texts({ after: 4, limit: 2 })).toEqual([]);
        expect(await texts({ limit: 0 })).toEqual([]);
      });

      it('answers the last entry of each chain, in order of chain', async () => {
        expect(await store.findAuditHeads()).toEqual([]);
        await append('1', '2');
        await committed({ audit: [{ chainId: 'b', text: 'other' }] });
        expect((await store.findAuditHeads()).map(({ chainId, seq, text }) => [chainId, seq, text])).toEqual([
          ['a', 2, '2'],
          ['b', 1, 'other'],
        ]);
      });

      it('keeps signed roots, in order of the places they sign', async () => {
        const root = (seq: number) => ({ chainId: 'a', seq, hash: 'h', at: 9, signature: 's' });
        await committed({ auditRoots: [root(12)] });
        await committed({ auditRoots: [root(3), { ...root(1), chainId: 'b' }] });
        expect(await store.findAuditRoots('a')).toEqual([root(3), root(12)]);
      });
    });

    describe('commit', () => {
      const everything: Commit = {
        profiles: [profile(1), profile(2)],
        records: [storedRecord(1)],
        link: [{ namespace: 'email', key: 'h1', customerId: customerId(1) }],
        consentEvents: [consentEvent(1, 'r1')],
        suppress: [suppression('v1:a')],
        changes: [change(1)],
        checkpoints: [checkpoint('crm')],
      };

      async function stored(): Promise<unknown> {
        return {
          profiles: await store.listProfiles({ limit: 100 }),
          records: await recordsOf([{ customerId: customerId(1), source: 'crm' }]),
          customerIds: await store.findCustomerIds([{ namespace: 'email', key: 'h1' }]),
          consentEvents: await store.findConsentEvents([customerId(1)]),
          suppressions: await store.findSuppressions(['v1:a']),
          changes: (await store.findChanges({ after: null, limit: 100 })).length,
          checkpoint: await store.findCheckpoint('crm'),
        };
      }

      it('writes everything it holds, and all of it is there after opening again', async () => {
        await committed(everything);
        const expected = {
          profiles: [profile(1), profile(2)],
          records: [{ ...storedRecord(1), blobs: { CONTACT: [0, 255, 1] } }],
          customerIds: [[customerId(1)]],
          consentEvents: [[placed(consentEvent(1, 'r1'), 1)]],
          suppressions: [[suppression('v1:a')]],
          changes: 1,
          checkpoint: checkpoint('crm'),
        };
        expect(await stored()).toEqual(expected);
        store = await opened.reopen();
        expect(await stored()).toEqual(expected);
        await committed({ changes: [change(2)], consentEvents: [consentEvent(1, 'r2')] });
        const [first, second] = await store.findChanges({ after: null, limit: 10 });
        expect([first, second]).toMatchObject([change(1), change(2)]);
        expect(await store.findConsentEvents([customerId(1)])).toMatchObject([[{ seq: 1 }, { seq: 2 }]]);
      });

      it('writes nothing and answers CONFLICT when one expected version differs', async () => {
        await committed({ profiles: [profile(7, { version: 3 })] });
        const before = await stored();
        for (const expected of [
          [{ customerId: customerId(7), version: 2 }],
          [{ customerId: customerId(7), version: 0 }],
          [{ customerId: customerId(8), version: 1 }],
          [
            { customerId: customerId(7), version: 3 },
            { customerId: customerId(8), version: 1 },
          ],
        ]) {
          expect(await store.commit({ ...everything, expect: expected })).toEqual({ outcome: 'CONFLICT' });
          expect(await stored()).toEqual(before);
        }
      });

      it('is done when every expected version is so; 0 stands for a customer that does not exist', async () => {
        await committed({ expect: [{ customerId: customerId(1), version: 0 }], profiles: [profile(1)] });
        await committed({
          expect: [
            { customerId: customerId(1), version: 1 },
            { customerId: customerId(2), version: 0 },
          ],
          profiles: [profile(1, { version: 2 })],
        });
      });

      it('compares the version of the customer named, not of the one it was merged into', async () => {
        await committed({ profiles: [profile(1, { version: 5, mergedInto: customerId(2) }), profile(2)] });
        await committed({ expect: [{ customerId: customerId(1), version: 5 }] });
        expect(await store.commit({ expect: [{ customerId: customerId(1), version: 1 }] })).toEqual({
          outcome: 'CONFLICT',
        });
      });

      it('compares expected links as sets, and writes nothing when they differ', async () => {
        const identity = { namespace: 'email', key: 'h9' };
        const [one, two, three] = [1, 2, 3].map(customerId) as [string, string, string];
        await committed({ expectIdentities: [{ ...identity, customerIds: [] }] });
        await committed({ link: [one, two].map((id) => ({ ...identity, customerId: id })) });
        const before = await stored();
        await committed({ expectIdentities: [{ ...identity, customerIds: [two, one] }] });
        for (const customerIds of [[], [one], [one, three], [one, two, three]]) {
          const step = { ...everything, expectIdentities: [{ ...identity, customerIds }] };
          expect(await store.commit(step)).toEqual({ outcome: 'CONFLICT' });
          expect(await stored()).toEqual(before);
        }
      });

      it('removes before it writes: what one step removes and gives is there after it', async () => {
        const link = { namespace: 'email', key: 'h1', customerId: customerId(1) };
        const key = { customerId: customerId(1), source: 'crm' };
        const step = { link: [link], unlink: [link], records: [storedRecord(1)], removeRecords: [key] };
        await committed(step);
        await committed(step);
        expect(await store.findCustomerIds([link])).toEqual([[customerId(1)]]);
        expect(await store.findRecords([key])).toEqual([expect.anything()]);
      });

      it('may be empty', async () => {
        await committed({});
      });

      it('can be read at once by who waited for it', async () => {
        for (let version = 1; version <= 20; version++) {
          await committed({ profiles: [profile(1, { version })] });
          expect(await store.findProfiles([customerId(1)])).toMatchObject([{ version }]);
        }
      });

      it('loses no update when many change the same customers at the same time', async () => {
        const CUSTOMERS = 3;
        const workers = fc.array(fc.array(fc.nat(CUSTOMERS - 1), { maxLength: 6 }), { minLength: 2, maxLength: 6 });
        const versionsOf = async () =>
          (await store.findProfiles(Array.from({ length: CUSTOMERS }, (_, n) => customerId(n)))).map(
            (found) => found?.version ?? 0,
          );
        await fc.assert(
          fc.asyncProperty(workers, async (plans) => {
            const before = await versionsOf();
            const changesBefore = (await store.findChanges({ after: null, limit: 100_000 })).length;
            await Promise.all(
              plans.map(async (plan) => {
                for (const number of plan) await raiseVersion(store, number);
              }),
            );
            const raised = before.map((version, n) => version + plans.flat().filter((number) => number === n).length);
            expect(await versionsOf()).toEqual(raised);
            expect(await store.findChanges({ after: null, limit: 100_000 })).toHaveLength(
              changesBefore + plans.flat().length,
            );
          }),
          { numRuns: 25, seed: 20_240 },
        );
      }, 60_000);
    });

    describe('close', () => {
      it('finishes the commits that were under way', async () => {
        let done = 0;
        for (let number = 0; number < 50; number++) {
          void store.commit({ profiles: [profile(number)] }).then(() => done++);
        }
        await store.close();
        expect(done).toBe(50);
        expect(await (await opened.reopen()).listProfiles({ limit: 100 })).toHaveLength(50);
      });

      it('makes every method answer STORE_UNAVAILABLE, and may be called twice', async () => {
        await store.close();
        await store.close();
        const calls = [
          store.findProfiles([]),
          store.findRecords([]),
          store.findCustomerIds([]),
          store.listProfiles({ limit: 1 }),
          store.findConsentEvents([]),
          store.findSuppressions([]),
          store.listSuppressions({ limit: 1 }),
          store.findChanges({ after: null, limit: 1 }),
          store.followChanges({ signal: new AbortController().signal })[Symbol.asyncIterator]().next(),
          store.findCheckpoint('crm'),
          store.findErasure(customerId(1)),
          store.findOpenErasures({ limit: 1 }),
          store.findTombstones([]),
          store.findAuditHeads(),
          store.findAudit({ chainId: 'a', limit: 1 }),
          store.findAuditRoots('a'),
          store.commit({}),
        ];
        const codes = await Promise.all(calls.map((call) => call.then(() => 'answered', errorCodeOf)));
        expect(codes).toEqual(Array(calls.length).fill('STORE_UNAVAILABLE'));
      });
    });
  });
}

/** Commits, again and again until one is seen: when a follower begins to hear is its own affair. */
async function until(seen: Promise<unknown>, commit: () => Promise<void>): Promise<void> {
  let isSeen = false;
  void seen.then(() => (isSeen = true));
  while (!isSeen) {
    await commit();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Reads, then commits what it computed, again for as long as another was faster: what every writer does. */
async function raiseVersion(store: ProfileStore, number: number): Promise<void> {
  for (;;) {
    const [current] = await store.findProfiles([customerId(number)]);
    const version = current?.version ?? 0;
    const { outcome } = await store.commit({
      expect: [{ customerId: customerId(number), version }],
      profiles: [profile(number, { version: version + 1 })],
      changes: [change(number, { version: version + 1 })],
    });
    if (outcome === 'COMMITTED') return;
  }
}
