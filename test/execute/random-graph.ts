/**
 * One made-up graph twice: as one schema, and split over three subgraphs. A seed decides what every field answers:
 * a value, null or an error. Must give the same answer in both, whichever way a field is reached.
 */
import {
  buildSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isLeafType,
  isListType,
  isObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import type { Resolvers, SubgraphSource } from './composed';

const SHARED = {
  customerRoot: 'customer(id: ID!): Customer customers(n: Int): [Customer] strict: [Customer!]! one: Customer!',
  feed: 'feed: [Item] nodes: [Node!] anything: Item',
  customer:
    'name: String nick(up: Boolean, word: String): String must: String! friends: [Customer!] grid: [[Customer]] value: Value home: Address!',
  contact: 'email: String phone(prefix: String): String! tags: [String!] born: Date best: Customer',
  order: 'id: ID! title: String total: Money! lines: [Line!]! buyer: Customer company: Company',
};

/** Every type with all its fields: what the one schema has. */
const WHOLE = `
  scalar Date
  union Item = Customer | Order | Company
  interface Node { id: ID! label: String }
  enum Level { LOW HIGH }
  type Query { ${SHARED.customerRoot} ${SHARED.feed} crmCustomer: Customer orders: [Order!] level: Level }
  type Customer implements Node { id: ID! label: String ${SHARED.customer} contact: Contact score: Int! level: Level company: Company lastOrder: Order orders(n: Int): [Order] spent: Money }
  type Order implements Node { label: String ${SHARED.order} note: String urgent: Boolean! }
  type Company { code: ID! country: Country! name: String boss: Customer revenue: Float rank: Int! }
  type Country { iso: String! }
  type Value { historic: Int predicted: Int! parts: [Value] }
  type Address { city: String zip: String! }
  type Contact { ${SHARED.contact} }
  type Money { amount: Int! currency: String }
  type Line { title: String! price: Money }
`;

const INTERNAL = 'type SourceKey @inaccessible { source: String! key: String! } scalar Access';
const EXTERNAL = 'access: Access @external sourceKeys: [SourceKey!] @external';
const REQUIRES = '@requires(fields: "access sourceKeys { source key }")';

const SPLIT: Record<string, string> = {
  profiles: `
    ${INTERNAL}
    union Item = Customer | Order | Company
    interface Node { id: ID! label: String }
    type Query { ${SHARED.customerRoot} ${SHARED.feed} }
    type Customer implements Node @key(fields: "id") { id: ID! label: String ${SHARED.customer} sourceKeys: [SourceKey!] @inaccessible access: Access @inaccessible }
    type Order implements Node @key(fields: "id") { id: ID! label: String note: String urgent: Boolean! }
    type Company @key(fields: "code country { iso }") { code: ID! country: Country! }
    type Country @shareable { iso: String! }
    type Value { historic: Int predicted: Int! parts: [Value] }
    type Address { city: String zip: String! }`,
  crm: `
    ${INTERNAL.replace('source: String! key: String!', 'source: String! @external key: String! @external')}
    scalar Date
    enum Level { LOW HIGH }
    type Query { crmCustomer: Customer level: Level }
    type Customer @key(fields: "id") { id: ID! ${EXTERNAL} contact: Contact ${REQUIRES} score: Int! ${REQUIRES} level: Level company: Company }
    type Company @key(fields: "code country { iso }") { code: ID! country: Country! name: String boss: Customer }
    type Country @shareable { iso: String! }
    type Contact { ${SHARED.contact} }`,
  commerce: `
    ${INTERNAL.replace('source: String! key: String!', 'source: String! @external key: String! @external')}
    type Query { orders: [Order!] }
    type Customer @key(fields: "id") { id: ID! ${EXTERNAL} lastOrder: Order ${REQUIRES} orders(n: Int): [Order] ${REQUIRES} spent: Money }
    type Company @key(fields: "code country { iso }") { code: ID! country: Country! revenue: Float rank: Int! }
    type Country @shareable { iso: String! }
    type Order @key(fields: "id") { ${SHARED.order} }
    type Money { amount: Int! currency: String }
    type Line { title: String! price: Money }`,
};

export const wholeSchema = buildSchema(WHOLE);

/** An object of the made-up world: its type, and an identity from which all its fields follow. */
interface Thing {
  readonly __typename: string;
  readonly is: string;
}

/** Fields that name an entity or are required by others always answer, or the two graphs would ask different questions. */
const SOUND = new Set(['id', 'code', 'country', 'iso', 'access', 'sourceKeys', 'source', 'key']);
const ENTITIES = new Set(['Customer', 'Order', 'Company']);

export function wholeResolvers(seed: number): Resolvers {
  return resolversFor(wholeSchema, seed);
}

export function splitSubgraphs(seed: number): Record<string, SubgraphSource> {
  const resolvers = wholeResolvers(seed);
  return Object.fromEntries(
    Object.entries(SPLIT).map(([name, typeDefs]) => {
      const own: Resolvers = {};
      for (const [type, fields] of Object.entries(resolvers)) {
        const body = new RegExp(`type ${type} [^{]*\\{(.*)\\}`).exec(typeDefs)?.[1];
        if (body === undefined) continue;
        own[type] = Object.fromEntries(
          Object.entries(fields).filter(([field]) => new RegExp(`\\b${field}[(:]`).test(body)),
        );
      }
      if (own.Customer !== undefined) {
        Object.assign(own.Customer, {
          __resolveReference: ({ id, access }: { id: string; access?: unknown }) =>
            access === undefined || access === `may read ${id}` ? { __typename: 'Customer', is: id } : null,
          ...(name === 'profiles'
            ? {
                access: ({ is }: Thing) => `may read ${is}`,
                sourceKeys: ({ is }: Thing) => [{ source: 'crm', key: is }],
              }
            : {}),
        });
      }
      if (own.Order !== undefined)
        Object.assign(own.Order, { __resolveReference: ({ id }: { id: string }) => ({ __typename: 'Order', is: id }) });
      if (own.Company !== undefined)
        Object.assign(own.Company, {
          __resolveReference: ({ code }: { code: string }) => ({ __typename: 'Company', is: code }),
        });
      return [name, { typeDefs, resolvers: own }];
    }),
  );
}

function resolversFor(schema: GraphQLSchema, seed: number): Resolvers {
  const resolvers: Resolvers = {};
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    const fields: Resolvers[string] = {};
    for (const field of Object.values(type.getFields())) {
      fields[field.name] = ((source: Thing | undefined, args: object) => {
        const place = `${seed} ${type.name} ${source?.is ?? ''} ${field.name} ${JSON.stringify(args)}`;
        return answer(schema, field.type, place, field.name, source, 0);
      }) as never;
    }
    resolvers[type.name] = fields;
  }
  return resolvers;
}

