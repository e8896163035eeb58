// Who brings a list from before Facet observes first: the privacy officer signs, missing consent is answered as before and told of, until it ends.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { first, runFacet } from './running-facet';
import type { RunningFacet } from './running-facet';

const ROOT = path.join(__dirname, '..', '..');
const COMMAND = path.join(ROOT, 'dist', 'deploy', 'observe', 'main.js');
const OFFICER = { as: 'privacyOfficer', purpose: 'DATA_SUBJECT_RIGHTS' } as const;
const DAY_MS = 86_400_000;

let facet: RunningFacet;
let neverAsked: string;
let saidNo: string[];
beforeAll(async () => {
  facet = await runFacet({ customers: 200 });
  neverAsked = first(await facet.customersWith('marketingNeverAsked', 'jurisdictionDE'));
  saidNo = await Promise.all(
    (
      ['marketingRefused', 'marketingWithdrawn', 'marketingObjected', 'marketingPending', 'marketingExpired'] as const
    ).map(async (each) => first(await facet.customersWith(each))),
  );
});
afterAll(() => facet.close());

/** Not in this process's own time: the gateway closes a connection that is silent for long. */
const observeAs = (environment: Readonly<Record<string, string>>, ...args: string[]) =>
  new Promise<{ stdout: string; code: number }>((resolve) => {
    const env = { PATH: process.env.PATH, FACET_DATA_DIR: facet.dataDir, ...facet.storeEnvironment, ...environment };
    const command = execFile(process.execPath, [COMMAND, ...args], { cwd: ROOT, env }, (error, stdout) =>
      resolve({ stdout, code: error === null ? 0 : Number(error.code) }),
    );
    command.stdin?.end();
  });
const observe = (...args: string[]) => observeAs({}, ...args);
const SIGNED = ['--purpose', 'EMAIL_MARKETING', '--template', 'win-back', '--days', '7', '--reason', 'The old list.'];
const send = async (id: string, template = 'win-back') => (await facet.template(template, id)).body.send;
const until = async (what: () => Promise<boolean>) => {
  while (!(await what())) await pause(50);
};
const file = () => path.join(facet.dataDir, 'observation.json');
const metric = async (pattern: RegExp) => pattern.exec(String((await facet.fetch('/metrics')).body.text))?.[1];

it('Before it, who was never asked is not mailed', async () => {
  expect(await send(neverAsked)).toBe(false);
  expect((await observe('show')).stdout).toBe('Nothing is observed: missing consent withholds.\n');
});

