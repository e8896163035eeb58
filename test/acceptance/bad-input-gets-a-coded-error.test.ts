import { request } from 'node:http';
import { first, runFacet } from './running-facet';
import type { Answer, RunningFacet } from './running-facet';

let facet: RunningFacet;
let id: string;
beforeAll(async () => {
  facet = await runFacet();
  id = first(await facet.customersWith('readyForCartMail'));
});
afterAll(() => facet.close());

const json = { 'content-type': 'application/json' };
const post = (body: unknown, headers: Record<string, string> = {}) =>
  facet.fetch('/graphql', { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(body) });

const CASES: Array<[string, () => Promise<Answer>, number, string]> = [
  [
    'no token',
    () => facet.fetch('/graphql', { method: 'POST', headers: { ...json, authorization: '' }, body: '{}' }),
    401,
    'UNAUTHENTICATED',
  ],
  [
    'a token that is garbage',
    () => facet.template('abandoned-cart', id, { bearer: 'garbage' }),
    401,
    'UNAUTHENTICATED',
  ],
  [
    'a token with a flipped signature',
    () => facet.template('abandoned-cart', id, { bearer: flip(facet.token('renderer')) }),
    401,
    'UNAUTHENTICATED',
  ],
  [
    'a token without signature',
    () => facet.template('abandoned-cart', id, { bearer: unsigned(facet.token('renderer')) }),
    401,
    'UNAUTHENTICATED',
  ],
  [
    'a purpose the role is not entitled to',
    () => post({ query: '{ __typename }' }, { 'x-purpose': 'SUPPORT_SERVICE' }),
    403,
    'PURPOSE_NOT_ENTITLED',
  ],
  [
    'a template for a role that may not send',
    () => facet.template('abandoned-cart', id, { as: 'admin' }),
    403,
    'PURPOSE_NOT_ENTITLED',
  ],
  ['an unknown template', () => facet.template('no-such-template', id), 404, 'TEMPLATE_UNKNOWN'],
  [
    'an unknown customer',
    () => facet.template('abandoned-cart', '01ARZ3NDEKTSV4RRFFQ69G5FAV'),
    404,
    'CUSTOMER_UNKNOWN',
  ],
  ['an unknown route', () => facet.fetch('/v2/anything'), 404, 'ROUTE_UNKNOWN'],
  [
    'an unknown namespace',
    () => facet.fetch('/v1/templates/abandoned-cart/by/sap.partner/1'),
    400,
    'NAMESPACE_UNKNOWN',
  ],
  [
    'a broken percent-encoding',
    () => facet.fetch('/v1/templates/abandoned-cart/customers/%E0%A4%A'),
    404,
    'ROUTE_UNKNOWN',
  ],
  ['an unknown documentId', () => post({ documentId: 'a'.repeat(64) }), 404, 'DOCUMENT_UNKNOWN'],
  ['an ad-hoc operation by GET', () => facet.fetch('/graphql?query=%7B__typename%7D'), 400, 'BAD_REQUEST'],
  [
    'a body that is not JSON',
    () => facet.fetch('/graphql', { method: 'POST', headers: json, body: '{' }),
    400,
    'BAD_REQUEST',
  ],
  ['a body that is no GraphQL request', () => post({ nothing: true }), 400, 'BAD_REQUEST'],
  ['a batch', () => post([{ query: '{ __typename }' }]), 400, 'BAD_REQUEST'],
  ['a document that is not GraphQL', () => post({ query: '{ customer(' }), 400, 'GRAPHQL_PARSE_FAILED'],
  ['a document that does not fit', () => post({ query: '{ nothing }' }), 400, 'GRAPHQL_VALIDATION_FAILED'],
  [
    'a document that selects access',
    () => post({ query: `{ customer(id: "${id}") { access } }` }),
    400,
    'GRAPHQL_VALIDATION_FAILED',
  ],
  [
    'a document that selects sourceKeys',
    () => post({ query: `{ customer(id: "${id}") { sourceKeys { key } } }` }),
    400,
    'GRAPHQL_VALIDATION_FAILED',
  ],
  [
    'a document that asks for contactPermission',
    () => post({ query: `{ customer(id: "${id}") { contactPermission { permitted } } }` }),
    400,
    'GRAPHQL_VALIDATION_FAILED',
  ],
  [
    'a variable of the wrong kind',
    () => post({ query: 'query ($ids: [ID!]!) { customers(ids: $ids) { id } }', variables: { ids: [{}] } }),
    400,
    'BAD_USER_INPUT',
  ],
  ['too many tokens', () => post({ query: `{ ${'a '.repeat(1_001)} }` }), 400, 'GRAPHQL_PARSE_FAILED'],
  [
    'too many aliases',
    () => post({ query: `{ ${Array.from({ length: 16 }, (_, i) => `a${i}: __typename`).join(' ')} }` }),
    400,
    'LIMIT_EXCEEDED',
  ],
  ['too many root fields', () => post({ query: `{ ${'__typename '.repeat(21)} }` }), 400, 'LIMIT_EXCEEDED'],
  [
    'too costly a page',
    () =>
      post({
        query: '{ searchCustomers(first: 100) { edges { node { orders(first: 100) { edges { node { id } } } } } } }',
      }),
    400,
    'LIMIT_EXCEEDED',
  ],
  ['a body over 100 KB', () => post({ query: `{ __typename } # ${'x'.repeat(110_000)}` }), 413, 'BODY_TOO_LARGE'],
  [
    'an operation the document does not have',
    () => post({ query: 'query A { __typename }', operationName: 'Z' }),
    400,
    'BAD_REQUEST',
  ],
  [
    'too many ids beside an introspection field',
    () =>
      post({
        query: 'query ($ids: [ID!]!) { __type(name: "X") { name } customers(ids: $ids) { id } }',
        variables: { ids: Array.from({ length: 101 }, () => id) },
      }),
    400,
    'LIMIT_EXCEEDED',
  ],
];

