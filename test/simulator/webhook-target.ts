/** A receiver of webhooks for the tests of this folder: keeps what came, answers what it is told to. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface WebhookTarget {
  url: string;
  received: Received[];
  /** Answers for the next requests, in turn; 200 when there are none. `hang` gives none. */
  answers: ({ status: number; headers?: Record<string, string> } | 'hang')[];
  close(): Promise<void>;
}

/** Listens at `/webhooks/{name}`. */
export async function startWebhookTarget(name: string): Promise<WebhookTarget> {
  const received: Received[] = [];
  const answers: WebhookTarget['answers'] = [];
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url: path = '', headers } = incoming;
      received.push({ method, path, headers, body: Buffer.concat(chunks).toString('utf8') });
      const answer = answers.shift() ?? { status: 200 };
      if (answer !== 'hang') outgoing.writeHead(answer.status, answer.headers).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/${name}`,
    received,
    answers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
