/**
 * What the gateways are asked: one customer, and a hundred in one operation, over all five subgraphs. Request n is the same for every
 * gateway, and its header says which it is, for the yardsticks that do not read bodies.
 */
import { parse } from 'graphql';
import { REQUEST_HEADER } from '../load';
import type { LoadRequest } from '../load';
import { SUBGRAPHS } from './contracts';
import { IDS, recordsOf } from './customers';
import { project } from './ready-answers';

/** What is selected of a customer, by the subgraph that owns it. */
export const SELECTED: Readonly<Record<string, string>> = {
  profiles: 'segments engagement { score components { name value } }',
  crm: 'contact { firstName lastName email } address { city postcode country } lifecycleStage',
  commerce:
    'lastOrder { id placedAt total { amountMinor currency } items { title quantity price { amountMinor currency } imageUrl } } orderCount',
  analytics: 'lastSeenAt topCategories visitCount',
  support: 'openTickets satisfaction',
};
const CUSTOMER = `id ${SUBGRAPHS.map((name) => SELECTED[name]).join(' ')}`;

export interface Operation {
  readonly name: string;
  readonly query: string;
  /** How many different requests there are; they come in turn. */
  readonly distinct: number;
  /** The customers of request n. */
  idsOf(n: number): readonly string[];
  variablesOf(n: number): Record<string, unknown>;
  /** The root field's value from what the customers' values are. */
  rootOf(customers: readonly unknown[]): Record<string, unknown>;
}

export const OPERATIONS: Readonly<Record<'one' | 'hundred', Operation>> = {
  one: {
    name: 'one customer',
    query: `query One($id: ID!) { customer(id: $id) { ${CUSTOMER} } }`,
    distinct: IDS.length,
    idsOf: (n) => IDS.slice(n % IDS.length, (n % IDS.length) + 1),
    variablesOf: (n) => ({ id: IDS[n % IDS.length] }),
    rootOf: ([customer]) => ({ customer }),
  },
  hundred: {
    name: '100 customers',
    query: `query Hundred($ids: [ID!]!) { customers(ids: $ids) { ${CUSTOMER} } }`,
    distinct: 50,
    idsOf: hundredFrom,
    variablesOf: (n) => ({ ids: hundredFrom(n) }),
    rootOf: (customers) => ({ customers }),
  },
};

/** A hundred in a row, beginning elsewhere each time. */
function hundredFrom(n: number): readonly string[] {
  const start = ((n % 50) * 37) % IDS.length;
  return [...IDS.slice(start), ...IDS.slice(0, start)].slice(0, 100);
}

export function requestOf(operation: Operation, headers: Record<string, string>, n: number): LoadRequest {
  const at = n % operation.distinct;
  return {
    method: 'POST',
    path: '/graphql',
    headers: { ...headers, 'content-type': 'application/json', [REQUEST_HEADER]: String(at) },
    body: JSON.stringify({ query: operation.query, variables: operation.variablesOf(at) }),
  };
}

const records = SUBGRAPHS.map((name) => recordsOf(name));
const selection = parse(`{ ${CUSTOMER} }`);

/** The answer to request n as it must be. */
export function expectedOf(operation: Operation, n: number): { data: Record<string, unknown> } {
  const customers = operation.idsOf(n).map((id) => {
    const whole = Object.assign({}, ...records.map((byId) => byId.get(id))) as Record<string, unknown>;
    return project(whole, selection);
  });
  return { data: operation.rootOf(customers) };
}
