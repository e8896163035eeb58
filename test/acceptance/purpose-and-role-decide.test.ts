import { first, runFacet } from './running-facet';
import type { RunningFacet } from './running-facet';

let facet: RunningFacet;
beforeAll(async () => {
  facet = await runFacet({ customers: 200 });
});
afterAll(() => facet.close());

describe('Purpose, role and consent decide what is seen', () => {
  it('shows name and address but no orders and no cart with marketing consent alone, and falls back', async () => {
    const ids = await facet.customersWith('marketingWithoutPersonalization', 'openCart');
    const { body } = await facet.template('abandoned-cart', first(ids));
    expect(body).toEqual({
      contact: { firstName: expect.any(String), email: expect.stringContaining('@') },
      address: { city: expect.any(String) },
      cart: { items: null, checkoutUrl: 'https://shop.example/cart', abandonedAt: null },
      lastOrder: null,
      send: true,
      _facet: {
        reason: null,
        mailHeaders: expect.any(Object),
        withheld: expect.arrayContaining([
          { path: ['cart'], category: 'BEHAVIOUR', reason: 'NOT_PERMITTED' },
          { path: ['lastOrder'], category: 'PURCHASE_HISTORY', reason: 'NOT_PERMITTED' },
        ]),
        masked: [],
        stale: [],
        consentVersion: expect.any(Number),
      },
    });
  });

  it('masks the address for a support agent, through alias and fragment too', async () => {
    const id = first(await facet.customersWith('readyForCartMail'));
    const { body } = await facet.graphql(
      `query ($id: ID!) {
        customer(id: $id) { contact { email } again: contact { mail: email } ...Named }
      }
      fragment Named on Customer { ... on Customer { birthDate contact { phone firstName } address { line postcode } } }`,
      { as: 'supportAgent', purpose: 'SUPPORT_SERVICE', variables: { id } },
    );
    expect(body.errors).toBeUndefined();
    const customer = body.data?.customer as Record<string, Record<string, string | null>>;
    expect(customer.contact?.email).toMatch(/^.\*\*\*@e\*\*\*\.(com|org|net)$/);
    expect(customer.again).toEqual({ mail: customer.contact?.email });
    expect(customer.contact?.firstName).toEqual(expect.any(String));
    expect(customer.address?.line).toBeNull();
    expect(customer.address?.postcode).toMatch(/\*\*\*$/);
    expect(customer.birthDate).toBeNull();
  });

  it('shows an administrator no classified field at all, whatever purpose is named', async () => {
    const id = first(await facet.customersWith('readyForCartMail'));
    const query = `query ($id: ID!) { customer(id: $id) {
      id identities { value } consents { state } contact { firstName lastName email phone language } address { city }
      birthDate company { name } lifecycleStage lastOrder { id } cart { checkoutUrl } totalSpent { amountMinor } orderCount
      lifetimeValue { historic { amountMinor } } engagement { score } orders { edges { node { id } } }
    } }`;
    const { body } = await facet.graphql(query, { as: 'admin', variables: { id } });
    expect(body.data).toEqual({
      customer: {
        id,
        identities: null,
        consents: null,
        contact: { firstName: null, lastName: null, email: null, phone: null, language: null },
        address: null,
        birthDate: null,
        company: null,
        lifecycleStage: null,
        lastOrder: null,
        cart: null,
        totalSpent: null,
        orderCount: null,
        lifetimeValue: null,
        engagement: null,
        orders: null,
      },
    });
    const named = await facet.graphql(query, { as: 'admin', purpose: 'DATA_SUBJECT_RIGHTS', variables: { id } });
    expect(named.status).toBe(403);
    expect(named.body.errors?.[0]?.extensions.code).toBe('PURPOSE_NOT_ENTITLED');
  });

  it.each([
    ['marketingRefused', false],
    ['marketingPending', false],
    ['marketingWithdrawn', false],
    ['marketingExpired', false],
    ['marketingObjected', false],
    ['hardBounced', false],
    ['shopUnsubscribedLater', false],
    ['minorUnder16', false],
  ] as const)('never mails marketing to somebody who is %s', async (hardCase, send) => {
    const ids = await facet.customersWith(hardCase);
    expect(ids.length).toBeGreaterThan(0);
    for (const id of ids) {
      const { body } = await facet.template('abandoned-cart', id);
      expect(body.send).toBe(send);
    }
  });

  it('shows lines of a special category to the privacy officer only', async () => {
    const ids = (await facet.customersWith('pharmacyOrder')).slice(0, 10);
    const query = `query ($ids: [ID!]!) { customers(ids: $ids) { orders(first: 10) { edges { node { items { title } } } } } }`;
    const titles = (body: unknown) =>
      [...JSON.stringify(body).matchAll(/"title":"([^"]*)"/g)].map(([, title]) => title);
    const renderer = await facet.graphql(query, { purpose: 'ESSENTIAL_SERVICE', variables: { ids } });
    const officer = await facet.graphql(query, {
      as: 'privacyOfficer',
      purpose: 'DATA_SUBJECT_RIGHTS',
      variables: { ids },
    });
    expect(officer.body.errors).toBeUndefined();
    expect(titles(officer.body.data).length).toBeGreaterThan(titles(renderer.body.data).length);
  });

  it('finds by identity only within reach, and calls a shared address ambiguous', async () => {
    const [person] = facet.population.examples('readyForCartMail');
    const byEmail = (email: string | null | undefined) => ({
      query: 'query ($value: String!) { customerByIdentity(namespace: "email", value: $value) { id } }',
      variables: { value: email },
    });
    const ask = (email: string | null | undefined, as: 'supportAgent' | 'analyst', purpose: string) =>
      facet.graphql(byEmail(email).query, { as, purpose, variables: { value: email } });

    const id = first(await facet.customersWith('readyForCartMail'));
    expect((await ask(person?.email, 'supportAgent', 'SUPPORT_SERVICE')).body).toEqual({
      data: { customerByIdentity: { id } },
    });
    expect((await ask(person?.email, 'analyst', 'ANALYTICS')).body).toEqual({ data: { customerByIdentity: null } });

    const [shared] = facet.population.examples('sharedEmail');
    const { body } = await ask(shared?.email, 'supportAgent', 'SUPPORT_SERVICE');
    expect(body.data).toEqual({ customerByIdentity: null });
    expect(body.errors?.[0]?.extensions.code).toBe('IDENTITY_AMBIGUOUS');
  });
});
