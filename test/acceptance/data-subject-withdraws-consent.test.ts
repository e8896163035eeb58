import { first, runFacet } from './running-facet';
import type { RunningFacet } from './running-facet';

let facet: RunningFacet;
let id: string;

beforeAll(async () => {
  facet = await runFacet();
  id = first(await facet.customersWith('readyForCartMail'));
});
afterAll(() => facet.close());

const QUERY = `query ($id: ID!) {
  customer(id: $id) { id contact { firstName email } address { city } cart { checkoutUrl } lastOrder { placedAt } }
}`;
const NOTHING = { contact: { firstName: null, email: null }, address: null, cart: null, lastOrder: null };
const WITHHELD = [
  { path: ['customer', 'contact', 'firstName'], category: 'NAME' },
  { path: ['customer', 'contact', 'email'], category: 'CONTACT' },
  { path: ['customer', 'address'], category: 'LOCATION' },
  { path: ['customer', 'cart'], category: 'BEHAVIOUR' },
  { path: ['customer', 'lastOrder'], category: 'PURCHASE_HISTORY' },
];

describe('A data subject withdraws consent', () => {
  it('is mailed before', async () => {
    expect((await facet.template('abandoned-cart', id)).body.send).toBe(true);
  });

  it('is not mailed on the very next answer, which holds no data', async () => {
    const { body } = await facet.graphql(
      `mutation ($id: ID!) { withdrawConsent(input: { customerId: $id, purpose: EMAIL_MARKETING }) {
        customerId consent { purpose state } version
      } }`,
      { as: 'privacyOfficer', variables: { id } },
    );
    expect(body).toEqual({
      data: {
        withdrawConsent: {
          customerId: id,
          consent: { purpose: 'EMAIL_MARKETING', state: 'WITHDRAWN' },
          version: expect.any(Number),
        },
      },
    });

    const { status, body: answer } = await facet.template('abandoned-cart', id);
    expect(status).toBe(200);
    expect(Object.keys(answer)).toEqual(['send', '_facet']);
    expect(answer).toEqual({
      send: false,
      _facet: expect.objectContaining({ reason: 'NOT_PERMITTED', masked: [], stale: [] }),
    });
  });

  it('reads nulls over /graphql, and no reason, which is for those alone whose task it is to explain', async () => {
    const plain = await facet.graphql(QUERY, { purpose: 'EMAIL_MARKETING', variables: { id } });
    expect(plain.status).toBe(200);
    expect(plain.body.data).toEqual({ customer: { id, ...NOTHING } });
    expect(plain.body.errors).toBeUndefined();
    expect(plain.body.extensions?.privacy?.masked).toEqual([]);
    expect(plain.body.extensions?.privacy?.withheld).toEqual(
      expect.arrayContaining(WITHHELD.map((note) => ({ ...note, reason: 'NOT_PERMITTED' }))),
    );
    expect(plain.body.extensions?.privacy?.withheld).toHaveLength(WITHHELD.length);

    // A scope is of no use to a role that is not to know.
    const bearer = await facet.issue({
      subject: 'renderer-who-would-explain',
      role: 'RENDERER',
      scopes: ['operations:adhoc', 'policy:explain'],
    });
    const asked = await facet.graphql(QUERY, { bearer, purpose: 'EMAIL_MARKETING', variables: { id } });
    expect(asked.body).toEqual(plain.body);

    const agent = await facet.graphql('query ($id: ID!) { customer(id: $id) { cart { checkoutUrl } } }', {
      as: 'supportAgent',
      purpose: 'SUPPORT_SERVICE',
      variables: { id },
    });
    expect(agent.body.extensions?.privacy?.withheld).toEqual([
      { path: ['customer', 'cart'], category: 'BEHAVIOUR', reason: 'PURPOSE' },
    ]);
    const explained = await facet.graphql(
      `query ($id: ID!) { explainAccess(customerId: $id, purpose: EMAIL_MARKETING, role: RENDERER) { mailed mailedReason } }`,
      { as: 'privacyOfficer', variables: { id } },
    );
    expect(explained.body.data).toEqual({ explainAccess: { mailed: false, mailedReason: 'CONSENT' } });
  });

  it('turns what is withheld into errors in strict mode', async () => {
    const { body } = await facet.graphql('query ($id: ID!) { customer(id: $id) { address { city } } }', {
      purpose: 'EMAIL_MARKETING',
      variables: { id },
      extensions: { privacy: { strict: true } },
    });
    expect(body.errors).toEqual([
      { message: 'This field is withheld.', path: ['customer', 'address'], extensions: { code: 'PRIVACY_WITHHELD' } },
    ]);
  });

  it.each([
    ['too old', () => facet.advance(301_000)],
    ['absent', () => facet.lose('*')],
  ])('is not asked for at any vendor when the stored records are %s', async (_state, make) => {
    make();
    await facet.forget();
    const template = await facet.template('abandoned-cart', id);
    const query = await facet.graphql(QUERY, { purpose: 'EMAIL_MARKETING', variables: { id } });
    facet.lose(null);
    expect(template.body.send).toBe(false);
    expect(query.body.data).toEqual({ customer: { id, ...NOTHING } });
    expect([await facet.asked('hubspot'), await facet.asked('shopify')]).toEqual([[], []]);
  });

  it('is still served what the contract needs', async () => {
    expect((await facet.template('order-follow-up', id)).body.send).toBe(true);
  });

  it('is mailed again after a new grant, and not about a topic taken back', async () => {
    const record = (input: string) =>
      facet.graphql(`mutation ($id: ID!) { ${input} { version } }`, { as: 'supportAgent', variables: { id } });
    await record(
      'recordConsent(input: { customerId: $id, purpose: EMAIL_MARKETING, action: GRANT, notice: { id: "privacy", version: "2026-01" }, method: "phone" })',
    );
    expect((await facet.template('abandoned-cart', id)).body.send).toBe(true);
    await record('withdrawConsent(input: { customerId: $id, purpose: EMAIL_MARKETING, topic: "promotions" })');
    expect((await facet.template('abandoned-cart', id)).body.send).toBe(false);
  });

  it('is not mailed on the very answer that learns of the opt-out at the vendor', async () => {
    const people = facet.population.examples('readyForCartMail');
    const [, other] = await facet.customersWith('readyForCartMail');
    expect((await facet.template('abandoned-cart', other ?? '')).body.send).toBe(true);
    // Without the webhook, whose own read of the contact may come before this one or beside it.
    await facet.control('/webhooks/hubspot', { method: 'PUT' });
    await facet.changeAt('hubspot', people[1]?.hubspotIds[0] ?? '', { hs_email_optout: 'true' });
    facet.advance(301_000);
    await facet.forget();
    expect(Object.keys((await facet.template('abandoned-cart', other ?? '')).body)).toEqual(['send', '_facet']);
    expect(await facet.asked('hubspot')).toHaveLength(1);
  });

  it('leaves no address and no name in the log', () => {
    const person = first(facet.population.examples('readyForCartMail'));
    expect(facet.logged()).toContain('"route":"/v1/templates/{template}/customers/{id}"');
    expect(facet.logged()).not.toContain(person.email);
    expect(facet.logged()).not.toContain(id);
  });
});
