/** Plays a scenario: makes the person, lets happen to her what the table tells, each on its day, and reads how her mails stand. */
import type { MappedConsent, MappedRecord } from '../../../subgraphs/source';
import { consent, contact, shopper } from '../../profiles/opened-profiles';
import type { FrontDoor, Reply } from '../front-door';
import type { Scenario, Step } from './scenario';

export const TODAY = Date.UTC(2026, 10, 24, 12);
const DAY_MS = 86_400_000;

export interface Person {
  id: string;
  readonly number: number;
  email: string;
  readonly country: string | null;
  readonly otherCountry: string | null;
  readonly birthDate: string | null;
  /** null: known to the shop only. */
  readonly hubspotId: string | null;
  /** null: known to the CRM only. */
  shopifyId: string | null;
  readonly consents: MappedConsent[];
  version: number;
}

let people = 0;

/** Today, when all has happened. */
export async function play(door: FrontDoor, scenario: Scenario): Promise<Person> {
  const merges = scenario.steps.some(({ does }) => does === 'MERGE');
  const person = makePerson(scenario, { shop: !merges });
  await tell(door, person);
  for (const step of scenario.steps) await take(door, person, step);
  door.clock.now = TODAY;
  // Fresh at every source, so that none is asked.
  if (!scenario.steps.some(({ does }) => does === 'ERASE')) await tell(door, person);
  return person;
}

function makePerson(scenario: Pick<Scenario, 'country' | 'otherCountry' | 'birthDate'>, known: { shop: boolean }) {
  const number = (people += 1);
  return {
    id: '',
    number,
    email: `ada.${number}@example.com`,
    country: scenario.country === undefined ? 'DE' : scenario.country,
    otherCountry: scenario.otherCountry ?? null,
    birthDate: scenario.birthDate ?? null,
    hubspotId: `h${number}`,
    shopifyId: known.shop ? `s${number}` : null,
    consents: [] as MappedConsent[],
    version: 1,
  };
}

/** What the sources say now. */
async function tell(door: FrontDoor, person: Person): Promise<void> {
  const { number, email, country, otherCountry, birthDate } = person;
  const parts = { version: (person.version += 1), email, name: `Ada ${number}` };
  if (person.hubspotId !== null) {
    const record: MappedRecord = contact(person.hubspotId, {
      ...parts,
      ids: person.shopifyId === null ? [] : [['shopify.customer', person.shopifyId]],
      consents: [...person.consents],
      facts: { name: parts.name, country, birthDate },
    });
    person.id = await door.take('crm', record);
  }
  if (person.shopifyId !== null) {
    const orders = [
      { id: `o${number}`, placedAt: new Date(TODAY - 40 * DAY_MS).toISOString(), total: null, items: [] },
    ];
    const record = shopper(person.shopifyId, {
      ...parts,
      facts: { name: parts.name, country: otherCountry },
      categories: { PURCHASE_HISTORY: { orders, totalSpent: null, orderCount: 1 }, BEHAVIOUR: { cart: null } },
    });
    const id = await door.take('commerce', record);
    if (person.hubspotId === null) person.id = id;
  }
}

