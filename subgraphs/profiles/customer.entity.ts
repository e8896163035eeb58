/** What profiles owns of a Customer, and of which category each field is. Declarations only. */
import 'reflect-metadata';
import { GraphQLScalarType } from 'graphql';
import { Directive, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { CONSENT_STATES, PURPOSES } from '../../schema/policy';
import type { ConsentState, Purpose } from '../../schema/policy';
import { PageInfo } from '../connection.entity';
import { Engagement, LifetimeValue } from './derived.entity';
import { CONSENT_ACTIONS } from './store/store';

/** The object registerEnumType wants: each value under its own name. */
export function enumOf<Value extends string>(values: readonly Value[]): Record<Value, Value> {
  return Object.fromEntries(values.map((value) => [value, value])) as Record<Value, Value>;
}

export const PurposeEnum = enumOf(PURPOSES);
registerEnumType(PurposeEnum, {
  name: 'Purpose',
  description: 'Why personal data is read (GDPR Art. 5(1)(b)); decides, with consent, what may be seen.',
  valuesConfig: {
    ESSENTIAL_SERVICE: { description: 'What the contract needs: order confirmation, delivery, safety notices.' },
    EMAIL_MARKETING: { description: 'Advertising by e-mail, on consent or soft opt-in.' },
    PERSONALIZATION: { description: 'Content chosen for the person, on consent.' },
    ANALYTICS: { description: 'Statistics about use, on consent, with masked identifiers.' },
    PROFILING: { description: 'Traits and segments computed per person, on consent.' },
    SUPPORT_SERVICE: { description: 'Answering the person’s own questions.' },
    DATA_SUBJECT_RIGHTS: { description: 'Access, rectification, erasure, portability (GDPR Art. 15–20).' },
  },
});

export const ConsentStateEnum = enumOf(CONSENT_STATES);
registerEnumType(ConsentStateEnum, {
  name: 'ConsentState',
  description: 'Where consent to a purpose stands, derived from the ledger of consent events.',
  valuesConfig: {
    NOT_ASKED: { description: 'Nothing is recorded.' },
    PENDING: { description: 'Given, but not confirmed yet (double opt-in). Not consent.' },
    GRANTED: { description: 'Given, confirmed where that was asked for, and not expired.' },
    REFUSED: { description: 'Asked and denied.' },
    WITHDRAWN: { description: 'Given once and taken back (GDPR Art. 7(3)).' },
    EXPIRED: { description: 'Given for a time that is over.' },
    OBJECTED: { description: 'Objection (GDPR Art. 21): overrides every basis until a later grant.' },
  },
});

export const ConsentActionEnum = enumOf(
  CONSENT_ACTIONS.filter((action) => action !== 'WITHDRAW' && action !== 'EXPIRE'),
);
registerEnumType(ConsentActionEnum, {
  name: 'ConsentAction',
  description: 'What the data subject expressed. Taking consent back is `withdrawConsent`.',
  valuesConfig: {
    GRANT: { description: 'Gives consent; GRANTED at once.' },
    CONFIRM: { description: 'Confirms a consent that is PENDING.' },
    REFUSE: { description: 'Was asked and said no.' },
    OBJECT: { description: 'Objects to the purpose, whatever its basis (GDPR Art. 21).' },
  },
});

export const IdentityNamespace = new GraphQLScalarType({
  name: 'IdentityNamespace',
  description:
    'Whose ids an identity is one of: `email`, `phone`, `hubspot.contact`, `shopify.customer`, `posthog.distinct_id`, `zendesk.user`, a sender’s `braze.external_id`. Checked against the registry.',
});

export const AccessScalar = new GraphQLScalarType({
  name: 'Access',
  description: 'The policy decision for one request and customer. Opaque, internal.',
});

@ObjectType({ description: 'An id by which a system knows the person.' })
export class Identity {
  @Directive('@personalData(category: IDENTIFIER, mask: COARSE)')
  @Field(() => IdentityNamespace, { nullable: true, description: 'Whose id it is.' })
  namespace?: string;

  @Directive('@personalData(category: IDENTIFIER, mask: HASH)')
  @Field(() => String, { nullable: true, description: 'The id itself.' })
  value?: string;
}

@ObjectType({ description: 'The text a person agreed to.' })
export class ConsentNotice {
  @Field(() => ID, { description: 'Which notice.' })
  id!: string;

  @Field(() => String, { description: 'Which version of it.' })
  version!: string;
}

@ObjectType({ description: 'Where consent to one purpose stands.' })
export class Consent {
  @Field(() => PurposeEnum, { description: 'The purpose asked about.' })
  purpose!: Purpose;

  @Field(() => ConsentStateEnum, { description: 'Derived from the ledger, at this moment.' })
  state!: ConsentState;

  @Field(() => ConsentNotice, { nullable: true, description: 'The notice it was given on.' })
  notice?: ConsentNotice | null;

  @Field(() => String, { nullable: true, description: 'UTC, ISO 8601: when the state came about.' })
  since?: string | null;

  @Field(() => String, { nullable: true, description: 'UTC, ISO 8601: when a grant ends.' })
  expiresAt?: string | null;
}

@ObjectType({ description: 'How fresh what is known from one source is.' })
export class Freshness {
  @Directive('@notPersonal')
  @Field(() => String, { description: 'Name of the source.' })
  source!: string;

  @Directive('@notPersonal')
  @Field(() => String, { nullable: true, description: 'UTC, ISO 8601: when the source last answered; null: never.' })
  fetchedAt?: string | null;

  @Directive('@notPersonal')
  @Field(() => Boolean, { description: 'Older than this request tolerates.' })
  stale!: boolean;
}

@ObjectType({ description: 'A customer’s id at one source. Internal.' })
@Directive('@inaccessible')
@Directive('@shareable')
export class SourceKey {
  @Field(() => String)
  source!: string;

  @Field(() => String)
  key!: string;
}

@ObjectType({
  description: 'Whether the person may be mailed at all. Internal: the gateway adds it to every template.',
})
@Directive('@inaccessible')
export class ContactPermission {
  @Field(() => Boolean)
  permitted!: boolean;

  @Field(() => String, { nullable: true })
  reason?: string | null;

  @Field(() => String, { nullable: true })
  observed?: string | null;

  @Field(() => Int)
  consentVersion!: number;

  @Field(() => String, { nullable: true })
  unsubscribeToken?: string | null;
}

@ObjectType({ description: 'A data subject, joined over all sources.' })
@Directive('@key(fields: "id")')
export class Customer {
  @Directive('@notPersonal')
  @Field(() => ID, { description: 'ULID. A pseudonym: never an e-mail address, never a source’s own id.' })
  id!: string;

  @Directive('@personalData(category: IDENTIFIER)')
  @Field(() => [Identity], {
    nullable: true,
    description: 'Ids by which systems know the person. Addresses are among them only where CONTACT is clear.',
  })
  identities?: Identity[] | null;

  @Directive('@personalData(category: CONSENT)')
  @Field(() => [Consent], { nullable: true, description: 'One entry per purpose.' })
  consents?: Consent[] | null;

  @Directive('@personalData(category: DERIVED)')
  @Field(() => LifetimeValue, { nullable: true, description: 'What the customer has been worth.' })
  lifetimeValue?: LifetimeValue | null;

  @Directive('@personalData(category: DERIVED)')
  @Field(() => Engagement, { nullable: true, description: 'How much the person has had to do with the shop of late.' })
  engagement?: Engagement | null;

  @Directive('@notPersonal')
  @Field(() => [Freshness], { description: 'How fresh what is known is, source by source.' })
  freshness!: Freshness[];

  @Directive('@inaccessible')
  @Field(() => [SourceKey])
  sourceKeys!: SourceKey[];

  @Directive('@inaccessible')
  @Field(() => AccessScalar, { nullable: true })
  access?: string | null;

  @Directive('@inaccessible')
  @Field(() => ContactPermission, { nullable: true })
  contactPermission?: ContactPermission | null;
}

@ObjectType({ description: 'A customer in its connection.' })
export class CustomerEdge {
  @Field(() => String, { description: 'Pass it as `after` to go on from here.' })
  cursor!: string;

  @Field(() => Customer, { description: 'The customer.' })
  node!: Customer;
}

@ObjectType({
  description:
    'Customers in order of id (Relay connection). There is no total count: it would answer what is withheld.',
})
export class CustomerConnection {
  @Field(() => [CustomerEdge], { description: 'This page.' })
  edges!: CustomerEdge[];

  @Field(() => PageInfo, { description: 'Where the page lies.' })
  pageInfo!: PageInfo;
}

@ObjectType({ description: 'What a recorded or withdrawn consent led to.' })
export class ConsentChange {
  @Field(() => ID, { description: 'The customer, by the id that is valid now.' })
  customerId!: string;

  @Field(() => ID, { description: 'The event in the consent ledger.' })
  recordId!: string;

  @Field(() => Consent, { description: 'The new state.' })
  consent!: Consent;

  @Field(() => Int, { description: 'The customer’s consent version after the event; it only rises.' })
  version!: number;
}
