import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createPopulation } from '../../simulator/population';
import type { Source } from '../../subgraphs/source';
import { sources } from '../../subgraphs/sources';
import { first, startTestFacet } from './facet';
import type { TestFacet } from './facet';
import { loyalty } from './loyalty';

let api: Server;
let facet: TestFacet;
let id: string;
let points = 420;
const asked: string[] = [];

beforeAll(async () => {
  // The programme's own server: it knows one customer of the shop.
  let shopCustomer = '';
  api = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.setHeader('content-type', 'application/json');
    if (request.headers.authorization !== 'Bearer loyalty-token') response.statusCode = 401;
    response.end(JSON.stringify([{ member: 'L-1', shopCustomer, points, tier: 'gold', changedAt: points }]));
  });
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  shopCustomer =
    first(createPopulation({ customers: 100, seed: 42, epochMs: 0 }).examples('readyForCartMail')).shopifyId ?? '';
  facet = await startTestFacet({
    sources: [...sources, loyalty as Source],
    sourceSettings: {
      LOYALTY_URL: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
      LOYALTY_TOKEN: 'loyalty-token',
    },
  });
  id = first(await facet.customersWith('readyForCartMail'));
});
afterAll(async () => {
  await facet.close();
  await new Promise((resolve) => api.close(resolve));
});

const QUERY = 'query ($id: ID!) { customer(id: $id) { loyalty { points tier } contact { firstName } orderCount } }';

describe('An integrator adds a source', () => {
  it('and reads its fields beside those of the others', async () => {
    const { body } = await facet.graphql(QUERY, { purpose: 'ESSENTIAL_SERVICE', variables: { id } });
    expect(body).toEqual({
      data: {
        customer: {
          loyalty: { points: 420, tier: 'gold' },
          contact: { firstName: expect.any(String) },
          orderCount: expect.any(Number),
        },
      },
    });
  });

  it('whose policy holds without a line of its own', async () => {
    const { body } = await facet.graphql(QUERY, { as: 'admin', variables: { id } });
    expect(body.data).toEqual({ customer: { loyalty: null, contact: { firstName: null }, orderCount: null } });
  });

  it('which is asked again when what is stored is too old, and known by its namespace', async () => {
    points = 500;
    asked.length = 0;
    facet.advance(301_000);
    const { body } = await facet.graphql(
      'query { customerByIdentity(namespace: "loyalty.member", value: "L-1") { id loyalty { points } freshness { source stale } } }',
      { purpose: 'ESSENTIAL_SERVICE' },
    );
    expect(body.data).toEqual({
      customerByIdentity: {
        id,
        loyalty: { points: 500 },
        freshness: expect.arrayContaining([expect.objectContaining({ source: 'loyalty' })]),
      },
    });
    expect(asked).toEqual(['/members?ids=L-1']);
  });
});
