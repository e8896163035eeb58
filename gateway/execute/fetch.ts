/**
 * How the gateway reaches a subgraph: the signature every transport has, the transport within one process, and the one over HTTP
 * with the signed header, feed and webhooks included.
 * Must not know of plans, of entities or of what an answer means; it carries a request there and an answer back.
 */
import { Pool } from 'undici';
import { facetError, isErrorCode } from '../../schema/errors';
import type { ErrorCode } from '../../schema/errors';
import { POLICY_HEADER, signPolicy } from '../../schema/policy-header';
import type { RequestPolicy } from '../../schema/request-policy';
import { createLine, type Line } from './line';
import { AnswerTooLarge, MAX_ANSWER_MIB, NothingCame } from './outage';
import type { Reader } from './reader';
import { textOf } from './request-text';

/** Read only: fetches side by side that require the same send one list of representations. */
export interface SubgraphRequest {
  readonly query: string;
  readonly operationName?: string;
  readonly variables: Record<string, unknown>;
  /** A shorter way to read an answer that came as text; undefined: it is to be parsed. Not sent. */
  readonly readVerbatim?: (text: string) => SubgraphResponse | undefined;
}

/** Per client request, opaque to the executor: handed to the transport as it is. */
export interface RequestContext {
  readonly policy?: RequestPolicy;
  /** Unix time in milliseconds when the client stops waiting. */
  readonly deadlineAt: number;
  /** When it goes away, what is under way for it is given up. */
  readonly reader?: Reader;
  readonly requestId: string;
}

/**
 * Something a subgraph says about a place in its answer (withheld, masked, stale …).
 *
 * Shape: `path` is local to the subgraph's answer; the executor relocates it to the client's path as it does error paths.
 */
export interface LocatedNote {
  readonly path: ReadonlyArray<string | number>;
  readonly [key: string]: unknown;
}

export interface SubgraphError {
  readonly message: string;
  readonly path?: ReadonlyArray<string | number>;
  readonly extensions?: Record<string, unknown>;
}

export interface SubgraphResponse {
  data?: Record<string, unknown> | null;
  errors?: ReadonlyArray<SubgraphError>;
  extensions?: { privacy?: Record<string, ReadonlyArray<LocatedNote>> } & Record<string, unknown>;
}

/**
 * Takes what is to be done when nobody waits for an answer any more: its time is up, or the client went away. The last one given counts.
 * A function and not an AbortSignal, since most calls end well, and making a signal for each cost a fifth of a small operation.
 */
export type WhenUnwanted = (giveUp: () => void) => void;

/**
 * Carries one request to one subgraph. Errors: rejects when no answer came; the executor turns that into SUBGRAPH_UNAVAILABLE.
 */
export interface SubgraphTransport {
  (request: SubgraphRequest, context: RequestContext, whenUnwanted?: WhenUnwanted): Promise<SubgraphResponse>;
  /**
   * True: the subgraph runs in this process or shares a key with us, its errors are of the catalogue, and their messages are shown to
   * clients. Else only the codes of its errors are.
   */
  readonly isOurs?: boolean;
  /** True: requests are written as JSON, so that what another subgraph answered may be among the variables in its own words. */
  readonly sendsJson?: boolean;
  /** Of a subgraph over the network. */
  readonly line?: Line;
}

/** A subgraph in this process, as whoever starts it hands it over. */
export type InProcessEndpoint = (
  request: SubgraphRequest,
  policy: RequestPolicy | undefined,
  whenUnwanted?: WhenUnwanted,
) => Promise<SubgraphResponse>;

/** The transport within one process: the policy is handed over as it is, with no signature and no bytes between. */
export function inProcessTransport(endpoint: InProcessEndpoint): SubgraphTransport {
  const transport: SubgraphTransport = (request, { policy }, whenUnwanted) => endpoint(request, policy, whenUnwanted);
  return Object.assign(transport, { isOurs: true });
}

export interface RemoteSubgraphOptions {
  /** Name of the subgraph: the audience of its header. */
  readonly name: string;
  /** `http://127.0.0.1:4301/graphql`; feed and webhooks are beside it. */
  readonly url: string;
  /** Key shared with that subgraph alone; null: a subgraph of somebody else's, which is sent no header and serves no personal data. */
  readonly key: string | null;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}

