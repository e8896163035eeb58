/**
 * Subscriptions over graphql-transport-ws. The source stream is the change feed, cursors and ids; for the response stream each change
 * is read by its cursor as a query of its own, with a freshly made policy, so that what is delivered is decided anew every time.
 * Must not decide.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { parse, validate } from 'graphql';
import type { DocumentNode, ExecutionResult, GraphQLSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { errorCodeOf, facetError } from '../schema/errors';
import { PURPOSES } from '../schema/policy';
import type { Purpose } from '../schema/policy';
import type { Principal } from '../schema/request-policy';
import type { Authenticate } from './authenticate';
import type { ChangeHub } from './change-hub';
import type { Executor, PreparedOperation } from './execute/executor';
import { asExecutionResult, present } from './presented-result';
import { checkLimits, LIMITS, MAX_TOKENS } from './limits';
import type { Logger } from './log';
import type { NoteObserved } from './observed';
import { checkEntitled, executeDecided, mayExplain, policyOf } from './request';
import { CURSOR_VARIABLE, FIELDS_VARIABLE, readSubscription } from './subscription-document';
import { asClientError, createResponses } from './subscription-response';
import type { Responses } from './subscription-response';

export interface SubscriptionsOptions {
  /** Of the graph served at this moment; a subscription stays with the one it began with. */
  readonly executor: () => Executor;
  readonly hub: ChangeHub;
  readonly authenticate: Authenticate;
  readonly profile: 'production' | 'development';
  readonly log: Logger;
  readonly noteObserved: NoteObserved;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}

export interface Subscriptions {
  /** Takes an upgrade on `/graphql`. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Tells every subscriber after which cursor to go on, and closes every socket with 1001: the gateway goes away. */
  close(): Promise<void>;
}

const MAX_PAYLOAD_BYTES = 64 * 1024;
const INIT_TIMEOUT_MS = 3_000;
const PING_MS = 12_000;
const MAX_SOCKETS = 20;
const MAX_SUBSCRIPTIONS = 50;
/** Bytes that may wait in a socket before its subscriber is held back, and its changes coalesced. */
const MAX_BUFFERED_BYTES = 1024 * 1024;

/** What a socket said in `connection_init`, checked. */
interface Connection {
  readonly authorization: string;
  readonly principal: Principal;
  readonly purpose: Purpose | null;
}

export function createSubscriptions(options: SubscriptionsOptions): Subscriptions {
  const { authenticate, log } = options;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_PAYLOAD_BYTES });
  const perPrincipal = new Map<string, number>();
  const connections = new WeakMap<object, Connection>();
  const responses = createResponses({ hub: options.hub });

  const server = useServer<Record<string, unknown>>(
    {
      connectionInitWaitTimeout: INIT_TIMEOUT_MS,
      async onConnect(context) {
        const connection = await connect(context.connectionParams ?? {}, authenticate).catch((error: unknown) => {
          log.warn({ code: errorCodeOf(error) }, 'socket refused');
          return null;
        });
        // `false` closes the socket with 4403 Forbidden.
        if (connection === null) return false;
        const { id } = connection.principal;
        const count = (perPrincipal.get(id) ?? 0) + 1;
        if (count > MAX_SOCKETS) return false;
        perPrincipal.set(id, count);
        connections.set(context.extra.socket, connection);
        return true;
      },
      onDisconnect(context) {
        const connection = connections.get(context.extra.socket);
        if (connection !== undefined)
          perPrincipal.set(connection.principal.id, (perPrincipal.get(connection.principal.id) ?? 1) - 1);
      },
      onSubscribe(context, _id, payload) {
        const connection = connections.get(context.extra.socket);
        if (connection === undefined) return [facetError('UNAUTHENTICATED', 'Expected connection_init first.')];
        if (Object.keys(context.subscriptions).length > MAX_SUBSCRIPTIONS) {
          return [facetError('LIMIT_EXCEEDED', `Expected at most ${MAX_SUBSCRIPTIONS} subscriptions on one socket.`)];
        }
        try {
          const executor = options.executor();
          const schema = executor.publicSchema;
          const document = readDocument(schema, options.profile, payload.query, connection.principal);
          checkLimits(
            { schema, document, operationName: payload.operationName ?? null },
            payload.variables ?? {},
            LIMITS[options.profile],
          );
          // What `subscribe` and `execute` below are given; graphql-ws only passes it through.
          return {
            schema,
            document,
            operationName: payload.operationName ?? null,
            variableValues: payload.variables ?? {},
            contextValue: { connection, socket: context.extra.socket, executor, payload },
          };
        } catch (error) {
          return [asClientError(error)];
        }
      },
      subscribe: (args) => {
        try {
          return respond(options, responses, args as unknown as Arguments);
        } catch (error) {
          return refused(error);
        }
      },
      execute: (args) => executeOnce(options, args as unknown as Arguments),
    },
    sockets,
    PING_MS,
  );

  return {
    upgrade: (request, socket, head) => {
      sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client, request));
    },
    async close() {
      await responses.sayGoodbye();
      for (const client of sockets.clients) client.close(1001, 'Going away');
      await server.dispose();
      sockets.close();
      log.info({}, 'sockets closed');
    },
  };
}