describe('Bad input gets a coded error', () => {
  it.each(CASES)('%s', async (_what, ask, status, code) => {
    const answer = await ask();
    const { errors } = answer.body as { errors?: Array<{ message: string; extensions: { code: string } }> };
    expect({ status: answer.status, code: errors?.[0]?.extensions.code }).toEqual({ status, code });
    const text = JSON.stringify(answer.body);
    expect(text).not.toMatch(/stacktrace|at .*\.[tj]s:\d+|node_modules/);
    expect(errors?.[0]?.message).toMatch(/\S/);
  });

  it('refuses a body over 100 KB that hides its length', async () => {
    const status = await new Promise<number>((resolve, reject) => {
      const sent = request(`${facet.url}/graphql`, {
        method: 'POST',
        headers: { ...json, authorization: `Bearer ${facet.token('renderer')}`, 'transfer-encoding': 'chunked' },
      });
      sent.on('response', (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.on('error', reject);
      for (let chunk = 0; chunk < 12; chunk += 1) sent.write('x'.repeat(10_240));
      sent.end();
    });
    expect(status).toBe(413);
  });

  it('hides the schema from those without schema:read', async () => {
    const bearer = await facet.issue({
      subject: 'narrow',
      role: 'RENDERER',
      scopes: ['operations:adhoc'],
    });
    const asNarrow = { authorization: `Bearer ${bearer}` };
    const uniform = {
      errors: [{ message: 'The document does not fit the schema.', extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
    };
    expect((await post({ query: '{ custmer { id } }' }, asNarrow)).body).toEqual(uniform);
    const introspection = (await post({ query: '{ __schema { types { name } } }' }, asNarrow)).body as {
      errors: unknown;
    };
    expect(introspection.errors).toEqual(uniform.errors);
    for (const query of [
      '{ ... on Query { __schema { types { name } } } }',
      '{ ... { ... { x: __type(name: "Customer") { fields { name } } } } }',
      '{ ...Hidden } fragment Hidden on Query { ... @include(if: true) { __schema { types { name } } } }',
    ]) {
      expect((await post({ query }, asNarrow)).body).toEqual({ errors: uniform.errors });
    }
    const { getIntrospectionQuery } = await import('graphql');
    const readable = (await post({ query: getIntrospectionQuery() })).body as {
      data: { __schema: { types: unknown[] } };
    };
    expect(readable.data.__schema.types.length).toBeGreaterThan(10);
    expect(JSON.stringify(readable)).not.toContain('sourceKeys');
  });

  it('leaves the process healthy', async () => {
    expect((await facet.fetch('/healthz')).body).toEqual({ status: 'ok' });
    expect((await facet.fetch('/readyz')).body).toEqual({ status: 'ready' });
    expect((await facet.template('abandoned-cart', id)).body.send).toBe(true);
    expect(facet.logged()).not.toContain('"level":50');
  });
});

/** The signature's bytes, not its last character: that holds padding bits which do not count. */
function flip(token: string): string {
  const [head, payload, signature = ''] = token.split('.');
  return `${head}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
}

function unsigned(token: string): string {
  const [, payload] = token.split('.');
  return `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
}
