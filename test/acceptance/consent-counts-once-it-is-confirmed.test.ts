import { first, runFacet } from './running-facet';
import type { RunningFacet } from './running-facet';

let facet: RunningFacet;
let id: string;

beforeAll(async () => {
  facet = await runFacet();
  id = first(await facet.customersWith('readyForCartMail'));
  await facet.graphql(
    'mutation ($id: ID!) { withdrawConsent(input: { customerId: $id, purpose: EMAIL_MARKETING }) { version } }',
    { as: 'privacyOfficer', variables: { id } },
  );
});
afterAll(() => facet.close());

const REQUEST = `mutation ($id: ID!) {
  requestConsent(input: { customerId: $id, purpose: EMAIL_MARKETING, notice: { id: "privacy", version: "2026-01" }, method: "web_form" }) {
    consent { state } token
  }
}`;
const isMailed = async () => (await facet.template('abandoned-cart', id)).body.send;

async function request(): Promise<{ consent: { state: string }; token: string }> {
  const { body } = await facet.graphql(REQUEST, { as: 'supportAgent', variables: { id } });
  expect(body.errors).toBeUndefined();
  return body.data?.requestConsent as { consent: { state: string }; token: string };
}

describe('Consent counts once it is confirmed', () => {
  it('by the link in the mail, and not before', async () => {
    const { consent, token } = await request();
    expect([consent.state, await isMailed()]).toEqual(['PENDING', false]);
    const link = `${facet.url}/c/${token}`;
    expect((await fetch(link)).status).toBe(200);
    expect(await isMailed()).toBe(false);
    const pressed = [await fetch(link, { method: 'POST' }), await fetch(link, { method: 'POST' })];
    expect([...pressed.map(({ status }) => status), await isMailed()]).toEqual([200, 200, true]);
  });

  it('or by the token over the API, never without it', async () => {
    await facet.graphql(
      'mutation ($id: ID!) { withdrawConsent(input: { customerId: $id, purpose: EMAIL_MARKETING }) { version } }',
      { as: 'privacyOfficer', variables: { id } },
    );
    const { token } = await request();
    const confirm = (given: string) =>
      facet.graphql(
        `mutation ($id: ID!) {
          recordConsent(input: { customerId: $id, purpose: EMAIL_MARKETING, action: CONFIRM, notice: { id: "privacy", version: "2026-01" }, method: "api" ${given} }) {
            consent { state }
          }
        }`,
        { as: 'supportAgent', variables: { id } },
      );
    expect(first((await confirm('')).body.errors ?? []).extensions.code).toBe('CONSENT_INVALID');
    expect(await isMailed()).toBe(false);
    expect((await confirm(`, token: "${token}"`)).body.data).toEqual({
      recordConsent: { consent: { state: 'GRANTED' } },
    });
    expect(await isMailed()).toBe(true);
  });

  it('and not when the link is followed after a refusal', async () => {
    const { token } = await request();
    await facet.graphql(
      'mutation ($id: ID!) { recordConsent(input: { customerId: $id, purpose: EMAIL_MARKETING, action: REFUSE, notice: { id: "privacy", version: "2026-01" }, method: "phone" }) { version } }',
      { as: 'supportAgent', variables: { id } },
    );
    const answer = await fetch(`${facet.url}/c/${token}`, { method: 'POST' });
    expect([answer.status, await isMailed()]).toEqual([400, false]);
    expect(await answer.text()).toContain('not valid');
  });
});
