// Consent and suppressions come from files, by the built commands beside the running Facet.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { first, runFacet } from './running-facet';
import type { RunningFacet } from './running-facet';

const DIST = path.join(__dirname, '..', '..', 'dist');

let facet: RunningFacet;
let ids: string[];
beforeAll(async () => {
  facet = await runFacet();
  ids = await facet.customersWith('readyForCartMail');
});
afterAll(() => facet.close());

const run = (command: string, ...args: string[]) => runWith('', command, ...args);
/** Not waited for synchronously: a process that stands still does not hear that the server has closed a kept connection. */
async function runWith(input: string, command: string, ...args: string[]) {
  const child = spawn(process.execPath, [path.join(DIST, 'deploy', command, 'main.js'), ...args], {
    cwd: facet.dataDir,
    env: { PATH: process.env.PATH, FACET_DATA_DIR: facet.dataDir },
  });
  child.stdin.end(input);
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { stdout: stdout.trim(), lines: stderr.trim().split('\n'), status: status as number | null };
}
function file(name: string, ...lines: string[]): string {
  const at = path.join(facet.dataDir, name);
  writeFileSync(at, `${lines.join('\r\n')}\r\n`);
  return at;
}
const sends = async (id: string | undefined) => (await facet.template('abandoned-cart', id ?? '')).body.send;
const addressOf = (index: number) => facet.population.examples('readyForCartMail')[index]?.email ?? '';
const YESTERDAY = new Date(Date.now() - 86_400_000).toISOString();

describe('A privacy officer imports', () => {
  it('consent from CSV: every good row counts, every bad one is told by its line and nothing else', async () => {
    const csv = file(
      'consents.csv',
      '\uFEFFcustomerId,namespace,value,purpose,action,method,proof,occurredAt',
      `${ids[0]},,,EMAIL_MARKETING,WITHDRAW,paper,"box 7, ""red""",${YESTERDAY}`,
      `,email,nobody@example.net,EMAIL_MARKETING,WITHDRAW,paper,,${YESTERDAY}`,
      `${ids[1]},,,EMAIL_MARKETING,OBJECT,phone,"call 12",${YESTERDAY}`,
      `${ids[1]},,,EMAIL_MARKETING,MAYBE,phone,,${YESTERDAY}`,
    );
    const { stdout, lines, status } = await run('consent-import', csv);
    expect({ stdout, status, lines }).toEqual({
      stdout: '1 recorded, 0 known already, 3 refused',
      status: 1,
      lines: [
        expect.stringMatching(/^line 2: CONSENT_INVALID: Expected "proof"/),
        'line 3: CUSTOMER_UNKNOWN: No customer has this identity.',
        expect.stringMatching(/^line 5: BAD_USER_INPUT: .*action/),
      ],
    });
    expect([await sends(ids[0]), await sends(ids[1])]).toEqual([true, false]);
  });

  it('consent from NDJSON, the same file twice', async () => {
    const row = { purpose: 'EMAIL_MARKETING', action: 'WITHDRAW', method: 'paper', occurredAt: YESTERDAY };
    const ndjson = file('consents.ndjson', JSON.stringify({ ...row, customerId: ids[0], topic: null }), '');
    expect(await run('consent-import', ndjson)).toMatchObject({
      stdout: '1 recorded, 0 known already, 0 refused',
      status: 0,
    });
    expect(await run('consent-import', ndjson)).toMatchObject({
      stdout: '0 recorded, 1 known already, 0 refused',
      status: 0,
    });
    expect(await sends(ids[0])).toBe(false);
  });

  it('addresses that must not be mailed, and exports them as hashes that can be imported again', async () => {
    expect(await sends(ids[2])).toBe(true);
    const csv = file('bounces.csv', 'email,reason', `${addressOf(2).toUpperCase()},HARD_BOUNCE`);
    expect(await run('suppression', 'import', csv)).toMatchObject({ stdout: '1 recorded, 0 known already, 0 refused' });
    expect([await sends(ids[2]), (await facet.template('order-follow-up', ids[2] ?? '')).body.send]).toEqual([
      false,
      false,
    ]);

    for (const name of ['out.csv', 'out.ndjson']) {
      const out = path.join(facet.dataDir, name);
      const { stdout, status } = await run('suppression', 'export', out);
      // Besides the one that was imported, those whose bounce the CRM told.
      const [, count = ''] = /^(\d+) exported$/.exec(stdout) ?? [];
      expect([status, Number(count) >= 1]).toEqual([0, true]);
      expect(readFileSync(out, 'utf8')).toMatch(/v1:[\w-]{43}/);
      expect(readFileSync(out, 'utf8')).not.toContain('@');
      expect(statSync(out).mode & 0o777).toBe(0o600);
      expect(await run('suppression', 'import', out)).toMatchObject({
        stdout: `0 recorded, ${count} known already, 0 refused`,
      });
    }
  });

  it('and takes an address off the list again, or lets somebody erased in, named on standard input too', async () => {
    const bouncing = addressOf(2);
    const why = ['--ground', 'ADDRESS_WORKS', '--reference', 'DPO-7'];
    expect((await run('suppression', 'lift', bouncing, '--reason', 'UNSUBSCRIBED', ...why)).lines[0]).toMatch(
      /^BAD_USER_INPUT: Expected COMPLAINT or HARD_BOUNCE: an unsubscribe ends/,
    );
    const lift = (): ReturnType<typeof runWith> =>
      runWith(`${bouncing}\n`, 'suppression', 'lift', '-', '--reason', 'HARD_BOUNCE', ...why);
    expect(await lift()).toMatchObject({
      stdout: expect.stringMatching(/^v1:[\w-]{43}: HARD_BOUNCE lifted$/),
      status: 0,
    });
    expect(await sends(ids[2])).toBe(true);
    expect((await lift()).stdout).toMatch(/: was not on the list for HARD_BOUNCE$/);

    const erased = ids[3] ?? '';
    await facet.graphql('mutation ($id: ID!) { eraseCustomer(id: $id) { status } }', {
      ...{ as: 'privacyOfficer', purpose: 'DATA_SUBJECT_RIGHTS', variables: { id: erased } },
    });
    expect(
      await run('suppression', 'readmit', addressOf(3), 'hubspot.contact=0', '--ground', 'SUBJECT_ASKED'),
    ).toMatchObject({
      stdout: '1 of 2 kept somebody out and no longer do, 1 no longer suppressed as ERASED',
      status: 0,
    });
    expect(first((await run('suppression', 'readmit', 'a@example.net')).lines)).toMatch(/^usage:/);
  });

  it('nothing from a file that cannot be read, and is told why', async () => {
    const [broken, foreign] = [
      file('broken.csv', 'email,reason', 'one cell'),
      file('foreign.csv', 'mail,reason', 'ada@example.com,COMPLAINT'),
    ];
    expect(await run('suppression', 'import', broken)).toMatchObject({
      lines: ['Line 2: expected 2 cells, but there are 1.'],
      status: 1,
    });
    expect(first((await run('suppression', 'import', foreign)).lines)).toMatch(
      /^line 2: BAD_USER_INPUT: Expected no columns but/,
    );
    expect(first((await run('suppression', 'import', path.join(facet.dataDir, 'absent.csv'))).lines)).toMatch(/ENOENT/);
    expect(first((await run('consent-import')).lines)).toMatch(/^usage:/);
  });

  it('no address into the log', () => {
    expect(facet.logged()).not.toContain('nobody@example.net');
    expect(facet.logged().toLowerCase()).not.toContain(addressOf(2));
  });
});
