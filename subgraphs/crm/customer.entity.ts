/** What the CRM knows of a Customer, and of which category each field is. Declarations only. */
import 'reflect-metadata';
import { Directive, Field, ID, ObjectType } from 'type-graphql';

@ObjectType({ description: 'How the person is addressed and reached.' })
export class Contact {
  @Directive('@personalData(category: NAME, mask: NAME)')
  @Field(() => String, { nullable: true, description: 'Given name, as the person writes it.' })
  firstName?: string | null;

  @Directive('@personalData(category: NAME, mask: NAME)')
  @Field(() => String, { nullable: true, description: 'Family name, as the person writes it.' })
  lastName?: string | null;

  @Directive('@personalData(category: CONTACT, mask: EMAIL)')
  @Field(() => String, { nullable: true, description: 'E-mail address, trimmed and lower-case.' })
  email?: string | null;

  @Directive('@personalData(category: CONTACT, mask: PHONE)')
  @Field(() => String, { nullable: true, description: 'Phone number in E.164 where it can be read as one.' })
  phone?: string | null;

  @Directive('@personalData(category: DEMOGRAPHIC)')
  @Field(() => String, { nullable: true, description: 'Preferred language, BCP 47.' })
  language?: string | null;
}

@ObjectType({ description: 'Postal address.' })
export class Address {
  @Directive('@personalData(category: LOCATION)')
  @Field(() => String, { nullable: true, description: 'Street and house number.' })
  line?: string | null;

  @Directive('@personalData(category: LOCATION)')
  @Field(() => String, { nullable: true, description: 'City or town.' })
  city?: string | null;

  @Directive('@personalData(category: LOCATION, mask: COARSE)')
  @Field(() => String, { nullable: true, description: 'State, county or region.' })
  region?: string | null;

  @Directive('@personalData(category: LOCATION, mask: POSTCODE)')
  @Field(() => String, { nullable: true, description: 'Postal code.' })
  postcode?: string | null;

  @Directive('@personalData(category: LOCATION, mask: COARSE)')
  @Field(() => String, { nullable: true, description: 'ISO 3166-1 alpha-2 code.' })
  country?: string | null;
}

@ObjectType({ description: 'The company the person works for.' })
export class Company {
  @Directive('@personalData(category: DEMOGRAPHIC)')
  @Field(() => String, { nullable: true, description: 'Name of the company.' })
  name?: string | null;
}

@ObjectType({ description: 'A data subject, joined over all sources.' })
@Directive('@key(fields: "id")')
export class Customer {
  @Directive('@notPersonal')
  @Field(() => ID, { description: 'ULID. A pseudonym: never an e-mail address, never a source’s own id.' })
  id!: string;

  @Directive('@notPersonal')
  @Field(() => Contact, { nullable: true, description: 'How the person is addressed and reached.' })
  contact?: Contact | null;

  @Directive('@personalData(category: LOCATION)')
  @Field(() => Address, { nullable: true, description: 'Postal address.' })
  address?: Address | null;

  @Directive('@personalData(category: DEMOGRAPHIC, mask: BIRTH_DATE)')
  @Field(() => String, { nullable: true, description: 'ISO 8601 date without zone.' })
  birthDate?: string | null;

  @Directive('@personalData(category: DEMOGRAPHIC)')
  @Field(() => Company, { nullable: true, description: 'The company the person works for.' })
  company?: Company | null;

  @Directive('@personalData(category: DERIVED)')
  @Field(() => String, {
    nullable: true,
    description: 'Stage in the CRM’s pipeline: subscriber, lead, opportunity, customer, evangelist, other.',
  })
  lifecycleStage?: string | null;
}
