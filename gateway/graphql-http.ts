/**
 * GraphQL over HTTP: a request of Node's becomes one of Apollo's, and Apollo's answer one of ours. Must not look at what is asked.
 *
 * Source: GraphQL over HTTP, https://graphql.github.io/graphql-over-http/draft/; its audits run in test/conformance/.
 */
import type { IncomingMessage } from 'node:http';
import { HeaderMap } from '@apollo/server';
import type { ApolloServer, BaseContext, HTTPGraphQLRequest } from '@apollo/server';
import { facetError } from '../schema/errors';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parts are written as fast as the client takes them. */
  readonly body: string | AsyncIterable<string>;
}

/** Errors: BAD_REQUEST when the body says it is JSON and is not. */
export function readGraphQLRequest(request: IncomingMessage, body: Buffer): HTTPGraphQLRequest {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const url = request.url ?? '/';
  const query = url.indexOf('?');
  const search = query < 0 ? '' : url.slice(query);
  return { method: (request.method ?? 'GET').toUpperCase(), headers, search, body: parseBody(body, headers) };
}

/** Runs a request. Errors: OPERATION_UNSUPPORTED for an answer in parts; else none, every trouble is a coded answer. */
export async function answerOverHttp<Context extends BaseContext>(
  server: ApolloServer<Context>,
  request: HTTPGraphQLRequest,
  context: () => Promise<Context>,
): Promise<HttpAnswer> {
  const {
    status = 200,
    headers,
    body,
  } = await server.executeHTTPGraphQLRequest({ httpGraphQLRequest: request, context });
  if (body.kind !== 'complete') throw facetError('OPERATION_UNSUPPORTED', 'Incremental delivery is not supported.');
  const isWellFormed = status === 400 && asksForJson(request.headers, headers) && refusesDocument(body.string);
  return { status: isWellFormed ? 200 : status, headers: Object.fromEntries(headers), body: body.string };
}

const JSON_TYPE = /^application\/json\s*(?:;|$)/i;

/** What is not JSON stays text, which Apollo refuses. */
function parseBody(body: Buffer, headers: HeaderMap): unknown {
  if (body.length === 0) return undefined;
  const text = body.toString('utf8');
  if (!JSON_TYPE.test(headers.get('content-type') ?? '')) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw facetError('BAD_REQUEST', 'Invalid JSON: expected a body that can be parsed.');
  }
}

/** Errors of the document or its variables: the HTTP request itself was well-formed. */
const DOCUMENT_ERRORS = ['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT'];

/**
 * A client that names application/json, and gets it, reads a 4xx as a word from some proxy, not from GraphQL. Others read the status.
 *
 * Source: GraphQL over HTTP, "Status Codes", for application/json and for application/graphql-response+json.
 */
function asksForJson(request: HeaderMap, answer: HeaderMap): boolean {
  const accepted = (request.get('accept') ?? '').split(',').some((type) => JSON_TYPE.test(type.trim()));
  return accepted && JSON_TYPE.test(answer.get('content-type') ?? '');
}

function refusesDocument(body: string): boolean {
  const { errors = [] } = JSON.parse(body) as { errors?: ReadonlyArray<{ extensions?: { code?: string } }> };
  return errors.length > 0 && errors.every(({ extensions }) => DOCUMENT_ERRORS.includes(extensions?.code ?? ''));
}