describe('While it is in force', () => {
  it('who was never asked is answered as before, and the answer says what would be withheld', async () => {
    expect(await observe('start', ...SIGNED)).toEqual({
      code: 0,
      stdout: expect.stringMatching(/signed by +demo-privacyOfficer/),
    });
    await until(async () => (await send(neverAsked)) === true);
    const { body } = await facet.template('win-back', neverAsked);
    expect(body).toMatchObject({
      send: true,
      _facet: {
        reason: null,
        observed: {
          send: false,
          reason: 'NOT_PERMITTED',
          withheld: expect.arrayContaining([
            { path: ['contact', 'email'], category: 'CONTACT', reason: 'NOT_PERMITTED' },
          ]),
        },
      },
    });
    const trusted = await facet.graphql(
      `{ explainAccess(customerId: "${neverAsked}", purpose: EMAIL_MARKETING, role: RENDERER, template: "win-back") {
        mailed mailedObserved categories { category verdict observed }
      } }`,
      OFFICER,
    );
    expect(trusted.body.data?.explainAccess).toMatchObject({
      mailed: true,
      mailedObserved: 'CONSENT',
      categories: expect.arrayContaining([{ category: 'CONTACT', verdict: 'CLEAR', observed: 'CONSENT' }]),
    });
  });

  it('as one of many, too', async () => {
    const one = (await facet.template('win-back', neverAsked)).body;
    const batch = await fetch(`${facet.url}/v1/templates/win-back/customers`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${facet.token('renderer')}` },
      body: JSON.stringify({ ids: [neverAsked, ...saidNo] }),
    });
    const rows = (await batch.text())
      .trim()
      .split('\n')
      .map((row) => (JSON.parse(row) as { answer: { send: boolean } }).answer);
    expect(rows[0]).toEqual(one);
    expect(rows.slice(1).map(({ send: mayBeSent }) => mayBeSent)).toEqual(saidNo.map(() => false));
  });

  it('what a person said no to, or did not confirm, or let expire, is withheld as ever', async () => {
    expect(await Promise.all(saidNo.map((id) => send(id)))).toEqual(saidNo.map(() => false));
  });

  it('what it does not name is: another template, whatever is asked besides, another purpose', async () => {
    expect(await send(neverAsked, 'abandoned-cart')).toBe(false);
    const { body } = await facet.graphql(`{ customer(id: "${neverAsked}") { contact { email } } }`, {
      purpose: 'EMAIL_MARKETING',
    });
    expect(body.data).toEqual({ customer: { contact: { email: null } } });
    // Consent for PERSONALIZATION is another purpose's.
    const { withheld } = (await facet.template('win-back', neverAsked)).body._facet as { withheld: unknown[] };
    expect(withheld).not.toEqual([]);
  });

  it('it is counted, logged and in the audit trail, by pseudonyms alone', async () => {
    expect(
      Number(
        await metric(/facet_observed_total\{purpose="EMAIL_MARKETING",category="CONTACT",reason="CONSENT"\} (\d+)/),
      ),
    ).toBeGreaterThan(0);
    expect(Number(await metric(/^facet_observation_ends_timestamp_seconds (\S+)$/m))).toBeGreaterThan(
      Date.now() / 1000,
    );
    const line =
      facet
        .logged()
        .split('\n')
        .find((each) => each.includes('OBSERVED')) ?? '{}';
    expect(JSON.parse(line)).toEqual({
      level: 30,
      time: expect.any(String),
      requestId: expect.any(String),
      code: 'OBSERVED',
      principal: 'demo-renderer',
      role: 'RENDERER',
      template: 'win-back',
      purpose: 'EMAIL_MARKETING',
      categories: expect.arrayContaining(['CONTACT', 'NAME']),
      count: expect.any(Number),
      msg: 'would be withheld',
    });
    expect(line).not.toContain(neverAsked);
    const entries = async (kind: string) =>
      (
        (
          await facet.graphql(
            `{ auditTrail(first: 100, filter: { kind: ${kind} }) { entries { action actor subjects observed } } }`,
            OFFICER,
          )
        ).body.data as { auditTrail: { entries: Array<{ action: string; observed: string[]; subjects: string[] }> } }
      ).auditTrail.entries;
    await until(async () =>
      (await entries('READ')).some(
        ({ subjects, observed }) => subjects.includes(neverAsked) && observed.includes('CONTACT'),
      ),
    );
    expect(await entries('ADMINISTRATION')).toContainEqual(
      expect.objectContaining({ action: 'observe', actor: 'demo-privacyOfficer' }),
    );
  });

  it('the command says whom its end will stop', async () => {
    const { stdout } = await observe('show');
    expect(stdout).toMatch(/of \d+ stored subjects:\n +template win-back: \d+ may be mailed no more/);
  });
});

describe('It ends', () => {
  it('by the command, which takes an officer’s credential as its start does, and leaves a note of who ended it', async () => {
    const document = readFileSync(file(), 'utf8');
    expect(await observe('end')).toEqual({
      code: 0,
      stdout: 'Nothing is observed any more; a running Facet notices within a second.\n',
    });
    await until(async () => (await send(neverAsked)) === false);
    const ended = async () => {
      const query = '{ auditTrail(first: 5, filter: { kind: ADMINISTRATION }) { entries { action actor role } } }';
      const { auditTrail } = (await facet.graphql(query, OFFICER)).body.data as {
        auditTrail: { entries: Array<{ action: string }> };
      };
      return auditTrail.entries;
    };
    await until(async () => {
      const actions = (await ended()).map(({ action }) => action);
      return ['endObservation', 'observationRemoved'].every((each) => actions.includes(each));
    });
    expect(await ended()).toEqual(
      expect.arrayContaining([
        { action: 'endObservation', actor: 'demo-privacyOfficer', role: 'PRIVACY_OFFICER' },
        { action: 'observationRemoved', actor: 'facet', role: null },
      ]),
    );
    writeFileSync(file(), document);
    await until(async () => (await send(neverAsked)) === true);
  });

  it('in production not without an officer’s credential', async () => {
    const production = {
      FACET_PROFILE: 'production',
      FACET_PUBLIC_URL: 'https://facet.example',
      // Nobody listens there: no token is known.
      FACET_JWKS_URL: 'http://127.0.0.1:1/keys',
      FACET_ISSUER: 'https://issuer.example',
      FACET_IDENTITY_SECRET: 'i'.repeat(32),
      FACET_MASK_SECRET: 'm'.repeat(32),
      FACET_SIGNING_SECRET: 's'.repeat(43),
      FACET_ENCRYPTION_KEYS: Buffer.alloc(32, 'e').toString('base64'),
    };
    expect(await observeAs(production, 'end')).toEqual({ stdout: '', code: 1 });
    expect(readFileSync(file(), 'utf8')).toContain('"win-back"');
  });

  it('when its document is altered', async () => {
    const document = readFileSync(file(), 'utf8');
    writeFileSync(file(), document.replace('"win-back"', '"win-back", "abandoned-cart"'));
    await until(async () => (await send(neverAsked)) === false);
    await until(async () => facet.logged().includes('OBSERVATION_FORGED'));
    writeFileSync(file(), document);
    await until(async () => (await send(neverAsked)) === true);
  });

  it('with its time: the very next read is withheld', async () => {
    facet.advance(7 * DAY_MS);
    const bearer = await facet.issue({ subject: 'renderer', role: 'RENDERER', scopes: [] });
    expect((await facet.template('win-back', neverAsked, { bearer })).body.send).toBe(false);
    await until(async () => facet.logged().includes('OBSERVATION_EXPIRED'));
  });
});
