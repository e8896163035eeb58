/** A webhook on its way through the gateway: handed on as it came, and told to come again where it could not be taken in. */
import { composeSupergraph } from '../../gateway/supergraph';
import type { WebhookReceiver } from '../../gateway/webhook-route';
import { facetError } from '../../schema/errors';
import { openTestGraph, startGatewayOver } from './started-gateway';
import type { StartedGateway } from './started-gateway';

const SDL = 'type Query { now: String }';
type Received = Parameters<WebhookReceiver['receive']>[0];

let gateway: StartedGateway;
let origin: string;
let receive: WebhookReceiver['receive'];
beforeAll(async () => {
  const graph = await openTestGraph({
    supergraphSdl: composeSupergraph([{ name: 'clock', sdl: SDL, url: 'in-process:clock' }]),
    transports: { clock: () => Promise.resolve({ data: null }) },
  });
  const webhooks = new Map([['crm', { receive: (request: Received) => receive(request) }]]);
  gateway = await startGatewayOver(graph, { webhooks });
  origin = gateway.url.replace('/graphql', '');
});
afterAll(() => gateway.close());

const send = async (path = '/webhooks/crm') => {
  const response = await fetch(`${origin}${path}`, {
    method: 'POST',
    headers: { 'x-vendor': 'signed' },
    body: '{"a": 1}',
  });
  return { status: response.status, retryAfter: response.headers.get('retry-after'), body: await response.text() };
};

describe('A webhook', () => {
  it('reaches its source byte for byte, with its headers and the address it was sent to', async () => {
    const received: Received[] = [];
    receive = async (request) => {
      received.push(request);
      return 200;
    };
    expect(await send('/webhooks/crm?portal=1')).toEqual({ status: 200, retryAfter: null, body: '' });
    expect(
      received.map(({ rawBody, headers, ...rest }) => ({
        ...rest,
        vendor: headers['x-vendor'],
        body: String(rawBody),
      })),
    ).toEqual([{ method: 'POST', url: `${origin}/webhooks/crm?portal=1`, vendor: 'signed', body: '{"a": 1}' }]);
  });

  it.each([400, 401, 413])('that its source refuses with %d is refused so', async (status) => {
    receive = () => Promise.resolve(status);
    expect(await send()).toEqual({ status, retryAfter: null, body: '' });
  });

  it.each([
    ['the store cannot keep it', () => Promise.reject(facetError('STORE_UNAVAILABLE', 'full'))],
    ['the process of its source is away', () => Promise.reject(facetError('SUBGRAPH_UNAVAILABLE', 'away'))],
    ['it took too long', () => Promise.reject(facetError('SUBGRAPH_TIMEOUT', 'late'))],
    ['something unforeseen happened', () => Promise.reject(new Error('a secret'))],
    ['its source answers no status', () => Promise.resolve(500)],
  ])('is to come again when %s: 503 that says when', async (_what, answers) => {
    receive = answers;
    const { body, ...answered } = await send();
    expect(answered).toEqual({ status: 503, retryAfter: '10' });
    expect(body).not.toContain('secret');
  });

  it('for a source that takes none is 404, which is not to come again', async () => {
    expect(await send('/webhooks/loyalty')).toMatchObject({ status: 404, retryAfter: null });
  });
});
