// `run()` as a person uses it: what is written, printed and left behind. Must not look inside the renderer.
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { createRenderer } from '../../renderer/render';
import { type CommandLine, ID, refused, sent, startCommandLine, TOKEN } from './command-line';
import { cart, order, sendAnswer } from './samples';

const USAGE = [
  'Usage: npm run render -- <template> --customer <id> [--out FILE] [--data-dir DIR]',
  '       npm run render -- <template> --by <namespace>=<value> …',
  '',
  'Templates: abandoned-cart, order-follow-up, win-back',
  '',
  '  --customer <id>            the customer, by Facet id',
  '  --by <namespace>=<value>   the customer, by an id of another system, e.g. shopify.customer=123',
  '  --out FILE                 where the e-mail goes (default: <template>-<customer>.html, here)',
  '  --data-dir DIR             folder with endpoints.json and dev-credentials.json (default: .data of the project)',
  '',
  'Environment: FACET_URL, FACET_TOKEN, FACET_DATA_DIR',
  '',
].join('\n');

let line: CommandLine;
beforeEach(async () => {
  line = await startCommandLine();
});
afterEach(() => line.dispose());

describe('Where the customer may be mailed, the e-mail is written', () => {
  it('asks the gateway once and writes the file where the person stands', async () => {
    line.gateway.answer = sent(cart);
    const file = path.join(line.callerDir, `abandoned-cart-${ID}.html`);
    expect(await line.render(`abandoned-cart --customer ${ID}`)).toEqual({
      code: 0,
      stdout: `written: ${file}\nsubject: You left something in your cart\n`,
      stderr: '',
      files: [`abandoned-cart-${ID}.html`],
    });
    expect(line.gateway.asked).toEqual([
      { method: 'GET', path: `/v1/templates/abandoned-cart/customers/${ID}`, authorization: `Bearer ${TOKEN}` },
    ]);
    const renderer = await createRenderer({ templatesDir: path.join(__dirname, '../../renderer/templates') });
    expect(await readFile(file, 'utf8')).toBe(renderer.render('abandoned-cart', sendAnswer(cart)).html);
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('writes to --out, which starts where the person stands', async () => {
    line.gateway.answer = sent(order);
    const { code, files } = await line.render(`order-follow-up --customer ${ID} --out mail.html`);
    expect({ code, files }).toEqual({ code: 0, files: ['mail.html'] });
  });

  it("finds a customer by another system's id, which is neither printed nor a file name", async () => {
    line.gateway.answer = sent(order);
    const value = 'gid://shopify/Customer/7700990077001?x=1';
    const { code, stdout, files } = await line.render(`order-follow-up --by shopify.customer=${value}`);
    expect(code).toBe(0);
    expect(line.gateway.asked[0]?.path).toBe(
      `/v1/templates/order-follow-up/by/shopify.customer/${encodeURIComponent(value)}`,
    );
    expect(files).toEqual([expect.stringMatching(/^order-follow-up-shopify\.customer-[0-9a-f]{12}\.html$/)]);
    expect(stdout).not.toContain('7700990077001');
  });

  it('tells how many fields were held back, and never a value', async () => {
    line.gateway.answer = sent({ ...cart, cart: null });
    (line.gateway.answer.body as { _facet: object })._facet = {
      withheld: ['cart', 'address'],
      masked: [],
      stale: [{ path: ['contact'] }],
    };
    const { stdout } = await line.render(`abandoned-cart --customer ${ID} --out m.html`);
    expect(stdout).toBe(
      `written: ${path.join(line.callerDir, 'm.html')}\nsubject: You left something in your cart\nfields:  2 withheld, 1 stale\n`,
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
    line.gateway.answer = refused(reason);
    expect(await line.render(`abandoned-cart --customer ${ID}`)).toEqual({
      code: 0,
      stdout: `not sent: ${words}\n`,
      stderr: '',
      files: [],
    });
  });

  it('warns of the e-mail of an earlier run', async () => {
    line.gateway.answer = sent(cart);
    await line.render(`abandoned-cart --customer ${ID} --out m.html`);
    line.gateway.answer = refused('CONSENT');
    const { code, stdout } = await line.render(`abandoned-cart --customer ${ID} --out m.html`);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout:
        'not sent: the customer has not consented to this kind of e-mail (CONSENT)\n' +
        `An e-mail of an earlier run is still in ${path.join(line.callerDir, 'm.html')}; it must not be sent.\n`,
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
  ])('render %s', async (words, message) => {
    const { stderr, ...rest } = await line.render(words);
    expect(rest).toEqual({ code: 1, stdout: '', files: [] });
    const [first, ...usage] = stderr.split('\n\n');
    expect(first).toEqual(message);
    expect(usage.join('\n\n')).toBe(USAGE);
    expect(line.gateway.asked).toEqual([]);
  });

  it('--help is no mistake', async () => {
    expect(await line.render('--help')).toEqual({ code: 0, stdout: USAGE, stderr: '', files: [] });
  });
});

describe('A file that cannot be written', () => {
  it('is said with its name and reason', async () => {
    line.gateway.answer = sent(cart);
    const file = path.join(line.callerDir, 'no', 'folder.html');
    expect(await line.render(`abandoned-cart --customer ${ID} --out no/folder.html`)).toEqual({
      code: 1,
      stdout: '',
      stderr: `Cannot write ${file} (ENOENT).\n`,
      files: [],
    });
  });
});
