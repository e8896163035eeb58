/**
 * Is this request from the sandbox's own page, in a browser on this machine? The session holds tokens, so everything that could be
 * somebody else is refused:
 *
 * - another site, or another port of this machine: `Sec-Fetch-Site` is the browser's word and no page can set it; the custom header
 *   takes a preflight from everybody else, which is never answered
 * - a name of somebody else's that was pointed at this machine (DNS rebinding): such a page is same-origin, but Host is its name
 * - a page that comes through a proxy here, which may write its own Host: a POST names the page's Origin as the browser sees it
 * - another machine, where the gateway is bound to more than the loopback address
 *
 * Must not answer.
 */
import type { IncomingMessage } from 'node:http';
import { facetError } from '../../schema/errors';

/** Names of this machine that nobody else can own. */
const LOOPBACK_NAME = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
const LOOPBACK_ADDRESS = /^(::ffff:)?127\.|^::1$/;
const PAGE_HEADER = 'x-facet-sandbox';

/** Errors: BAD_REQUEST, saying what was expected; never what came. */
export function refuseStranger(request: IncomingMessage): void {
  const { host, origin, ...headers } = request.headers;
  const hostname = parseUrl(`http://${host ?? ''}`)?.hostname ?? '';
  if (!LOOPBACK_NAME.test(hostname) || !LOOPBACK_ADDRESS.test(request.socket.remoteAddress ?? '')) {
    refuse('The demo principals are for a browser on this machine: open the sandbox at 127.0.0.1 or localhost.');
  }
  const isOwnPage = headers[PAGE_HEADER] === '1' && headers['sec-fetch-site'] === 'same-origin';
  if (!isOwnPage) refuse('Expected a request of the sandbox’s own page, by a browser that sends Sec-Fetch-Site.');
  if (origin === undefined || parseUrl(origin)?.host !== host) refuse('Expected an Origin that is the Host.');
}

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

function refuse(message: string): never {
  throw facetError('BAD_REQUEST', message);
}
