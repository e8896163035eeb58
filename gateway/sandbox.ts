/**
 * `/sandbox`: the page on which an explorer reads the schema and tries operations, its files, and its session: the demo principals'
 * tokens and the first tabs. Development only. Must not execute an operation, and must not let a token into a page, a URL or a log.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { facetError } from '../schema/errors';
import { PURPOSES } from '../schema/policy';
import { rightsTable } from '../schema/policy-table';
import { DEMO_PRINCIPALS, demoScopes } from './dev-credentials';
import type { DevCredentials } from './dev-credentials';
import type { Executor } from './execute/executor';
import type { HttpAnswer } from './graphql-http';
import { readSandboxFile } from './sandbox/files';
import { refuseStranger } from './sandbox/same-page';
import { firstTabs } from './sandbox/tabs';
import type { Templates } from './templates';

/** What the start knows and the page needs. */
export interface SandboxOptions {
  readonly credentials: DevCredentials;
  /** Id of a customer the first tabs ask for; null when nobody is an example. */
  readonly exampleCustomer: () => string | null;
}

export type SandboxPart =
  { readonly kind: 'page' } | { readonly kind: 'session' } | { readonly kind: 'file'; readonly name: string };

export interface Sandbox {
  /** Errors: ROUTE_UNKNOWN, BAD_REQUEST. */
  answer(part: SandboxPart, request: IncomingMessage): Promise<HttpAnswer>;
}

const PAGE = 'page.html';
/** A host as it may stand in a policy: a `;` would begin a directive of the client's choice. */
const HOST = /^[\w.-]+(:\d+)?$|^\[[\da-f:]+\](:\d+)?$/i;

export function createSandbox(
  options: SandboxOptions & { readonly executor: Executor; readonly templates: Templates },
): Sandbox {
  return {
    async answer(part, request) {
      if (part.kind === 'session') {
        refuseStranger(request);
        const body = JSON.stringify(await describeSession(options));
        return {
          status: 200,
          headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...CLOSED },
          body,
        };
      }
      return part.kind === 'page' ? answerPage(request.headers.host ?? '') : answerFile(part.name, request);
    },
  };
}

async function answerPage(host: string): Promise<HttpAnswer> {
  const nonce = randomBytes(16).toString('base64url');
  const page = await readSandboxFile(PAGE);
  return {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': contentPolicy(host, nonce),
      // A kept page would carry the nonce of an earlier answer.
      'cache-control': 'no-store',
      ...CLOSED,
    },
    body: page?.text.replace('{nonce}', nonce) ?? '',
  };
}

/** Errors: ROUTE_UNKNOWN. */
async function answerFile(name: string, request: IncomingMessage): Promise<HttpAnswer> {
  const file = name === PAGE ? null : await readSandboxFile(name);
  if (file === null) throw facetError('ROUTE_UNKNOWN', 'The sandbox has no such file.');
  // Kept by the browser, but asked about each time: an upgrade shows at once, and a 304 costs nothing on this machine.
  const headers = { etag: file.etag, 'cache-control': 'private, no-cache', ...CLOSED };
  if (request.headers['if-none-match'] === file.etag) return { status: 304, headers, body: '' };
  return { status: 200, headers: { ...headers, 'content-type': file.contentType }, body: file.text };
}

const CLOSED = {
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'x-frame-options': 'DENY',
};

/** Nothing but what this gateway serves, and no code that is not one of its files. */
function contentPolicy(host: string, nonce: string): string {
  // 'self' covers the socket in today's browsers; older ones compare the scheme literally.
  const sockets = HOST.test(host) ? ` ws://${host} wss://${host}` : '';
  return [
    "default-src 'none'",
    "script-src 'self'",
    // The nonce is for the one style element that GraphiQL adds: the lock on scrolling behind a dialog. Attributes it needs none of.
    `style-src 'self' 'nonce-${nonce}'`,
    // GraphiQL's style sheet carries its two fonts and three squiggles inline.
    "font-src 'self' data:",
    "img-src 'self' data:",
    `connect-src 'self'${sockets}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** What the page asks for once, when it opens. */
async function describeSession({
  credentials,
  exampleCustomer,
  executor,
  templates,
}: Parameters<typeof createSandbox>[0]) {
  const example = exampleCustomer();
  const principals = Object.entries(DEMO_PRINCIPALS).map(([name, role]) => ({
    name,
    role,
    purposes: rightsTable[role].purposes,
    explains: demoScopes(role).includes('policy:explain'),
    token: credentials[name as keyof DevCredentials],
  }));
  const [template] = templates.byName.values();
  return {
    principals,
    purposes: PURPOSES,
    start: { principal: 'renderer', purpose: template?.contract.purpose ?? null },
    example,
    tabs: firstTabs(executor.publicSchema, templates, example),
  };
}
