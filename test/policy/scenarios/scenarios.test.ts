/** Every scenario of the table, through the front door: each mail, over each route that sends it. */
import { parseAnswer, parseErrors } from '../../../renderer/answer';
import { openFrontDoor } from '../front-door';
import type { FrontDoor } from '../front-door';
import { play, TODAY } from './play';
import type { Person } from './play';
import type { Outcome, Scenario } from './scenario';
import { scenarios } from './table';

let door: FrontDoor;
beforeAll(async () => {
  door = await openFrontDoor(TODAY);
});
afterAll(() => door.close());

const MAILS: ReadonlyArray<readonly [template: string, outcome: (scenario: Scenario) => Outcome]> = [
  ['abandoned-cart', ({ promotions }) => promotions],
  ['win-back', ({ winBack }) => winBack],
  ['greeting', ({ greeting }) => greeting],
  ['order-follow-up', ({ orderFollowUp }) => orderFollowUp],
];

/** Over every route: what the sender reads of the mail. */
async function outcomesOf(template: string, { id, hubspotId, shopifyId }: Person): Promise<string[]> {
  const routes = [
    `customers/${id}`,
    ...(hubspotId === null ? [] : [`by/hubspot.contact/${hubspotId}`]),
    ...(shopifyId === null ? [] : [`by/shopify.customer/${shopifyId}`]),
  ];
  return Promise.all(
    routes.map(async (route) => {
      const { status, body } = await door.get(`/v1/templates/${template}/${route}`, 'renderer');
      // Nobody erased is known any more, by whatever id.
      if (status === 404) return 'ERASED';
      if (status !== 200) return `${status} ${parseErrors(body)}`;
      const answer = parseAnswer(body);
      return answer.send ? 'SEND' : answer.reason;
    }),
  );
}

/** What the same document shows over /graphql: a name, or nothing at all. */
async function showsName(template: string, { id }: Person): Promise<boolean> {
  const documentId = door.documentIds.get(template);
  const { body, text } = await door.graphql({ documentId, variables: { id } }, 'renderer');
  const data = body.data as { customer: { contact: { firstName: string | null } | null } | null } | undefined;
  if (data === undefined) throw new Error(`Expected an answer, but came ${text}`);
  return typeof data.customer?.contact?.firstName === 'string';
}

it('There are at least thirty scenarios, each told once and citing its source', () => {
  expect(scenarios.length).toBeGreaterThanOrEqual(30);
  expect(new Set(scenarios.map(({ title }) => title)).size).toBe(scenarios.length);
  expect(scenarios.filter(({ source }) => !/\d/.test(source) && !/M3AAWG|ICO/.test(source))).toEqual([]);
});

it.each(scenarios)('$title ($source)', async (scenario) => {
  const person = await play(door, scenario);
  const found = await Promise.all(
    MAILS.map(async ([template]) => ({
      template,
      outcomes: [...new Set(await outcomesOf(template, person))],
      showsName: await showsName(template, person),
    })),
  );
  expect(found).toEqual(
    MAILS.map(([template, outcome]) => ({
      template,
      outcomes: [outcome(scenario)],
      showsName: outcome(scenario) === 'SEND',
    })),
  );
  if (scenario.state !== undefined) {
    const query = 'query ($id: ID!) { customer(id: $id) { consents { purpose state } } }';
    const { body } = await door.graphql({ query, variables: { id: person.id } }, 'officer', 'DATA_SUBJECT_RIGHTS');
    const { customer } = body.data as { customer: { consents: Array<{ purpose: string; state: string }> } };
    expect(customer.consents.find(({ purpose }) => purpose === 'EMAIL_MARKETING')?.state).toBe(scenario.state);
  }
});
