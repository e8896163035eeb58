/** The routes of the gateway, and which one a request takes. Must not answer. */
import type { IncomingMessage } from 'node:http';
import type { LinkAction } from './mail-links';
import type { SandboxPart } from './sandbox';
import type { CustomerReference } from './template-routes';

export type Route =
  | { readonly kind: 'health' | 'readiness' | 'metrics' | 'graphql' | 'token' | 'unknown'; readonly pattern: string }
  | { readonly kind: 'sandbox'; readonly pattern: string; readonly part: SandboxPart }
  | { readonly kind: 'webhook'; readonly pattern: string; readonly source: string }
  | { readonly kind: 'link'; readonly pattern: string; readonly action: LinkAction; readonly token: string }
  | {
      readonly kind: 'template';
      readonly pattern: string;
      readonly template: string;
      readonly customer: CustomerReference;
    }
  | { readonly kind: 'batch'; readonly pattern: string; readonly template: string };

interface PlainRoute {
  readonly kind: 'health' | 'readiness' | 'metrics' | 'token';
  readonly methods: readonly string[];
}
const PLAIN: Readonly<Record<string, PlainRoute>> = {
  '/healthz': { kind: 'health', methods: ['GET', 'HEAD'] },
  '/readyz': { kind: 'readiness', methods: ['GET', 'HEAD'] },
  '/metrics': { kind: 'metrics', methods: ['GET', 'HEAD'] },
  '/oauth/token': { kind: 'token', methods: ['POST'] },
};
/** With any method: which ones there are is said by GraphQL over HTTP, in the answer's `allow`. */
const GRAPHQL: Route = { kind: 'graphql', pattern: '/graphql' };
const UNKNOWN: Route = { kind: 'unknown', pattern: 'unknown' };

export function matchRoute(request: IncomingMessage): Route {
  const [pathname = '/'] = (request.url ?? '/').split('?', 1);
  const method = request.method ?? 'GET';
  if (pathname === '/graphql' || pathname === '/graphql/') return GRAPHQL;
  const plain = Object.hasOwn(PLAIN, pathname) ? PLAIN[pathname] : undefined;
  if (plain !== undefined) return plain.methods.includes(method) ? { kind: plain.kind, pattern: pathname } : UNKNOWN;
  if (pathname.startsWith('/sandbox')) return matchSandbox(pathname, method);
  if (/^\/[uc]\//.test(pathname)) return matchLink(pathname, method);
  if (method === 'GET') return matchTemplate(pathname.split('/'));
  return method === 'POST' ? matchPost(pathname) : UNKNOWN;
}

function matchPost(pathname: string): Route {
  const source = /^\/webhooks\/([a-z]+)$/.exec(pathname)?.[1];
  if (source !== undefined) return { kind: 'webhook', pattern: '/webhooks/{source}', source };
  const template = /^\/v1\/templates\/([\w-]+)\/customers$/.exec(pathname)?.[1];
  return template === undefined ? UNKNOWN : { kind: 'batch', pattern: '/v1/templates/{template}/customers', template };
}

/** The shape of a token is known, so that nothing else of a URL goes any further. */
function matchLink(pathname: string, method: string): Route {
  const [, kind, token] = /^\/([uc])\/([\w-]{1,512})$/.exec(pathname) ?? [];
  if (token === undefined || !['GET', 'HEAD', 'POST'].includes(method)) return UNKNOWN;
  const action = kind === 'u' ? 'unsubscribe' : 'confirm';
  return { kind: 'link', pattern: `/${kind}/{token}`, action, token };
}

function matchSandbox(pathname: string, method: string): Route {
  if (pathname === '/sandbox/session') {
    return method === 'POST' ? { kind: 'sandbox', pattern: pathname, part: { kind: 'session' } } : UNKNOWN;
  }
  if (method !== 'GET' && method !== 'HEAD') return UNKNOWN;
  if (pathname === '/sandbox') return { kind: 'sandbox', pattern: pathname, part: { kind: 'page' } };
  const name = /^\/sandbox\/([a-z-]+\.[a-z]+)$/.exec(pathname)?.[1];
  return name === undefined ? UNKNOWN : { kind: 'sandbox', pattern: '/sandbox/{file}', part: { kind: 'file', name } };
}

function matchTemplate([, version, templates, ...rest]: string[]): Route {
  if (version !== 'v1' || templates !== 'templates') return UNKNOWN;
  const decoded = rest.map(decode);
  if (decoded.some((part) => part === null || part === '')) return UNKNOWN;
  const [template = '', by, first = '', second] = decoded as string[];
  if (by === 'customers' && decoded.length === 3) {
    return {
      kind: 'template',
      pattern: '/v1/templates/{template}/customers/{id}',
      template,
      customer: { kind: 'id', id: first },
    };
  }
  if (by === 'by' && decoded.length === 4 && second !== undefined) {
    return {
      kind: 'template',
      pattern: '/v1/templates/{template}/by/{namespace}/{value}',
      template,
      customer: { kind: 'identity', namespace: first, value: second },
    };
  }
  return UNKNOWN;
}

/** null: not a percent-encoding. */
function decode(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}
