/**
 * What a subgraph may not be: it does not start when a field reachable from Customer is unclassified, or classified in a way that
 * could not be enforced. And what the shipped subgraphs classify: a list to be reviewed, since a change of it is a change of policy.
 */
import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildSchema, getDirectiveValues, graphql, isObjectType } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import { Field, ID, ObjectType, Query, Resolver } from 'type-graphql';
import type { Access } from '../../schema/access';
import { createPrivacyReport, enforcePolicy } from '../../schema/enforce';
import { analytics } from '../../subgraphs/analytics';
import { commerce } from '../../subgraphs/commerce';
import { crm } from '../../subgraphs/crm';
import { defineProfilesSubgraph } from '../../subgraphs/profiles';
import type { Source } from '../../subgraphs/source';
import { support } from '../../subgraphs/support';
import { defineSourceSubgraph } from '../../subgraphs/source.subgraph';
import { defineSubgraph } from '../../subgraphs/subgraph';
import { accessWith, policy } from './enforced-graph';

const policySdl = readFileSync(path.join(__dirname, '..', '..', 'schema', 'policy.graphql'), 'utf8');

function enforced(sdl: string): GraphQLSchema {
  return enforcePolicy(buildSchema(`${policySdl} type Query { customer: Customer } ${sdl}`), {
    accessOf: (customer) => (customer as { access: Access }).access,
    maskKey: 'key',
  });
}

