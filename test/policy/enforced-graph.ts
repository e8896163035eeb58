/**
 * A small subgraph built as a source author builds one, and a way to run an operation on it: what came, what was kept
 * back, and which fields were asked for a value at all.
 */
import 'reflect-metadata';
import { graphql } from 'graphql';
import { Arg, Ctx, Directive, Field, FieldResolver, ID, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { createPrivacyReport } from '../../schema/enforce';
import type { EnforcementContext, PrivacyNote } from '../../schema/enforce';
import { CATEGORIES } from '../../schema/policy';
import type { DataCategory } from '../../schema/policy';
import type { RequestPolicy } from '../../schema/request-policy';
import { withholdAll } from '../../schema/access';
import type { Access } from '../../schema/access';
import { defineSubgraph } from '../../subgraphs/subgraph';

@ObjectType()
class Reach {
  @Directive('@personalData(category: NAME, mask: NAME)')
  @Field(() => String, { nullable: true })
  firstName?: string | null;

  @Directive('@personalData(category: CONTACT, mask: EMAIL)')
  @Field(() => String, { nullable: true })
  email?: string | null;

  @Directive('@personalData(category: CONTACT, mask: PHONE)')
  @Field(() => String, { nullable: true })
  phone?: string | null;

  @Directive('@personalData(category: CONTACT)')
  @Field(() => String, { nullable: true })
  note?: string | null;
}

@ObjectType()
class Place {
  @Field(() => String, { nullable: true })
  line?: string | null;

  @Directive('@personalData(category: LOCATION, mask: POSTCODE)')
  @Field(() => String, { nullable: true })
  postcode?: string | null;

  @Directive('@personalData(category: LOCATION, mask: COARSE)')
  @Field(() => String, { nullable: true })
  country?: string | null;
}

@ObjectType()
class Line {
  @Field(() => String)
  title!: string;
}

@ObjectType()
class Purchase {
  @Field(() => String)
  placedAt!: string;

  @Field(() => [Line])
  lines!: Line[];

  @Directive('@personalData(category: NAME, mask: NAME)')
  @Field(() => String, { nullable: true })
  giftFor?: string | null;
}

@ObjectType()
class Household {
  @Directive('@notPersonal')
  @Field(() => [Customer], { nullable: 'itemsAndList' })
  members?: Customer[];
}

@ObjectType()
@Directive('@key(fields: "id")')
class Customer {
  @Directive('@notPersonal')
  @Field(() => ID)
  id!: string;

  @Directive('@notPersonal')
  @Field(() => Reach, { nullable: true })
  reach?: Reach | null;

  @Directive('@personalData(category: LOCATION)')
  @Field(() => Place, { nullable: true })
  place?: Place | null;

  @Directive('@personalData(category: IDENTIFIER, mask: HASH)')
  @Field(() => String, { nullable: true })
  externalId?: string | null;

  @Directive('@personalData(category: NAME, mask: NAME)')
  @Field(() => [String], { nullable: true })
  nicknames?: string[] | null;

  @Directive('@personalData(category: DEMOGRAPHIC, mask: BIRTH_DATE)')
  @Field(() => String, { nullable: true })
  birthDate?: string | null;

  @Directive('@personalData(category: DEMOGRAPHIC, mask: MONEY)')
  @Field(() => Int, { nullable: true })
  income?: number | null;

  @Directive('@personalData(category: PURCHASE_HISTORY)')
  @Field(() => [Purchase], { nullable: true })
  purchases?: Purchase[] | null;

  @Directive('@personalData(category: DERIVED)')
  @Field(() => String, { nullable: true })
  segment?: string | null;

  @Directive('@notPersonal')
  @Field(() => Household, { nullable: true })
  household?: Household | null;
}

interface TestCustomer {
  readonly id: string;
  readonly access: Access | undefined;
  readonly calls: string[];
}

@ObjectType()
class Club {
  @Field(() => String)
  title!: string;

  @Field(() => [Customer])
  members!: TestCustomer[];
}

interface TestContext extends EnforcementContext {
  readonly calls: string[];
  readonly accessOf: Readonly<Record<string, Access>>;
}

@Resolver(() => Customer)
class CustomerResolver {
  @Query(() => Club)
  club(@Arg('ids', () => [ID]) ids: string[]): { title: string; ids: string[] } {
    return { title: 'Chess', ids };
  }

  /** A resolver as a source writes one where a field is more than a property: its call is counted like any other. */
  @FieldResolver()
  async segment(@Root() customer: TestCustomer): Promise<string> {
    customer.calls.push(`${customer.id}.segment`);
    return 'loyal';
  }
}

@Resolver(() => Club)
class ClubResolver {
  @FieldResolver()
  members(@Root() { ids }: { ids: string[] }, @Ctx() { calls }: TestContext): object[] {
    return ids.map((id) => customerOf(id, undefined, calls));
  }
}

/** The customer as parent of its fields: every property that is read is noted. */
function customerOf(id: string, access: Access | undefined, calls: string[]): object {
  const values: Record<string, unknown> = {
    reach: counted(`${id}.reach`, calls, {
      firstName: 'Jane',
      email: 'jane@example.com',
      phone: '+493012345678',
      note: 'calls in the evening',
    }),
    place: counted(`${id}.place`, calls, { line: 'Torstraße 12', postcode: '10115', country: 'DE' }),
    externalId: 'contact-1',
    nicknames: ['Janie', 'JJ'],
    birthDate: '1988-07-12',
    income: 4_900_000,
    purchases: ['2025-01-01', '2025-02-02'].map((placedAt) => ({
      placedAt,
      giftFor: 'Bo',
      lines: [{ title: 'Kettle' }, { title: 'Tea' }],
    })),
    get household() {
      return { members: [customerOf('2', undefined, calls), customerOf('3', undefined, calls)] };
    },
  };
  return Object.assign(counted(id, calls, values), { id, access, calls });
}

function counted(name: string, calls: string[], values: Record<string, unknown>): object {
  const target = {};
  for (const property of Object.keys(values)) {
    Object.defineProperty(target, property, {
      get: () => {
        calls.push(`${name}.${property}`);
        return values[property];
      },
    });
  }
  return target;
}

export const MASK_KEY = 'mask key of the tests';

export const graph = defineSubgraph<TestContext>({
  name: 'test',
  resolvers: [CustomerResolver, ClubResolver],
  entities: [Customer],
  needsAccess: true,
  maskKey: MASK_KEY,
  accessOf: (customer, context) => {
    const { id, access } = customer as TestCustomer;
    return access ?? (context as TestContext).accessOf[id] ?? withholdAll('UNAVAILABLE');
  },
  references: {
    Customer: ({ id, access }, { calls }) => customerOf(String(id), access as Access | undefined, calls),
  },
});

export const policy: RequestPolicy = {
  principal: { id: 'someone', role: 'RENDERER', scopes: [] },
  purpose: 'EMAIL_MARKETING',
  maxAgeSeconds: 300,
  deadlineAt: 0,
  requestId: 'request',
};

/** An access that clears everything but what is given. */
export function accessWith(letters: Partial<Record<DataCategory, string>> = {}): Access {
  return CATEGORIES.map((category) => letters[category] ?? 'C').join('') as Access;
}

export interface Outcome {
  readonly data: unknown;
  readonly errors: readonly string[];
  readonly withheld: readonly PrivacyNote[];
  readonly masked: readonly PrivacyNote[];
  /** Fields that were asked for their value, `id.field`. */
  readonly calls: readonly string[];
}

export async function run(
  source: string,
  options: {
    readonly representations?: ReadonlyArray<{ readonly id: string; readonly access?: unknown }>;
    /** Access of customers that come without a representation. */
    readonly accessOf?: Readonly<Record<string, Access>>;
    readonly policy?: RequestPolicy | undefined;
  } = {},
): Promise<Outcome> {
  const calls: string[] = [];
  const privacy = createPrivacyReport();
  const result = await graphql({
    schema: graph.schema,
    source,
    variableValues: {
      representations: (options.representations ?? []).map((one) => ({ __typename: 'Customer', ...one })),
    },
    contextValue: {
      policy: 'policy' in options ? options.policy : policy,
      privacy,
      calls,
      accessOf: options.accessOf ?? {},
    },
  });
  return {
    data: JSON.parse(JSON.stringify(result.data ?? null)) as unknown,
    errors: (result.errors ?? []).map(({ message }) => message),
    withheld: privacy.notes.withheld,
    masked: privacy.notes.masked,
    calls,
  };
}

/** The operation a gateway sends: entities by representation. */
export function entities(selection: string, more = ''): string {
  return `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Customer { ${selection} } } } ${more}`;
}
