import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '../../renderer/command';
import { createRenderer } from '../../renderer/render';
import { type GatewayDouble, startGatewayDouble } from './gateway-double';
import { cart, order, sendAnswer } from './samples';

const ID = '01J9ZC4Q8R0123456789ABCDEF';
const TOKEN = 'secret-token-of-the-renderer';
const USAGE = [
  'Usage: npm run render -- <template> --customer <id> [--out FILE] [--open-data DIR]',
  '       npm run render -- <template> --by <namespace>=<value> …',
  '',
  'Templates: abandoned-cart, order-follow-up',
  '',
  '  --customer <id>            the customer, by Facet id',
  '  --by <namespace>=<value>   the customer, by an id of another system, e.g. shopify.customer=123',
  '  --out FILE                 where the e-mail goes (default: <template>-<customer>.html, here)',
  '  --open-data DIR            folder with endpoints.json and dev-credentials.json (default: .data of the project)',
  '',
  'Environment: FACET_URL, FACET_TOKEN, FACET_DATA_DIR',
  '',
].join('\n');

let gateway: GatewayDouble;
let projectDir: string;
let callerDir: string;
beforeEach(async () => {
  gateway = await startGatewayDouble();
  projectDir = await mkdtemp(path.join(tmpdir(), 'facet-project-'));
  callerDir = await mkdtemp(path.join(tmpdir(), 'facet-caller-'));
  await writeData(path.join(projectDir, '.data'));
});
afterEach(async () => {
  await gateway.close();
  await rm(projectDir, { recursive: true });
  await rm(callerDir, { recursive: true });
});

async function writeData(dir: string, endpoints: unknown = { gateway: gateway.url }): Promise<void> {
  await mkdir(dir, { recursive: true });
  await writeFile(path.join(dir, 'endpoints.json'), JSON.stringify(endpoints));
  await writeFile(path.join(dir, 'dev-credentials.json'), JSON.stringify({ renderer: TOKEN, admin: 'other' }));
}

async function render(line: string, variables: Record<string, string> = {}) {
  const result = { code: -1, stdout: '', stderr: '', files: [] as string[] };
  const streams = {
    stdout: { write: (text: string) => (result.stdout += text) },
    stderr: { write: (text: string) => (result.stderr += text) },
  };
  result.code = await run(line.split(' ').filter(Boolean), { variables, projectDir, callerDir }, streams);
  result.files = (await readdir(callerDir)).sort();
  return result;
}

const sent = (fields: object) => ({
  status: 200,
  body: { ...fields, send: true, _facet: { reason: null, withheld: [], masked: [], stale: [], consentVersion: '3' } },
});
const refused = (reason: string) => ({
  status: 200,
  body: { send: false, _facet: { reason, withheld: [], masked: [], stale: [], consentVersion: null } },
});

