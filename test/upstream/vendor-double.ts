// A real HTTP server in a vendor's place: each request is answered by the script the test puts in, and remembered.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Script = (asked: Asked, response: ServerResponse) => void;

export interface VendorDouble {
  readonly url: string;
  readonly asked: Asked[];
  /** Answers all calls from now on. */
  script: Script;
  close(): Promise<void>;
}

/** Answers as JSON, unless the body is text already. */
export function reply(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** One script after the other; the last one goes on. */
export function inTurn(...scripts: readonly Script[]): Script {
  let turn = 0;
  return (asked, response) => {
    const script = scripts[Math.min(turn, scripts.length - 1)];
    turn += 1;
    script?.(asked, response);
  };
}

export async function startVendorDouble(): Promise<VendorDouble> {
  const double = { script: ((_asked, response) => reply(response, 200, {})) as Script, asked: [] as Asked[] };
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const asked = { method, path: url, headers, body };
      double.asked.push(asked);
      double.script(asked, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(double, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  });
}
