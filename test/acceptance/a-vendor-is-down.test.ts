import { first, runFacet } from './running-facet';
import type { RunningFacet } from './running-facet';
import { STORE } from './store-server';

/** On MongoDB, whose server may be a slow test tool, subgraphs are given longer. */
const PATIENCE_MS = STORE === 'mongodb' ? 5_000 : 1_500;

let facet: RunningFacet;
let id: string;

beforeAll(async () => {
  facet = await runFacet();
  id = first(await facet.customersWith('readyForCartMail'));
});
afterEach(async () => {
  facet.lose(null);
  await facet.fault('hubspot', {});
  await facet.fault('shopify', {});
});
afterAll(() => facet.close());

describe.each([
  ['answers errors', { failRate: 1, status: 500 }],
  ['throttles', { throttle: true }],
  ['hangs', { hang: true }],
])('A vendor that %s', (_what, faults) => {
  it('leaves the stored fields, marked stale, and the other vendor’s fresh, within the deadline', async () => {
    facet.advance(301_000);
    await facet.fault('hubspot', faults);
    const { status, body, tookMs } = await facet.template('abandoned-cart', id);
    expect(status).toBe(200);
    expect(body).toEqual(
      expect.objectContaining({
        contact: { firstName: expect.any(String), email: expect.stringContaining('@') },
        cart: expect.objectContaining({ checkoutUrl: expect.stringMatching(/^https:/) }),
        send: true,
        _facet: expect.objectContaining({
          stale: [{ path: [], source: 'crm', fetchedAt: expect.stringMatching(/Z$/) }],
        }),
      }),
    );
    expect(tookMs).toBeLessThan(PATIENCE_MS);
  });

  it('leaves null with a coded error where nothing is stored', async () => {
    facet.lose('commerce');
    await facet.fault('shopify', faults);
    const { status, body, tookMs } = await facet.graphql(
      'query ($id: ID!) { customer(id: $id) { contact { firstName } orderCount lastOrder { id } } }',
      { purpose: 'ESSENTIAL_SERVICE', variables: { id } },
    );
    expect(status).toBe(200);
    expect(body.data).toEqual({
      customer: { contact: { firstName: expect.any(String) }, orderCount: null, lastOrder: null },
    });
    expect(body.errors?.map(({ path, extensions }) => ({ path, code: extensions.code }))).toEqual(
      expect.arrayContaining([
        { path: ['customer', 'orderCount'], code: expect.stringMatching(/^UPSTREAM_(UNAVAILABLE|TIMEOUT|THROTTLED)$/) },
        { path: ['customer', 'lastOrder'], code: expect.stringMatching(/^UPSTREAM_(UNAVAILABLE|TIMEOUT|THROTTLED)$/) },
      ]),
    );
    expect(tookMs).toBeLessThan(PATIENCE_MS);
  });

  it('makes a template that requires its field answer “not sent”, not a blank', async () => {
    facet.lose('commerce');
    await facet.fault('shopify', faults);
    const { body, tookMs } = await facet.template('order-follow-up', id);
    expect(body).toEqual({
      send: false,
      _facet: expect.objectContaining({ reason: 'REQUIRED_MISSING', errors: expect.any(Array) }),
    });
    expect(tookMs).toBeLessThan(PATIENCE_MS);
  });
});
