import { first, runFacet } from './running-facet';
import type { RunningFacet } from './running-facet';

let facet: RunningFacet;
let id: string;
beforeAll(async () => {
  facet = await runFacet();
  id = first(await facet.customersWith('readyForCartMail'));
});
afterAll(() => facet.close());

/** For the mail that is made of the answer (RFC 8058). */
const MAIL_HEADERS = {
  'List-Unsubscribe': expect.stringMatching(/^<http.+\/u\/[\w-]+>$/),
  'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
};

describe('The renderer reads exactly the fields a template asks for', () => {
  it('answers abandoned-cart with its fields, send and _facet, and nothing else', async () => {
    const { status, body } = await facet.template('abandoned-cart', id);
    expect(status).toBe(200);
    expect(body).toEqual({
      contact: { firstName: expect.any(String), email: expect.stringContaining('@') },
      address: { city: expect.any(String) },
      cart: {
        items: expect.arrayContaining([
          {
            title: expect.any(String),
            quantity: expect.any(Number),
            price: { amountMinor: expect.any(Number), currency: expect.stringMatching(/^[A-Z]{3}$/) },
            imageUrl: expect.stringMatching(/^https:/),
          },
        ]),
        checkoutUrl: expect.stringMatching(/^https:/),
        abandonedAt: expect.stringMatching(/Z$/),
      },
      lastOrder: { placedAt: expect.stringMatching(/Z$/) },
      send: true,
      _facet: {
        reason: null,
        withheld: [],
        masked: [],
        stale: [],
        consentVersion: expect.any(Number),
        mailHeaders: MAIL_HEADERS,
      },
    });
    expect(Object.keys(body)).toEqual(['contact', 'address', 'cart', 'lastOrder', 'send', '_facet']);
  });

  it('joins what the CRM and the shop hold of the same person', async () => {
    const { body } = await facet.template('order-follow-up', id);
    const person = first(facet.population.examples('readyForCartMail'));
    const contact = facet.population.hubspot.contacts.find((each) => each.id === person.hubspotIds[0]);
    expect(body.contact).toEqual({ firstName: contact?.properties.firstname?.trim(), email: person.email });
    expect(body.lastOrder).toEqual({
      id: expect.stringMatching(/^\d+$/),
      placedAt: expect.any(String),
      total: { amountMinor: expect.any(Number), currency: 'EUR' },
      items: expect.any(Array),
    });
  });

  it('answers the same by a namespace’s id, and refuses addresses in URLs', async () => {
    const person = first(facet.population.examples('readyForCartMail'));
    const byId = await facet.template('abandoned-cart', id);
    const path = `/v1/templates/abandoned-cart/by/shopify.customer/${person.shopifyId}`;
    expect((await facet.fetch(path)).body).toEqual(byId.body);

    const refused = await facet.fetch('/v1/templates/abandoned-cart/by/email/zaphodqq%40example.com');
    expect(refused.status).toBe(400);
    expect(refused.body).toEqual({
      errors: [{ message: expect.any(String), extensions: { code: 'IDENTITY_IN_URL' } }],
    });
    expect(facet.logged()).not.toContain('zaphodqq');
  });

  it('sends nothing again that has not changed', async () => {
    const answer = await facet.template('abandoned-cart', id);
    expect(answer.headers.get('cache-control')).toBe('private, no-cache');
    const etag = answer.headers.get('etag') ?? '';
    const again = await facet.fetch(`/v1/templates/abandoned-cart/customers/${id}`, {
      headers: { 'if-none-match': etag },
    });
    expect({ status: again.status, body: again.body }).toEqual({ status: 304, body: { text: '' } });
  });

  it('asks no vendor while what is stored is fresh, and each vendor once when it is too old', async () => {
    await facet.forget();
    await facet.template('abandoned-cart', id);
    expect([await facet.asked('hubspot'), await facet.asked('shopify')]).toEqual([[], []]);

    facet.advance(301_000);
    const { body } = await facet.template('abandoned-cart', id);
    expect(body.send).toBe(true);
    expect(await facet.asked('hubspot')).toHaveLength(1);
    expect((await facet.asked('shopify')).filter(({ path }) => path.includes('graphql'))).toHaveLength(1);
  });

  it('sees a change at the vendor once what is stored is too old', async () => {
    const person = first(facet.population.examples('readyForCartMail'));
    const url = facet.simulator.hubspot;
    await fetch(`${url}/__simulator/customers/hubspot/${person.hubspotIds[0]}`, {
      method: 'PATCH',
      body: JSON.stringify({ firstname: 'Zaphod' }),
    });
    facet.advance(301_000);
    const { body } = await facet.template('abandoned-cart', id);
    expect(body.contact).toEqual({ firstName: 'Zaphod', email: person.email });
  });

  it('runs the same document over /graphql by its documentId, with POST and GET', async () => {
    const { createHash } = await import('node:crypto');
    const { readFileSync } = await import('node:fs');
    const { parse, print } = await import('graphql');
    const source = readFileSync('schema/templates/abandoned-cart.graphql', 'utf8');
    const documentId = createHash('sha256')
      .update(print(parse(source)))
      .digest('hex');
    const { body: answer } = await facet.template('abandoned-cart', id);
    const { send: _send, _facet: _notes, ...fields } = answer;

    const posted = await facet.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ documentId, variables: { id } }),
    });
    expect(posted.body).toEqual({ data: { customer: fields } });
    const query = new URLSearchParams({ documentId, variables: JSON.stringify({ id }) });
    expect((await facet.fetch(`/graphql?${query.toString()}`)).body).toEqual(posted.body);
  });
});
