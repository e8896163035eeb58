/**
 * The response stream of a subscription: an answer for each change of the hub's, and at the end of the gateway a last one that says after
 * which cursor to go on. Must not read a document or decide.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { GraphQLError } from 'graphql';
import type { ExecutionResult } from 'graphql';
import { errorCodeOf } from '../schema/errors';
import type { ChangeHub } from './change-hub';

export interface ResponseOptions {
  readonly customerIds: readonly string[] | null;
  readonly after: string | null;
  /** Answers the change behind a cursor; null: nothing that was asked for. */
  readonly read: (cursor: string) => Promise<ExecutionResult | null>;
  /** The socket has enough to send. */
  readonly isBusy: () => boolean;
}

export interface Responses {
  respond(options: ResponseOptions): AsyncGenerator<ExecutionResult, void, void>;
  /** After the hub has closed: resolves when every subscriber was told where to go on, or has not taken it in time. */
  sayGoodbye(): Promise<void>;
}

const BUSY_MS = 20;
const GOODBYE_MS = 2_000;

export function createResponses({ hub }: { readonly hub: ChangeHub }): Responses {
  const open = new Set<Promise<void>>();
  return {
    respond: ({ customerIds, after, read, isBusy }) => {
      const changes = hub.subscribe({ customerIds, after });
      let end = () => {};
      const ended = new Promise<void>((resolve) => (end = resolve));
      let saidGoodbye = () => {};
      const goodbye = new Promise<void>((resolve) => (saidGoodbye = resolve));
      open.add(goodbye);
      void goodbye.then(() => open.delete(goodbye));

      async function* answers(): AsyncGenerator<ExecutionResult, void, void> {
        try {
          for await (const { cursor } of changes.entries) {
            const answer = await read(cursor);
            if (answer !== null) yield answer;
            while (isBusy()) await pause(BUSY_MS);
          }
          yield goneAway(changes.cursor());
          saidGoodbye();
          // Not over: the socket closes, and its client goes on elsewhere.
          await ended;
        } catch (error) {
          throw asClientError(error);
        } finally {
          saidGoodbye();
        }
      }
      const stream = answers();
      return Object.assign(stream, {
        // While it waits for a change, its own `return` would wait, too.
        return: (value: void) => {
          changes.end();
          end();
          saidGoodbye();
          return Object.getPrototypeOf(stream).return.call(stream, value) as Promise<
            IteratorResult<ExecutionResult, void>
          >;
        },
      });
    },
    sayGoodbye: async () => {
      await Promise.race([Promise.all(open), pause(GOODBYE_MS, undefined, { ref: false })]);
    },
  };
}

function goneAway(cursor: string | null): ExecutionResult {
  const error = new GraphQLError('The gateway goes away. Subscribe again, after this cursor.', {
    extensions: { code: 'NOT_READY', ...(cursor === null ? {} : { cursor }) },
  });
  return { errors: [error] };
}

/** Code and message alone; what is not in the catalogue is masked. */
export function asClientError(error: unknown): GraphQLError {
  const { path, extensions } = error as GraphQLError;
  // What the executor tells of a subgraph is told for clients.
  if (extensions?.serviceName !== undefined) return error as GraphQLError;
  const code = errorCodeOf(error);
  const message = code === 'INTERNAL_SERVER_ERROR' ? 'Something unforeseen.' : (error as Error).message;
  return new GraphQLError(message, { ...(path ? { path } : {}), extensions: { code } });
}
