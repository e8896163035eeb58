import { runFacet } from './running-facet';
import type { RunningFacet } from './running-facet';

let facet: RunningFacet;
let ids: string[];

beforeAll(async () => {
  // What is counted here are calls; how fast they are is for the benchmark, on a machine that does nothing else.
  facet = await runFacet({ customers: 250, environment: { FACET_SUBGRAPH_TIMEOUT_MS: '5000' } });
  ids = (await facet.customersWith('crossId')).slice(0, 100);
});
afterAll(() => facet.close());

const QUERY = `query ($ids: [ID!]!) {
  customers(ids: $ids) { id contact { firstName email } address { city } lastOrder { placedAt total { amountMinor } } }
}`;
const ask = async (asked: readonly string[]) => {
  await facet.forget();
  const { body } = await facet.graphql(QUERY, { purpose: 'ESSENTIAL_SERVICE', variables: { ids: asked } });
  return body;
};
const graphqlCalls = async () => (await facet.asked('shopify')).filter(({ path }) => path.includes('graphql'));

describe('A hundred customers in one operation', () => {
  it('are answered in the order asked, null where unknown', async () => {
    const asked = [...ids.slice(0, 50), '01ARZ3NDEKTSV4RRFFQ69G5FAV', ...ids.slice(50, 99)];
    const body = await ask(asked);
    expect(body.errors).toBeUndefined();
    const customers = body.data?.customers as Array<{ id: string } | null>;
    expect(customers.map((customer) => customer?.id ?? null)).toEqual(
      asked.map((id) => (ids.includes(id) ? id : null)),
    );
  });

  it('cost one store read per subgraph and no vendor call while stored records are fresh', async () => {
    expect(ids).toHaveLength(100);
    await ask(ids);
    expect(facet.storeReads().toSorted()).toEqual(['commerce: 100', 'crm: 100', 'profiles: 100']);
    expect([await facet.asked('hubspot'), await facet.asked('shopify')]).toEqual([[], []]);
  });

  it('cost ⌈m ÷ limit⌉ calls to each vendor for the m that are too old', async () => {
    facet.advance(301_000);
    const body = await ask(ids);
    expect(body.errors).toBeUndefined();
    const hubspot = await facet.asked('hubspot');
    expect(hubspot).toHaveLength(1);
    expect(hubspot[0]?.ids).toHaveLength(100);
    expect(await graphqlCalls()).toHaveLength(4);

    facet.advance(301_000);
    await ask(ids.slice(0, 26));
    expect(await facet.asked('hubspot')).toHaveLength(1);
    expect(await graphqlCalls()).toHaveLength(2);
  });

  it('ask each vendor only for the customers whose data may be seen', async () => {
    facet.advance(301_000);
    const refused = (await facet.customersWith('marketingRefused')).slice(0, 5);
    const granted = (await facet.customersWith('readyForCartMail')).slice(0, 5);
    await facet.forget();
    await facet.graphql('query ($ids: [ID!]!) { customers(ids: $ids) { contact { email } cart { checkoutUrl } } }', {
      purpose: 'EMAIL_MARKETING',
      variables: { ids: [...refused, ...granted] },
    });
    const people = facet.population.examples('readyForCartMail').slice(0, 5);
    expect((await facet.asked('hubspot')).flatMap((call) => call.ids).toSorted()).toEqual(
      people.flatMap(({ hubspotIds }) => hubspotIds).toSorted(),
    );
  });

  it('are the most that ids takes outside template routes', async () => {
    const { status, body } = await facet.graphql(QUERY, {
      purpose: 'ESSENTIAL_SERVICE',
      variables: { ids: [...ids, first101()] },
    });
    expect(status).toBe(400);
    expect(body.errors).toEqual([
      { message: 'Expected at most 100 (ids), but the operation has 101.', extensions: { code: 'LIMIT_EXCEEDED' } },
    ]);
  });
});

function first101(): string {
  return '01ARZ3NDEKTSV4RRFFQ69G5FAV';
}