interface FeedEntry {
  readonly cursor: string;
  readonly customerId: string | null;
}

/** A subgraph in a process of its own, over HTTP with the signed header. */
export interface RemoteSubgraph {
  readonly transport: SubgraphTransport;
  /** The change feed, where the subgraph is profiles: the place behind the last change. */
  findEnd(): Promise<string>;
  /** Changes after a place; fewer than `limit`: there are no more now. */
  findAfter(page: { readonly after: string; readonly limit: number }): Promise<FeedEntry[]>;
  /** Changes after a place and as they come. Errors: ends with an error when the connection does. */
  follow(options: { readonly after: string; readonly signal: AbortSignal }): AsyncIterable<FeedEntry>;
  /** Hands a vendor's request on as it came. Answers the status for the vendor. */
  forwardWebhook(request: {
    readonly url: string;
    readonly headers: Readonly<Record<string, string | undefined>>;
    readonly rawBody: Uint8Array;
  }): Promise<number>;
  close(): Promise<void>;
}

const CONNECTIONS = 64;

export function connectSubgraph({ name, url, key, now }: RemoteSubgraphOptions): RemoteSubgraph {
  const { origin, pathname, search } = new URL(url);
  const graphqlPath = `${pathname}${search}`;
  const pool = new Pool(origin, { connections: CONNECTIONS });
  const signed = (policy: RequestPolicy | undefined, body: Uint8Array): Record<string, string> => {
    if (key === null) return {};
    // The gateway vouches for every request; one that it does not vouch for never leaves.
    if (policy === undefined) throw facetError('SUBGRAPH_UNAUTHENTICATED', `A request to ${name} has no policy.`);
    return { [POLICY_HEADER]: signPolicy(policy, { subgraph: name, key, body, now: now() }) };
  };
  const post = async (call: Call, readVerbatim?: SubgraphRequest['readVerbatim']) => {
    const { statusCode, text } = await exchange(pool, call);
    // Others' servers answer 4xx and 5xx with a GraphQL response; ours does so only to refuse.
    if (statusCode !== 200 && key !== null) throw refusedBy(name, statusCode, text);
    const answered = readVerbatim?.(text) ?? (JSON.parse(text) as SubgraphResponse & { status?: number });
    if (statusCode !== 200 && !isResponse(answered)) throw refusedBy(name, statusCode, text);
    return answered;
  };
  const transport: SubgraphTransport = async (request, { policy }, whenUnwanted) => {
    const body = Buffer.from(textOf(request));
    const headers = { ...GRAPHQL_OVER_HTTP, ...signed(policy, body) };
    return post({ path: graphqlPath, headers, body, whenUnwanted }, request.readVerbatim);
  };
  const askFeed = async (path: string, signal?: AbortSignal) => {
    const headers = signed(ownPolicy('feed', now() + 30_000), NO_BODY);
    const asked = pool.request({ method: 'GET', path, headers, signal: signal ?? null, bodyTimeout: 30_000 });
    const { statusCode, body } = await asked.catch(() => {
      throw facetError('SUBGRAPH_UNAVAILABLE', `${name} could not be asked for its feed.`);
    });
    if (statusCode === 200) return body;
    const [error] = ((await body.json()) as SubgraphResponse).errors ?? [];
    const code = error?.extensions?.code;
    throw facetError(isErrorCode(code) ? code : 'SUBGRAPH_UNAVAILABLE', error?.message ?? `${name} gave no feed.`);
  };
  return {
    transport: Object.assign(transport, { isOurs: key !== null, sendsJson: true, line: createLine(now) }),
    async forwardWebhook({ url: calledUrl, headers, rawBody }) {
      const kept = Object.entries(headers).flatMap(([header, value]) =>
        value === undefined || NOT_FORWARDED.has(header) ? [] : [[header, value] as const],
      );
      const vouched = signed(ownPolicy('webhook', now() + 30_000), rawBody);
      const forwarded = { ...Object.fromEntries(kept), 'x-facet-url': calledUrl, ...vouched };
      const answered = await post({ path: '/webhook', headers: forwarded, body: rawBody });
      return (answered as { status?: number }).status ?? 500;
    },
    findEnd: async () => ((await (await askFeed('/feed/end')).json()) as { cursor: string }).cursor,
    findAfter: async ({ after, limit }) => {
      const body = await askFeed(`/feed/page?after=${encodeURIComponent(after)}&limit=${limit}`);
      return ((await body.json()) as { entries: FeedEntry[] }).entries;
    },
    async *follow({ after, signal }) {
      const body = await askFeed(`/feed?after=${encodeURIComponent(after)}`, signal);
      try {
        let text = '';
        for await (const chunk of body as AsyncIterable<Buffer>) {
          text += chunk.toString('utf8');
          const events = text.split('\n\n');
          text = events.pop() ?? '';
          for (const event of events) {
            const data = /^data: (.*)$/m.exec(event)?.[1];
            if (data !== undefined) yield JSON.parse(data) as FeedEntry;
          }
        }
      } catch {
        // Cut off, as it is when its process ends: no other end than the one below.
      }
      throw facetError('SUBGRAPH_UNAVAILABLE', `${name} ended its feed.`);
    },
    close: () => pool.destroy(),
  };
}

