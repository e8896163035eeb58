/**
 * The graph every gateway is measured on: five subgraphs cut as Facet's are. `profiles` answers first, with the keys and an opaque
 * `access`; the other four require both and are asked side by side. No personal data is classified: foreign gateways would not know.
 */
import { composeSupergraph } from '../../gateway/supergraph';

const HEADER = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: [
  "@key", "@requires", "@external", "@shareable", "@inaccessible"
])
`;

const REQUIRED = '@requires(fields: "access sourceKeys { source key }")';
const EXTERNAL = `access: String @external
  sourceKeys: [SourceKey!]! @external`;
const SOURCE_KEY = 'type SourceKey @inaccessible @shareable { source: String! key: String! }';

const TYPES: Readonly<Record<string, string>> = {
  profiles: `
type Query {
  customer(id: ID!): Customer
  customers(ids: [ID!]!): [Customer]!
}
type Customer @key(fields: "id") {
  id: ID!
  access: String @inaccessible
  sourceKeys: [SourceKey!]! @inaccessible
  segments: [String!]
  engagement: Engagement
}
type Engagement { score: Float components: [EngagementComponent!] }
type EngagementComponent { name: String! value: Float! }
${SOURCE_KEY}`,
  crm: `
type Customer @key(fields: "id") {
  id: ID!
  ${EXTERNAL}
  contact: Contact ${REQUIRED}
  address: Address ${REQUIRED}
  lifecycleStage: String ${REQUIRED}
}
type Contact { firstName: String lastName: String email: String phone: String language: String }
type Address { line: String city: String region: String postcode: String country: String }
${SOURCE_KEY}`,
  commerce: `
type Customer @key(fields: "id") {
  id: ID!
  ${EXTERNAL}
  lastOrder: Order ${REQUIRED}
  orderCount: Int ${REQUIRED}
}
type Order { id: ID! placedAt: String! total: Money items: [Item!] }
type Item { title: String quantity: Int price: Money imageUrl: String }
type Money { amountMinor: Int! currency: String! }
${SOURCE_KEY}`,
  analytics: `
type Customer @key(fields: "id") {
  id: ID!
  ${EXTERNAL}
  lastSeenAt: String ${REQUIRED}
  topCategories: [String!] ${REQUIRED}
  visitCount: Int ${REQUIRED}
}
${SOURCE_KEY}`,
  support: `
type Customer @key(fields: "id") {
  id: ID!
  ${EXTERNAL}
  openTickets: Int ${REQUIRED}
  satisfaction: Float ${REQUIRED}
}
${SOURCE_KEY}`,
};

export const SUBGRAPHS = Object.keys(TYPES);

export interface Contract {
  readonly name: string;
  readonly url: string;
  readonly sdl: string;
}

/** `urls` by name of the subgraph. */
export function contractsAt(urls: Readonly<Record<string, string>>): Contract[] {
  return SUBGRAPHS.map((name) => ({ name, url: urls[name] ?? '', sdl: HEADER + (TYPES[name] ?? '') }));
}

export function supergraphOf(contracts: readonly Contract[]): string {
  return composeSupergraph(contracts);
}

/** The same contracts in federation 1's words, for a gateway that composes by itself and knows no others. */
export function inFederation1(contracts: readonly Contract[]): Contract[] {
  return contracts.map(({ name, url, sdl }) => {
    const plain = sdl.replace(HEADER, '').replaceAll(/ @(?:inaccessible|shareable)/g, '');
    const extending = plain.replace(/type (Customer @key\(.*?\) \{\s+id: ID!)/, 'extend type $1 @external');
    return { name, url, sdl: name === 'profiles' ? plain : extending };
  });
}
