/**
 * The people of the matrix: one for each state that the policy tells apart, each with values of her own in every classified field, and the
 * way in which each came into that state through the front door. Must not know the policy.
 */
import type { MappedRecord } from '../../../subgraphs/source';
import { consent, contact, requester, shopper } from '../../profiles/opened-profiles';
import type { FrontDoor } from '../front-door';
import type { ModelSubject } from '../model';
import { SOME } from './model';
import type { PlantedValues } from './model';

export const TODAY = Date.UTC(2036, 10, 24, 12);
const HOUR_MS = 3_600_000;
export const PERSON_NAMESPACE = 'matrix.person';
const CONSENT_PURPOSES = ['EMAIL_MARKETING', 'PERSONALIZATION', 'ANALYTICS', 'PROFILING'] as const;
export const STATES = ['NOT_ASKED', 'PENDING', 'GRANTED', 'REFUSED', 'WITHDRAWN', 'EXPIRED', 'OBJECTED'] as const;
type State = (typeof STATES)[number];

/** Which country each source tells, and the law that follows. */
const LAWS = {
  EU: { crm: 'DE', commerce: null, jurisdiction: 'EU' },
  UK: { crm: 'GB', commerce: null, jurisdiction: 'UK' },
  US: { crm: 'US', commerce: 'US', jurisdiction: 'US' },
  elsewhere: { crm: 'JP', commerce: null, jurisdiction: 'OTHER' },
  'a country nobody tells': { crm: null, commerce: null, jurisdiction: 'UNKNOWN' },
  'two countries': { crm: 'US', commerce: 'DE', jurisdiction: 'UNKNOWN' },
} as const;

export interface Person {
  /** Words for a failure: `consents REFUSED, RESTRICTED`. */
  readonly name: string;
  readonly number: number;
  readonly law: keyof typeof LAWS;
  readonly states: Readonly<Record<(typeof CONSENT_PURPOSES)[number], State>>;
  readonly status: 'ACTIVE' | 'RESTRICTED' | 'ERASED';
  readonly suppression: 'UNSUBSCRIBED' | 'COMPLAINT' | 'HARD_BOUNCE' | 'ERASED' | null;
  readonly softOptIn: boolean;
  readonly minor: boolean;
  id: string;
}

/** Every state of consent in every circumstance; every law with and without soft opt-in; personalisation apart from marketing. */
export function makePeople(): Person[] {
  const people: Person[] = [];
  const add = (
    name: string,
    given: Partial<Omit<Person, 'name' | 'number' | 'id'>>,
    states: Partial<Person['states']>,
  ) => {
    const all = {
      EMAIL_MARKETING: 'NOT_ASKED',
      PERSONALIZATION: 'NOT_ASKED',
      ANALYTICS: 'NOT_ASKED',
      PROFILING: 'NOT_ASKED',
    } as const;
    people.push({
      ...{ law: 'EU', status: 'ACTIVE', suppression: null, softOptIn: false, minor: false, ...given },
      ...{ name, number: people.length + 1, states: { ...all, ...states }, id: '' },
    });
  };
  const circumstances: Array<[string, Parameters<typeof add>[1]]> = [
    ['', {}],
    [', RESTRICTED', { status: 'RESTRICTED' }],
    [', ERASED', { status: 'ERASED' }],
    [', a minor', { minor: true }],
    ...(['UNSUBSCRIBED', 'COMPLAINT', 'HARD_BOUNCE', 'ERASED'] as const).map(
      (suppression): (typeof circumstances)[number] => [`, suppressed for ${suppression}`, { suppression }],
    ),
  ];
  for (const state of STATES) {
    const states = Object.fromEntries(CONSENT_PURPOSES.map((purpose) => [purpose, state]));
    for (const [words, given] of circumstances) add(`consents ${state}${words}`, given, states);
    // Where the law makes a difference at all.
    const laws = ['NOT_ASKED', 'PENDING', 'GRANTED', 'WITHDRAWN'].includes(state) ? Object.keys(LAWS) : [];
    for (const law of laws as Array<Person['law']>) {
      for (const softOptIn of [true, false]) {
        const words = `marketing ${state}, ${law}, soft opt-in ${softOptIn ? 'told' : 'not told'}`;
        add(words, { law, softOptIn }, { EMAIL_MARKETING: state, PERSONALIZATION: 'GRANTED' });
      }
    }
    if (state !== 'GRANTED')
      add(`marketing GRANTED, personalisation ${state}`, {}, { EMAIL_MARKETING: 'GRANTED', PERSONALIZATION: state });
  }
  return people;
}