async function take(door: FrontDoor, person: Person, step: Step): Promise<void> {
  door.clock.now = TODAY + step.day * DAY_MS;
  switch (step.does) {
    case 'GRANT':
    case 'REFUSE':
    case 'OBJECT':
    case 'WITHDRAW':
      return record(door, person, step);
    case 'REQUEST':
      return request(door, person, step.topic ?? null);
    case 'OPEN CONFIRMATION':
      return expectStatus(await door.get(`/c/${tokens.get(person)}`), 200);
    case 'CONFIRM':
      await door.post(`/c/${tokens.get(person)}`);
      return;
    case 'CRM GRANT':
    case 'CRM PENDING':
    case 'CRM WITHDRAW':
    case 'CRM SOFT OPT-IN':
      person.consents.push(
        consent(step.does === 'CRM WITHDRAW' ? 'WITHDRAW' : 'GRANT', 0, {
          pending: step.does === 'CRM PENDING',
          basis: step.does === 'CRM SOFT OPT-IN' ? 'SOFT_OPT_IN' : 'CONSENT',
          occurredAt: door.clock.now,
        }),
      );
      return tell(door, person);
    case 'OPEN UNSUBSCRIBE':
      return expectStatus(await door.get(await linkOf(door, person)), 200);
    case 'UNSUBSCRIBE':
    case 'UNSUBSCRIBE TWICE': {
      const link = await linkOf(door, person);
      const times = step.does === 'UNSUBSCRIBE' ? 1 : 2;
      for (let time = 0; time < times; time += 1) {
        expectStatus(await door.post(link, 'List-Unsubscribe=One-Click', FORM), 200);
      }
      return;
    }
    case 'SUPPRESS':
      return officer(
        door,
        'mutation ($email: String!, $reason: String!) { importSuppressions(rows: [{ email: $email, reason: $reason }]) { recorded } }',
        { email: person.email, reason: step.reason },
      );
    case 'RESTRICT':
      return officer(door, 'mutation ($id: ID!) { restrictCustomer(id: $id) { __typename } }', { id: person.id });
    case 'ERASE':
      return officer(door, 'mutation ($id: ID!) { eraseCustomer(id: $id) { __typename } }', { id: person.id });
    case 'NEW ADDRESS':
      person.email = `new.${person.email}`;
      return tell(door, person);
    case 'SHARE ADDRESS': {
      const other = { ...makePerson({}, { shop: true }), email: person.email };
      await tell(door, other);
      for (const each of step.other) await take(door, other, each);
      return;
    }
    case 'MERGE': {
      // The shop has known her under another address, and without a link to the CRM's record.
      const other: Person = { ...makePerson({ country: null }, { shop: true }), hubspotId: null };
      await tell(door, other);
      for (const each of step.other) await take(door, other, each);
      door.clock.now = TODAY + step.day * DAY_MS;
      person.shopifyId = other.shopifyId;
      return tell(door, person);
    }
  }
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const tokens = new WeakMap<Person, string>();

async function record(
  door: FrontDoor,
  { id }: Person,
  step: Extract<Step, { does: 'GRANT' | 'REFUSE' | 'OBJECT' | 'WITHDRAW' }>,
): Promise<void> {
  const { does: action, purpose = 'EMAIL_MARKETING', topic, channel, endsOnDay } = step;
  const expiresAt = endsOnDay === undefined ? {} : { expiresAt: new Date(TODAY + endsOnDay * DAY_MS).toISOString() };
  const common = { customerId: id, purpose, topic, channel };
  if (action === 'WITHDRAW') {
    return officer(door, 'mutation ($input: WithdrawConsentInput!) { withdrawConsent(input: $input) { version } }', {
      input: common,
    });
  }
  const notice = { id: 'privacy', version: step.notice ?? '2026-01' };
  return officer(door, 'mutation ($input: RecordConsentInput!) { recordConsent(input: $input) { version } }', {
    input: { ...common, ...expiresAt, action, notice, method: 'web_form' },
  });
}

async function request(door: FrontDoor, person: Person, topic: string | null): Promise<void> {
  const notice = { id: 'privacy', version: '2026-01' };
  const input = { customerId: person.id, purpose: 'EMAIL_MARKETING', topic, notice, method: 'web_form' };
  const query = 'mutation ($input: RequestConsentInput!) { requestConsent(input: $input) { token } }';
  const { body, text } = await door.graphql({ query, variables: { input } }, 'officer');
  const data = body.data as { requestConsent?: { token: string } } | null | undefined;
  if (!data?.requestConsent) throw new Error(`Expected a double opt-in to be asked for, but came ${text}`);
  tokens.set(person, data.requestConsent.token);
}

async function officer(door: FrontDoor, query: string, variables: Record<string, unknown>): Promise<void> {
  const { text, body } = await door.graphql({ query, variables }, 'officer');
  if (body.errors !== undefined) throw new Error(`Expected a privacy officer's word to be taken, but came ${text}`);
}

/** The path of the unsubscribe link in a mail that is sent now. */
async function linkOf(door: FrontDoor, { id }: Person): Promise<string> {
  const { text, body } = await door.get(`/v1/templates/greeting/customers/${id}`, 'renderer');
  const { mailHeaders } = body._facet as { mailHeaders?: Record<string, string> };
  const url = /^<(.+)>$/.exec(mailHeaders?.['List-Unsubscribe'] ?? '')?.[1];
  if (url === undefined) throw new Error(`Expected a mail with an unsubscribe link, but came ${text}`);
  return new URL(url).pathname;
}

function expectStatus({ status, text }: Reply, expected: number): void {
  if (status !== expected) throw new Error(`Expected ${expected}, but came ${status}: ${text}`);
}
