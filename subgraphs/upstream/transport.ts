/**
 * One HTTP exchange with a vendor: JSON or a form out, status, headers and JSON in. Keep-alive connections, few of them,
 * and no answer larger than allowed. Must not judge what came. The only file here that knows undici.
 */
import { Pool } from 'undici';
import { NOT_JSON, type UpstreamResponse } from './call';

export interface Exchange {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the base URL. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?:
    { readonly kind: 'json'; readonly value: unknown } | { readonly kind: 'form'; readonly value: URLSearchParams };
}

export interface Transport {
  /** Errors: undici's own, and AbortError when the signal fires. */
  exchange(exchange: Exchange, signal: AbortSignal): Promise<UpstreamResponse>;
  close(): Promise<void>;
}

export const MAX_RESPONSE_BYTES = 10 * 1024 * 1024;

export function createTransport(options: {
  readonly baseUrl: string;
  readonly connections: number;
  readonly maxResponseBytes: number;
}): Transport {
  const base = new URL(options.baseUrl);
  const prefix = base.pathname.replace(/\/+$/, '');
  const pool = new Pool(base.origin, {
    connections: options.connections,
    pipelining: 1,
    keepAliveTimeout: 30_000,
    connect: { timeout: 5_000 },
    maxResponseSize: options.maxResponseBytes,
  });

  return {
    async exchange({ method, path, headers = {}, body }, signal) {
      const answer = await pool.request({
        method,
        path: `${prefix}${path}`,
        signal,
        headers: {
          accept: 'application/json',
          // Asked for plainly: the size limit counts bytes on the wire, and nothing here unpacks.
          'accept-encoding': 'identity',
          'user-agent': 'facet',
          ...(body !== undefined && {
            'content-type': body.kind === 'json' ? 'application/json' : 'application/x-www-form-urlencoded',
          }),
          ...headers,
        },
        body: body === undefined ? null : body.kind === 'json' ? JSON.stringify(body.value) : body.value.toString(),
      });
      const text = await answer.body.text();
      return { status: answer.statusCode, headers: flat(answer.headers), body: bodyOf(answer.statusCode, text) };
    },
    close: () => pool.destroy(),
  };
}

/** Accepted, and no content: an empty body is all there is to say. */
function bodyOf(status: number, text: string): unknown {
  return text === '' && (status === 202 || status === 204) ? null : parseJson(text);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
}

function flat(headers: Record<string, string | string[] | undefined>): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), Array.isArray(value) ? value[0] : value]),
  );
}
