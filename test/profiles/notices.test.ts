/** Notices: which version of which text still counts. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { consentStateAt } from '../../subgraphs/profiles/consent';
import { NO_NOTICES, parseNotices, readNotices } from '../../subgraphs/profiles/notices';
import type { ConsentRecord } from '../../subgraphs/profiles/store/store';

const END = Date.UTC(2026, 5, 1);
const notices = parseNotices(`[
  { "id": "privacy", "version": "2025-03", "validUntil": "2026-06-01T02:00:00+02:00" },
  { "id": "privacy", "version": "2026-06", "sha256": "${'0f'.repeat(32)}" }
]`);
const granted = (notice: ConsentRecord['notice']): ConsentRecord[] => [
  { purpose: 'EMAIL_MARKETING', topic: null, state: 'GRANTED', notice, since: 0, expiresAt: null },
];
const stateOn = (notice: ConsentRecord['notice'], at: number, known = notices) =>
  consentStateAt(granted(notice), 'EMAIL_MARKETING', null, at, known);

it.each([
  ['on a version that is valid', { id: 'privacy', version: '2026-06' }, END, 'GRANTED'],
  ['on a version that will end', { id: 'privacy', version: '2025-03' }, END - 1, 'GRANTED'],
  ['on a version that has just ended', { id: 'privacy', version: '2025-03' }, END, 'EXPIRED'],
  ['on a notice nobody registered', { id: 'newsletter', version: '1' }, END, 'GRANTED'],
  ['on no notice', null, END, 'GRANTED'],
])('Consent given %s', (_name, notice, at, expected) => {
  expect(stateOn(notice, at)).toBe(expected);
});

it('Without a register every notice counts', () => {
  expect(stateOn({ id: 'privacy', version: '2025-03' }, END, NO_NOTICES)).toBe('GRANTED');
});

it.each([
  ['no JSON', 'privacy', 'it is no JSON'],
  ['no list', '{}', 'expected array'],
  ['a time without a zone', '[{ "id": "a", "version": "1", "validUntil": "2026-06-01" }]', '0.validUntil'],
  ['a hash that is none', '[{ "id": "a", "version": "1", "sha256": "abc" }]', '0.sha256'],
  ['a member nobody knows', '[{ "id": "a", "version": "1", "until": null }]', 'until'],
])('A file that is refused: %s', (_name, text, what) => {
  expect(() => parseNotices(text)).toThrow(what);
});

it('A file is read at start; none is needed, and one that is named must be there', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'facet-notices-'));
  const file = path.join(folder, 'notices.json');
  await writeFile(file, '[{ "id": "a", "version": "1" }]');
  expect((await readNotices(file)).find('a', '1')).toEqual({ id: 'a', version: '1', sha256: null, validUntil: null });
  expect(await readNotices(undefined)).toBe(NO_NOTICES);
  await expect(readNotices(path.join(folder, 'absent.json'))).rejects.toThrow('came ENOENT');
  await rm(folder, { recursive: true });
});