/** The person's state in the model's words. */
export function subjectOf({ law, states, status, suppression, softOptIn, minor }: Person): ModelSubject {
  return {
    ...{ status, consents: states, minor },
    jurisdiction: LAWS[law].jurisdiction,
    suppressions: suppression === null ? [] : [suppression],
    // "REFUSE, WITHDRAW and OBJECT also end soft opt-in."
    softOptIn: softOptIn && !['REFUSED', 'WITHDRAWN', 'OBJECTED'].includes(states.EMAIL_MARKETING),
  };
}

const item = (title: string, number: number) => ({
  title,
  quantity: number,
  price: { amountMinor: number * 1_000 + 990, currency: 'SEK' },
  imageUrl: `https://shop.test/${encodeURIComponent(title)}`,
});
type Item = ReturnType<typeof item>;

/** Everything the sources hold of a person. */
function holdingsOf({ number: n, minor }: Pick<Person, 'number' | 'minor'>) {
  const day = new Date(TODAY - (n % 28) * 24 * HOUR_MS).toISOString();
  return {
    ...{ firstName: `Wilhelmina${n}`, lastName: `Quistgaard${n}`, email: `wilma${n}@kastanie${n}.se` },
    ...{ phone: `+4930555${100 + n}`, language: `de-x-${n}`, line: `Birkenallee ${n}`, city: `Hollerstadt${n}` },
    ...{ region: `Region ${n}`, postcode: `${70_000 + n * 131}`, country: 'DE' },
    birthDate: `${minor ? 2023 : 1961}-0${1 + (n % 9)}-07`,
    ...{ company: `Quendel & Co ${n}`, lifecycleStage: `stage ${n}`, day },
    order: { id: `order-${n}`, placedAt: day, total: { amountMinor: 100_000 + n, currency: 'NOK' } },
    ordered: item(`Tischlampe ${n}`, n),
    orderedPill: item(`Ordered pill ${n}`, n + 1_000),
    inCart: item(`Teekanne ${n}`, n + 2_000),
    pillInCart: item(`Pill in cart ${n}`, n + 3_000),
    checkoutUrl: `https://shop.test/checkout/${n}`,
    ...{ totalSpent: 5_000_000 + n, orderCount: 200 + n, lifetimeValue: 6_000_000 + n, visitCount: 300 + n },
    ...{ topCategory: `category ${n}`, topPill: `pills ${n}` },
    viewed: { title: `Viewed ${n}`, url: `https://shop.test/viewed/${n}`, viewedAt: day },
    viewedPill: {
      title: `Viewed pill ${n}`,
      url: `https://shop.test/pill/${n}`,
      viewedAt: `${day.slice(0, 10)}T01:00:00.000Z`,
    },
    ...{ openTickets: 400 + n, satisfaction: `rating ${n}` },
    ticket: { id: `ticket-${n}`, subject: `Where is ${n}?`, status: `open ${n}`, createdAt: day, updatedAt: day },
  };
}

