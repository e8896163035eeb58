/**
 * The sandbox's page, in headless Chromium where there is one, and its routes as plain HTTP. playwright-core is large and not a
 * dependency: it is looked for beside the packages and in NODE_PATH, and without it the browser's tests are skipped by name.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startFacet } from '../../deploy/start';
import { parseGatewayConfig } from '../../gateway/config';
import { createLogger } from '../../gateway/log';
import { sources } from '../../subgraphs/sources';
import { first, runFacet } from './running-facet';
import type { RunningFacet } from './running-facet';

const CHROMIUM = '/usr/bin/chromium';
const playwright = [path.resolve('node_modules'), ...(process.env.NODE_PATH ?? '').split(path.delimiter)]
  .map((modules) => path.join(modules, 'playwright-core'))
  .find((folder) => existsSync(folder));
const inBrowser = playwright === undefined || !existsSync(CHROMIUM) ? it.skip : it;
const HOW = inBrowser === it ? '' : ' (to run it: npm install --no-save playwright-core; apt-get install chromium)';

/** The part of playwright-core used here. */
interface Page {
  on(event: 'console', listener: (message: { type(): string; text(): string }) => void): void;
  on(event: 'pageerror', listener: (error: unknown) => void): void;
  on(event: 'request', listener: (request: { url(): string }) => void): void;
  on(event: 'websocket', listener: (socket: Socket) => void): void;
  goto(url: string): Promise<unknown>;
  reload(): Promise<unknown>;
  click(selector: string): Promise<void>;
  selectOption(selector: string, value: string): Promise<unknown>;
  waitForSelector(selector: string): Promise<unknown>;
  evaluate<Value>(script: string): Promise<Value>;
  inputValue(selector: string): Promise<string>;
  innerText(selector: string): Promise<string>;
}
interface Socket {
  on(event: 'framesent', listener: (frame: { payload: string | Buffer }) => void): void;
}
interface Browser {
  newPage(options: { colorScheme: 'light' | 'dark' }): Promise<Page>;
  close(): Promise<void>;
}

let facet: RunningFacet;
let id: string;
let browser: Browser | undefined;
beforeAll(async () => {
  facet = await runFacet();
  id = first(await facet.customersWith('readyForCartMail'));
  if (inBrowser !== it) return;
  const { chromium } = (await import(playwright!)) as { chromium: { launch(options: object): Promise<Browser> } };
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
});
afterAll(async () => {
  await browser?.close();
  await facet.close();
});

/** The page, opened; `troubles` collects what must not happen: console errors, violated policies, requests elsewhere. */
async function openSandbox(colorScheme: 'light' | 'dark' = 'light') {
  const page = await browser!.newPage({ colorScheme });
  const troubles: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(facet.url) && !request.url().startsWith('data:')) troubles.push(request.url());
  });
  /** Looks once per frame. playwright's waitForFunction would call eval in the page, which its policy forbids. */
  const until = async (condition: string) => {
    const look = `new Promise((resolve) => requestAnimationFrame(() => resolve(Boolean(${condition}))))`;
    while (!(await page.evaluate<boolean>(look)));
  };
  await page.goto(`${facet.url}/sandbox`);
  await page.waitForSelector('.graphiql-execute-button');
  await until(`${EDITOR} && ${EDITOR}.CodeMirror.getValue() !== ''`);

  const answer = () => page.evaluate<Record<string, unknown>>(`JSON.parse(${RESPONSE}.CodeMirror.getValue() || '{}')`);
  return {
    page,
    troubles,
    answer,
    /** Opens a tab and waits until the editor has taken it in: GraphiQL reads the operation's name a moment later. */
    openTab: async (name: string) => {
      await page.click(`[role=tab]:has-text("${name}")`);
      await until(`${EDITOR}.CodeMirror.getValue().includes('${name}')`);
      await until(
        `localStorage[Object.keys(localStorage).find((key) => key.endsWith(':graphiql:operationName'))] === '${name}'`,
      );
    },
    run: async () => {
      await page.evaluate(`${RESPONSE}.CodeMirror.setValue('')`);
      await page.click('.graphiql-execute-button');
    },
    answered: async (text: string) => {
      await until(`${RESPONSE}.CodeMirror.getValue().includes(${JSON.stringify(text)})`);
      return answer();
    },
  };
}
const EDITOR = `document.querySelector('.graphiql-query-editor .CodeMirror')`;
const RESPONSE = `document.querySelector('.result-window .CodeMirror')`;

