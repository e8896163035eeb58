/**
 * The yardstick of what node:http alone costs: answers bytes that are ready, and reads nothing. Arguments: a file with an answer on each
 * line, of which a request's header says the one.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { REQUEST_HEADER } from '../load';

const answers = readFileSync(process.argv[2] ?? '', 'utf8')
  .split('\n')
  .map((line) => Buffer.from(line));
const server = createServer((request, response) => {
  const answer = answers[Number(request.headers[REQUEST_HEADER])] as Buffer;
  request.resume();
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': answer.length });
  response.end(answer);
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
