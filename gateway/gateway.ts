/**
 * `startGateway`: the life of a request, from the socket to the answer.
 *
 *     accept ▸ route ▸ authenticate ▸ read body ▸ template route or /graphql ▸ answer ▸ log and count
 *
 * Must not plan, execute or decide; each step has its own file.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ERRORS, errorCodeOf, facetError } from '../schema/errors';
import type { Principal } from '../schema/request-policy';
import type { Authenticate } from './authenticate';
import { createChangeHub } from './change-hub';
import type { ChangeSource } from './change-source';
import { createReader } from './execute/reader';
import type { Reader } from './execute/reader';
import type { Graph } from './graph';
import type { HttpAnswer } from './graphql-http';
import { MAX_HEADER_BYTES } from './limits';
import { framesOf } from './log';
import type { Logger } from './log';
import type { Metrics } from './metrics';
import { answerMailLink } from './mail-links';
import { createNoteObserved } from './observed';
import type { NoteObserved } from './observed';
import { purposeOf, readBody, requestIdOf } from './request';
import { matchRoute } from './routes';
import type { Route } from './routes';
import type { AuthenticateUrl, SignedReference } from './signed-url';
import { createSubscriptions } from './subscriptions';
import { answerBatch } from './template-batch';
import { answerTemplateRoute } from './template-routes';
import type { TokenEndpoint } from './token-endpoint';
import { comeAgain, receiveWebhook } from './webhook-route';
import type { WebhookReceiver } from './webhook-route';
import { isGone, writeAnswer } from './write-answer';

export interface GatewayOptions {
  readonly graph: Graph;
  readonly authenticate: Authenticate;
  /** For senders that can send no header. */
  readonly authenticateUrl: AuthenticateUrl;
  /** null: tokens come from an issuer of somebody else's. */
  readonly tokenEndpoint: TokenEndpoint | null;
  /** Address to bind. */
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  readonly profile: 'production' | 'development';
  /** Where vendors, and the links in mails, reach this gateway; the bound address when absent. */
  readonly publicUrl?: string | undefined;
  /** Receivers by name of the source. */
  readonly webhooks: ReadonlyMap<string, WebhookReceiver>;
  readonly changes: ChangeSource;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}

export interface Gateway {
  /** `http://127.0.0.1:4000`, no trailing slash. */
  readonly url: string;
  /** `/readyz` answers 200 from now on, or 503 again. */
  setReady(ready: boolean): void;
  /** New operations meet this graph; those that are running, subscriptions included, end on the one they began with. */
  replaceGraph(graph: Graph): void;
  /** Counts and logs what a source could not do, here, where the operator looks. */
  reportTrouble(trouble: {
    readonly source: string;
    readonly what: string;
    readonly code: string;
    readonly count?: number;
  }): void;
  /** Stops accepting, lets running requests end within `drainMs`, then closes. */
  close(drainMs?: number): Promise<void>;
}

