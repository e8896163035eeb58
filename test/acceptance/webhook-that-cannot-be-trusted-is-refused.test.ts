// Every vendor's webhooks over the front door. What cannot be trusted is refused with the status that vendor expects, and changes
// nothing; nor does it keep out what is right and comes after it. Each row changes a record at the vendor without a word, sends the
// request about it, and sees by what a subscriber is told next whether Facet went and read the record.
import { first, runFacet } from './running-facet';
import type { RunningFacet } from './running-facet';
import { subscribe } from './subscriber';
import type { Subscription } from './subscriber';
import { VENDOR_REQUESTS } from './vendor-requests';
import type { Composed, VendorRequest } from './vendor-requests';
import type { PersonRef } from '../../simulator/simulator';

interface Somebody {
  readonly id: string;
  readonly person: PersonRef;
}

let facet: RunningFacet;
let one: Somebody;
let other: Somebody;
let told: Subscription;
let count = 1000;

beforeAll(async () => {
  facet = await runFacet();
  // The vendors fall silent: what is told of from here on is told by this test.
  for (const { vendor } of VENDOR_REQUESTS) await facet.control(`/webhooks/${vendor}`, { method: 'PUT' });
  const people = facet.population.examples('readyForCartMail').slice(0, 2);
  const ids = await Promise.all(people.map(({ hubspotIds }) => customerOf(hubspotIds[0] ?? '')));
  [one, other] = people.map((person, index) => ({ person, id: ids[index] ?? '' })) as [Somebody, Somebody];
});
afterAll(() => facet.close());
beforeEach(async () => {
  told = await subscribe(
    facet.url,
    'subscription ($ids: [ID!]) { customerChanged(ids: $ids) { kind customer { id } } }',
    { bearer: facet.token('privacyOfficer'), variables: { ids: [one.id, other.id] } },
  );
});
afterEach(() => told.end());

async function customerOf(contactId: string): Promise<string> {
  const { body } = await facet.graphql(
    'query ($value: String!) { customerByIdentity(namespace: "hubspot.contact", value: $value) { id } }',
    { as: 'privacyOfficer', purpose: 'DATA_SUBJECT_RIGHTS', variables: { value: contactId } },
  );
  return (body.data?.customerByIdentity as { id: string }).id;
}

const urlOf = ({ source }: VendorRequest) => `${facet.url}/webhooks/${source}`;
const secretOf = ({ vendor }: VendorRequest) => facet.vendorCredentials[vendor].webhookSecret;
const change = async (request: VendorRequest, { person }: Somebody) =>
  facet.changeAt(request.vendor, request.idOf(person), request.change(`Trillian ${(count += 1)}`));
const compose = (
  request: VendorRequest,
  { person }: Somebody,
  altered: Partial<Parameters<VendorRequest['compose']>[0]> = {},
): Composed =>
  request.compose({
    secret: secretOf(request),
    url: urlOf(request),
    id: request.idOf(person),
    eventId: (count += 1),
    at: Date.now(),
    event: request.event,
    ...altered,
  });
const send = async (request: VendorRequest, { headers, body }: Composed) => {
  const response = await fetch(urlOf(request), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  return { status: response.status, says: await response.text() };
};
/** Changes a record and tells Facet so, as the vendor does. */
const changeAndTell = async (request: VendorRequest, somebody: Somebody) => {
  await change(request, somebody);
  expect(await send(request, compose(request, somebody))).toEqual({ status: 200, says: '' });
};
const next = async () => ((await told.next()).data?.customerChanged as { customer: { id: string } }).customer.id;

type Row = readonly [
  what: string,
  expected: (request: VendorRequest) => number,
  make: (request: VendorRequest) => Composed,
];
const withoutSignature = (request: VendorRequest): Composed => {
  const { headers, body } = compose(request, one);
  const { [request.signatureHeader]: _left, ...rest } = headers;
  return { headers: rest, body };
};
const ROWS: readonly Row[] = [
  ['a wrong signature', () => 401, (request) => compose(request, one, { secret: request.wrongSecret })],
  ['no signature', () => 401, withoutSignature],
  [
    'a body that was changed on the way',
    () => 401,
    (request) => {
      const { headers, body } = compose(request, one);
      return { headers, body: `${body} ` };
    },
  ],
  ['a stale timestamp', () => 401, (request) => compose(request, one, { at: Date.now() - request.tooOldMs })],
  [
    'a body of 1 MB',
    () => 413,
    (request) => compose(request, one, { body: JSON.stringify(['x'.repeat(1024 * 1024)]) }),
  ],
  [
    'an unknown event',
    ({ expected }) => expected.unknownEvent,
    (request) => compose(request, one, { event: request.unknownEvent }),
  ],
  ['a body that is not JSON', () => 400, (request) => compose(request, one, { body: '{"objectId":' })],
];

describe.each(VENDOR_REQUESTS.map((request) => [request.vendor, request] as const))('A webhook of %s', (_, request) => {
  it.each(ROWS)('with %s is answered as the vendor expects; it changes nothing, and loses nothing', async (...row) => {
    const [, expected, make] = row;
    await change(request, one);
    expect(await send(request, make(request))).toMatchObject({ status: expected(request) });
    // Events are applied in the order they came: had it been one, its record would be told of first.
    await changeAndTell(request, other);
    expect(await next()).toBe(other.id);
    await changeAndTell(request, one);
    expect(await next()).toBe(one.id);
  });

  it('that comes a second time is accepted, as the vendor expects, and applied once', async () => {
    await change(request, one);
    const message = compose(request, one);
    expect(await send(request, message)).toEqual({ status: 200, says: '' });
    expect(await next()).toBe(one.id);

    await change(request, one);
    await facet.forget();
    expect(await send(request, message)).toEqual({ status: 200, says: '' });
    await changeAndTell(request, other);
    expect(await next()).toBe(other.id);
    const asked = JSON.stringify(await facet.asked(request.vendor));
    expect(asked).toContain(request.idOf(other.person));
    expect(asked).not.toContain(request.idOf(one.person));
  });
});

it('Of all this the log has route and status, no secret, signature or person', async () => {
  const logged = facet.logged();
  expect(logged).toContain('/webhooks/{source}');
  for (const request of VENDOR_REQUESTS) {
    expect(logged).not.toContain(secretOf(request));
    expect(logged).not.toContain(request.idOf(one.person));
  }
  expect(logged).not.toContain('Trillian');
  expect(logged).not.toContain(first(one.person.hubspotIds));
});