describe('Where the customer may be mailed, the e-mail is written', () => {
  it('asks the gateway once and writes the file where the person stands', async () => {
    gateway.answer = sent(cart);
    const file = path.join(callerDir, `abandoned-cart-${ID}.html`);
    expect(await render(`abandoned-cart --customer ${ID}`)).toEqual({
      code: 0,
      stdout: `written: ${file}\nsubject: You left something in your cart\n`,
      stderr: '',
      files: [`abandoned-cart-${ID}.html`],
    });
    expect(gateway.asked).toEqual([
      { method: 'GET', path: `/v1/templates/abandoned-cart/customers/${ID}`, authorization: `Bearer ${TOKEN}` },
    ]);
    const renderer = await createRenderer({ templatesDir: path.join(__dirname, '../../renderer/templates') });
    expect(await readFile(file, 'utf8')).toBe(renderer.render('abandoned-cart', sendAnswer(cart)).html);
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('writes to --out, which starts where the person stands', async () => {
    gateway.answer = sent(order);
    const { code, files } = await render(`order-follow-up --customer ${ID} --out mail.html`);
    expect({ code, files }).toEqual({ code: 0, files: ['mail.html'] });
  });

  it("finds a customer by another system's id, which is neither printed nor a file name", async () => {
    gateway.answer = sent(order);
    const value = 'gid://shopify/Customer/77?x=1';
    const { code, stdout, files } = await render(`order-follow-up --by shopify.customer=${value}`);
    expect(code).toBe(0);
    expect(gateway.asked[0]?.path).toBe(
      `/v1/templates/order-follow-up/by/shopify.customer/${encodeURIComponent(value)}`,
    );
    expect(files).toEqual([expect.stringMatching(/^order-follow-up-shopify\.customer-[0-9a-f]{12}\.html$/)]);
    expect(stdout).not.toContain('77');
  });

  it('tells how many fields were held back, and never a value', async () => {
    gateway.answer = sent({ ...cart, cart: null });
    (gateway.answer.body as { _facet: object })._facet = {
      withheld: ['cart', 'address'],
      masked: [],
      stale: [{ path: ['contact'] }],
    };
    const { stdout } = await render(`abandoned-cart --customer ${ID} --out m.html`);
    expect(stdout).toBe(
      `written: ${path.join(callerDir, 'm.html')}\nsubject: You left something in your cart\nfields:  2 withheld, 1 stale\n`,
    );
  });
});

describe('Where the customer may not be mailed, nothing is written', () => {
  it.each([
    ['CONSENT', 'the customer has not consented to this kind of e-mail (CONSENT)'],
    ['OBJECTED', 'the customer has objected to this kind of e-mail (OBJECTED)'],
    ['SUPPRESSED', 'the address is on the suppression list (SUPPRESSED)'],
    ['RESTRICTED', 'the customer has restricted the processing of their data (RESTRICTED)'],
    ['ERASED', 'the customer has been erased (ERASED)'],
    ['NOT_PERMITTED', 'mailing this customer for this purpose is not permitted (NOT_PERMITTED)'],
    ['PURPOSE', 'the purpose of this template does not allow it (PURPOSE)'],
    ['ROLE', 'this principal may not read what the template needs (ROLE)'],
    ['UNAVAILABLE', 'whether the customer may be mailed could not be determined (UNAVAILABLE)'],
    ['REQUIRED_MISSING', 'a field the template cannot do without is missing (REQUIRED_MISSING)'],
    ['LUNCH_BREAK', 'LUNCH_BREAK'],
    ['constructor', 'constructor'],
  ])('%s', async (reason, words) => {
    gateway.answer = refused(reason);
    expect(await render(`abandoned-cart --customer ${ID}`)).toEqual({
      code: 0,
      stdout: `not sent: ${words}\n`,
      stderr: '',
      files: [],
    });
  });

  it('warns of the e-mail of an earlier run', async () => {
    gateway.answer = sent(cart);
    await render(`abandoned-cart --customer ${ID} --out m.html`);
    gateway.answer = refused('CONSENT');
    const { code, stdout } = await render(`abandoned-cart --customer ${ID} --out m.html`);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout:
        'not sent: the customer has not consented to this kind of e-mail (CONSENT)\n' +
        `An e-mail of an earlier run is still in ${path.join(callerDir, 'm.html')}; it must not be sent.\n`,
    });
  });
});

describe('A wrong command line is answered with how it goes, and asks nobody', () => {
  it.each([
    ['', 'Which template?'],
    ['birthday --customer x', 'There is no template "birthday".'],
    ['../secret --customer x', 'There is no template "../secret".'],
    ['abandoned-cart order-follow-up', 'Expected one template, got 2 words.'],
    ['abandoned-cart', 'Give one of --customer and --by.'],
    ['abandoned-cart --customer x --by a=b', 'Give one of --customer and --by.'],
    ['abandoned-cart --customer ../admin', '--customer expects a Facet id, e.g. 01J9ZC4Q8R0000000000000000.'],
    ['abandoned-cart --by shopify.customer', '--by expects <namespace>=<value>, e.g. shopify.customer=123.'],
    ['abandoned-cart --by shopify.customer=..', '--by expects <namespace>=<value>, e.g. shopify.customer=123.'],
    ['abandoned-cart --by email=a@b.example', '--by takes no e-mail address: addresses do not belong in URLs.'],
    ['abandoned-cart --colour red', expect.stringMatching(/^Unknown option '--colour'/)],
  ])('render %s', async (line, message) => {
    const { stderr, ...rest } = await render(line);
    expect(rest).toEqual({ code: 1, stdout: '', files: [] });
    const [first, ...usage] = stderr.split('\n\n');
    expect(first).toEqual(message);
    expect(usage.join('\n\n')).toBe(USAGE);
    expect(gateway.asked).toEqual([]);
  });

  it('--help is no mistake', async () => {
    expect(await render('--help')).toEqual({ code: 0, stdout: USAGE, stderr: '', files: [] });
  });
});