const NO_BODY = new Uint8Array();

/** Hop-by-hop headers, and what only we may say. */
const NOT_FORWARDED = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'expect',
  'upgrade',
  POLICY_HEADER,
  'x-facet-url',
]);

/** What the gateway asks for itself: nobody's purpose, so nothing classified. */
function ownPolicy(requestId: string, deadlineAt: number): RequestPolicy {
  return {
    principal: { id: 'gateway', role: 'ADMIN', scopes: [] },
    purpose: null,
    maxAgeSeconds: 0,
    deadlineAt,
    requestId,
  };
}

const GRAPHQL_OVER_HTTP = {
  'content-type': 'application/json',
  accept: 'application/graphql-response+json, application/json',
};

function isResponse(answered: unknown): boolean {
  return typeof answered === 'object' && answered !== null && ('data' in answered || 'errors' in answered);
}

/** With the code it gave, if that is of the catalogue. What stands between us, a proxy for one, may refuse in its place, in other words. */
function refusedBy(name: string, statusCode: number, text: string): Error {
  const code = codeIn(text) ?? (statusCode === 401 ? 'SUBGRAPH_UNAUTHENTICATED' : 'SUBGRAPH_UNAVAILABLE');
  return facetError(code, `The subgraph ${name} refused the request.`);
}

function codeIn(text: string): ErrorCode | undefined {
  try {
    const code = (JSON.parse(text) as SubgraphResponse | null)?.errors?.[0]?.extensions?.code;
    return isErrorCode(code) ? code : undefined;
  } catch {
    return undefined;
  }
}

interface Call {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
  readonly whenUnwanted?: WhenUnwanted | undefined;
}

/** `dispatch` with a handler of our own: no stream and no fetch objects between the socket and the text. */
function exchange(pool: Pool, call: Call): Promise<{ statusCode: number; text: string }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    let statusCode = 0;
    let isUnwanted = false;
    let cancel = (): void => {
      isUnwanted = true;
    };
    call.whenUnwanted?.(() => cancel());
    pool.dispatch(
      { method: 'POST', path: call.path, headers: call.headers, body: call.body },
      {
        onRequestStart: (controller) => {
          cancel = () => controller.abort(new Error('Nobody waits for this answer any more.'));
          if (isUnwanted) cancel();
        },
        onResponseStart: (_controller, status) => {
          statusCode = status;
        },
        onResponseData: (controller, chunk) => {
          length += chunk.length;
          if (length > MAX_ANSWER_MIB * 1024 * 1024) controller.abort(new AnswerTooLarge());
          else chunks.push(chunk);
        },
        onResponseEnd: () => {
          const bytes = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
          resolve({ statusCode, text: bytes.toString('utf8') });
        },
        onResponseError: (_controller, error) => reject(statusCode === 0 ? new NothingCame() : error),
      },
    );
  });
}