/** What the record holds at each field of the model. */
export function plantedAt(person: Person): ReadonlyMap<string, PlantedValues> {
  const it = holdingsOf(person);
  const { number } = person;
  const ids = [
    ['hubspot.contact', `h${number}`],
    ['shopify.customer', `s${number}`],
    ['posthog.distinct_id', `p${number}`],
    ['zendesk.user', `z${number}`],
    [PERSON_NAMESPACE, `${number}`],
    ['email', it.email],
    ['phone', it.phone],
  ];
  const only = (...ordinary: unknown[]): PlantedValues => ({ ordinary });
  const some: PlantedValues = { ordinary: SOME };
  const items = (path: string, ordinary: Item, sensitive: Item): Array<[string, PlantedValues]> => [
    [`${path}.title`, { ordinary: [ordinary.title], sensitive: [sensitive.title] }],
    [`${path}.quantity`, { ordinary: [ordinary.quantity], sensitive: [sensitive.quantity] }],
    [`${path}.price.amountMinor`, { ordinary: [ordinary.price.amountMinor], sensitive: [sensitive.price.amountMinor] }],
    [`${path}.price.currency`, { ordinary: ['SEK'], sensitive: ['SEK'] }],
    [`${path}.imageUrl`, { ordinary: [ordinary.imageUrl], sensitive: [sensitive.imageUrl] }],
  ];
  const order = (path: string): Array<[string, PlantedValues]> => [
    [`${path}.id`, only(it.order.id)],
    [`${path}.placedAt`, only(it.order.placedAt)],
    [`${path}.total.amountMinor`, only(it.order.total.amountMinor)],
    [`${path}.total.currency`, only('NOK')],
    ...items(`${path}.items`, it.ordered, it.orderedPill),
  ];
  const page = (path: string): Array<[string, PlantedValues]> => [
    [`${path}.edges.cursor`, some],
    [`${path}.pageInfo.startCursor`, some],
    [`${path}.pageInfo.endCursor`, some],
    [`${path}.pageInfo.hasNextPage`, only(false)],
    [`${path}.pageInfo.hasPreviousPage`, only(false)],
  ];
  return new Map<string, PlantedValues>([
    ['identities.namespace', only(...ids.map(([namespace]) => namespace))],
    ['identities.value', only(...ids.map(([, value]) => value))],
    ['consents.purpose', only(...CONSENT_PURPOSES)],
    ['consents.state', only(...CONSENT_PURPOSES.map((purpose) => person.states[purpose]))],
    ...['since', 'expiresAt', 'notice.id', 'notice.version'].map((each): [string, PlantedValues] => [
      `consents.${each}`,
      some,
    ]),
    ['lifetimeValue.historic.amountMinor', only(it.lifetimeValue)],
    ['lifetimeValue.historic.currency', only('DKK')],
    ['engagement.score', some],
    ['engagement.components.name', only('pageview')],
    ['engagement.components.value', some],
    ['contact.firstName', only(it.firstName)],
    ['contact.lastName', only(it.lastName)],
    ['contact.email', only(it.email)],
    ['contact.phone', only(it.phone)],
    ['contact.language', only(it.language)],
    ['address.line', only(it.line)],
    ['address.city', only(it.city)],
    ['address.region', only(it.region)],
    ['address.postcode', only(it.postcode)],
    ['address.country', only(it.country)],
    ['birthDate', only(it.birthDate)],
    ['company.name', only(it.company)],
    ['lifecycleStage', only(it.lifecycleStage)],
    ...order('orders.edges.node'),
    ...page('orders'),
    ...order('lastOrder'),
    ['totalSpent.amountMinor', only(it.totalSpent)],
    ['totalSpent.currency', only('PLN')],
    ['orderCount', only(it.orderCount)],
    ...items('cart.items', it.inCart, it.pillInCart),
    ['cart.checkoutUrl', only(it.checkoutUrl)],
    ['cart.abandonedAt', only(it.day)],
    ['lastSeenAt', only(it.day)],
    ['topCategories', { ordinary: [it.topCategory], sensitive: [it.topPill] }],
    ['recentlyViewed.title', { ordinary: [it.viewed.title], sensitive: [it.viewedPill.title] }],
    ['recentlyViewed.url', { ordinary: [it.viewed.url], sensitive: [it.viewedPill.url] }],
    ['recentlyViewed.viewedAt', { ordinary: [it.viewed.viewedAt], sensitive: [it.viewedPill.viewedAt] }],
    ['visitCount', only(it.visitCount)],
    ['openTickets', only(it.openTickets)],
    ['satisfaction', only(it.satisfaction)],
    ['tickets.edges.node.id', only(it.ticket.id)],
    ['tickets.edges.node.subject', only(it.ticket.subject)],
    ['tickets.edges.node.status', only(it.ticket.status)],
    ['tickets.edges.node.createdAt', only(it.ticket.createdAt)],
    ['tickets.edges.node.updatedAt', only(it.ticket.updatedAt)],
    ...page('tickets'),
  ]);
}

