/**
 * One vendor's port: reads a call, notes it, lets the faults have their say, and passes it to the vendor. The only file
 * that knows node:http. It must not know what any vendor says.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Controls } from './controls';
import type { Faults } from './faults';
import type { Journal } from './journal';
import type { VendorReply, VendorRequest, VendorService } from './vendor';

/** A listening port. */
export interface VendorServer {
  url: string;
  /** Ends open and hanging calls too; resolved once the port is free. */
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 5_000_000;

/** Listens on 127.0.0.1. Units: `port` 0 takes a free one. Errors: rejects when the port is taken. */
export async function startVendorServer(options: {
  service: VendorService;
  controls: Controls;
  faults: Faults;
  journal: Journal;
  port: number;
  now: () => number;
}): Promise<VendorServer> {
  const { service, controls, faults, journal, port, now } = options;
  const closing = new AbortController();

  const answer = async (request: VendorRequest, gone: AbortSignal): Promise<VendorReply> => {
    if (request.path === '/__simulator' || request.path.startsWith('/__simulator/')) return controls.handle(request);
    const { method, path } = request;
    journal.add({
      vendor: service.vendor,
      method,
      path,
      ids: service.askedIds(request),
      at: new Date(now()).toISOString(),
    });
    const verdict = await faults.meet(AbortSignal.any([closing.signal, gone]));
    if (verdict.kind === 'throttle') return service.throttled(request);
    return verdict.kind === 'fail' ? service.failed(verdict.status) : service.handle(request);
  };

  const server = createServer((incoming, outgoing) => {
    const gone = new AbortController();
    outgoing.on('close', () => gone.abort());
    readRequest(incoming)
      .then((request) => answer(request, gone.signal))
      .then((reply) => send(outgoing, reply))
      // Only a caller that left or a port that closes gets here, or a defect of ours: no vendor answers like this.
      .catch((error: unknown) => {
        if (gone.signal.aborted || closing.signal.aborted) outgoing.destroy();
        else send(outgoing, { status: 500, headers: {}, body: { error: `simulator defect: ${String(error)}` } });
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        closing.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readRequest(incoming: IncomingMessage): Promise<VendorRequest> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new RangeError(`expected a body of at most ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
  return {
    method: incoming.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers,
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

function send(outgoing: ServerResponse, reply: VendorReply): void {
  if (outgoing.destroyed || outgoing.headersSent) return;
  // An undefined body is "no content": JSON has no word for it.
  const text = reply.body === undefined ? '' : JSON.stringify(reply.body);
  outgoing.writeHead(reply.status, {
    'content-type': 'application/json;charset=utf-8',
    'content-length': Buffer.byteLength(text),
    ...reply.headers,
  });
  outgoing.end(text);
}
