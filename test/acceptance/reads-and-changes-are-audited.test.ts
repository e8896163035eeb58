// Who read what of whom is in the audit trail, which is verified offline by the built command: after a clean stop and after kill -9.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { first, runFacet } from './running-facet';
import type { RunningFacet } from './running-facet';

let facet: RunningFacet;
let id: string;

beforeAll(async () => {
  facet = await runFacet();
  id = first(await facet.customersWith('readyForCartMail'));
});
afterAll(() => facet.close());

interface Entry {
  kind: string;
  action: string;
  actor: string;
  role: string;
  purpose: string;
  clear: string[];
  withheld: string[];
}
const OFFICER = { as: 'privacyOfficer', purpose: 'DATA_SUBJECT_RIGHTS' } as const;
const entriesOf = async (kind: string): Promise<Entry[]> => {
  const { body } = await facet.graphql(
    `{ auditTrail(first: 100, filter: { customerId: "${id}", kind: ${kind} }) {
      entries { kind action actor role purpose clear withheld }
    } }`,
    OFFICER,
  );
  return (body.data as { auditTrail: { entries: Entry[] } }).auditTrail.entries;
};
const run = (command: string, ...args: string[]) =>
  new Promise<{ code: number; text: string }>((resolve) => {
    const program = path.join(__dirname, '..', '..', 'dist', 'deploy', command, 'main.js');
    const env = { PATH: process.env.PATH, FACET_DATA_DIR: facet.dataDir, ...facet.storeEnvironment };
    execFile(process.execPath, [program, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), text: `${stdout}${stderr}` }),
    );
  });
const verify = () => run('audit', '--data-dir', facet.dataDir);

describe('The audit trail', () => {
  it('holds which categories of whom a renderer read, and for what, in every source that was asked', async () => {
    await facet.template('abandoned-cart', id);
    const mine = async () => (await entriesOf('READ')).filter(({ role }) => role === 'RENDERER');
    const clear = async () => new Set((await mine()).flatMap((entry) => entry.clear));
    const selected = ['BEHAVIOUR', 'CONTACT', 'LOCATION', 'NAME', 'PURCHASE_HISTORY'];
    while ((await clear()).size < selected.length) await pause(50);
    expect([...(await clear())].toSorted()).toEqual(selected);
    expect(new Set((await mine()).map(({ purpose }) => purpose))).toEqual(new Set(['EMAIL_MARKETING']));
  });

  it('holds what was withheld, too, and who changed what', async () => {
    await facet.graphql(`{ customer(id: "${id}") { birthDate } }`, { as: 'supportAgent', purpose: 'SUPPORT_SERVICE' });
    const agents = async () => (await entriesOf('READ')).filter(({ role }) => role === 'SUPPORT_AGENT');
    while ((await agents()).length === 0) await pause(50);
    expect(await agents()).toMatchObject([{ purpose: 'SUPPORT_SERVICE', clear: [], withheld: ['DEMOGRAPHIC'] }]);
    await facet.graphql(`mutation { restrictCustomer(id: "${id}") { version } }`, OFFICER);
    expect(await entriesOf('RIGHTS')).toMatchObject([{ action: 'restrictCustomer', role: 'PRIVACY_OFFICER' }]);
  });

  it('holds what commands do beside what runs: keys that are made, rotated and revoked, and access that is reviewed', async () => {
    for (const args of [
      ['create', 'braze-eu', '--role', 'RENDERER'],
      ['rotate', 'braze-eu'],
      ['revoke', 'braze-eu'],
    ]) {
      expect((await run('keys', ...args)).code).toBe(0);
    }
    expect((await run('access')).code).toBe(0);
    const acts = async () => {
      const query = '{ auditTrail(first: 100, filter: { kind: ADMINISTRATION }) { entries { action actor details } } }';
      const { body } = await facet.graphql(query, OFFICER);
      const { entries } = (body.data as { auditTrail: { entries: Array<Entry & { details: string }> } }).auditTrail;
      return entries.filter(({ actor }) => actor.startsWith('operator:'));
    };
    while ((await acts()).length < 5) await pause(50);
    expect((await acts()).map(({ action }) => action).toReversed()).toEqual([
      ...['policyInForce', 'createKey', 'rotateKey', 'revokeKey', 'reviewAccess'],
    ]);
    expect((await acts()).slice(1, 4).every(({ details }) => details.includes('"key":"braze-eu"'))).toBe(true);
  });

  it('is for privacy officers only', async () => {
    const { body } = await facet.graphql('{ auditTrail { next } }', { as: 'admin' });
    expect(body.errors?.[0]?.extensions.code).toBe('ROLE_NOT_ENTITLED');
  });

  it('is verified beside what runs, and holds no address', async () => {
    const holds =
      /^consent: [1-9]\d* events of [1-9]\d* customers\nThe audit trail holds\.\nThe consent ledgers hold\.\n$/m;
    expect(await verify()).toMatchObject({ code: 0, text: expect.stringMatching(holds) });
    const kept = readdirSync(path.join(facet.dataDir, 'audit')).map((name) =>
      readFileSync(path.join(facet.dataDir, 'audit', name), 'utf8'),
    );
    expect(kept.join('\n')).not.toContain('@');
  });

  it('holds after kill -9: what was not handed over yet is missing, and nothing is broken', async () => {
    await Promise.all(Array.from({ length: 20 }, () => facet.template('abandoned-cart', id)));
    process.kill(Number(readFileSync(path.join(facet.dataDir, 'facet.pid'), 'utf8')), 'SIGKILL');
    const { code, text } = await verify();
    expect({ code, text }).toEqual({ code: 0, text: expect.stringMatching(/^profiles: \d+ entries, \d+ signed/) });
  });
});
