/**
 * One subgraph as an HTTP server, for the mode in which each is a process of its own; and, for a source, the way to the door of
 * profiles. Everything but health and metrics needs the signed header: nobody reaches a subgraph around the gateway. Must not decide.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { Pool } from 'undici';
import { ERRORS, errorCodeOf, facetError, isErrorCode } from '../schema/errors';
import { POLICY_HEADER, signPolicy, verifyPolicy } from '../schema/policy-header';
import type { RequestPolicy } from '../schema/request-policy';
import type { SubgraphEndpoint, SubgraphRequest } from './endpoint';
import type { ChangeFeed } from './profiles/feed';
import { answerFeed } from './serve-feed';
import type { ProfilesDoor } from './source';
import type { WebhookReceiver } from './webhook';

/** Larger than what a gateway sends: 100 representations, or a page of records for the door. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;

export interface ServeOptions {
  /** Name of the subgraph: the audience its header must name. */
  readonly name: string;
  /** Key shared with the gateway. */
  readonly key: string;
  readonly host: string;
  readonly port: number;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  readonly endpoint: SubgraphEndpoint;
  /** Shown at `/metrics`: figures of this process. */
  readonly metrics?: Pick<Registry, 'metrics' | 'contentType'>;
  /** A source's webhooks, forwarded by the gateway. */
  readonly webhook?: WebhookReceiver | undefined;
  /** Profiles only: the change feed for gateways, and the door for sources, each with a key of its own. */
  readonly feed?: Omit<ChangeFeed, 'find'> | undefined;
  readonly door?: { readonly methods: ProfilesDoor; readonly keys: Readonly<Record<string, string>> } | undefined;
}

export interface Served {
  readonly url: string;
  /** `/readyz` answers 200 from now on. */
  setReady(): void;
  close(): Promise<void>;
}

