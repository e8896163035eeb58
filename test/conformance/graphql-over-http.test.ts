/**
 * The audits of the GraphQL over HTTP specification, as `graphql-http` publishes them, against the gateway over Facet's own supergraph.
 * Every MUST and SHOULD passes. What the gateway does otherwise than a MAY suggests is listed here with its reason, and held.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { serverAudits } from 'graphql-http';
import { parseGatewayConfig } from '../../gateway/config';
import { createLogger } from '../../gateway/log';
import { openPrincipals } from '../../gateway/principals';
import { openTestGraph, startGatewayOver } from '../gateway/started-gateway';
import type { StartedGateway } from '../gateway/started-gateway';

/** GET is for trusted documents only: a URL is logged on its way, and an ad-hoc document may hold anything. */
const REFUSED_MAYS = new Map([
  ['5A70', 'a query by GET'],
  ['D6D5', 'a query with variables by GET'],
  ['6A70', 'a query with variables by GET'],
]);

const SUBGRAPHS = ['analytics', 'commerce', 'crm', 'profiles', 'support'];

let gateway: StartedGateway;
let authorization: string;
let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'facet-audits-'));
  const config = parseGatewayConfig({});
  const log = createLogger({ level: 'silent' });
  const { authenticate, development } = await openPrincipals({ config, dataDir, log, now: Date.now });
  authorization = `Bearer ${development?.credentials.admin}`;
  const file = path.join(__dirname, '..', '..', 'schema', 'generated', 'supergraph.graphql');
  // No audit asks for data: they look at how a request is taken and answered.
  const transport = () => Promise.reject(new Error('Expected no audit to reach a subgraph.'));
  const transports = Object.fromEntries(SUBGRAPHS.map((name) => [name, transport]));
  gateway = await startGatewayOver(await openTestGraph({ supergraphSdl: readFileSync(file, 'utf8'), transports }), {
    authenticate,
  });
});
afterAll(async () => {
  await gateway.close();
  await rm(dataDir, { recursive: true });
});

/** The audits know of no credentials; everything here is asked with those of the demo admin. */
const fetchAsAdmin = (url: string, init: RequestInit = {}) =>
  fetch(url, { ...init, headers: { ...(init.headers as Record<string, string>), authorization } });
const audits = serverAudits({ url: () => gateway.url, fetchFn: fetchAsAdmin });
const level = (name: string) => /^(MUST|SHOULD|MAY)\b/.exec(name)?.[1] ?? 'unknown';

describe('GraphQL over HTTP', () => {
  for (const { id, name, fn } of audits) {
    const refused = REFUSED_MAYS.get(id);
    if (refused === undefined) {
      it(`${id} ${name}`, async () => {
        const result = await fn();
        expect({ id, status: result.status, reason: 'reason' in result ? result.reason : null }).toEqual({
          id,
          status: 'ok',
          reason: null,
        });
      });
    } else {
      it(`${id} ${name}: ${refused} is refused on purpose`, async () => {
        expect(level(name)).toBe('MAY');
        const result = await fn();
        expect({ status: result.status, http: 'response' in result ? result.response.status : null }).toEqual({
          status: 'notice',
          http: 400,
        });
      });
    }
  }

  it('is audited in full: 13 MUST, 23 SHOULD, 25 MAY', () => {
    const counts = audits.reduce<Record<string, number>>((sum, { name }) => {
      return { ...sum, [level(name)]: (sum[level(name)] ?? 0) + 1 };
    }, {});
    expect(counts).toEqual({ MUST: 13, SHOULD: 23, MAY: 25 });
    expect([...REFUSED_MAYS.keys()].filter((id) => !audits.some((audit) => audit.id === id))).toEqual([]);
  });

  const COERCION = { query: 'query ($id: ID!) { customer(id: $id) { id } }', variables: { id: null } };
  it.each([
    ['application/json', 200],
    ['Application/JSON; charset=utf-8', 200],
    ['application/json, application/graphql-response+json', 200],
    ['text/html, application/json;q=0.9', 200],
    ['application/graphql-response+json, application/json', 400],
    ['application/graphql-response+json', 400],
    ['*/*', 400],
  ])('answers what cannot be executed to Accept: %s with %i', async (accept, status) => {
    for (const operation of [{ query: '{' }, { query: '{ nothing }' }, COERCION]) {
      const { status: answered, body } = await send({ accept }, JSON.stringify(operation));
      expect({ operation, status: answered, data: 'data' in body }).toEqual({ operation, status, data: false });
    }
  });

  it.each([
    ['a request that is none', JSON.stringify({ nothing: true }), 400, 'BAD_REQUEST'],
    ['a body that is not JSON', '{', 400, 'BAD_REQUEST'],
    ['an operation over a limit', JSON.stringify({ query: `{ ${'__typename '.repeat(21)} }` }), 400, 'LIMIT_EXCEEDED'],
  ])('leaves %s its status for those who accept application/json, too', async (_what, sent, status, code) => {
    const answer = await send({ accept: 'application/json' }, sent);
    expect({ status: answer.status, code: answer.body.errors?.[0]?.extensions.code }).toEqual({ status, code });
  });

  it.each(['HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('answers %s with 405 and what there is', async (method) => {
    const { status, headers } = await fetchAsAdmin(gateway.url, { method });
    expect({ status, allow: headers.get('allow') }).toEqual({ status: 405, allow: 'GET, POST' });
  });

  it('says how long an answer is, in bytes', async () => {
    const { headers, text } = await send({}, JSON.stringify({ query: '{ __type(name: "Größe") { name } }' }));
    expect(headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
    expect(headers.get('transfer-encoding')).toBeNull();
  });

  async function send(headers: Record<string, string>, body: string) {
    const response = await fetchAsAdmin(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    const text = await response.text();
    const parsed = JSON.parse(text) as { data?: unknown; errors?: Array<{ extensions: { code: string } }> };
    return { status: response.status, headers: response.headers, text, body: parsed };
  }
});
