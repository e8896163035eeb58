import { first, runFacet } from './running-facet';
import type { Answer, RunningFacet } from './running-facet';

let facet: RunningFacet;
let ids: string[];

beforeAll(async () => {
  facet = await runFacet();
  ids = await facet.customersWith('readyForCartMail');
});
afterAll(() => facet.close());

interface MailHeaders {
  readonly 'List-Unsubscribe': string;
  readonly 'List-Unsubscribe-Post': string;
}
const headersOf = ({ body }: Answer) => (body._facet as { mailHeaders?: MailHeaders }).mailHeaders;
/** Where the mail's header points, and what a mail client sends there: no credential, no cookie. */
const linkOf = (headers: MailHeaders | undefined) => /^<(.+)>$/.exec(headers?.['List-Unsubscribe'] ?? '')?.[1] ?? '';
const press = (link: string, init: RequestInit = {}) =>
  fetch(link, { method: 'POST', body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }), ...init });

describe('A person unsubscribes by the link of a mail', () => {
  it('which every marketing answer carries for the mail’s header, and no other answer', async () => {
    const [id = ''] = ids;
    const marketing = headersOf(await facet.template('abandoned-cart', id));
    expect(marketing).toEqual({
      'List-Unsubscribe': expect.stringMatching(new RegExp(`^<${facet.url}/u/[\\w-]{40,100}>$`)),
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    });
    expect(linkOf(headersOf(await facet.template('win-back', id)))).toBe(linkOf(marketing));
    expect(headersOf(await facet.template('order-follow-up', id))).toBeUndefined();
    expect(linkOf(marketing)).not.toContain(id);
  });

  it('is not unsubscribed by software that opens the link', async () => {
    const [id = ''] = ids;
    const link = linkOf(headersOf(await facet.template('abandoned-cart', id)));
    const [get, head] = [await fetch(link), await fetch(link, { method: 'HEAD' })];
    expect([get.status, head.status, get.headers.get('cache-control')]).toEqual([200, 200, 'no-store']);
    expect(await get.text()).toContain('<form method="post">');
    expect((await facet.template('abandoned-cart', id)).body.send).toBe(true);
  });

  it('with one request, and is not mailed on the very next answer, at any route', async () => {
    const [id = ''] = ids;
    const link = linkOf(headersOf(await facet.template('abandoned-cart', id)));
    const answer = await press(link, { redirect: 'error' });
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([200, null]);
    for (const template of ['abandoned-cart', 'win-back']) {
      const { body } = await facet.template(template, id);
      expect(body).toEqual({ send: false, _facet: expect.objectContaining({ reason: 'NOT_PERMITTED' }) });
    }
    const explained = await facet.graphql(
      'query ($id: ID!) { explainAccess(customerId: $id, purpose: EMAIL_MARKETING, role: RENDERER) { mailedReason } }',
      { as: 'privacyOfficer', variables: { id } },
    );
    expect(explained.body.data).toEqual({ explainAccess: { mailedReason: 'SUPPRESSED' } });
    expect((await facet.template('order-follow-up', id)).body.send).toBe(true);
  });

  it('and once more, with the same answer', async () => {
    const [, id = ''] = ids;
    const link = linkOf(headersOf(await facet.template('abandoned-cart', id)));
    const answers = await Promise.all([press(link), press(link), press(link, { body: null })]);
    expect([...answers, await press(link)].map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect((await facet.template('abandoned-cart', id)).body.send).toBe(false);
  });

  it('months after the mail was sent', async () => {
    const [, , id = ''] = ids;
    const link = linkOf(headersOf(await facet.template('abandoned-cart', id)));
    facet.advance(300 * 86_400_000);
    expect((await press(link)).status).toBe(200);
    facet.advance(-300 * 86_400_000);
    expect((await facet.template('abandoned-cart', id)).body.send).toBe(false);
  });

  it('whose consent stays what it was: an unsubscribe is recorded as what it is', async () => {
    const [id = ''] = ids;
    const { body } = await facet.graphql(
      'query ($id: ID!) { customer(id: $id) { consents { purpose state } } suppressions(first: 100) { entries { reason actor } } }',
      { as: 'privacyOfficer', purpose: 'DATA_SUBJECT_RIGHTS', variables: { id } },
    );
    expect(body.errors).toBeUndefined();
    expect(body.data?.customer).toEqual({
      consents: expect.arrayContaining([{ purpose: 'EMAIL_MARKETING', state: 'GRANTED' }]),
    });
    const { entries } = body.data?.suppressions as { entries: unknown[] };
    expect(entries).toContainEqual({ reason: 'UNSUBSCRIBED', actor: 'link' });
  });

  it('and nobody is by a link that was not made here', async () => {
    const [, , , id = ''] = ids;
    const link = linkOf(headersOf(await facet.template('abandoned-cart', id)));
    const forged = [link.slice(0, -2), `${facet.url}/u/${'A'.repeat(60)}`, link.replace('/u/', '/c/')];
    const statuses = await Promise.all(forged.map(async (each) => (await press(each)).status));
    expect(statuses).toEqual([404, 404, 404]);
    expect((await press(`${facet.url}/u/`)).status).toBe(404);
    expect((await facet.template('abandoned-cart', id)).body.send).toBe(true);
  });

  it('without a trace of the link in the log, or a way to call it as a client', async () => {
    const [id = ''] = ids;
    expect(facet.logged()).toContain('"route":"/u/{token}"');
    expect(facet.logged()).not.toMatch(/\/u\/[\w-]{20}/);
    const { body } = await facet.graphql(`mutation { unsubscribe(token: "${id}") }`, { as: 'admin' });
    expect(first(body.errors ?? []).extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  });
});
