// What commands do on files is in the audit trail: a signed note is entered once, a forged one is not believed, and that it came is entered.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { leaveNote, takeNotes } from '../../subgraphs/profiles/audit/notes';
import type { AuditEntry } from '../../subgraphs/profiles/audit/entry';
import { createAuditTrail } from '../../subgraphs/profiles/audit/trail';
import { createSigning } from '../../subgraphs/profiles/signing';
import { NOW, openProfiles } from './opened-profiles';
import type { OpenedProfiles } from './opened-profiles';

const signing = createSigning('signing secret of the tests');
const act = { actor: 'operator:ops', role: null, action: 'createKey', details: { key: 'braze-eu', role: 'RENDERER' } };

let opened: OpenedProfiles;
let folder: string;
beforeEach(async () => {
  opened = await openProfiles();
  folder = path.join(opened.folder, 'administration');
});
afterEach(() => opened.dispose());

const open = (record?: (entries: readonly AuditEntry[]) => Promise<void>) => {
  const { store } = opened;
  const trail = createAuditTrail({ store, signing, now: () => NOW });
  return takeNotes({ folder, publicKey: signing.publicKey, store, record: record ?? trail.record, now: () => NOW });
};
const administration = async () => {
  const { data } = await opened.ask(
    '{ auditTrail(filter: { kind: ADMINISTRATION }) { entries { at actor role action details } } }',
  );
  return (data as { auditTrail: { entries: Array<{ action: string; details: string }> } }).auditTrail.entries;
};

it('A note that a command left is in the trail with who did what when, and is taken away', async () => {
  await leaveNote(folder, act, NOW - 5_000, signing);
  const notes = open();
  await notes.look();
  await notes.close();
  const [entry, ...others] = await administration();
  expect({ ...entry, details: JSON.parse(entry?.details ?? '') as unknown }).toEqual({
    ...{ at: new Date(NOW - 5_000).toISOString(), actor: 'operator:ops', role: null, action: 'createKey' },
    details: { key: 'braze-eu', role: 'RENDERER', note: expect.any(String) as string },
  });
  expect([others, await readdir(folder)]).toEqual([[], []]);
});

it('A note that was entered by a process that was killed before it took it away is not entered again', async () => {
  await leaveNote(folder, act, NOW, signing);
  const [name = ''] = await readdir(folder);
  const text = await readFile(path.join(folder, name), 'utf8');
  const notes = open();
  await notes.look();
  await writeFile(path.join(folder, name), text);
  await notes.look();
  await notes.close();
  expect(await administration()).toHaveLength(1);
  expect(await readdir(folder)).toEqual([]);
});

it('A note stays until the trail can be written', async () => {
  await leaveNote(folder, act, NOW, signing);
  const broken = open(() => Promise.reject(new Error('down')));
  await expect(broken.look()).rejects.toThrow('down');
  await broken.close();
  expect([(await readdir(folder)).length, await administration()]).toEqual([1, []]);
  const notes = open();
  await notes.close();
  expect(await administration()).toHaveLength(1);
});

it.each([
  ['altered', (text: string) => text.replace('braze-eu', 'braze-us')],
  ['signed by another', null],
  ['no note', () => 'not JSON'],
  ['with more in it', (text: string) => text.replace('{"id"', '{"more":1,"id"')],
])('A note that is %s is refused, which is entered, and is kept to be looked at', async (_how, change) => {
  await leaveNote(folder, act, NOW, change === null ? createSigning('another') : signing);
  const [name = ''] = await readdir(folder);
  const file = path.join(folder, name);
  if (change !== null) await writeFile(file, change(await readFile(file, 'utf8')));
  const notes = open();
  await notes.look();
  await notes.close();
  expect((await administration()).map(({ action }) => action)).toEqual(['noteRefused']);
  expect(await readdir(folder)).toEqual([`${name}.refused`]);
});
