import { createConnection } from 'node:net';
import { once } from 'node:events';
import { first, runFacet } from './running-facet';
import type { Principal, RunningFacet } from './running-facet';

const UNKNOWN = '01ARZ3NDEKTSV4RRFFQ69G5FAV';

interface Row {
  readonly id: string;
  readonly status: number;
  readonly answer?: Record<string, unknown>;
  readonly errors?: unknown;
}

let facet: RunningFacet;
let everybody: string[];
beforeAll(async () => {
  facet = await runFacet({ customers: 250, environment: { FACET_SUBGRAPH_TIMEOUT_MS: '5000' } });
  everybody = await facet.customersWith('crossId');
});
afterAll(() => facet.close());

const post = (template: string, body: unknown, as: Principal = 'renderer') =>
  fetch(`${facet.url}/v1/templates/${template}/customers`, {
    method: 'POST',
    headers: { authorization: `Bearer ${facet.token(as)}`, 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const rowsOf = async (response: Response) => {
  const text = await response.text();
  expect(text.endsWith('\n')).toBe(true);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
};

/** Customers answered so far, by outcome. */
const counted = async (template: string) => {
  const text = String((await facet.fetch('/metrics')).body.text);
  const series = text.matchAll(/^facet_template_answers_total\{template="([\w-]+)",outcome="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries(
    [...series].flatMap(([, name, outcome = '', count]) => (name === template ? [[outcome, Number(count)]] : [])),
  );
};

describe('The renderer reads a template for many customers at once', () => {
  it('and each that is answered is counted by its outcome, of a refusal only that it is one, whichever the route', async () => {
    const [refused = '', granted = ''] = [
      first(await facet.customersWith('marketingRefused')),
      first(await facet.customersWith('readyForCartMail')),
    ];
    expect(await counted('abandoned-cart')).toEqual({});
    await rowsOf(await post('abandoned-cart', { ids: [refused, UNKNOWN, granted, granted] }));
    await facet.template('abandoned-cart', refused);
    await facet.template('abandoned-cart', granted);
    await facet.template('abandoned-cart', UNKNOWN);
    expect(await counted('abandoned-cart')).toEqual({ SEND: 3, NOT_PERMITTED: 2, CUSTOMER_UNKNOWN: 2 });
  });

  it('answers each row as the route of one customer does, in the order asked, repeats and unknown ids included', async () => {
    const [refused = '', granted = ''] = [
      first(await facet.customersWith('marketingRefused')),
      first(await facet.customersWith('readyForCartMail')),
    ];
    const ids = [refused, UNKNOWN, granted, ...everybody.slice(0, 120), granted];
    const response = await post('abandoned-cart', { ids });
    expect([response.status, response.headers.get('content-type'), response.headers.get('cache-control')]).toEqual([
      200,
      'application/x-ndjson; charset=utf-8',
      'no-store',
    ]);
    const rows = await rowsOf(response);
    expect(rows.map(({ id }) => id)).toEqual(ids);
    expect(rows[1]).toEqual({
      id: UNKNOWN,
      status: 404,
      errors: [{ message: 'No customer has this id or identity.', extensions: { code: 'CUSTOMER_UNKNOWN' } }],
    });
    expect([rows[0]?.answer?.send, rows[2]?.answer?.send]).toEqual([false, true]);
    for (const { id, status, answer, errors } of [...rows.slice(0, 25), ...rows.slice(-5)]) {
      const alone = await facet.template('abandoned-cart', id);
      expect({ id, status, body: answer ?? { errors } }).toEqual({ id, status: alone.status, body: alone.body });
    }
  });

  it('reads the store a hundred customers at a time', async () => {
    await facet.forget();
    expect(await rowsOf(await post('order-follow-up', { ids: everybody.slice(0, 130) }))).toHaveLength(130);
    expect(facet.storeReads().filter((read) => read.startsWith('profiles'))).toEqual(['profiles: 100', 'profiles: 30']);
  });

  it('a withdrawal holds for the next batch', async () => {
    const id = first(await facet.customersWith('readyForCartMail'));
    await facet.graphql(
      `mutation ($id: ID!) { withdrawConsent(input: { customerId: $id, purpose: EMAIL_MARKETING }) { version } }`,
      { as: 'privacyOfficer', variables: { id } },
    );
    const [row] = await rowsOf(await post('abandoned-cart', { ids: [id] }));
    expect(row).toEqual({
      id,
      status: 200,
      answer: { send: false, _facet: expect.objectContaining({ reason: 'NOT_PERMITTED' }) },
    });
  });

  it.each([
    ['no JSON', 'ids=1', 400, 'BAD_REQUEST'],
    ['no ids', { ids: [] }, 400, 'BAD_REQUEST'],
    ['more than 1,000', { ids: Array.from({ length: 1_001 }, () => 'a') }, 400, 'BAD_REQUEST'],
    ['an id that is none', { ids: [7] }, 400, 'BAD_REQUEST'],
    ['something beside the ids', { ids: ['a'], customers: [] }, 400, 'BAD_REQUEST'],
    ['a body that is too large', { ids: ['a'], more: 'x'.repeat(110_000) }, 413, 'BODY_TOO_LARGE'],
  ])('refuses %s with a coded error before anybody is read', async (_what, body, status, code) => {
    const response = await post('abandoned-cart', body);
    expect([response.status, await response.json()]).toEqual([
      status,
      { errors: [{ message: expect.any(String), extensions: { code } }] },
    ]);
  });

  it('refuses who may not act for the purpose, and a template that is not there', async () => {
    expect((await post('abandoned-cart', { ids: [UNKNOWN] }, 'analyst')).status).toBe(403);
    expect((await post('no-such-template', { ids: [UNKNOWN] })).status).toBe(404);
  });

  it('stops reading when the sender goes away', async () => {
    const ids = Array.from({ length: 1_000 }, (_, index) => everybody[index % everybody.length] ?? '');
    const body = JSON.stringify({ ids });
    const { hostname, port } = new URL(facet.url);
    const socket = createConnection({ host: hostname, port: Number(port) });
    await facet.forget();
    socket.write(
      `POST /v1/templates/abandoned-cart/customers HTTP/1.1\r\nhost: facet\r\nauthorization: Bearer ${facet.token('renderer')}\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
    await once(socket, 'data');
    socket.destroy();
    // The next request is answered by the same processes, so what the first one still wanted was asked before.
    await facet.template('abandoned-cart', everybody[0] ?? '');
    expect(facet.storeReads().filter((read) => read === 'profiles: 100').length).toBeLessThan(10);
  });
});
