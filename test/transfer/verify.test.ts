// `store verify`: what does not open, belongs to nobody or was left out is told by kind, with ids of ours only.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { openSubjectKeys } from '../../subgraphs/profiles/seal/subject-keys';
import { openDatabases } from '../../subgraphs/profiles/store/embedded.databases';
import type { Databases } from '../../subgraphs/profiles/store/embedded.databases';
import { findFaults } from '../../subgraphs/profiles/transfer/verify';
import { consent, contact, openProfiles, shopper } from '../profiles/opened-profiles';
import type { OpenedProfiles } from '../profiles/opened-profiles';
import { runStore } from './command-line';
import { AT, ENCRYPTION_KEYS, openSealed, SECRETS, signTrail, sinceOf } from './data-folder';

describe('A store that is verified', () => {
  let opened: OpenedProfiles;
  let ids: string[];
  beforeEach(async () => {
    opened = await openProfiles((folder, now) => openSealed(folder, now));
    const crm = ['1', '2', '3'].map((id) =>
      contact(id, { email: `canary-${id}@example.com`, consents: [consent('GRANT', -60)] }),
    );
    ids = [...(await opened.take('crm', ...crm)).customerIds];
    await opened.take('commerce', shopper('9', { ids: [['hubspot.contact', '1']] }));
    await opened.store.commit({ received: [{ source: 'crm', eventId: 'e1', key: '1', receivedAt: AT }] });
    await opened.erasures.begin({ id: 'officer', role: 'PRIVACY_OFFICER', scopes: [] }, ids[2] ?? '');
    await signTrail(opened.folder, opened.store);
    await opened.store.close();
  });
  afterEach(() => rm(opened.folder, { recursive: true, force: true }));

  const faults = async () => {
    const { contents } = await sinceOf(opened.folder);
    const found: string[] = [];
    const options = { contents, encryption: SECRETS.encryption };
    for await (const { what, where } of findFaults(options)) found.push(`${what}: ${where}`);
    await contents.close();
    return found;
  };
  const tamper = async (work: (databases: Databases) => Promise<unknown>) => {
    const databases = await openDatabases({ path: path.join(opened.folder, 'store'), now: () => AT });
    await work(databases);
    await databases.root.close();
  };

  it('holds as it was written', async () => {
    expect(await faults()).toEqual([]);
  });

  it('tells what was done to it', async () => {
    const [one = '', two = '', three = ''] = ids;
    await tamper(async ({ sourceRecords, profiles, identities, changes, inbox, erasures }) => {
      const record = sourceRecords.get([one, 'crm']);
      const moved = sourceRecords.get([two, 'crm']);
      if (!record || !moved) throw new Error('Expected two records.');
      // Sealed for another place, left to the erased, and of nobody.
      await sourceRecords.put([one, 'crm'], { ...moved, customerId: one });
      await sourceRecords.put([three, 'crm'], { ...record, customerId: three });
      await sourceRecords.put(['nobody', 'crm'], { ...record, customerId: 'nobody' });
      await identities.put(['email', 'left'], [three]);
      await identities.put(['email', 'gone'], ['nobody']);
      await changes.remove(2);
      for (const key of [...inbox.getKeys({ start: ['known'], end: ['known\0'] })]) await inbox.remove(key);
      for (const key of [...erasures.getKeys({ start: ['open'], end: ['open\0'] })]) await erasures.remove(key);
      const profile = profiles.get(two);
      if (profile) await profiles.put('merged', { ...profile, id: 'merged', mergedInto: 'somebody' });
    });
    expect((await faults()).toSorted()).toEqual(
      [
        `merged into nobody: merged`,
        `record that does not open: ${one} crm`,
        `record of an erased customer: ${three} crm`,
        'record of nobody: nobody crm',
        `identity of an erased customer: ${three} email`,
        'identity of nobody: nobody email',
        'gap in the feed: after 1',
        `look-up row that fits no entry: erasure of ${three} crm`,
        'look-up row that fits no entry: identities by customer',
        'look-up row that fits no entry: identity of nobody',
        `look-up row that fits no entry: identity of ${three}`,
        'look-up row that fits no entry: inbox of crm',
      ].toSorted(),
    );
  });

  it('tells of keys that do not unwrap, and of one that came back', async () => {
    const [one = '', , three = ''] = ids;
    const keys = await openSubjectKeys({ path: path.join(opened.folder, 'keys') });
    const [ofOne] = await keys.find([one]);
    await keys.add([[three, Buffer.from(ofOne ?? [])]]);
    await keys.replace([[one, Buffer.alloc(64, 1)]]);
    await keys.close();
    expect((await faults()).toSorted()).toEqual(
      [
        `key that does not unwrap: ${one}`,
        `key of an erased customer: ${three}`,
        `key that does not unwrap: ${three}`,
        ...['crm', 'profiles'].map((source) => `record that does not open: ${one} ${source}`),
      ].toSorted(),
    );
  });

  it('by command: says so, ends with 0 or 1, and shows no value', async () => {
    const run = () =>
      runStore(['verify', '--data-dir', opened.folder], {
        FACET_ENCRYPTION_KEYS: ENCRYPTION_KEYS.join(','),
        FACET_IDENTITY_SECRET: 'secret of the tests, long enough for all',
      });
    expect(await run()).toEqual({ code: 0, stdout: 'The store holds.\n', stderr: '' });
    await tamper(({ identities }) => identities.put(['email', 'left'], [ids[2] ?? '']));
    const { code, stdout } = await run();
    expect([code, stdout.split('\n').at(-2)]).toEqual([1, 'The store does NOT hold: 3 faults.']);
    expect(stdout).not.toContain('canary');
  });
});

describe('The command', () => {
  it('tells what there is, and refuses what there is not with 2', async () => {
    const all = await runStore(['--help']);
    expect([all.code, all.stderr]).toEqual([0, '']);
    const names = all.stdout.split('\n').flatMap((line) => /^ {2}(\w+)/.exec(line)?.[1] ?? []);
    for (const name of names) {
      const { code, stdout } = await runStore([name, '--help']);
      expect([code, stdout.split('\n')[0]]).toEqual([0, expect.stringContaining(`store -- ${name} `)]);
    }
    const wrong = [
      [],
      ['forget'],
      ['backup'],
      ['backup', '--unknown'],
      ['restore', 'extra'],
      ['verify', '--checksums=x'],
    ];
    for (const args of wrong) {
      const { code, stdout, stderr } = await runStore(args);
      expect([args, code, stdout, stderr.length > 0]).toEqual([args, 2, '', true]);
    }
  });
});
