/**
 * `/graphql`: Apollo Server in front of the executor. Apollo gives CSRF prevention and the HTTP semantics; the schema and the
 * execution are ours. Trusted documents are resolved before it. Must not authenticate.
 */
import type { IncomingMessage } from 'node:http';
import { ApolloServer } from '@apollo/server';
import type { ApolloServerOptionsWithGateway, ApolloServerPlugin, HTTPGraphQLRequest } from '@apollo/server';
import { getOperationAST, GraphQLError, print } from 'graphql';
import type { GraphQLFormattedError } from 'graphql';
import { ERRORS, facetError, isErrorCode } from '../schema/errors';
import type { ErrorCode } from '../schema/errors';
import type { Purpose } from '../schema/policy';
import type { Principal } from '../schema/request-policy';
import type { Executor, GatewayResult } from './execute/executor';
import { answerOverHttp, readGraphQLRequest } from './graphql-http';
import type { HttpAnswer } from './graphql-http';
import { checkLimits, LIMITS, MAX_TOKENS, usesIntrospection } from './limits';
import { framesOf } from './log';
import type { Logger } from './log';
import { checkTemplate, executeDecided, mayExplain, policyOf } from './request';
import type { Template, Templates } from './templates';

/** What the HTTP layer knows when it hands a request over. */
export interface GraphQLRequestScope {
  readonly principal: Principal;
  /** From `x-purpose`; a trusted document brings its own. */
  readonly purpose: Purpose | null;
  readonly requestId: string;
  /** Unix time in milliseconds. */
  readonly startedAt: number;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}

interface GraphQLContext extends GraphQLRequestScope {
  readonly template: Template | undefined;
}

export interface GraphQLFront {
  /** Errors: none; every trouble is a coded answer. */
  answer(request: IncomingMessage, body: Buffer, scope: GraphQLRequestScope): Promise<HttpAnswer>;
  close(): Promise<void>;
}

export interface GraphQLFrontOptions {
  readonly executor: Executor;
  readonly templates: Templates;
  readonly profile: 'production' | 'development';
  readonly log: Logger;
}

export async function createGraphQLFront(options: GraphQLFrontOptions): Promise<GraphQLFront> {
  const { templates, profile } = options;
  const server = new ApolloServer<GraphQLContext>({
    gateway: gatewayOf(options.executor),
    csrfPrevention: true,
    introspection: true,
    hideSchemaDetailsFromClientErrors: false,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    parseOptions: { maxTokens: MAX_TOKENS },
    stopOnTerminationSignals: false,
    formatError: (formatted, error) => presentError(formatted, error, options.log),
    plugins: [guard(options)],
    // Apollo's own logger prints errors whole; ours is told what may be written.
    logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    nodeEnv: 'production',
  });
  await server.start();

  return {
    close: () => server.stop(),
    async answer(request, body, scope) {
      const httpRequest = readGraphQLRequest(request, body);
      const template = resolveTrusted(httpRequest, templates);
      if (template === undefined && profile === 'production' && !scope.principal.scopes.includes('operations:adhoc')) {
        throw facetError(
          'DOCUMENT_NOT_TRUSTED',
          'Expected a documentId, or a principal with the scope operations:adhoc.',
        );
      }
      if (template !== undefined) checkTemplate(scope.principal, template);
      return answerOverHttp(server, httpRequest, () => Promise.resolve({ ...scope, template }));
    },
  };
}

function gatewayOf(executor: Executor): ApolloServerOptionsWithGateway<GraphQLContext>['gateway'] {
  return {
    load: () =>
      Promise.resolve({
        executor: async ({ document, operationName, request, ...rest }) => {
          const context = rest.context as GraphQLContext;
          const { template } = context;
          const policy = policyOf({
            ...context,
            purpose: template?.contract.purpose ?? context.purpose,
            contract: template?.contract,
          });
          const operation = executor.prepare(document, operationName ?? undefined);
          const result = await executeDecided(operation, request.variables ?? {}, {
            policy,
            deadlineAt: policy.deadlineAt,
            requestId: policy.requestId,
            signal: context.signal,
          });
          return present(result, mayExplain(context.principal), isStrict(request.extensions));
        },
      }),
    onSchemaLoadOrUpdate: (callback) => {
      callback({ apiSchema: executor.publicSchema, coreSupergraphSdl: '' });
      return () => {};
    },
    stop: () => Promise.resolve(),
  };
}

/** Limits, and the schema's own secrets: checked when the document is valid and its variables are known. */
function guard({ profile, executor }: GraphQLFrontOptions): ApolloServerPlugin<GraphQLContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation: ({ document, operationName, request, contextValue }) => {
          // With a gateway behind it, Apollo leaves this to the executor.
          if (!getOperationAST(document, request.operationName)) {
            throw facetError('BAD_REQUEST', 'Expected operationName to name an operation of the document.');
          }
          if (usesIntrospection(document) && !contextValue.principal.scopes.includes('schema:read')) {
            throw facetError('GRAPHQL_VALIDATION_FAILED', INVALID_DOCUMENT);
          }
          if (contextValue.template === undefined) {
            checkLimits(
              { schema: executor.publicSchema, document, operationName },
              request.variables ?? {},
              LIMITS[profile],
            );
          }
          return Promise.resolve();
        },
        willSendResponse: ({ response, contextValue }) => {
          const { body } = response;
          if (body.kind === 'single' && !contextValue.principal.scopes.includes('schema:read')) {
            const errors = body.singleResult.errors;
            if (errors?.some(({ extensions }) => extensions?.code === 'GRAPHQL_VALIDATION_FAILED')) {
              // What a schema lacks tells what it has; those who may not read it get one answer for all.
              body.singleResult.errors = [
                { message: INVALID_DOCUMENT, extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
              ];
            }
          }
          return Promise.resolve();
        },
      }),
  };
}