describe('An explorer reads the schema in a sandbox', () => {
  inBrowser(`runs a template's operation for a demo principal, and reads why a field is withheld${HOW}`, async () => {
    const { page, run, answered, troubles } = await openSandbox();
    expect(await page.evaluate(`[...document.querySelectorAll('[role=tab]')].map((tab) => tab.innerText)`)).toEqual(
      expect.arrayContaining(['AbandonedCart', 'OrderFollowUp', 'CustomerChanged', 'SearchCustomers']),
    );
    await run();
    const asRenderer = await answered('abandonedAt');
    expect(asRenderer).toEqual({ data: { customer: expect.objectContaining({ cart: expect.any(Object) }) } });

    await page.selectOption('#principal', 'supportAgent');
    expect(await page.inputValue('#purpose')).toBe('SUPPORT_SERVICE');
    await run();
    expect(await answered('withheld')).toEqual({
      data: { customer: expect.objectContaining({ cart: null }) },
      extensions: {
        privacy: {
          withheld: [{ path: ['customer', 'cart'], category: 'BEHAVIOUR', reason: 'PURPOSE' }],
          masked: expect.arrayContaining([expect.objectContaining({ path: ['customer', 'contact', 'email'] })]),
        },
      },
    });

    await page.selectOption('#purpose', 'EMAIL_MARKETING');
    expect(await page.innerText('#meaning')).toBe('Refused: supportAgent may not act for EMAIL_MARKETING.');
    // Chromium itself reports the refusal's status as a console error.
    const before = troubles.length;
    await run();
    expect(await answered('PURPOSE_NOT_ENTITLED')).toEqual({
      errors: [{ message: expect.any(String), extensions: { code: 'PURPOSE_NOT_ENTITLED' } }],
    });
    expect(troubles.splice(before)).toEqual([expect.stringContaining('403')]);
    expect(troubles).toEqual([]);
  });

  inBrowser(`receives an event of a subscription, until another principal is chosen${HOW}`, async () => {
    const { page, openTab, run, answered, troubles } = await openSandbox('dark');
    await openTab('CustomerChanged');
    const subscribed = new Promise<void>((resolve) => {
      page.on('websocket', (socket) => {
        socket.on('framesent', ({ payload }) => {
          if (String(payload).includes('"type":"subscribe"')) resolve();
        });
      });
    });
    await run();
    await subscribed;
    // Until the gateway has come to rest: some answers over real sockets later.
    for (let round = 0; round < 10; round += 1) await facet.fetch('/healthz');
    const recorded = await facet.graphql(
      `mutation ($id: ID!) {
        recordConsent(input: {
          customerId: $id, purpose: ANALYTICS, action: GRANT, method: "web form", notice: { id: "analytics", version: "1" }
        }) { version }
      }`,
      { as: 'privacyOfficer', variables: { id } },
    );
    expect(recorded.body.errors).toBeUndefined();
    expect(await answered('customerChanged')).toEqual({
      data: {
        customerChanged: expect.objectContaining({ kind: 'UPDATED', customer: expect.objectContaining({ id }) }),
      },
    });
    await page.selectOption('#principal', 'analyst');
    await page.waitForSelector('.graphiql-execute-button[aria-label^="Execute"]');
    expect(troubles).toEqual([]);
  });

  inBrowser(`reads the descriptions, and leaves no token behind${HOW}`, async () => {
    const { page, troubles } = await openSandbox();
    await page.click('button[aria-label="Show Documentation Explorer"]');
    await page.click('.graphiql-doc-explorer a:has-text("Query")');
    await page.waitForSelector('.graphiql-doc-explorer :text("The customer known by an id elsewhere")');
    await page.reload();
    await page.waitForSelector('.graphiql-execute-button');
    // Signed tokens begin with this.
    const kept = `document.documentElement.outerHTML + JSON.stringify([{ ...localStorage }, { ...sessionStorage }]) + location + document.cookie`;
    expect(await page.evaluate(`(${kept}).includes('eyJ')`)).toBe(false);
    expect(facet.logged()).not.toContain('eyJ');
    expect(troubles).toEqual([]);
  });

  it('serves the page under a policy that lets nothing leave the machine and nothing foreign run', async () => {
    const page = await ask('/sandbox');
    const policy = String(page.headers['content-security-policy']);
    expect(page.status).toBe(200);
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(page.body).not.toMatch(/https?:\/\/(?!www\.w3\.org\/2000\/svg)|eyJ|\{nonce\}/);
    const forged = await ask('/sandbox', { headers: { host: "127.0.0.1;script-src 'unsafe-inline'" } });
    expect(String(forged.headers['content-security-policy'])).not.toContain('unsafe-inline');
  });

  it('answers an unchanged file with 304, and no file that is not one of the page', async () => {
    const files = [...(await ask('/sandbox')).body.matchAll(/(?:src|href)="(\/sandbox\/[^"]+)"/g)].map(
      ([, url]) => url!,
    );
    expect(files.length).toBeGreaterThan(5);
    for (const url of files) {
      const { status, headers } = await ask(url);
      expect({ url, status, cached: headers['cache-control'] }).toEqual({
        url,
        status: 200,
        cached: 'private, no-cache',
      });
      expect(await ask(url, { headers: { 'if-none-match': String(headers.etag) } })).toMatchObject({
        status: 304,
        body: '',
      });
    }
    for (const url of [
      '/sandbox/page.html',
      '/sandbox/package.json',
      '/sandbox/../package.json',
      '/sandbox/..%2f..%2fpackage.json',
      '/sandbox/graphiql.js/../../package.json',
      '/sandbox/graphiql.js%00',
      '/sandbox/constructor',
      '/sandbox/',
      '/sandboxes',
    ]) {
      expect({ url, ...codeOf(await ask(url)) }).toEqual({ url, status: 404, code: 'ROUTE_UNKNOWN' });
    }
  });

  it('hands the tokens to its own page only', async () => {
    const { host } = new URL(facet.url);
    const own = { host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin', 'x-facet-sandbox': '1' };
    const session = await ask('/sandbox/session', { method: 'POST', headers: own });
    expect(session.headers).toMatchObject({ 'cache-control': 'no-store' });
    expect(Object.keys(session.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(JSON.parse(session.body)).toMatchObject({
      principals: expect.arrayContaining([expect.objectContaining({ name: 'admin', token: facet.token('admin') })]),
    });

    const evil = 'facet.example:4000';
    for (const [who, changed] of Object.entries({
      'a request without the header': { 'x-facet-sandbox': undefined },
      'a client that is no browser': { 'sec-fetch-site': undefined },
      'another site': { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
      'another port of this machine': { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:3000' },
      'an address typed in': { 'sec-fetch-site': 'none' },
      'a request without an origin': { origin: undefined },
      'a page without an origin': { origin: 'null' },
      'a name pointed at this machine': { host: evil, origin: `http://${evil}` },
      'a name that begins like this machine': {
        host: '127.0.0.1.evil.example',
        origin: 'http://127.0.0.1.evil.example',
      },
      'a page behind a proxy that writes its own host': { origin: `http://${evil}` },
    })) {
      const headers = Object.fromEntries(
        Object.entries({ ...own, ...changed }).filter(([, value]) => value !== undefined),
      );
      const refused = await ask('/sandbox/session', { method: 'POST', headers: headers as Record<string, string> });
      expect({ who, ...codeOf(refused) }).toEqual({ who, status: 400, code: 'BAD_REQUEST' });
      expect(refused.body).not.toContain('eyJ');
    }
    expect(codeOf(await ask('/sandbox/session', { headers: own }))).toEqual({ status: 404, code: 'ROUTE_UNKNOWN' });
    expect(codeOf(await ask('/sandbox/session', { method: 'OPTIONS', headers: own }))).toEqual({
      status: 404,
      code: 'ROUTE_UNKNOWN',
    });
    expect(facet.logged()).not.toContain('eyJ');
  });

  it('is not there in production', async () => {
    const dataDir = mkdtempSync(path.join(tmpdir(), 'facet-test-'));
    const production = await startFacet({
      config: parseGatewayConfig({
        PORT: '0',
        FACET_DATA_DIR: dataDir,
        FACET_PROFILE: 'production',
        FACET_PUBLIC_URL: 'https://facet.example',
        FACET_JWKS_URL: 'http://127.0.0.1:9/keys',
        FACET_ISSUER: 'https://issuer.example',
        FACET_IDENTITY_SECRET: 'i'.repeat(32),
        FACET_MASK_SECRET: 'm'.repeat(32),
        FACET_SIGNING_SECRET: 's'.repeat(43),
        FACET_ENCRYPTION_KEYS: Buffer.alloc(32, 'e').toString('base64'),
      }),
      sourceSettings: {},
      simulator: { customers: 50 },
      sources,
      templatesDir: path.join(__dirname, '..', '..', 'schema', 'templates'),
      log: createLogger({ level: 'silent' }),
      now: Date.now,
    });
    const { host } = new URL(production.url);
    const own = { host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin', 'x-facet-sandbox': '1' };
    const unknown = { status: 404, code: 'ROUTE_UNKNOWN' };
    expect(codeOf(await ask('/sandbox', {}, production.url))).toEqual(unknown);
    expect(codeOf(await ask('/sandbox/page.js', {}, production.url))).toEqual(unknown);
    expect(codeOf(await ask('/sandbox/session', { method: 'POST', headers: own }, production.url))).toEqual(unknown);
    // Nor is anything else that hands out tokens.
    expect(codeOf(await ask('/oauth/token', { method: 'POST' }, production.url))).toEqual(unknown);
    expect(existsSync(path.join(dataDir, 'dev-credentials.json'))).toBe(false);
    await production.close();
    rmSync(dataDir, { recursive: true });
  });
});

interface PlainAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A request exactly as written: fetch would tidy the path, and keep Host and Sec-Fetch-Site to itself. */
function ask(
  url: string,
  options: { method?: string; headers?: Record<string, string> } = {},
  gateway = facet.url,
): Promise<PlainAnswer> {
  const { hostname, port } = new URL(gateway);
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ hostname, port, path: url, ...options, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.once('error', reject);
    sent.end();
  });
}

function codeOf({ status, body }: PlainAnswer) {
  const { errors } = JSON.parse(body) as { errors: Array<{ extensions: { code: string } }> };
  return { status, code: errors[0]?.extensions.code };
}
