/** The observation in the data folder: taken when it is signed here and its time has not passed, refused with a code otherwise. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Observation } from '../../schema/observation';
import type { AuditEntry } from '../../subgraphs/profiles/audit/entry';
import {
  observationFileOf,
  removeObservation,
  watchObservation,
  writeObservation,
} from '../../subgraphs/profiles/observation-file';
import type { Observations } from '../../subgraphs/profiles/observation-file';
import { createSigning } from '../../subgraphs/profiles/signing';

const NOON = Date.UTC(2036, 10, 24, 12);
const DAY_MS = 86_400_000;
const signing = createSigning('the signing secret of this deployment');
const SAID: Omit<Observation, 'signature'> = {
  purposes: ['EMAIL_MARKETING'],
  roles: ['RENDERER'],
  templates: null,
  reason: 'The old list is being imported.',
  signedBy: 'officer-7',
  profile: 'production',
  from: '2036-11-24T12:00:00.000Z',
  until: '2036-12-08T12:00:00.000Z',
};

let folder: string;
let file: string;
let clock: { now: number };
let trail: AuditEntry[];
let refused: string[];
let told: Array<number | null>;
let isTrailDown: boolean;
let observations: Observations;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'facet-observation-'));
  file = observationFileOf(folder);
  [clock, trail, refused, told, isTrailDown] = [{ now: NOON }, [], [], [], false];
  observations = watch('production');
});
afterEach(async () => {
  await observations.close();
  await rm(folder, { recursive: true });
});

function watch(profile: Observation['profile']): Observations {
  return watchObservation({
    file,
    publicKey: signing.publicKey,
    profile,
    now: () => clock.now,
    record: async (entries) => {
      if (isTrailDown) throw new Error('The trail cannot be written.');
      trail.push(...entries);
    },
    tell: ({ until }) => told.push(until),
    onRefused: (code) => refused.push(code),
  });
}
const acts = () => trail.map(({ action, actor, details }) => [action, actor, details?.code ?? null]);

it('Nothing is observed where there is none', async () => {
  await observations.look();
  expect([observations.current(), trail, refused]).toEqual([null, [], []]);
});

it('A signed one counts from when it is found, is in the audit trail by then, and is told of', async () => {
  const written = await writeObservation(file, SAID, signing);
  await observations.look();
  expect(observations.current()).toEqual(written);
  expect(trail).toEqual([
    {
      kind: 'ADMINISTRATION',
      at: NOON,
      actor: 'officer-7',
      role: 'PRIVACY_OFFICER',
      purpose: null,
      action: 'observe',
      subjects: [],
      details: {
        purposes: 'EMAIL_MARKETING',
        roles: 'RENDERER',
        templates: null,
        until: '2036-12-08T12:00:00.000Z',
        document: expect.stringMatching(/^[\da-f]{16}$/),
      },
    },
  ]);
  expect(JSON.stringify(trail)).not.toContain('old list');
  expect(told).toEqual([NOON + 14 * DAY_MS]);
  await observations.look();
  expect(trail).toHaveLength(1);
});

it('It counts only once the audit trail has it', async () => {
  isTrailDown = true;
  await writeObservation(file, SAID, signing);
  await expect(observations.look()).rejects.toThrow();
  expect(observations.current()).toBeNull();
  isTrailDown = false;
  await observations.look();
  expect(observations.current()).not.toBeNull();
});

const alter = async (change: (text: string) => string) => {
  await writeObservation(file, SAID, signing);
  await writeFile(file, change(await readFile(file, 'utf8')));
};

it.each<[string, string, () => Promise<unknown>]>([
  ['a purpose added', 'OBSERVATION_FORGED', () => alter((text) => text.replace('"EMAIL', '"PROFILING", "EMAIL'))],
  ['a later end', 'OBSERVATION_FORGED', () => alter((text) => text.replace('12-08', '12-20'))],
  ['an end too late', 'OBSERVATION_INVALID', () => alter((text) => text.replace('12-08', '12-25'))],
  ['a template taken away', 'OBSERVATION_FORGED', () => alter((text) => text.replace('null', '["win-back"]'))],
  ['another name under it', 'OBSERVATION_FORGED', () => alter((text) => text.replace('officer-7', 'officer-8'))],
  [
    'no signature',
    'OBSERVATION_INVALID',
    () => alter((text) => text.replace(/"signature": "[^"]+"/, '"signature": ""')),
  ],
  [
    'a signature that is none',
    'OBSERVATION_FORGED',
    () => alter((text) => text.replace(/"signature": "..../, '"signature": "')),
  ],
  [
    'the signature of another deployment',
    'OBSERVATION_FORGED',
    () => writeObservation(file, SAID, createSigning('the signing secret of somebody else')),
  ],
  [
    'the signature of a development',
    'OBSERVATION_FORGED',
    () => writeObservation(file, { ...SAID, profile: 'development' }, signing),
  ],
  [
    'its time over',
    'OBSERVATION_EXPIRED',
    () =>
      writeObservation(file, { ...SAID, from: '2036-11-01T12:00:00.000Z', until: '2036-11-24T12:00:00.000Z' }, signing),
  ],
  ['nothing of one in it', 'OBSERVATION_INVALID', () => writeFile(file, '{}')],
])('One with %s is refused, once, and stands in the trail', async (_what, code, write) => {
  await write();
  await observations.look();
  await observations.look();
  expect(observations.current()).toBeNull();
  expect(refused).toEqual([code]);
  expect(acts()).toEqual([['observationRefused', 'facet', code]]);
});

it('A development takes its own', async () => {
  await observations.close();
  observations = watch('development');
  await writeObservation(file, { ...SAID, profile: 'development' }, signing);
  await observations.look();
  expect(observations.current()).not.toBeNull();
});

it('One that comes to its end is refused from then on, and told of once', async () => {
  await writeObservation(file, SAID, signing);
  await observations.look();
  clock.now += 14 * DAY_MS;
  await observations.look();
  await observations.look();
  expect([observations.current(), refused, told]).toEqual([null, ['OBSERVATION_EXPIRED'], [clock.now, null]]);
  expect(acts()).toEqual([
    ['observe', 'officer-7', null],
    ['observationRefused', 'facet', 'OBSERVATION_EXPIRED'],
  ]);
});

it('One that is altered in force, or taken away, ends', async () => {
  await writeObservation(file, SAID, signing);
  await observations.look();
  await alter((text) => text.replace('12-08', '12-20'));
  await observations.look();
  expect([observations.current(), refused]).toEqual([null, ['OBSERVATION_FORGED']]);
  await writeObservation(file, SAID, signing);
  await observations.look();
  await removeObservation(file);
  await observations.look();
  expect(observations.current()).toBeNull();
  expect(acts().at(-1)).toEqual(['observationRemoved', 'facet', null]);
});
