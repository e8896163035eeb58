/**
 * The five subgraphs of the measured graph in one process, each a node:http server on a port of its own with ready answers. Prints
 * one line of JSON: name → URL.
 */
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SUBGRAPHS } from '../contracts';
import { recordsOf } from '../customers';
import { createReadyAnswers } from '../ready-answers';

/** A gateway that follows the change feed counts a silent one as lost. */
const HEARTBEAT_MS = 10_000;

async function main(): Promise<void> {
  const urls = await Promise.all(SUBGRAPHS.map(async (name) => [name, await serve(name)] as const));
  console.log(JSON.stringify(Object.fromEntries(urls)));
}

function serve(name: string): Promise<string> {
  const answer = createReadyAnswers(recordsOf(name));
  const server = createServer((request, response) => {
    if (request.method === 'GET') return keepOpen(response);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const bytes = Buffer.from(answer(Buffer.concat(chunks).toString('utf8')));
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length });
      response.end(bytes);
    });
  });
  // A connection a gateway keeps for later must not be closed under it between two rounds.
  server.keepAliveTimeout = 600_000;
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`));
  });
}

/** The change feed, in which nothing happens. */
function keepOpen(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const heartbeat = setInterval(() => response.write(':\n\n'), HEARTBEAT_MS);
  response.write(':\n\n');
  response.once('close', () => clearInterval(heartbeat));
}

void main();
