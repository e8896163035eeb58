// What was recorded since a backup and must not be undone by restoring it: whoever was erased, suppressed or said no stays so.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { verifyAudit } from '../../deploy/audit-verify';
import { errorCodeOf } from '../../schema/errors';
import { openAll } from '../../subgraphs/blob';
import { createChangeFeed } from '../../subgraphs/profiles/feed';
import { createIngest } from '../../subgraphs/profiles/ingest';
import type { ProfileStore } from '../../subgraphs/profiles/store/store';
import type { Principal } from '../../schema/request-policy';
import { consent, contact, NOW, openProfiles, registry, shopper } from '../profiles/opened-profiles';
import type { OpenedProfiles } from '../profiles/opened-profiles';
import { backUp, openSealed, restoreTo, signTrail } from './data-folder';

const OFFICER: Principal = { id: 'officer', role: 'PRIVACY_OFFICER', scopes: [] };
const CANARY = 'ann@canary.example';

describe('Restored over what was recorded since', () => {
  let opened: OpenedProfiles;
  let parent: string;
  let restored: ProfileStore | undefined;
  beforeEach(async () => {
    opened = await openProfiles((folder, now) => openSealed(folder, now));
    parent = await mkdtemp(path.join(tmpdir(), 'facet-carried-'));
  });
  afterEach(async () => {
    await restored?.close();
    restored = undefined;
    await opened.dispose();
    await rm(parent, { recursive: true, force: true });
  });

  const target = () => path.join(parent, 'target');
  const backupDir = () => path.join(parent, 'backup');
  const backUpNow = () => backUp(opened.folder, backupDir());
  const restore = async (since: string | null = opened.folder) => {
    await signTrail(opened.folder, opened.store);
    const done = await restoreTo(target(), backupDir(), since);
    restored = await openSealed(target());
    return { ...done, store: restored };
  };
  const takeOne = async (...args: Parameters<OpenedProfiles['take']>) =>
    (await opened.take(...args)).customerIds[0] ?? '';
  const statesOf = async (store: ProfileStore, id: string) => {
    const [profile] = await store.findProfiles([id]);
    return profile && Object.fromEntries(profile.consents.map(({ purpose, state }) => [purpose, state]));
  };
  const emailKey = (email: string) => registry.keyOf({ namespace: 'email', value: email }).key;

  it('an erased person is not back: no record, no identity, no key, and no late record brings her in', async () => {
    const ann = contact('5', { email: CANARY, name: 'Ann Canary' });
    const id = await takeOne('crm', ann);
    const other = await takeOne('commerce', shopper('9', { email: CANARY, ids: [['hubspot.contact', '77']] }));
    await backUpNow();
    await opened.erasures.begin(OFFICER, id);

    const { carried, store } = await restore();
    expect(carried).toMatchObject({ erased: 1, tombstones: 2 });
    const [profile] = await store.findProfiles([id]);
    expect(profile).toMatchObject({ status: 'ERASED', sourceKeys: [], facts: {} });
    const records = await store.findRecords(['crm', 'profiles'].map((source) => ({ customerId: id, source })));
    expect(records).toEqual([null, null]);
    expect((await store.findCustomerIds([registry.keyOf({ namespace: 'email', value: CANARY })])).flat()).not.toContain(
      id,
    );
    expect(await store.findErasure(id)).toEqual(await opened.store.findErasure(id));
    // The other customer of that address goes on.
    expect((await store.findProfiles([other]))[0]?.status).toBe('ACTIVE');

    const ingest = createIngest({ store, registry, sources: [{ name: 'crm' }], now: () => NOW });
    expect((await ingest({ source: 'crm', records: [ann], fetchedAt: NOW })).customerIds).toEqual(['']);
    await store.close();
    restored = undefined;
    for (const file of await readdir(target(), { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const bytes = await readFile(path.join(file.parentPath, file.name));
      expect([file.name, bytes.includes('canary.example'), bytes.includes('Ann Canary')]).toEqual([
        file.name,
        false,
        false,
      ]);
    }
    // The backup itself still opens for who has the keys, and says whose key it was: the restored file has zeros there.
    const slots = (folder: string) => readFile(path.join(folder, 'keys', 'slots'));
    const [before, after] = [await slots(backupDir()), await slots(target())];
    expect([before.length, zeroSlots(before), zeroSlots(after)]).toEqual([after.length, 0, 1]);
  });

  it('somebody merged and erased since is erased under each id she had', async () => {
    const one = await takeOne('crm', contact('5', { email: CANARY }));
    const two = await takeOne('commerce', shopper('9'));
    await backUpNow();
    await opened.take('commerce', shopper('9', { version: 2, ids: [['hubspot.contact', '5']] }));
    await opened.erasures.begin(OFFICER, two);
    const { store } = await restore();
    expect((await store.findProfiles([one, two])).map((profile) => profile?.status)).toEqual(['ERASED', 'ERASED']);
    expect(await store.findCustomerIds([registry.keyOf({ namespace: 'shopify.customer', value: '9' })])).toEqual([[]]);
  });

  it('what was withdrawn stays withdrawn, what was granted since is not carried over', async () => {
    const granted = [consent('GRANT', -60), consent('GRANT', -60, { purpose: 'PERSONALIZATION' })];
    const id = await takeOne('crm', contact('5', { email: CANARY, consents: granted }));
    const other = await takeOne('crm', contact('6', { consents: [consent('REFUSE', -60)] }));
    const third = await takeOne('crm', contact('7', { consents: granted }));
    await backUpNow();
    await opened.take(
      'crm',
      contact('5', { version: 2, email: CANARY, consents: [...granted, consent('WITHDRAW', -30)] }),
    );
    await opened.take('crm', contact('6', { version: 2, consents: [consent('REFUSE', -60), consent('GRANT', -30)] }));
    // Withdrawn and granted again: between the two nobody can tell from here, and what is in doubt is denied.
    await opened.take(
      'crm',
      contact('7', { version: 2, consents: [...granted, consent('OBJECT', -30), consent('GRANT', -20)] }),
    );

    const { carried, store } = await restore();
    expect(carried).toMatchObject({ changed: 2 });
    expect(await statesOf(store, id)).toEqual({ EMAIL_MARKETING: 'WITHDRAWN', PERSONALIZATION: 'GRANTED' });
    expect(await statesOf(store, other)).toEqual({ EMAIL_MARKETING: 'REFUSED' });
    expect(await statesOf(store, third)).toEqual({ EMAIL_MARKETING: 'OBJECTED', PERSONALIZATION: 'GRANTED' });
    // The trail tells of the grants, too, and that a restore set the ledgers back.
    await store.close();
    restored = undefined;
    const { ledgers, chains } = await verifyAudit({ dataDir: target(), auditDir: path.join(target(), 'audit') });
    expect([ledgers.faults, chains.flatMap(({ faults }) => faults)]).toEqual([[], []]);
  });

  it('a denial by somebody new since is found again by the next sync', async () => {
    await takeOne('crm', contact('1'));
    await backUpNow();
    const denied = [consent('GRANT', -60), consent('WITHDRAW', -30)];
    const id = await takeOne('crm', contact('5', { email: CANARY, consents: denied }));
    const { store } = await restore();
    expect(await statesOf(store, id)).toEqual({ EMAIL_MARKETING: 'WITHDRAWN' });
    const ingest = createIngest({ store, registry, sources: [{ name: 'crm' }], now: () => NOW });
    const granted = contact('5', { email: CANARY, consents: [consent('GRANT', -60)] });
    expect((await ingest({ source: 'crm', records: [granted], fetchedAt: NOW })).customerIds).toEqual([id]);
    expect(await statesOf(store, id)).toEqual({ EMAIL_MARKETING: 'WITHDRAWN' });
  });

  it('suppressed addresses, unsubscribes and restrictions stay', async () => {
    const id = await takeOne('crm', contact('5', { email: CANARY }));
    const other = await takeOne('crm', contact('6', { email: 'bob@canary.example' }));
    await backUpNow();
    await opened.suppressions.unsubscribe(opened.links.unsubscribe(id));
    await opened.suppressions.import(OFFICER, [{ email: 'x@canary.example', reason: 'HARD_BOUNCE' }]);
    await opened.rights.restrictCustomer(OFFICER, other, true);
    const { store } = await restore();
    const listed = await store.findSuppressions([emailKey(CANARY), emailKey('x@canary.example')]);
    expect(listed.map((entries) => entries.map(({ reason }) => reason))).toEqual([['UNSUBSCRIBED'], ['HARD_BOUNCE']]);
    const [first, second] = await store.findProfiles([id, other]);
    expect(first?.facts.profiles?.suppressions).toEqual(['UNSUBSCRIBED']);
    expect(second?.status).toBe('RESTRICTED');
  });

  it('what the person corrected stays, and webhooks that wait are still applied', async () => {
    const id = await takeOne('crm', contact('5', { name: 'Ann' }));
    await backUpNow();
    await opened.rights.rectifyCustomer(OFFICER, id, [{ path: 'contact.firstName', value: 'Anne' }]);
    const entry = { source: 'crm', eventId: 'e1', key: '5', receivedAt: NOW };
    await opened.store.commit({ received: [entry] });
    const { store } = await restore();
    const [record] = await store.findRecords([{ customerId: id, source: 'rectified/crm' }]);
    expect(record && openAll(record).NAME).toEqual({ contact: { firstName: 'Anne' } });
    expect(await store.findPending('crm', 10)).toEqual([entry]);
  });

  it('the audit trail goes on, says that it was restored, and holds against the roots of before', async () => {
    const id = await takeOne('crm', contact('5', { email: CANARY }));
    await backUpNow();
    await opened.erasures.begin(OFFICER, id);
    const { store } = await restore();
    await store.close();
    restored = undefined;
    const live = path.join(opened.folder, 'audit');
    const [before] = (await verifyAudit({ dataDir: opened.folder, auditDir: live })).chains;
    const [after] = (await verifyAudit({ dataDir: target(), auditDir: live })).chains;
    expect(after).toEqual({ ...before, entries: (before?.entries ?? 0) + 1, faults: [] });
    restored = await openSealed(target());
    const [last] = await restored.findAuditHeads();
    expect(JSON.parse(last?.text ?? '')).toMatchObject({ action: 'restoreStore', details: { erased: 1 } });
  });

  it('who followed the feed beyond the backup is told that it was lost, and who stood before it goes on', async () => {
    const id = await takeOne('crm', contact('5'));
    await backUpNow();
    await opened.take('crm', contact('5', { version: 2, name: 'Ann' }));
    const [first, last] = (await opened.changes()).map(({ cursor }) => cursor);
    const beyond = await createChangeFeed(opened.store, 'secret').findEnd();
    const { store } = await restore();
    expect(await store.findChanges({ after: last ?? '', limit: 10 }).then(() => 'found', errorCodeOf)).toBe(
      'CHANGES_LOST',
    );
    const ingest = createIngest({ store, registry, sources: [{ name: 'crm' }], now: () => NOW });
    const stop = new AbortController();
    const feed = createChangeFeed(store, 'secret')
      .follow({ after: beyond, signal: stop.signal })
      [Symbol.asyncIterator]();
    expect((await feed.next()).value).toMatchObject({ kind: 'RESYNC' });
    await ingest({ source: 'crm', records: [contact('5', { version: 2, name: 'Ann' })], fetchedAt: NOW });
    expect((await feed.next()).value).toMatchObject({ kind: 'UPDATED', customerId: id });
    stop.abort();
    expect(await store.findChanges({ after: first ?? '', limit: 10 })).toMatchObject([{ customerId: id, version: 2 }]);
  });

  it('nothing comes from another store, and without any it is said to be lost', async () => {
    await takeOne('crm', contact('5', { email: CANARY, consents: [consent('GRANT', -60)] }));
    await backUpNow();
    const stranger = await openProfiles((folder, now) => openSealed(folder, now));
    await stranger.take('crm', contact('6', { consents: [consent('REFUSE', -60)] }));
    expect(await restoreTo(target(), backupDir(), stranger.folder).then(() => 'done', errorCodeOf)).toBe('BAD_REQUEST');
    await stranger.dispose();
    expect(await readdir(target())).not.toContain('store');
    const { carried, store } = await restore(null);
    expect(carried).toBeNull();
    const [last] = await store.findAuditHeads();
    expect(JSON.parse(last?.text ?? '')).toMatchObject({ action: 'restoreStore', details: { since: 'lost' } });
  });
});

/** Slots of a key that was destroyed. */
function zeroSlots(slots: Buffer): number {
  const bytes = 64;
  let count = 0;
  for (let at = 0; at < slots.length; at += bytes)
    if (slots.subarray(at, at + bytes).every((byte) => byte === 0)) count++;
  return count;
}