/** What each source hands in. Told anew with a higher version, nothing is different but how much the person has looked around. */
function recordsOf(person: Person, version: number): Array<[source: string, record: MappedRecord]> {
  const it = holdingsOf(person);
  const { crm, commerce } = LAWS[person.law];
  const ids = [[PERSON_NAMESPACE, `${person.number}`]] as const;
  const distinctId = contact(`p${person.number}`, { version, ids });
  return [
    [
      'crm',
      contact(`h${person.number}`, {
        ...{ version, ids, email: it.email, phone: it.phone },
        consents: person.softOptIn
          ? [consent('GRANT', 0, { basis: 'SOFT_OPT_IN', occurredAt: TODAY - 48 * HOUR_MS })]
          : [],
        facts: { name: `${it.firstName} ${it.lastName}`, country: crm, birthDate: it.birthDate },
        categories: {
          NAME: { contact: { firstName: it.firstName, lastName: it.lastName } },
          CONTACT: { contact: { email: it.email, phone: it.phone } },
          DEMOGRAPHIC: { contact: { language: it.language }, birthDate: it.birthDate, company: { name: it.company } },
          LOCATION: {
            address: { line: it.line, city: it.city, region: it.region, postcode: it.postcode, country: it.country },
          },
          DERIVED: { lifecycleStage: it.lifecycleStage },
        },
      }),
    ],
    [
      'commerce',
      shopper(`s${person.number}`, {
        ...{ version, ids },
        facts: { country: commerce, historicValue: { amountMinor: it.lifetimeValue, currency: 'DKK' } },
        categories: {
          PURCHASE_HISTORY: {
            orders: [{ ...it.order, items: [it.ordered] }],
            totalSpent: { amountMinor: it.totalSpent, currency: 'PLN' },
            orderCount: it.orderCount,
          },
          BEHAVIOUR: { cart: { items: [it.inCart], checkoutUrl: it.checkoutUrl, abandonedAt: it.day } },
          SENSITIVE: { orders: { [it.order.id]: [it.orderedPill] }, cart: [it.pillInCart] },
        },
      }),
    ],
    [
      'analytics',
      {
        ...distinctId,
        identities: distinctId.identities.map((each, place) =>
          place === 0 ? { ...each, namespace: 'posthog.distinct_id' } : each,
        ),
        facts: {
          ...distinctId.facts,
          activities: [{ type: 'pageview', day: new Date(TODAY).toISOString().slice(0, 10), count: version }],
        },
        categories: {
          BEHAVIOUR: {
            lastSeenAt: it.day,
            visitCount: it.visitCount,
            topCategories: [it.topCategory],
            recentlyViewed: [it.viewed],
          },
          SENSITIVE: { topCategories: [it.topPill], recentlyViewed: [it.viewedPill] },
        },
      },
    ],
    [
      'support',
      requester(`z${person.number}`, {
        ...{ version, ids },
        categories: {
          SUPPORT_HISTORY: {
            openTickets: it.openTickets,
            satisfaction: it.satisfaction,
            tickets: [{ ...it.ticket, rating: null }],
          },
        },
      }),
    ],
  ];
}

/** Every source tells of the person, as of now. */
export async function tell(door: FrontDoor, person: Person, version: number): Promise<void> {
  for (const [source, record] of recordsOf(person, version)) {
    const id = await door.take(source, record);
    if (source === 'crm') person.id = id;
  }
}

/** Brings the person into her state, all but erasure. An hour later what was granted for an hour has ended. */
export async function live(door: FrontDoor, person: Person): Promise<void> {
  const { id, states } = person;
  for (const purpose of CONSENT_PURPOSES) await reach(door, id, purpose, states[purpose]);
  if (person.status === 'RESTRICTED')
    await officer(door, 'restrictCustomer(id: $id) { __typename }', '$id: ID!', { id });
  if (person.suppression !== null) {
    const rows = [{ email: holdingsOf(person).email, reason: person.suppression }];
    await officer(door, 'importSuppressions(rows: $rows) { recorded }', '$rows: [SuppressionRowInput!]!', { rows });
  }
}

export function erase(door: FrontDoor, { id }: Person): Promise<void> {
  return officer(door, 'eraseCustomer(id: $id) { __typename }', '$id: ID!', { id });
}

/** As people do: who withdraws has consented before. */
async function reach(door: FrontDoor, customerId: string, purpose: string, state: State): Promise<void> {
  const notice = { id: 'privacy', version: '2026-01' };
  const event = { customerId, purpose, notice, method: 'web_form' };
  const recordConsent = (given: Record<string, unknown>) =>
    officer(door, 'recordConsent(input: $input) { version }', '$input: RecordConsentInput!', {
      input: { ...event, ...given },
    });
  switch (state) {
    case 'NOT_ASKED':
      return;
    case 'PENDING':
      return officer(door, 'requestConsent(input: $input) { token }', '$input: RequestConsentInput!', { input: event });
    case 'GRANTED':
      return recordConsent({ action: 'GRANT' });
    case 'EXPIRED':
      return recordConsent({ action: 'GRANT', expiresAt: new Date(TODAY + HOUR_MS).toISOString() });
    case 'REFUSED':
      return recordConsent({ action: 'REFUSE' });
    case 'OBJECTED':
      return recordConsent({ action: 'OBJECT' });
    case 'WITHDRAWN':
      await recordConsent({ action: 'GRANT', occurredAt: new Date(TODAY - HOUR_MS).toISOString() });
      return officer(door, 'withdrawConsent(input: $input) { version }', '$input: WithdrawConsentInput!', {
        input: { customerId, purpose },
      });
  }
}

async function officer(
  door: FrontDoor,
  field: string,
  declared: string,
  variables: Record<string, unknown>,
): Promise<void> {
  const { body, text } = await door.graphql({ query: `mutation (${declared}) { ${field} }`, variables }, 'officer');
  if (body.errors !== undefined) throw new Error(`Expected a privacy officer's word to be taken, but came ${text}`);
}
