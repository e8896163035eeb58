// An export, and what it is imported into: the same, or refused line by line before anything is written.
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { errorCodeOf } from '../../schema/errors';
import { ENTRY_SCHEMAS } from '../../subgraphs/profiles/transfer/entry-schemas';
import { checksumsOf } from '../../subgraphs/profiles/transfer/encoding';
import { openExport } from '../../subgraphs/profiles/transfer/export';
import { consent, contact, openProfiles, shopper } from '../profiles/opened-profiles';
import type { OpenedProfiles } from '../profiles/opened-profiles';
import { runStore } from './command-line';
import { AT, ENCRYPTION_KEYS, openSealed, signTrail, sinceOf } from './data-folder';

const ENVIRONMENT = {
  FACET_ENCRYPTION_KEYS: ENCRYPTION_KEYS.join(','),
  FACET_IDENTITY_SECRET: 'secret of the tests, long enough for all',
};

describe('An export', () => {
  let opened: OpenedProfiles;
  let parent: string;
  beforeEach(async () => {
    parent = await mkdtemp(path.join(tmpdir(), 'facet-export-'));
    opened = await openProfiles((folder, now) => openSealed(folder, now));
    const crm = ['1', '2'].map((id) =>
      contact(id, { email: `canary-${id}@example.com`, consents: [consent('GRANT', -60)] }),
    );
    const { customerIds } = await opened.take('crm', ...crm);
    await opened.take('commerce', shopper('\ud800 odd', { ids: [['hubspot.contact', '1']] }));
    await opened.suppressions.unsubscribe(opened.links.unsubscribe(customerIds[0] ?? ''));
    await opened.erasures.begin({ id: 'officer', role: 'PRIVACY_OFFICER', scopes: [] }, customerIds[1] ?? '');
    await opened.store.commit({
      received: [{ source: 'crm', eventId: 'e1', key: '1', receivedAt: AT }],
      checkpoints: [{ name: 'sync:crm', position: 'p', complete: false, startedAt: AT, changedSince: null, count: 1 }],
    });
    await signTrail(opened.folder, opened.store);
    await opened.store.close();
  });
  afterEach(async () => {
    await rm(opened.folder, { recursive: true });
    await rm(parent, { recursive: true });
  });

  const at = (name: string) => path.join(parent, name);
  const run = (command: string, dataDir: string, ...args: string[]) =>
    runStore([command, '--data-dir', dataDir, ...args], ENVIRONMENT);
  const sumsOf = async (folder: string) => {
    const { contents } = await sinceOf(folder);
    const sums = await checksumsOf(contents);
    await contents.close();
    return sums;
  };

  it('is imported as it was, shows nobody, and goes into an empty store only', async () => {
    expect(await run('export', opened.folder, '--to', at('export'))).toMatchObject({ code: 0, stderr: '' });
    for (const file of await readdir(at('export'))) {
      expect([file, (await readFile(path.join(at('export'), file), 'utf8')).includes('canary')]).toEqual([file, false]);
    }
    const done = await run('import', at('data'), '--from', at('export'));
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(done.stdout).toMatch(/^Imported: \d+ entries in 13 collections, equal in number and checksum/);
    const sums = await sumsOf(at('data'));
    expect(sums).toEqual(await sumsOf(opened.folder));
    expect(sums.filter(({ entries }) => entries === 0)).toEqual([]);
    expect((await run('import', at('data'), '--from', at('export'))).stderr).toMatch(/^BAD_REQUEST: .*there is one/);
    expect((await run('export', opened.folder, '--to', at('export'))).stderr).toMatch(/^BAD_REQUEST: /);
    const stranger = { ...ENVIRONMENT, FACET_IDENTITY_SECRET: 'another secret, that is long enough for all' };
    const refused = await runStore(['import', '--data-dir', at('other'), '--from', at('export')], stranger);
    expect(refused.stderr).toMatch(/^BAD_REQUEST: Expected FACET_IDENTITY_SECRET/);
  });

  it('with a line that is no entry is refused, whatever its checksum, and nothing is written', async () => {
    await run('export', opened.folder, '--to', at('export'));
    const files = Object.keys(ENTRY_SCHEMAS).map((name) => `${name}.ndjson`);
    // Every collection's own entries are taken by its schema, and by no other's.
    const damages: Array<[string, (line: string) => string, boolean]> = files.map((file, index) => [
      file,
      [(line: string) => line.slice(0, -2), (line: string) => line.replace('{', '{"canary":1,')][index % 2] ?? String,
      true,
    ]);
    const cut = at('cut');
    await cp(at('export'), cut, { recursive: true });
    await rm(path.join(cut, 'identities.ndjson'));
    expect((await run('import', at('data'), '--from', cut)).stderr).toMatch(/^STORE_CORRUPT: .*identities/);
    expect(await readdir(parent)).not.toContain('data');
    for (const [file, damage, isSigned] of [
      ...damages,
      ['profiles.ndjson', (line: string) => `${line} `, false] as const,
    ]) {
      const damaged = at('damaged');
      await cp(at('export'), damaged, { recursive: true });
      const lines = (await readFile(path.join(damaged, file), 'utf8')).split('\n');
      const text = [damage(lines[0] ?? ''), ...lines.slice(1)].join('\n');
      await writeFile(path.join(damaged, file), text);
      const manifest = JSON.parse(await readFile(path.join(damaged, 'export.json'), 'utf8')) as {
        collections: Array<{ name: string; sha256: string }>;
      };
      const named = manifest.collections.find(({ name }) => `${name}.ndjson` === file);
      if (named && isSigned) named.sha256 = createHash('sha256').update(text).digest('hex');
      await writeFile(path.join(damaged, 'export.json'), JSON.stringify(manifest));
      const error: unknown = await openExport(damaged, ENVIRONMENT.FACET_IDENTITY_SECRET).catch(
        (reason: unknown) => reason,
      );
      const { message } = error as Error;
      expect([file, errorCodeOf(error), message]).toEqual([
        file,
        'STORE_CORRUPT',
        expect.stringContaining(isSigned ? `byte 0 of ${file}` : file),
      ]);
      expect(message).not.toContain('canary');
      await rm(damaged, { recursive: true });
    }
  });
});
