// A real HTTP server in the gateway's place: answers what the test puts in and remembers what it was asked.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface GatewayDouble {
  readonly url: string;
  /** What the next requests are answered; a string is sent as it is. */
  answer: { status: number; body: unknown };
  readonly asked: { method: string; path: string; authorization: string | undefined }[];
  close(): Promise<void>;
}

export async function startGatewayDouble(): Promise<GatewayDouble> {
  const double = { answer: { status: 200, body: {} as unknown }, asked: [] as GatewayDouble['asked'] };
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    double.asked.push({ method, path: url, authorization: headers.authorization });
    const { status, body } = double.answer;
    response.writeHead(status, { 'content-type': 'application/json', location: '/elsewhere' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
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