interface Arguments {
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly variableValues: Record<string, unknown>;
  readonly contextValue: {
    readonly connection: Connection;
    readonly socket: { readonly bufferedAmount: number };
    readonly executor: Executor;
  };
}

/** Errors: UNAUTHENTICATED, PURPOSE_NOT_ENTITLED. */
async function connect(parameters: Record<string, unknown>, authenticate: Authenticate): Promise<Connection> {
  const { authorization, purpose: named } = parameters;
  const principal = await authenticate(typeof authorization === 'string' ? authorization : undefined);
  const purpose = PURPOSES.find((each) => each === named) ?? null;
  if (purpose !== null) checkEntitled(principal, purpose);
  return { authorization: authorization as string, principal, purpose };
}

/** Errors: GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, DOCUMENT_NOT_TRUSTED. A bad document ends one subscription, not the socket. */
function readDocument(
  schema: GraphQLSchema,
  profile: SubscriptionsOptions['profile'],
  query: string,
  principal: Principal,
): DocumentNode {
  if (profile === 'production' && !principal.scopes.includes('operations:adhoc')) {
    throw facetError('DOCUMENT_NOT_TRUSTED', 'Expected a principal with the scope operations:adhoc.');
  }
  let document: DocumentNode;
  try {
    document = parse(query, { maxTokens: MAX_TOKENS });
  } catch (error) {
    throw facetError('GRAPHQL_PARSE_FAILED', (error as Error).message);
  }
  const [error] = validate(schema, document);
  if (error === undefined) return document;
  const readable = principal.scopes.includes('schema:read');
  throw facetError('GRAPHQL_VALIDATION_FAILED', readable ? error.message : 'The document does not fit the schema.');
}

/** Errors: as `readSubscription`; ROLE_NOT_ENTITLED. */
function respond(options: SubscriptionsOptions, responses: Responses, args: Arguments) {
  const { connection, socket, executor } = args.contextValue;
  const { operation, root, ids, fields, after } = readSubscription(executor.publicSchema, args);
  const read = executor.prepare(operation);
  return responses.respond({
    customerIds: subscribedIds(connection.principal, ids),
    after,
    read: async (cursor) => {
      // The token may have ended since the last delivery.
      await options.authenticate(connection.authorization);
      const variables = { ...args.variableValues, [CURSOR_VARIABLE]: cursor, [FIELDS_VARIABLE]: fields };
      const result = await executeWith(read, variables, connection, options);
      // Not a change of the fields asked for.
      return result.errors === undefined && result.data?.[root] === null ? null : result;
    },
    isBusy: () => socket.bufferedAmount > MAX_BUFFERED_BYTES,
  });
}

/** Ends its subscription, not the socket. */
async function* refused(error: unknown): AsyncGenerator<never, void, void> {
  throw asClientError(error);
}

async function executeOnce(options: SubscriptionsOptions, args: Arguments): Promise<ExecutionResult> {
  const { connection, executor } = args.contextValue;
  const read = executor.prepare(args.document, args.operationName ?? undefined);
  return executeWith(read, args.variableValues, connection, options);
}

async function executeWith(
  operation: PreparedOperation,
  variables: Record<string, unknown>,
  { principal, purpose }: Connection,
  { noteObserved, now }: Pick<SubscriptionsOptions, 'noteObserved' | 'now'>,
): Promise<ExecutionResult> {
  const requestId = randomUUID();
  const policy = policyOf({ principal, purpose, requestId, startedAt: now() });
  const result = await executeDecided(operation, variables, { policy, deadlineAt: policy.deadlineAt, requestId });
  noteObserved(policy, result);
  const { errors, ...rest } = asExecutionResult(present(result, mayExplain(principal), false));
  return errors === undefined ? rest : { ...rest, errors: errors.map(asClientError) };
}

/** A data subject is told of the own changes only. Errors: ROLE_NOT_ENTITLED. */
function subscribedIds({ role, customerId }: Principal, ids: readonly string[] | null): readonly string[] | null {
  if (role !== 'DATA_SUBJECT') return ids;
  if (ids?.some((id) => id !== customerId))
    throw facetError('ROLE_NOT_ENTITLED', 'A data subject is told of the own changes only.');
  return [customerId ?? ''];
}
