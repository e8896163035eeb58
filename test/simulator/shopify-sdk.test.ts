/** Shopify's own client against the simulator. It insists on https, so the address is turned in its fetch. */
import { createAdminApiClient } from '@shopify/admin-api-client';
import { startSimulator, type Simulator } from '../../simulator/simulator';
import { customerGid, example, shopifyToken } from './callers';

describe("Shopify's official admin client", () => {
  let simulator: Simulator;
  let client: ReturnType<typeof createAdminApiClient>;
  beforeAll(async () => {
    simulator = await startSimulator({ customers: 100 });
    client = createAdminApiClient({
      storeDomain: 'facet-demo.myshopify.com',
      apiVersion: '2026-07',
      accessToken: await shopifyToken(simulator),
      customFetchApi: (url, init) =>
        fetch(String(url).replace('https://facet-demo.myshopify.com', simulator.urls.shopify), init),
    });
  });
  afterAll(() => simulator.close());

  it('reads nodes in the asked order, null where unknown', async () => {
    const person = example(simulator, 'readyForCartMail');
    const ids = ['gid://shopify/Customer/1', customerGid(person)];
    const query =
      'query P($ids: [ID!]!) { nodes(ids: $ids) { ... on Customer { id legacyResourceId verifiedEmail defaultEmailAddress { emailAddress marketingState } } } }';
    const { data, errors, extensions } = await client.request(query, { variables: { ids } });
    expect(errors).toBeUndefined();
    const customer = simulator.population.shopify.customers.find(({ id }) => id === person.shopifyId)!;
    expect(data).toEqual({
      nodes: [
        null,
        {
          id: ids[1],
          legacyResourceId: person.shopifyId,
          verifiedEmail: true,
          defaultEmailAddress: { emailAddress: customer.email, marketingState: 'SUBSCRIBED' },
        },
      ],
    });
    expect(extensions).toEqual({
      cost: {
        requestedQueryCost: 4,
        actualQueryCost: 3,
        throttleStatus: { maximumAvailable: 40_000, currentlyAvailable: expect.any(Number), restoreRate: 2000 },
      },
    });
  });

  it('hands over what the schema refuses', async () => {
    const { errors } = await client.request('{ customer(id: "gid://shopify/Customer/1") { totalSpent } }');
    expect(errors!.graphQLErrors![0]!.message).toBe(
      'Cannot query field "totalSpent" on type "Customer". Did you mean "amountSpent"?',
    );
  });

  it('hands over a wrong token as 401', async () => {
    const stranger = createAdminApiClient({
      storeDomain: 'facet-demo.myshopify.com',
      apiVersion: '2026-07',
      accessToken: 'shpat_wrong',
      customFetchApi: (url, init) =>
        fetch(String(url).replace('https://facet-demo.myshopify.com', simulator.urls.shopify), init),
    });
    const { errors } = await stranger.request('{ shop { name } }');
    expect(errors!.networkStatusCode).toBe(401);
  });
});
