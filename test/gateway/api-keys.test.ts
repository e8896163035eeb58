/** API keys at the front door, over sockets: as a bearer and as Basic, from the moment they are made to the moment they end. */
import { mkdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { changeKeyFile, readKeyFile } from '../../gateway/api-keys/key-file';
import { readKeyUses } from '../../gateway/api-keys/last-used';
import { createKey, revokeKey, rotateKey } from '../../gateway/api-keys/lifecycle';
import { ACCEPTED, basic, bearer, NOON, REFUSED_KEY, startWithKeys } from './key-holder';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SENDER = ACCEPTED('key:braze-eu RENDERER');

let keys: Awaited<ReturnType<typeof startWithKeys>>;
beforeEach(async () => {
  keys = await startWithKeys();
});
afterEach(() => keys.close());

const rotate = (overlapHours: number) =>
  changeKeyFile(keys.file, (all) => rotateKey(all, { id: 'braze-eu', days: 90, overlapHours }, keys.clock.now));
/** The running gateway looks at its file again. */
const aSecondLater = () => {
  keys.clock.now += 1_000;
};

describe('An API key', () => {
  it('made while the gateway runs is accepted within a second, as a bearer and as Basic', async () => {
    const made = await keys.create({ scopes: ['operations:adhoc', 'schema:read'] });
    expect(await keys.ask(bearer(made))).toEqual(REFUSED_KEY);
    aSecondLater();
    const accepted = ACCEPTED('key:braze-eu RENDERER operations:adhoc schema:read');
    expect(await keys.ask(bearer(made))).toEqual(accepted);
    expect(await keys.ask(basic(made))).toEqual(accepted);
  });

  it('is refused when anything of it is wrong, with one answer for all', async () => {
    const made = await keys.create();
    const other = await keys.create({ id: 'iterable' });
    aSecondLater();
    const { sha256 } = readKeyFile(keys.file)['braze-eu']?.secrets[0] ?? { sha256: '' };
    const wrong = {
      'another secret': { ...made, secret: other.secret },
      'the stored hash': { ...made, secret: sha256 },
      'no secret': { ...made, secret: '' },
      'half a secret': { ...made, secret: made.secret.slice(0, 21) },
      'another id': { ...made, id: 'nobody' },
      'an id of JavaScript’s': { ...made, id: 'constructor' },
      'no id': { ...made, id: '' },
      'the id in capitals': { ...made, id: 'BRAZE-EU' },
      'the whole key as password': { ...made, secret: bearer(made).slice(7) },
    };
    for (const [what, given] of Object.entries(wrong)) {
      expect({ what, ...(await keys.ask(basic(given))) }).toEqual({ what, ...REFUSED_KEY });
    }
    expect(await keys.ask(bearer({ ...made, secret: other.secret }))).toEqual(REFUSED_KEY);
    expect(await keys.ask('Basic !!!')).toMatchObject({ status: 401 });
    expect(await keys.ask(`Basic ${Buffer.from('no colon').toString('base64')}`)).toEqual(REFUSED_KEY);
    expect(await keys.ask(bearer(made))).toEqual(SENDER);
  });

  it('ends when it expires', async () => {
    const made = await keys.create({ days: 1 });
    aSecondLater();
    keys.clock.now = NOON + DAY_MS - 1;
    expect(await keys.ask(bearer(made))).toEqual(SENDER);
    keys.clock.now = NOON + DAY_MS;
    expect(await keys.ask(bearer(made))).toEqual(REFUSED_KEY);
    expect(await keys.ask(basic(made))).toEqual(REFUSED_KEY);
  });

  it('that is rotated is two secrets until the overlap ends', async () => {
    const old = await keys.create();
    const next = await rotate(24);
    aSecondLater();
    expect([await keys.ask(bearer(old)), await keys.ask(basic(next))]).toEqual([SENDER, SENDER]);
    keys.clock.now = NOON + DAY_MS;
    expect([await keys.ask(bearer(old)), await keys.ask(bearer(next))]).toEqual([REFUSED_KEY, SENDER]);
  });

  it('that is rotated once more drops what was left of the first rotation', async () => {
    const [first, second, third] = [await keys.create(), await rotate(24), await rotate(24)];
    aSecondLater();
    expect(await Promise.all([first, second, third].map((made) => keys.ask(bearer(made))))).toEqual([
      REFUSED_KEY,
      SENDER,
      SENDER,
    ]);
  });

  it('that leaked is rotated without an overlap', async () => {
    const leaked = await keys.create();
    const next = await rotate(0);
    aSecondLater();
    expect([await keys.ask(bearer(leaked)), await keys.ask(bearer(next))]).toEqual([REFUSED_KEY, SENDER]);
  });

  it('never lives longer by being rotated', async () => {
    const old = await keys.create({ days: 1 });
    await rotate(400 * 24);
    keys.clock.now = NOON + DAY_MS;
    expect(await keys.ask(bearer(old))).toEqual(REFUSED_KEY);
  });

  it('that is revoked is refused within a second, every secret of it, however often it was accepted', async () => {
    const [old, next] = [await keys.create(), await rotate(24)];
    aSecondLater();
    await keys.ask(bearer(old));
    await changeKeyFile(keys.file, (all) => revokeKey(all, 'braze-eu', keys.clock.now));
    keys.clock.now += 999;
    expect(await keys.ask(bearer(old))).toEqual(SENDER);
    keys.clock.now += 1;
    expect([await keys.ask(bearer(old)), await keys.ask(bearer(next))]).toEqual([REFUSED_KEY, REFUSED_KEY]);
  });

  it('that is revoked is refused on a clock that was set back, too', async () => {
    const made = await keys.create();
    aSecondLater();
    expect(await keys.ask(bearer(made))).toEqual(SENDER);
    await changeKeyFile(keys.file, (all) => revokeKey(all, 'braze-eu', keys.clock.now));
    keys.clock.now -= DAY_MS;
    expect(await keys.ask(bearer(made))).toEqual(REFUSED_KEY);
  });
});

describe('The file of the keys', () => {
  it('is readable by its owner only, and holds no secret', async () => {
    const [one, two] = [await keys.create(), await rotate(24)];
    const text = readFileSync(keys.file, 'utf8');
    expect(statSync(keys.file).mode & 0o777).toBe(0o600);
    expect([one, two].filter(({ secret }) => text.includes(secret))).toEqual([]);
    expect(Buffer.from(one.secret, 'base64url')).toHaveLength(32);
  });

  it('that became unreadable leaves the keys as they were, and tells so once', async () => {
    const made = await keys.create();
    aSecondLater();
    expect(await keys.ask(bearer(made))).toEqual(SENDER);
    writeFileSync(keys.file, '{');
    aSecondLater();
    expect(await keys.ask(bearer(made))).toEqual(SENDER);
    aSecondLater();
    expect(await keys.ask(bearer(made))).toEqual(SENDER);
    expect(keys.troubles).toEqual(['keys not read']);
  });

  it('that is gone takes its keys along', async () => {
    const made = await keys.create();
    aSecondLater();
    rmSync(keys.file);
    aSecondLater();
    expect(await keys.ask(bearer(made))).toEqual(REFUSED_KEY);
  });

  it.each([
    ['no JSON', '{'],
    ['another version', '{"version":2,"keys":{}}'],
    ['a role that cannot be', '{"version":1,"keys":{"abc":{"role":"DATA_SUBJECT","scopes":[],"secrets":[]}}}'],
  ])('stops the start when it is unreadable: %s', (_what, text) => {
    writeFileSync(keys.file, text);
    expect(() => keys.open()).toThrow('is not a file of API keys');
  });

  it('is changed by one command at a time', async () => {
    const settled = await Promise.allSettled([keys.create({ id: 'one' }), keys.create({ id: 'two' })]);
    expect(settled.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(Object.keys(readKeyFile(keys.file))).toHaveLength(1);
    await keys.create({ id: 'three' });
    expect(Object.keys(readKeyFile(keys.file))).toHaveLength(2);
  });
});

describe('The last use of a key', () => {
  it('is known after a clean stop, by secret, and a refusal is none', async () => {
    const [old, next] = [await keys.create(), await rotate(24)];
    aSecondLater();
    await keys.ask(bearer(old));
    keys.clock.now += 5_000;
    await keys.ask(basic(next));
    await keys.ask(bearer({ ...next, secret: old.secret.replace(/^./, '!') }));
    await keys.apiKeys.close();
    expect(readKeyUses(keys.usesFile)).toEqual({
      'braze-eu#1': new Date(NOON + 1_000).toISOString(),
      'braze-eu#2': new Date(NOON + 6_000).toISOString(),
    });
  });

  it('keeps what earlier runs wrote', async () => {
    const made = await keys.create();
    writeFileSync(keys.usesFile, JSON.stringify({ 'iterable#1': new Date(NOON).toISOString() }));
    aSecondLater();
    await keys.ask(bearer(made));
    await keys.apiKeys.close();
    expect(Object.keys(readKeyUses(keys.usesFile))).toEqual(['iterable#1', 'braze-eu#1']);
  });

  it('that cannot be written refuses nobody, is told of, and is written when it can be', async () => {
    const made = await keys.create();
    mkdirSync(keys.usesFile);
    aSecondLater();
    expect(await keys.ask(bearer(made))).toEqual(SENDER);
    await keys.apiKeys.close();
    expect(keys.troubles).toEqual(['key uses not written']);
    rmdirSync(keys.usesFile);
    await keys.apiKeys.close();
    expect(Object.keys(readKeyUses(keys.usesFile))).toEqual(['braze-eu#1']);
  });
});

describe('A key that cannot be made says what was expected:', () => {
  const make = (given: object) => createKey({}, { id: 'abc', role: 'RENDERER', scopes: [], days: 90, ...given }, NOON);
  it.each([
    ['an id in capitals', { id: 'Braze' }, 'Expected an id like braze-eu'],
    ['an id that is a path', { id: '../x' }, 'Expected an id like braze-eu'],
    ['a data subject', { role: 'DATA_SUBJECT' }, 'Expected a role of RENDERER'],
    ['no role', { role: '' }, 'Expected a role of RENDERER'],
    ['an unknown scope', { scopes: ['admin:all'] }, 'came "admin:all"'],
    ['reasons for a renderer', { scopes: ['policy:explain'] }, 'for RENDERER; came "policy:explain"'],
    ['no end', { days: Infinity }, 'Expected a life of up to 400 days'],
    ['an end that is no number', { days: Number.NaN }, 'Expected a life of up to 400 days'],
    ['an end in the past', { days: -1 }, 'Expected a life of up to 400 days'],
  ])('%s', (_what, given, message) => {
    expect(() => make(given)).toThrow(message);
  });

  it('an id that was given before, revoked or not', async () => {
    await keys.create();
    await changeKeyFile(keys.file, (all) => revokeKey(all, 'braze-eu', NOON));
    await expect(keys.create()).rejects.toThrow('an id is never given twice');
    await expect(rotate(24)).rejects.toThrow('was revoked');
  });

  it('or rotated: one there is not', () => {
    expect(() => rotateKey({}, { id: 'toString', days: 90, overlapHours: 1 }, NOON)).toThrow('there is none called');
  });
});
