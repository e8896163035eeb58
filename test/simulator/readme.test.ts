/** simulator/README.md cannot rot: its counts, its query and the query's prices are read from it and tried. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { HARD_CASES } from '../../simulator/population';
import { HOGQL } from '../../simulator/posthog/queries';
import { startSimulator, type Simulator } from '../../simulator/simulator';
import { customerGid, shopify, shopifyToken } from './callers';

const README = readFileSync(path.join(__dirname, '..', '..', 'simulator', 'README.md'), 'utf8');
const QUERY = /```graphql\n([\s\S]+?)```/.exec(README)![1]!;

describe('The README', () => {
  let simulator: Simulator;
  let token: string;
  beforeAll(async () => {
    simulator = await startSimulator({ customers: 100 });
    token = await shopifyToken(simulator);
  });
  afterAll(() => simulator.close());

  it('names every hard case with its count, and no other', () => {
    const rows = [...README.matchAll(/^\| `(\w+)` +\| (\d+) +\|/gm)].map(([, name, count]) => [name, Number(count)]);
    expect(Object.fromEntries(rows)).toEqual(HARD_CASES);
  });

  it('says what a page of the connector’s query costs: 25 customers 722, 90 customers 962, and no more fit', async () => {
    const price = async (first: number) => {
      const { body } = await shopify({ simulator, token, query: QUERY, variables: { first } });
      return body.extensions?.cost.requestedQueryCost ?? body.errors[0].extensions.cost;
    };
    expect([await price(25), await price(90), await price(91)]).toEqual([722, 962, 1082]);
    expect(README).toContain('| 722 ');
    expect(README).toContain('| 962 ');
  });

  it('says what the same selection costs by id: 8 ids 960, and no more fit', async () => {
    const selection = QUERY.slice(QUERY.indexOf('nodes {') + 7, QUERY.lastIndexOf('pageInfo'));
    const query = `query N($ids: [ID!]!) { nodes(ids: $ids) { ... on Customer { ${selection} } }`;
    const ids = simulator.population.people.filter(({ shopifyId }) => shopifyId !== null).map(customerGid);
    const eight = await shopify({ simulator, token, query, variables: { ids: ids.slice(0, 8) } });
    expect(eight.body.extensions.cost.requestedQueryCost).toBe(960);
    expect(eight.body.data.nodes).toHaveLength(8);
    const nine = await shopify({ simulator, token, query, variables: { ids: ids.slice(0, 9) } });
    expect(nine.body.errors[0].extensions).toMatchObject({ code: 'MAX_COST_EXCEEDED', cost: 1080 });
  });

  it('shows the HogQL of the named queries', () => {
    const shown = [...README.matchAll(/```sql\n([\s\S]+?)\n```/g)].map(([, text]) => text);
    expect(shown).toEqual(Object.values(HOGQL));
  });

  it('shows a query that finds 25 customers by id in one call', async () => {
    const wanted = simulator.population.shopify.customers.slice(3, 28).map(({ id }) => id);
    const query = wanted.map((id) => `id:${id}`).join(' OR ');
    const { body } = await shopify({ simulator, token, query: QUERY, variables: { first: 25, query } });
    const found = body.data.customers.nodes.map((node: { legacyResourceId: string }) => node.legacyResourceId);
    expect([...found].sort()).toEqual(wanted);
  });
});