const INVALID_DOCUMENT = 'The document does not fit the schema.';

/** A result as clients read it: reasons only for those who may explain, and in strict mode an error per note. */
export function present(result: GatewayResult, explains: boolean, strict: boolean) {
  const { withheld = [], masked = [], stale = [] } = result.privacy ?? {};
  const shown = withheld.map((note) => ({ ...note, reason: explains ? note.reason : 'NOT_PERMITTED' }));
  const strictErrors = strict
    ? [
        ...shown.map(({ path }) => privacyError('PRIVACY_WITHHELD', 'This field is withheld.', path)),
        ...masked.map(({ path }) => privacyError('PRIVACY_MASKED', 'This field is masked.', path)),
      ]
    : [];
  const errors = [...(result.errors ?? []), ...strictErrors];
  // Nothing was executed: such an answer has no `data` at all, not even null.
  const isRequestError = result.data === null && errors.length > 0 && errors.every(({ path }) => path === undefined);
  const extensions = {
    ...(shown.length > 0 || masked.length > 0 ? { privacy: { withheld: shown, masked } } : {}),
    ...(stale.length > 0 ? { freshness: { stale } } : {}),
  };
  return {
    ...(isRequestError ? {} : { data: result.data }),
    ...(errors.length > 0 ? { errors } : {}),
    ...(Object.keys(extensions).length > 0 ? { extensions } : {}),
  };
}

function privacyError(code: ErrorCode, message: string, path: ReadonlyArray<string | number>): GraphQLError {
  return new GraphQLError(message, { path: [...path], extensions: { code } });
}

function isStrict(extensions: Record<string, unknown> | undefined): boolean {
  return (extensions?.privacy as { strict?: unknown } | undefined)?.strict === true;
}

/** Errors of our catalogue pass; anything else is masked and logged with the request's id by the caller's log line. */
function presentError(formatted: GraphQLFormattedError, error: unknown, log: Logger): GraphQLFormattedError {
  const { code, serviceName } = (formatted.extensions ?? {}) as { code?: string; serviceName?: string };
  const known = code === 'OPERATION_RESOLUTION_FAILURE' ? 'BAD_REQUEST' : code;
  if (!isErrorCode(known) || known === 'INTERNAL_SERVER_ERROR') {
    log.error(
      { code: 'INTERNAL_SERVER_ERROR', stack: framesOf((error as { originalError?: Error }).originalError ?? error) },
      'unforeseen error',
    );
    return {
      message: ERRORS.INTERNAL_SERVER_ERROR.meaning,
      ...(formatted.path ? { path: formatted.path } : {}),
      extensions: { code: 'INTERNAL_SERVER_ERROR' },
    };
  }
  return {
    message: formatted.message,
    ...(formatted.locations ? { locations: formatted.locations } : {}),
    ...(formatted.path ? { path: formatted.path } : {}),
    extensions: { code: known, ...(serviceName === undefined ? {} : { serviceName }) },
  };
}

/** Apollo asks for proof of this before anything else, of a method it refuses too; here the bearer token is that proof. */
const NO_CROSS_SITE_REQUEST = ['apollo-require-preflight', 'true'] as const;

/** Puts a trusted document in place of its id; GET is for these only. Errors: DOCUMENT_UNKNOWN, BAD_REQUEST. */
function resolveTrusted(request: HTTPGraphQLRequest, { byDocumentId }: Templates): Template | undefined {
  const parameters = new URLSearchParams(request.search);
  const body = request.body as { documentId?: unknown } | undefined;
  const isGet = request.method === 'GET';
  if (!isGet && request.method !== 'POST') {
    request.headers.set(...NO_CROSS_SITE_REQUEST);
    return undefined;
  }
  const documentId = isGet ? parameters.get('documentId') : body?.documentId;
  if (documentId === undefined || documentId === null) {
    if (isGet) throw facetError('BAD_REQUEST', 'GET takes a documentId; ad-hoc operations are sent with POST.');
    return undefined;
  }
  const template = typeof documentId === 'string' ? byDocumentId.get(documentId) : undefined;
  if (template === undefined) throw facetError('DOCUMENT_UNKNOWN', 'No trusted document has this documentId.');
  const query = print(template.document);
  if (isGet) {
    parameters.delete('documentId');
    parameters.set('query', query);
    request.search = `?${parameters.toString()}`;
    request.headers.set(...NO_CROSS_SITE_REQUEST);
  } else {
    const { documentId: _replaced, ...rest } = body as Record<string, unknown>;
    request.body = { ...rest, query };
  }
  return template;
}
