// Where the renderer finds gateway and token, and what it says when either fails it. Must never see the token printed.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { type CommandLine, ID, sent, startCommandLine, TOKEN } from './command-line';
import { order } from './samples';

let line: CommandLine;
beforeEach(async () => {
  line = await startCommandLine();
});
afterEach(() => line.dispose());

describe('Gateway and token', () => {
  const command = `order-follow-up --customer ${ID} --out m.html`;

  it('FACET_URL and FACET_TOKEN come first', async () => {
    line.gateway.answer = sent(order);
    await rm(path.join(line.projectDir, '.data'), { recursive: true });
    expect((await line.render(command, { FACET_URL: `${line.gateway.url}/`, FACET_TOKEN: 'other' })).code).toBe(0);
    expect(line.gateway.asked[0]).toEqual({
      method: 'GET',
      path: `/v1/templates/order-follow-up/customers/${ID}`,
      authorization: 'Bearer other',
    });
  });

  it('FACET_DATA_DIR starts at the project, --data-dir where the person stands', async () => {
    line.gateway.answer = sent(order);
    await rm(path.join(line.projectDir, '.data'), { recursive: true });
    await line.writeData(path.join(line.projectDir, 'elsewhere'));
    await line.writeData(path.join(line.callerDir, 'mine'));
    expect((await line.render(command, { FACET_DATA_DIR: 'elsewhere' })).code).toBe(0);
    expect((await line.render(`${command} --data-dir mine`)).code).toBe(0);
    expect((await line.render(`${command} --data-dir nothing`)).code).toBe(1);
  });

  it('a project never started', async () => {
    await rm(path.join(line.projectDir, '.data'), { recursive: true });
    const file = path.join(line.projectDir, '.data', 'endpoints.json');
    expect(await line.render(command)).toEqual({
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
    await line.writeData(path.join(line.projectDir, '.data'), endpoints);
    const { code, stderr } = await line.render(command);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });

  it('a gateway that is gone', async () => {
    await line.gateway.close();
    expect(await line.render(command)).toEqual({
      code: 1,
      stdout: '',
      stderr: `The gateway at ${line.gateway.url} cannot be reached. Is it running? Start it with: npm start\n`,
      files: [],
    });
  });

  it('a token that is no header value is not printed', async () => {
    const { code, stderr } = await line.render(command, { FACET_TOKEN: 'se\ncret' });
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
    line.gateway.answer = { status, body };
    expect(await line.render(command)).toEqual({
      code: 1,
      stdout: '',
      stderr: `The gateway answered ${message}\n`,
      files: [],
    });
  });

  it('a redirect is not followed: it would carry the token away', async () => {
    line.gateway.answer = { status: 302, body: {} };
    expect((await line.render(command)).code).toBe(1);
    expect(line.gateway.asked).toHaveLength(1);
  });
});
