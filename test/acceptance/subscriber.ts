/** A subscriber as its users have it: graphql-transport-ws over a real socket. */
import { createClient } from 'graphql-ws';
import type { ExecutionResult } from 'graphql-ws';
import WebSocket from 'ws';

export interface Subscription {
  /** The next event. Errors: rejects when the stream ends. */
  next(): Promise<ExecutionResult>;
  /** With which code and reason its socket closed. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  end(): Promise<void>;
}

/** Resolves when the gateway holds the subscription, or has refused the socket: what changes from then on is told. */
export async function subscribe(
  gatewayUrl: string,
  query: string,
  options: { readonly bearer: string; readonly purpose?: string; readonly variables?: Record<string, unknown> },
): Promise<Subscription> {
  let socket: WebSocket | undefined;
  let answered = () => {};
  let closed: (event: { readonly code: number; readonly reason: string }) => void = () => {};
  const isClosed = new Promise<{ readonly code: number; readonly reason: string }>((resolve) => (closed = resolve));
  const held = new Promise<void>((resolve) => {
    answered = resolve;
  });
  const client = createClient({
    url: `${gatewayUrl.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    lazy: false,
    onNonLazyError: () => {},
    connectionParams: { authorization: `Bearer ${options.bearer}`, purpose: options.purpose },
    on: {
      connected: (opened) => void (socket = opened as WebSocket),
      // Sent behind it on the same socket, and answered after it.
      message: ({ type }) => type === 'connection_ack' && setImmediate(() => socket?.send('{"type":"ping"}')),
      pong: () => answered(),
      closed: (event) => {
        const { code, reason } = event as { code: number; reason: string };
        closed({ code, reason });
        answered();
      },
    },
  });
  // Not `client.iterate`, which waits for ever when the end comes before it is asked for it.
  const arrived: Array<() => ExecutionResult> = [];
  let wake = () => {};
  const put = (event: () => ExecutionResult) => {
    arrived.push(event);
    wake();
  };
  const ended = (error: unknown) => () => {
    throw error;
  };
  const unsubscribe = client.subscribe(
    { query, variables: options.variables ?? {} },
    {
      next: (event) => put(() => event as ExecutionResult),
      error: (error) => put(ended(error)),
      complete: () => put(ended(new Error('The subscription has ended.'))),
    },
  );
  await held;
  return {
    next: async () => {
      for (;;) {
        const event = arrived.shift();
        if (event !== undefined) return event();
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    closed: isClosed,
    end: async () => {
      unsubscribe();
      await client.dispose();
    },
  };
}