/** Errors: rejects when the port cannot be bound. */
export async function serveSubgraph(options: ServeOptions): Promise<Served> {
  let ready = false;
  const closing = new AbortController();
  const server = createServer((request, response) => {
    answer(options, request, response, { ready, signal: closing.signal }).catch((error: unknown) => {
      if (!response.headersSent) writeError(response, error);
      else response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  return {
    url: `http://${options.host}:${(server.address() as AddressInfo).port}`,
    setReady: () => {
      ready = true;
    },
    close: async () => {
      closing.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 2_000).unref();
      await closed;
    },
  };
}

async function answer(
  options: ServeOptions,
  request: IncomingMessage,
  response: ServerResponse,
  state: { readonly ready: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const { name, key, now } = options;
  const route = `${request.method} ${(request.url ?? '').split('?', 1)[0]}`;
  if (route === 'GET /healthz') return writeJson(response, 200, { status: 'ok' });
  if (route === 'GET /readyz') return writeJson(response, state.ready ? 200 : 503, { ready: state.ready });
  if (route === 'GET /metrics' && options.metrics) {
    response.writeHead(200, { 'content-type': options.metrics.contentType });
    return void response.end(await options.metrics.metrics());
  }
  const body = await readBody(request);
  const verify = (audience: string, audienceKey: string) =>
    verifyPolicy(header(request, POLICY_HEADER), { subgraph: audience, key: audienceKey, body, now: now() });

  if (route === 'POST /graphql') {
    const policy = verify(name, key);
    const whenUnwanted = (giveUp: () => void) => void response.once('close', giveUp);
    return writeJson(response, 200, await options.endpoint(parse(body) as SubgraphRequest, policy, whenUnwanted));
  }
  if (route === 'POST /webhook' && options.webhook) {
    verify(name, key);
    const rawHeaders = Object.entries(request.headers).map(([each, value]) => [each, String(value)]);
    const status = await options.webhook.receive({
      method: 'POST',
      url: header(request, 'x-facet-url') ?? '',
      headers: Object.fromEntries(rawHeaders) as Record<string, string>,
      rawBody: body,
    });
    return writeJson(response, 200, { status });
  }
  if (options.feed && /^GET \/feed(\/|$)/.test(route)) {
    verify(name, key);
    return answerFeed(options.feed, route, { request, response, closing: state.signal });
  }
  const source = /^POST \/door\/([a-z]+)$/.exec(route)?.[1];
  if (source !== undefined && options.door && Object.hasOwn(options.door.keys, source)) {
    verify(`${name}.door.${source}`, options.door.keys[source] ?? '');
    return writeJson(response, 200, { result: await callDoor(options.door.methods, source, parse(body)) });
  }
  throw facetError('ROUTE_UNKNOWN', 'No such route.');
}

/** A source hands in and asks for its own only. Errors: BAD_REQUEST. */
function callDoor(door: ProfilesDoor, source: string, call: unknown): Promise<unknown> {
  const { method, argument } = call as { method?: unknown; argument?: Record<string, unknown> };
  const of = (value: unknown) => {
    if (value !== source) throw facetError('BAD_REQUEST', 'A source hands in its own records only.');
  };
  switch (method) {
    case 'ingest':
      of(argument?.source);
      return door.ingest(argument as unknown as Parameters<ProfilesDoor['ingest']>[0]);
    case 'findCheckpoint':
      return door.findCheckpoint(`sync:${source}`);
    case 'receive': {
      const entries = (argument?.entries ?? []) as Parameters<ProfilesDoor['receive']>[0];
      for (const entry of entries) of(entry.source);
      return door.receive(entries).then(() => null);
    }
    case 'findPending':
      return door.findPending(source, Number(argument?.limit ?? 0));
    case 'findErasures':
      return door.findErasures(source, Number(argument?.limit ?? 0));
    case 'settleErasure':
      of(argument?.source);
      return door.settleErasure(argument as unknown as Parameters<ProfilesDoor['settleErasure']>[0]).then(() => null);
    case 'recordReads': {
      const entries = (argument?.entries ?? []) as Parameters<ProfilesDoor['recordReads']>[0];
      for (const entry of entries) of(entry.details?.subgraph);
      return door.recordReads(entries).then(() => null);
    }
    default:
      throw facetError('BAD_REQUEST', 'Expected a method of the door.');
  }
}

/** The door of profiles as a source in another process reaches it. Errors: what profiles answers; STORE_UNAVAILABLE when it cannot be reached. */
export function connectDoor(options: {
  readonly url: string;
  readonly source: string;
  readonly key: string;
  readonly now: () => number;
}): ProfilesDoor & { close(): Promise<void> } {
  const { url, source, key, now } = options;
  const pool = new Pool(url, { connections: 8 });
  const call = async (method: string, argument: unknown): Promise<unknown> => {
    const body = JSON.stringify({ method, argument });
    const token = signPolicy(sourcePolicy(source, now()), {
      subgraph: `profiles.door.${source}`,
      key,
      body,
      now: now(),
    });
    const response = await pool
      .request({
        method: 'POST',
        path: `/door/${source}`,
        headers: { 'content-type': 'application/json', [POLICY_HEADER]: token },
        body,
      })
      .catch(() => {
        throw facetError('STORE_UNAVAILABLE', 'Profiles could not be reached.');
      });
    const answered = (await response.body.json()) as {
      result?: unknown;
      errors?: Array<{ message: string; extensions: { code: string } }>;
    };
    const [error] = answered.errors ?? [];
    if (error === undefined) return answered.result;
    const { code } = error.extensions;
    throw facetError(isErrorCode(code) ? code : 'STORE_UNAVAILABLE', error.message);
  };
  return {
    ingest: (batch) => call('ingest', batch) as ReturnType<ProfilesDoor['ingest']>,
    findCheckpoint: (name) => call('findCheckpoint', { name }) as ReturnType<ProfilesDoor['findCheckpoint']>,
    receive: async (entries) => {
      await call('receive', { entries });
    },
    findPending: (name, limit) =>
      call('findPending', { source: name, limit }) as ReturnType<ProfilesDoor['findPending']>,
    findErasures: (name, limit) =>
      call('findErasures', { source: name, limit }) as ReturnType<ProfilesDoor['findErasures']>,
    settleErasure: async (result) => {
      await call('settleErasure', result);
    },
    recordReads: async (entries) => {
      await call('recordReads', { entries });
    },
    close: () => pool.close(),
  };
}

/** A source speaks for itself: no purpose, no reach. The header proves who sends, nothing else. */
function sourcePolicy(source: string, now: number): RequestPolicy {
  return {
    principal: { id: `source:${source}`, role: 'ADMIN', scopes: [] },
    purpose: null,
    maxAgeSeconds: 0,
    deadlineAt: now + 30_000,
    requestId: `door-${source}`,
  };
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES)
      throw facetError('BODY_TOO_LARGE', 'The body is larger than anything a gateway sends.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw facetError('BAD_REQUEST', 'Expected a JSON body, but it cannot be parsed.');
  }
}

function writeJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

function writeError(response: ServerResponse, error: unknown): void {
  const code = errorCodeOf(error);
  const message = code === 'INTERNAL_SERVER_ERROR' ? ERRORS[code].meaning : (error as Error).message;
  writeJson(response, ERRORS[code].httpStatus, { errors: [{ message, extensions: { code } }] });
}
