/**
 * `/graphql`: Apollo Server in front of the executor. Apollo gives CSRF prevention and the HTTP semantics; the schema and the
 * execution are ours. Trusted documents are resolved before it, and an operation it let through once is executed without it from then on.
 * Must not authenticate.
 */
import type { IncomingMessage } from 'node:http';
import { ApolloServer } from '@apollo/server';
import type { ApolloServerOptionsWithGateway, ApolloServerPlugin, HTTPGraphQLRequest } from '@apollo/server';
import { getOperationAST } from 'graphql';
import type { DocumentNode, GraphQLFormattedError } from 'graphql';
import { ERRORS, facetError, isErrorCode } from '../schema/errors';
import type { Purpose } from '../schema/policy';
import type { Principal } from '../schema/request-policy';
import type { Executor } from './execute/executor';
import type { Reader } from './execute/reader';
import { answerOverHttp, readGraphQLRequest } from './graphql-http';
import type { HttpAnswer } from './graphql-http';
import { createKnownOperations, readPlainRequest } from './known-operations';
import type { KnownOperation, PlainRequest } from './known-operations';
import { checkLimits, LIMITS, MAX_TOKENS, usesIntrospection } from './limits';
import { framesOf } from './log';
import type { Logger } from './log';
import type { NoteObserved } from './observed';
import { asExecutionResult, present, textOf } from './presented-result';
import type { PresentedResult } from './presented-result';
import { checkTemplate, executeDecided, mayExplain, policyOf } from './request';
import type { Template, Templates } from './templates';
import { resolveTrusted } from './trusted-document';

/** What the HTTP layer knows when it hands a request over. */
export interface GraphQLRequestScope {
  readonly principal: Principal;
  /** From `x-purpose`; a trusted document brings its own. */
  readonly purpose: Purpose | null;
  readonly requestId: string;
  /** Unix time in milliseconds. */
  readonly startedAt: number;
  readonly reader: Reader;
  readonly noteObserved: NoteObserved;
}

interface GraphQLContext extends GraphQLRequestScope {
  readonly template: Template | undefined;
  /** Executed already: Apollo only writes it. */
  readonly executed?: Promise<PresentedResult>;
  /** What is to be executed, once it is valid and within the limits. */
  readonly admitted: { operation?: { readonly document: DocumentNode; readonly name: string | undefined } };
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
  const known = createKnownOperations();
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

  const answerFirst = async (request: HTTPGraphQLRequest, plain: PlainRequest | undefined, context: GraphQLContext) => {
    const answer = await answerOverHttp(server, request, () => Promise.resolve(context));
    const { operation } = context.admitted;
    if (plain !== undefined && operation !== undefined && answer.status === 200) {
      known.remember(plain, { ...operation, headers: answer.headers });
    }
    return answer;
  };

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
      const context: GraphQLContext = { ...scope, template, admitted: {} };
      const plain = readPlainRequest(httpRequest);
      const operation = plain && known.find(plain);
      if (plain === undefined || operation === undefined) return answerFirst(httpRequest, plain, context);

      const executed = executeKnown(options, operation, plain, context);
      const result = await executed.catch(() => undefined);
      if (result !== undefined && result.errors === undefined) {
        return { status: 200, headers: operation.headers, body: `${textOf(result)}\n` };
      }
      // Errors are Apollo's to write; what was executed is not executed again.
      return answerOverHttp(server, httpRequest, () => Promise.resolve({ ...context, executed }));
    },
  };
}

/** Errors: LIMIT_EXCEEDED with these variables, and what executing a document answers. */
async function executeKnown(
  { executor, profile }: GraphQLFrontOptions,
  { document, name }: KnownOperation,
  { variables, extensions }: PlainRequest,
  context: GraphQLContext,
): Promise<PresentedResult> {
  if (context.template === undefined) {
    checkLimits({ schema: executor.publicSchema, document, operationName: name ?? null }, variables, LIMITS[profile]);
  }
  return execute(executor, { document, operationName: name, variables, extensions }, context);
}

async function execute(
  executor: Executor,
  request: {
    readonly document: DocumentNode;
    readonly operationName: string | undefined;
    readonly variables: Record<string, unknown>;
    readonly extensions: Record<string, unknown> | undefined;
  },
  context: GraphQLContext,
): Promise<PresentedResult> {
  const { template } = context;
  const policy = policyOf({ ...context, purpose: template?.contract.purpose ?? context.purpose, template });
  const operation = executor.prepare(request.document, request.operationName);
  const result = await executeDecided(operation, request.variables, {
    policy,
    deadlineAt: policy.deadlineAt,
    requestId: policy.requestId,
    reader: context.reader,
  });
  context.noteObserved(policy, result);
  return present(result, mayExplain(context.principal), isStrict(request.extensions));
}

function gatewayOf(executor: Executor): ApolloServerOptionsWithGateway<GraphQLContext>['gateway'] {
  return {
    load: () =>
      Promise.resolve({
        executor: async ({ document, operationName, request, ...rest }) => {
          const context = rest.context as GraphQLContext;
          const { variables = {}, extensions } = request;
          const executed =
            context.executed ??
            execute(executor, { document, operationName: operationName ?? undefined, variables, extensions }, context);
          return asExecutionResult(await executed);
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
          const introspects = usesIntrospection(document);
          if (introspects && !contextValue.principal.scopes.includes('schema:read')) {
            throw facetError('GRAPHQL_VALIDATION_FAILED', INVALID_DOCUMENT);
          }
          if (contextValue.template === undefined) {
            checkLimits(
              { schema: executor.publicSchema, document, operationName },
              request.variables ?? {},
              LIMITS[profile],
            );
          }
          // Who may ask for the schema is decided each time.
          if (!introspects) contextValue.admitted.operation = { document, name: operationName ?? undefined };
          return Promise.resolve();
        },
        willSendResponse: ({ response, contextValue }) => {
          const { body } = response;
          if (body.kind === 'single' && !contextValue.principal.scopes.includes('schema:read')) {
            const errors = body.singleResult.errors;
            const isOfTheDocument = ({ extensions }: GraphQLFormattedError) =>
              extensions?.code === 'GRAPHQL_VALIDATION_FAILED' && extensions.serviceName === undefined;
            if (errors?.some(isOfTheDocument)) {
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

function isStrict(extensions: Record<string, unknown> | undefined): boolean {
  return (extensions?.privacy as { strict?: unknown } | undefined)?.strict === true;
}

/**
 * Errors of our catalogue pass, and what the executor tells of a subgraph; anything else is masked and logged with the request's id by the
 * caller's log line.
 */
function presentError(formatted: GraphQLFormattedError, error: unknown, log: Logger): GraphQLFormattedError {
  const { code, serviceName } = (formatted.extensions ?? {}) as { code?: string; serviceName?: string };
  if (serviceName !== undefined) {
    if (code === 'INTERNAL_SERVER_ERROR') log.error({ code, source: serviceName }, 'field not resolved');
    const { message, path = [] } = formatted;
    return { message, path, extensions: { code, serviceName } };
  }
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
    extensions: { code: known },
  };
}
