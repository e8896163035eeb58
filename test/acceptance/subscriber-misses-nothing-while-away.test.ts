// Who subscribes after a cursor is told what came since, decided anew, and then what comes; also over a restart of all of Facet.
import type { ExecutionResult } from 'graphql-ws';
import { runFacet } from './running-facet';
import type { RunningFacet } from './running-facet';
import { subscribe } from './subscriber';
import type { Subscription } from './subscriber';

let facet: RunningFacet;
/** Each test changes people of its own. */
let people: Array<{ readonly hubspotId: string; readonly id: string }>;
const opened: Subscription[] = [];

beforeAll(async () => {
  facet = await runFacet();
  const references = facet.population
    .examples('readyForCartMail')
    .filter(({ cases }) => !cases.includes('crossIdConflict'))
    .slice(0, 8);
  people = [];
  for (const { hubspotIds } of references) {
    const hubspotId = hubspotIds[0] ?? '';
    const { body } = await facet.graphql(
      'query ($value: String!) { customerByIdentity(namespace: "hubspot.contact", value: $value) { id } }',
      { as: 'privacyOfficer', purpose: 'DATA_SUBJECT_RIGHTS', variables: { value: hubspotId } },
    );
    people.push({ hubspotId, id: (body.data?.customerByIdentity as { id: string }).id });
  }
});
afterEach(async () => {
  for (const subscription of opened.splice(0)) await subscription.end();
});
afterAll(() => facet.close());

const somebody = () => {
  const person = people.shift();
  if (person === undefined) throw new Error('Expected more people in the population.');
  return person;
};
const QUERY = `subscription ($ids: [ID!], $fields: [String!], $after: Cursor) {
  customerChanged(ids: $ids, fields: $fields, after: $after) { cursor kind changedFields customer { id contact { firstName } } }
}`;
const follow = async (variables: { ids?: string[]; fields?: string[]; after?: string }) => {
  const subscription = await subscribe(facet.url, QUERY, {
    bearer: facet.token('renderer'),
    purpose: 'EMAIL_MARKETING',
    variables,
  });
  opened.push(subscription);
  return subscription;
};
interface Told {
  readonly cursor: string;
  readonly kind: string;
  readonly changedFields: string[];
  readonly customer: { readonly id: string; readonly contact: { readonly firstName: string | null } } | null;
}
const toldIn = ({ data, errors }: ExecutionResult): Told => {
  expect(errors).toBeUndefined();
  return data?.customerChanged as Told;
};
const told = async (events: Subscription) => toldIn(await events.next());
const rename = (person: { hubspotId: string }, firstname: string) =>
  facet.changeAt('hubspot', person.hubspotId, { firstname });
/** A change is applied behind the vendor's webhook: this waits until it is. */
const renamed = async (person: { hubspotId: string; id: string }, firstname: string) => {
  const events = await follow({ ids: [person.id] });
  await rename(person, firstname);
  await told(events);
  await events.end();
};
const withdraw = (id: string) =>
  facet.graphql(
    'mutation ($id: ID!) { withdrawConsent(input: { customerId: $id, purpose: EMAIL_MARKETING }) { version } }',
    { as: 'privacyOfficer', variables: { id } },
  );

describe('A subscriber who comes back with a cursor', () => {
  it('is told every change since, in order, and then what comes, each once', async () => {
    const [person, other] = [somebody(), somebody()];
    const ids = [person.id, other.id];
    const events = await follow({ ids });
    await rename(person, 'Arthur');
    const { cursor } = await told(events);
    await events.end();

    await renamed(person, 'Ford');
    await renamed(other, 'Zaphod');
    await renamed(person, 'Tricia');
    const back = await follow({ ids, after: cursor });
    const missed = [await told(back), await told(back), await told(back)];
    expect(missed.map(({ customer }) => customer?.id)).toEqual([person.id, other.id, person.id]);
    // Of each the customer as it is now.
    expect(missed.map(({ customer }) => customer?.contact.firstName)).toEqual(['Tricia', 'Zaphod', 'Tricia']);
    await rename(other, 'Marvin');
    const last = await told(back);
    expect(last.customer).toEqual({ id: other.id, contact: { firstName: 'Marvin' } });
    expect(new Set([cursor, ...missed.map((each) => each.cursor), last.cursor]).size).toBe(5);

    const midway = await follow({ ids, after: missed[1]?.cursor ?? '' });
    expect([await told(midway), await told(midway)].map((each) => each.cursor)).toEqual([
      missed[2]?.cursor,
      last.cursor,
    ]);
  });

  it('may see of what was missed only what may be seen now', async () => {
    const person = somebody();
    const events = await follow({ ids: [person.id] });
    await rename(person, 'Arthur');
    const { cursor } = await told(events);
    await rename(person, 'Slartibartfast');
    expect((await told(events)).customer?.contact.firstName).toBe('Slartibartfast');
    await withdraw(person.id);
    const back = await follow({ ids: [person.id], after: cursor });
    expect(await told(back)).toEqual({
      cursor: expect.any(String),
      kind: 'UPDATED',
      changedFields: [],
      customer: { id: person.id, contact: { firstName: null } },
    });
  });

  it('is told by fields of these alone, and of a withdrawal always', async () => {
    const person = somebody();
    const events = await follow({ ids: [person.id], fields: ['tickets'] });
    const contacts = await follow({ ids: [person.id], fields: ['contact'] });
    await rename(person, 'Agrajag');
    expect((await told(contacts)).changedFields).toEqual(['contact']);
    await withdraw(person.id);
    // The first it hears of.
    expect((await told(events)).changedFields).toEqual([]);
    expect((await told(contacts)).changedFields).toEqual([]);
  });

  it.each([
    ['a cursor that Facet never gave', { after: 'Zm9yZ2Vk' }],
    ['a field that Customer lacks', { fields: ['shoeSize'] }],
  ])('is refused with %s, and keeps the socket', async (_what, variables) => {
    await expect((await follow(variables)).next()).rejects.toEqual([
      expect.objectContaining({ extensions: { code: 'BAD_USER_INPUT' } }),
    ]);
  });

  it('is told at the end of Facet where to go on, and after its restart what came since', async () => {
    const [person, other] = [somebody(), somebody()];
    const busy = await follow({ ids: [person.id] });
    const idle = await follow({ ids: [other.id] });
    await rename(person, 'Arthur');
    const { cursor } = await told(busy);
    const restarting = facet.restart();
    const goodbyes = [await busy.next(), await idle.next()];
    const closed = [await busy.closed, await idle.closed];
    expect(closed).toEqual(Array(2).fill({ code: 1001, reason: 'Going away' }));
    const goodbye = {
      errors: [{ message: expect.any(String), extensions: { code: 'NOT_READY', cursor: expect.any(String) } }],
    };
    expect(goodbyes).toEqual([goodbye, goodbye]);
    opened.length = 0;
    facet = await restarting;

    await renamed(other, 'Zaphod');
    const after = goodbyes.map(({ errors }) => errors?.[0]?.extensions?.cursor as string);
    const back = await follow({ ids: [person.id, other.id], after: after[0] ?? '' });
    const idleBack = await follow({ ids: [other.id], after: after[1] ?? '' });
    expect((await told(back)).customer).toEqual({ id: other.id, contact: { firstName: 'Zaphod' } });
    expect((await told(idleBack)).customer).toEqual({ id: other.id, contact: { firstName: 'Zaphod' } });
    // A cursor of the time before is as good.
    expect((await told(await follow({ ids: [other.id], after: cursor }))).customer?.id).toBe(other.id);
  });
});