/** Errors: rejects when the port cannot be bound. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { log, metrics, now } = options;
  let { graph } = options;
  const hub = createChangeHub({
    source: options.changes,
    onTrouble: (error) => log.warn({ code: errorCodeOf(error) }, 'change feed not followed'),
  });
  const noteObserved = createNoteObserved({ log, metrics });
  const subscriptions = createSubscriptions({ ...options, noteObserved, executor: () => graph.executor, hub });
  let ready = false;
  metrics.watchExecutor(() => graph.executor);

  const answer = async (request: IncomingMessage, route: Route, scope: RequestScope): Promise<HttpAnswer> => {
    switch (route.kind) {
      case 'health':
        return json(200, { status: 'ok' });
      case 'readiness':
        if (!ready) throw facetError('NOT_READY', 'The gateway is starting or stopping.');
        return json(200, { status: 'ready' });
      case 'metrics':
        return { status: 200, headers: { 'content-type': metrics.contentType }, body: await metrics.text() };
      case 'template': {
        const principal = await authenticated(request, scope, route);
        const { countAnswer } = metrics;
        return answerTemplateRoute(graph.templates, route, request, { ...scope, principal, publicUrl, countAnswer });
      }
      case 'batch': {
        const principal = await authenticated(request, scope);
        const body = await readBody(request);
        const { countError, countAnswer } = metrics;
        const told = { publicUrl, now, countError, countAnswer };
        return answerBatch(graph.templates, route, body, { ...scope, principal, ...told });
      }
      case 'token':
        if (options.tokenEndpoint === null) {
          throw facetError('ROUTE_UNKNOWN', 'Tokens are made here in development only.');
        }
        return options.tokenEndpoint(request, await readBody(request));
      case 'graphql': {
        const principal = await authenticated(request, scope);
        const purpose = purposeOf(request, principal);
        const body = await readBody(request);
        return graph.front.answer(request, body, { ...scope, principal, purpose });
      }
      case 'link':
        return answerMailLink(graph.executor, route, request, scope);
      case 'sandbox':
        if (graph.sandbox === null) {
          throw facetError('ROUTE_UNKNOWN', 'There is no sandbox here: it is for development.');
        }
        return graph.sandbox.answer(route.part, request);
      case 'webhook': {
        const receiver = options.webhooks.get(route.source);
        if (receiver === undefined) throw facetError('ROUTE_UNKNOWN', 'No source of this name takes webhooks.');
        return receiveWebhook(receiver, request, publicUrl);
      }
      case 'unknown':
        throw facetError('ROUTE_UNKNOWN', 'No such route, or not with this method.');
    }
  };

  const authenticated = async (
    request: IncomingMessage,
    scope: RequestScope,
    reference?: SignedReference,
  ): Promise<Principal> => {
    const { authorization } = request.headers;
    const byUrl = reference && options.authenticateUrl(request.url ?? '', reference);
    if (byUrl && authorization !== undefined) {
      throw facetError('BAD_REQUEST', 'Expected one credential, but came a header and a signed URL.');
    }
    const principal = byUrl ?? (await options.authenticate(authorization));
    scope.principal = principal;
    return principal;
  };

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const startedAt = now();
    const scope: RequestScope = {
      requestId: requestIdOf(request),
      startedAt,
      reader: readerOf(response),
      noteObserved,
    };
    const route = matchRoute(request);
    let given: HttpAnswer;
    try {
      given = await answer(request, route, scope);
    } catch (error) {
      given = errorAnswer(error, scope, log, metrics);
    }
    if (route.kind === 'webhook' && given.status >= 500) given = comeAgain(given);
    try {
      await writeAnswer(request, response, given, scope.requestId);
    } catch (error) {
      // The answer has begun, so all that is left is to break it off; a client that went away has done so itself.
      if (!isGone(error)) errorAnswer(error, scope, log, metrics);
    }
    const durationMs = now() - startedAt;
    metrics.observeRequest({ route: route.pattern, status: given.status, durationMs });
    if (isLogged(route)) {
      const { principal, requestId } = scope;
      const who = principal === undefined ? {} : { principal: principal.id, role: principal.role };
      log.info({ requestId, route: route.pattern, status: given.status, durationMs, ...who }, 'request');
    }
  };

  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: 10_000 }, (request, response) => {
    void handle(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  server.on('upgrade', (request, socket, head) => {
    if (matchRoute(request).kind === 'graphql') subscriptions.upgrade(request, socket, head);
    else socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
  });
  // Asked of the socket once: each answer to a template names it.
  const url = `http://${options.host}:${(server.address() as AddressInfo).port}`;
  const publicUrl = options.publicUrl ?? url;

  return {
    url,
    setReady: (value) => {
      ready = value;
    },
    // The old graph is let go, not stopped: what runs on it still needs it.
    replaceGraph: (next) => {
      graph = next;
    },
    reportTrouble: ({ source, what, code, ...rest }) => {
      metrics.countUpstreamTrouble({ source, code });
      log.warn({ source, code, ...rest }, TROUBLE[what] ?? 'source not asked');
    },
    close: async (drainMs = 10_000) => {
      ready = false;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await hub.close();
      await subscriptions.close();
      server.closeIdleConnections();
      const cut = setTimeout(() => server.closeAllConnections(), drainMs);
      await closed;
      clearTimeout(cut);
      await graph.front.close();
    },
  };
}

const TROUBLE: Readonly<Record<string, string>> = {
  ingest: 'record not stored',
  webhook: 'webhook not applied yet',
  observation: 'observation refused',
};

/** Health and files are asked for all the time and tell nothing; who was handed tokens does. */
function isLogged(route: Route): boolean {
  if (route.kind === 'sandbox') return route.part.kind === 'session';
  return ['template', 'batch', 'graphql', 'webhook', 'token', 'link'].includes(route.kind);
}

interface RequestScope {
  readonly requestId: string;
  readonly startedAt: number;
  readonly reader: Reader;
  readonly noteObserved: NoteObserved;
  /** Set once known, for the log line. */
  principal?: Principal;
}

function json(status: number, body: unknown): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(body) };
}

/** The coded error of the catalogue; what is not in it is masked, and its frames are logged under the request's id. */
function errorAnswer(error: unknown, { requestId }: RequestScope, log: Logger, metrics: Metrics): HttpAnswer {
  const code = errorCodeOf(error);
  metrics.countError(code);
  const isUnforeseen = code === 'INTERNAL_SERVER_ERROR';
  if (isUnforeseen) log.error({ requestId, code, stack: framesOf(error) }, 'unforeseen error');
  const message = isUnforeseen ? ERRORS[code].meaning : (error as Error).message;
  const answer = json(ERRORS[code].httpStatus, { errors: [{ message, extensions: { code } }] });
  // RFC 9110 § 11.6.1. Not Basic, though it is taken: a browser would ask its user for a password.
  const challenge: Readonly<Record<string, string>> =
    answer.status === 401 ? { 'www-authenticate': 'Bearer realm="facet"' } : {};
  return { ...answer, headers: { ...answer.headers, ...challenge } };
}

/** A response closed before it was written whole had nobody left to read it. */
function readerOf(response: ServerResponse): Reader {
  const reader = createReader();
  response.once('close', () => {
    if (!response.writableFinished) reader.leave();
  });
  return reader;
}