function messageOf(sdl: string): string {
  try {
    enforced(sdl);
    return 'it starts';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('A subgraph does not start', () => {
  it.each([
    [
      'with a field that is not classified',
      'type Customer { id: ID! @notPersonal shoeSize: Int }',
      ['Customer.shoeSize has neither @personalData nor @notPersonal and lies below no classified field'],
    ],
    [
      'with an unclassified field below a grouping',
      'type Customer { contact: Contact @notPersonal } type Contact { email: String fax: String @personalData(category: CONTACT) }',
      ['Contact.email has neither @personalData nor @notPersonal and lies below no classified field'],
    ],
    [
      'with an unclassified field in a list of lists',
      'type Customer { grid: [[Cell!]!] @notPersonal } type Cell { x: Int }',
      ['Cell.x has neither @personalData nor @notPersonal and lies below no classified field'],
    ],
    [
      'with an unclassified field behind an interface',
      `type Customer { reach: Reach @notPersonal }
       interface Reach { label: String }
       type Post implements Reach { label: String @notPersonal street: String }`,
      ['Post.street has neither @personalData nor @notPersonal and lies below no classified field'],
    ],
    [
      'with an unclassified field behind a union',
      `type Customer { reach: Reach @notPersonal }
       union Reach = Mail | Phone
       type Mail { email: String } type Phone { number: String @personalData(category: CONTACT) }`,
      ['Mail.email has neither @personalData nor @notPersonal and lies below no classified field'],
    ],
    [
      'with a classified field that is non-null',
      'type Customer { id: ID! @notPersonal email: String! @personalData(category: CONTACT, mask: EMAIL) }',
      ['Customer.email is non-null: withholding it would null the whole Customer'],
    ],
    [
      'with a non-null field below a maskable edge',
      'type Customer { address: Address @personalData(category: LOCATION) } type Address { city: String! }',
      ['Address.city is non-null: withholding it would null the whole Customer'],
    ],
    [
      'with a mask of another type, or two',
      `type Customer {
         birthDate: Int @personalData(category: DEMOGRAPHIC, mask: BIRTH_DATE)
         spent: String @personalData(category: PURCHASE_HISTORY, mask: MONEY)
         name: Name @personalData(category: NAME, mask: NAME)
       }
       type Name { first: String }`,
      [
        'Customer.birthDate: mask BIRTH_DATE does not fit a Int',
        'Customer.spent: mask MONEY does not fit a String',
        'Customer.name: mask NAME does not fit a Name',
      ],
    ],
    [
      'with several faults: it names each',
      'type Customer { a: Int b: String! @personalData(category: NAME) }',
      [
        'Customer.a has neither @personalData nor @notPersonal and lies below no classified field',
        'Customer.b is non-null: withholding it would null the whole Customer',
      ],
    ],
  ])('%s', (_name, sdl, faults) => {
    expect(messageOf(sdl)).toBe(`The schema cannot be enforced:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  });

  it('when it is built from classes either', () => {
    @ObjectType()
    class Customer {
      @Field(() => ID)
      id!: string;
    }
    @Resolver(() => Customer)
    class CustomerResolver {
      @Query(() => Customer, { nullable: true })
      customer(): null {
        return null;
      }
    }
    expect(() =>
      defineSubgraph({
        name: 'careless',
        resolvers: [CustomerResolver],
        entities: [Customer],
        references: {},
        needsAccess: false,
        accessOf: () => accessWith(),
        maskKey: 'key',
      }),
    ).toThrow(
      new Error(
        'The schema cannot be enforced:\n' +
          '  - Customer.id has neither @personalData nor @notPersonal and lies below no classified field',
      ),
    );
  });
});

describe('A subgraph starts', () => {
  it.each([
    [
      'with non-null fields below an edge nobody sees masked',
      'type Customer { orders: [Order!] @personalData(category: PURCHASE_HISTORY) } type Order { id: ID! }',
    ],
    [
      'with a type that refers to itself',
      'type Customer { tree: Node @personalData(category: DERIVED) } type Node { children: [Node] }',
    ],
    [
      'with a customer below a customer',
      'type Customer { id: ID! @notPersonal friends: [Customer!] @personalData(category: DERIVED) }',
    ],
    ['without a Customer', 'type Customers { x: Int } type Customer { id: ID! @notPersonal }'],
  ])('%s', (_name, sdl) => {
    expect(messageOf(sdl)).toBe('it starts');
  });
});

describe('The category of what carries none is that of the nearest classified edge on the path taken:', () => {
  const schema = enforced(`
    type Customer {
      id: ID! @notPersonal
      place: Place @personalData(category: LOCATION)
      purchase: Note @personalData(category: PURCHASE_HISTORY)
      reach: Reach @notPersonal
    }
    type Place { city: String visits: Note @personalData(category: BEHAVIOUR) note: Note neighbour: Customer @notPersonal }
    type Note { text: String }
    union Reach = Mail | Post
    type Mail { email: String @personalData(category: CONTACT, mask: EMAIL) }
    type Post { place: Place @personalData(category: LOCATION) }
  `);
  const note = { text: 'a word' };
  const customer = {
    id: '1',
    access: accessWith({ LOCATION: 'M', CONTACT: 'M' }),
    purchase: note,
    place: {
      city: 'Berlin',
      visits: note,
      note,
      neighbour: { id: '2', access: accessWith(), purchase: note },
    },
    reach: { __typename: 'Mail', email: 'jane@example.com' },
  };
  const ask = async (source: string, changed: object = {}) => {
    const result = await graphql({
      schema,
      source,
      rootValue: { customer: { ...customer, ...changed } },
      contextValue: { policy, privacy: createPrivacyReport() },
    });
    return JSON.parse(JSON.stringify(result)) as unknown;
  };

  it('one type is masked on one path and clear on another', async () => {
    expect(await ask('{ customer { purchase { text } place { city note { text } visits { text } } } }')).toEqual({
      data: {
        customer: {
          purchase: { text: 'a word' },
          place: { city: null, note: { text: null }, visits: { text: 'a word' } },
        },
      },
    });
  });

  it('a masked edge of one customer masks nothing of another below it', async () => {
    expect(await ask('{ customer { place { neighbour { id purchase { text } } } } }')).toEqual({
      data: { customer: { place: { neighbour: { id: '2', purchase: { text: 'a word' } } } } },
    });
  });

  it('members of a union are held to it like any type', async () => {
    const query = '{ customer { reach { ... on Mail { email } ... on Post { place { city } } } } }';
    expect([
      await ask(query),
      await ask(query, { reach: { __typename: 'Post', place: { city: 'Berlin' } } }),
      await ask(query, { access: accessWith({ CONTACT: 'c' }) }),
    ]).toEqual([
      { data: { customer: { reach: { email: 'j***@e***.com' } } } },
      { data: { customer: { reach: { place: { city: null } } } } },
      { data: { customer: { reach: { email: null } } } },
    ]);
  });

  it('a value that comes later is masked too, whatever kind of promise brings it', async () => {
    const thenable = { then: (done: (value: string) => void) => done('jane@example.com') };
    const query = '{ customer { reach { ... on Mail { email } } } }';
    const masked = { data: { customer: { reach: { email: 'j***@e***.com' } } } };
    expect([
      await ask(query, { reach: { __typename: 'Mail', email: Promise.resolve('jane@example.com') } }),
      await ask(query, { reach: { __typename: 'Mail', email: thenable } }),
    ]).toEqual([masked, masked]);
  });

  it('an access that cannot be had answers null and an error, never the value', async () => {
    const failing = enforcePolicy(
      buildSchema(
        `${policySdl} type Query { customer: Customer } type Customer { name: String @personalData(category: NAME) }`,
      ),
      { accessOf: () => Promise.reject(new Error('the store is shut')), maskKey: 'key' },
    );
    const result = await graphql({
      schema: failing,
      source: '{ customer { name } }',
      rootValue: { customer: { name: 'Jane' } },
      contextValue: { policy, privacy: createPrivacyReport() },
    });
    expect([{ ...result.data }, result.errors?.map(({ message }) => message)]).toEqual([
      { customer: { name: null } },
      ['the store is shut'],
    ]);
  });
});

describe('The classified fields of the shipped subgraphs are as reviewed:', () => {
  /** `Type.field: CATEGORY mask`, in the order of the alphabet. */
  function classified(schema: GraphQLSchema): string[] {
    const directive = schema.getDirective('personalData');
    const lines: string[] = [];
    for (const type of Object.values(schema.getTypeMap())) {
      if (!isObjectType(type) || directive === null || directive === undefined) continue;
      for (const field of Object.values(type.getFields())) {
        const values = field.astNode ? getDirectiveValues(directive, field.astNode) : undefined;
        if (values === undefined) continue;
        lines.push(
          `${type.name}.${field.name}: ${String(values.category)}${values.mask ? ` ${String(values.mask)}` : ''}`,
        );
      }
    }
    return lines.sort();
  }
  const ofSource = (source: unknown) => defineSourceSubgraph(source as Source, { maskKey: 'key' }).schema;

  it('profiles', () => {
    expect(classified(defineProfilesSubgraph({ maskKey: 'key' }).schema)).toEqual([
      'Customer.consents: CONSENT',
      'Customer.engagement: DERIVED',
      'Customer.identities: IDENTIFIER',
      'Customer.lifetimeValue: DERIVED',
      'Identity.namespace: IDENTIFIER COARSE',
      'Identity.value: IDENTIFIER HASH',
    ]);
  });

  it('crm', () => {
    expect(classified(ofSource(crm))).toEqual([
      'Address.city: LOCATION',
      'Address.country: LOCATION COARSE',
      'Address.line: LOCATION',
      'Address.postcode: LOCATION POSTCODE',
      'Address.region: LOCATION COARSE',
      'Company.name: DEMOGRAPHIC',
      'Contact.email: CONTACT EMAIL',
      'Contact.firstName: NAME NAME',
      'Contact.language: DEMOGRAPHIC',
      'Contact.lastName: NAME NAME',
      'Contact.phone: CONTACT PHONE',
      'Customer.address: LOCATION',
      'Customer.birthDate: DEMOGRAPHIC BIRTH_DATE',
      'Customer.company: DEMOGRAPHIC',
      'Customer.lifecycleStage: DERIVED',
    ]);
  });

  it('commerce', () => {
    expect(classified(ofSource(commerce))).toEqual([
      'Customer.cart: BEHAVIOUR',
      'Customer.lastOrder: PURCHASE_HISTORY',
      'Customer.orderCount: PURCHASE_HISTORY',
      'Customer.orders: PURCHASE_HISTORY',
      'Customer.totalSpent: PURCHASE_HISTORY',
    ]);
  });

  it('analytics', () => {
    expect(classified(ofSource(analytics))).toEqual([
      'Customer.lastSeenAt: BEHAVIOUR',
      'Customer.recentlyViewed: BEHAVIOUR',
      'Customer.topCategories: BEHAVIOUR',
      'Customer.visitCount: BEHAVIOUR',
    ]);
  });

  it('support', () => {
    expect(classified(ofSource(support))).toEqual([
      'Customer.openTickets: SUPPORT_HISTORY',
      'Customer.satisfaction: SUPPORT_HISTORY',
      'Customer.tickets: SUPPORT_HISTORY',
    ]);
  });
});