function answer(
  schema: GraphQLSchema,
  type: GraphQLOutputType,
  place: string,
  field: string,
  source: Thing | undefined,
  depth: number,
): unknown {
  if (!SOUND.has(field)) {
    const luck = chance(`luck ${place}`) % 40;
    if (luck < 2 && depth === 0) throw new Error(`no luck at ${place}`);
    if (luck < 4) return null;
    if (luck === 4 && depth > 0) return new Error(`no luck at ${place}`);
  }
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    const length = chance(`length ${place}`) % 4;
    return Array.from({ length }, (_, index) =>
      answer(schema, nullable.ofType, `${place}[${index}]`, field, source, depth + 1),
    );
  }
  const named = getNamedType(nullable);
  if (field === 'id' || field === 'code') return source?.is;
  if (field === 'iso') return `iso of ${source?.is}`;
  if (isLeafType(named)) {
    const number = chance(`value ${place}`) % 100;
    switch (named.name) {
      case 'Int':
        return number;
      case 'Float':
        return number / 8;
      case 'Boolean':
        return number % 2 === 0;
      case 'Level':
        return number % 2 === 0 ? 'LOW' : 'HIGH';
      case 'Date':
        return { day: number, parts: [number, null] };
      default:
        return `${field} ${number}`;
    }
  }
  const possible = isAbstractType(named) ? schema.getPossibleTypes(named) : [named];
  const chosen = possible[chance(`type ${place}`) % possible.length]?.name ?? named.name;
  return {
    __typename: chosen,
    is: ENTITIES.has(chosen) ? `${chosen[0]}${chance(`is ${place}`) % 5}` : field === 'country' ? source?.is : place,
  };
}

/** A number that follows from the text alone (FNV-1a). */
function chance(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash ^ (hash >>> 13)) >>> 0;
}