describe('Gateway and token', () => {
  const command = `order-follow-up --customer ${ID} --out m.html`;

  it('FACET_URL and FACET_TOKEN come first', async () => {
    gateway.answer = sent(order);
    await rm(path.join(projectDir, '.data'), { recursive: true });
    expect((await render(command, { FACET_URL: `${gateway.url}/`, FACET_TOKEN: 'other' })).code).toBe(0);
    expect(gateway.asked[0]).toEqual({
      method: 'GET',
      path: `/v1/templates/order-follow-up/customers/${ID}`,
      authorization: 'Bearer other',
    });
  });

  it('FACET_DATA_DIR starts at the project, --open-data where the person stands', async () => {
    gateway.answer = sent(order);
    await rm(path.join(projectDir, '.data'), { recursive: true });
    await writeData(path.join(projectDir, 'elsewhere'));
    await writeData(path.join(callerDir, 'mine'));
    expect((await render(command, { FACET_DATA_DIR: 'elsewhere' })).code).toBe(0);
    expect((await render(`${command} --open-data mine`)).code).toBe(0);
    expect((await render(`${command} --open-data nothing`)).code).toBe(1);
  });

  it('a project never started', async () => {
    await rm(path.join(projectDir, '.data'), { recursive: true });
    const file = path.join(projectDir, '.data', 'endpoints.json');
    expect(await render(command)).toEqual({
      code: 1,
      stdout: '',
      stderr: `Cannot read ${file}, which the gateway writes when it starts. Is it running? Start it with: npm start (or set FACET_URL)\n`,
      files: [],
    });
  });

  it.each([
    [{}, /has no "gateway"/],
    [[], /has no "gateway"/],
    [{ gateway: 'ftp://x' }, /must be an http or https URL/],
  ])('an endpoints file of %j', async (endpoints, message) => {
    await writeData(path.join(projectDir, '.data'), endpoints);
    const { code, stderr } = await render(command);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });

  it('a gateway that is gone', async () => {
    await gateway.close();
    expect(await render(command)).toEqual({
      code: 1,
      stdout: '',
      stderr: `The gateway at ${gateway.url} cannot be reached. Is it running? Start it with: npm start\n`,
      files: [],
    });
  });

  it('a token that is no header value is not printed', async () => {
    const { code, stderr } = await render(command, { FACET_TOKEN: 'se\ncret' });
    expect(code).toBe(1);
    expect(stderr).not.toMatch(/se\s*cret/);
  });

  it.each([
    [
      404,
      { errors: [{ message: 'no such customer', extensions: { code: 'NOT_FOUND' } }] },
      'HTTP 404: NOT_FOUND: no such customer',
    ],
    [503, { errors: [{ message: 'later' }] }, 'HTTP 503: later'],
    [
      401,
      { errors: [{ message: `bad ${TOKEN}\u001b[2J`, extensions: { code: 'UNAUTHENTICATED' } }] },
      'HTTP 401: UNAUTHENTICATED: bad … [2J',
    ],
    [500, 'zoe@mail.example', 'HTTP 500: an answer without an error code'],
    [
      200,
      'zoe@mail.example',
      'something else: not a template answer (answer: Invalid input: expected object, received undefined)',
    ],
    [
      200,
      { send: 'zoe@mail.example' },
      'something else: not a template answer (send: Invalid input: expected boolean, received string)',
    ],
  ])('an answer of HTTP %d %j', async (status, body, message) => {
    gateway.answer = { status, body };
    expect(await render(command)).toEqual({
      code: 1,
      stdout: '',
      stderr: `The gateway answered ${message}\n`,
      files: [],
    });
  });

  it('a redirect is not followed: it would carry the token away', async () => {
    gateway.answer = { status: 302, body: {} };
    expect((await render(command)).code).toBe(1);
    expect(gateway.asked).toHaveLength(1);
  });
});

describe('A file that cannot be written', () => {
  it('is said with its name and reason', async () => {
    gateway.answer = sent(cart);
    const file = path.join(callerDir, 'no', 'folder.html');
    expect(await render(`abandoned-cart --customer ${ID} --out no/folder.html`)).toEqual({
      code: 1,
      stdout: '',
      stderr: `Cannot write ${file} (ENOENT).\n`,
      files: [],
    });
  });
});
