// A copy to MongoDB and back: everything, resumable, and served by nobody before it is whole.
import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { verifyAudit } from '../../deploy/audit-verify';
import { errorCodeOf } from '../../schema/errors';
import { openContents } from '../../subgraphs/profiles/store/open-contents';
import { openStore } from '../../subgraphs/profiles/store/open-store';
import { copyInto, tokenOf } from '../../subgraphs/profiles/transfer/copy';
import { openTarget } from '../../subgraphs/profiles/transfer/target';
import { consent, contact, openProfiles, shopper } from '../profiles/opened-profiles';
import type { OpenedProfiles } from '../profiles/opened-profiles';
import { findMongoServer, startMongoServer } from '../store/mongodb-server';
import type { MongoServer } from '../store/mongodb-server';
import { runStore } from './command-line';
import { AT, ENCRYPTION_KEYS, openSealed, signTrail } from './data-folder';

const found = findMongoServer();
const now = () => AT;

(found === null ? describe.skip : describe)('A store copied to MongoDB', () => {
  const database = `facet_${randomUUID()}`;
  let server: MongoServer;
  let opened: OpenedProfiles;
  let parent: string;
  let ids: string[];
  beforeAll(async () => {
    if (found !== null) server = await startMongoServer(found);
    parent = await mkdtemp(path.join(tmpdir(), 'facet-copy-'));
    opened = await openProfiles((folder, clock) => openSealed(folder, clock));
    const consents = [consent('GRANT', -60), consent('WITHDRAW', -30)];
    const crm = ['1', '2', '3'].map((id) => contact(id, { email: `${id}@example.com`, name: 'Ann', consents }));
    ids = [...(await opened.take('crm', ...crm)).customerIds];
    await opened.take('commerce', shopper('\ud800 odd', { ids: [['hubspot.contact', '1']] }));
    await opened.erasures.begin({ id: 'officer', role: 'PRIVACY_OFFICER', scopes: [] }, ids[2] ?? '');
    await opened.suppressions.unsubscribe(opened.links.unsubscribe(ids[1] ?? ''));
    const entry = { source: 'crm', key: '1', receivedAt: AT };
    await opened.store.commit({ received: ['e1', 'e2'].map((eventId) => ({ ...entry, eventId })) });
    await opened.store.commit({ applied: [{ source: 'crm', eventId: 'e2' }] });
    await signTrail(opened.folder, opened.store);
    await opened.store.close();
  }, 60_000);
  afterAll(async () => {
    await rm(opened.folder, { recursive: true });
    await rm(parent, { recursive: true });
    await server.dropDatabase(database);
    await server.stop();
  });

  const mongodb = () => ({ uri: server.uri(database), allowStandalone: false });
  const reading = (store: Awaited<ReturnType<typeof openStore>>) =>
    Promise.all([
      store.findProfiles(ids),
      store.findConsentEvents(ids),
      store
        .findRecords(ids.map((customerId) => ({ customerId, source: 'crm' })))
        .then((records) => records.map((record) => record && String(record.blobs.NAME))),
      store.findCustomerIds([{ namespace: 'shopify.customer', key: '\ud800 odd' }]),
      store.listSuppressions({ limit: 10 }),
      store.findPending('crm', 10),
      store.findOpenErasures({ limit: 10 }),
    ]);

  it('is whole or not there: cut off after any page it goes on, and is served then', async () => {
    const before = await openSealed(opened.folder);
    const expected = await reading(before);
    await before.close();
    const origin = await openContents({ dataDir: opened.folder, readOnly: true, now });
    const token = await tokenOf(origin);
    for (let pages = 3; ; pages += 3) {
      const target = await openTarget({ dataDir: parent, mongodb: mongodb(), token, now });
      let written = 0;
      const save = async (progress: string) => {
        await target.save(progress);
        if (++written === pages) throw new Error('cut off');
      };
      const done = await copyInto({ ...target, save }, origin).then(
        () => 'done',
        (error: Error) => error.message,
      );
      await target.close();
      if (done === 'done') break;
      expect(done).toBe('cut off');
      const opening = openStore({ dataDir: parent, mongodb: mongodb(), encryptionKeys: ENCRYPTION_KEYS });
      expect(await opening.then(() => 'opened', errorCodeOf)).toBe('STORE_UNAVAILABLE');
      const other = openTarget({ dataDir: parent, mongodb: mongodb(), token: 'another', now });
      expect(await other.then(() => 'opened', errorCodeOf)).toBe('BAD_REQUEST');
    }
    await origin.close();
    const store = await openStore({ dataDir: parent, mongodb: mongodb(), encryptionKeys: ENCRYPTION_KEYS, now });
    expect(await reading(store)).toEqual(expected);
    await store.close();
    const { chains, ledgers } = await verifyAudit({
      dataDir: parent,
      mongodb: mongodb(),
      auditDir: path.join(opened.folder, 'audit'),
    });
    expect([chains.map(({ faults }) => faults), ledgers.faults]).toEqual([[[]], []]);
  }, 60_000);

  it('by command goes into nothing that holds something, and back again it is the same', async () => {
    const environment = {
      MONGODB_URI: server.uri(database),
      FACET_ENCRYPTION_KEYS: ENCRYPTION_KEYS.join(','),
      FACET_IDENTITY_SECRET: 'secret of the tests, long enough for all',
    };
    const run = (dataDir: string, ...args: string[]) => runStore(['copy', '--data-dir', dataDir, ...args], environment);
    const into = await run(opened.folder, '--from', 'embedded', '--to', 'mongodb');
    expect([into.code, into.stderr]).toEqual([1, expect.stringMatching(/^BAD_REQUEST: Expected an empty database/)]);
    const back = path.join(parent, 'back');
    const done = await run(back, '--from', 'mongodb', '--to', 'embedded');
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(done.stdout).toMatch(
      /^Copied from mongodb to embedded: \d+ entries in 13 collections, equal in number and checksum\n$/,
    );
    await cp(path.join(opened.folder, 'audit'), path.join(back, 'audit'), { recursive: true });
    const [one, two] = await Promise.all([opened.folder, back].map((folder) => openSealed(folder)));
    expect(two && (await reading(two))).toEqual(one && (await reading(one)));
    await one?.close();
    await two?.close();
    expect(await runStore(['verify', '--data-dir', back], environment)).toMatchObject({
      code: 0,
      stdout: 'The store holds.\n',
    });
    expect(await run(back, '--from', 'mongodb', '--to', 'embedded')).toMatchObject({ code: 1 });
  }, 60_000);
});
