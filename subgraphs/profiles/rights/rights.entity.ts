/** What the mutations on a data subject's rights take and answer. Declarations only. */
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';

export const CustomerStatusEnum = { ACTIVE: 'ACTIVE', RESTRICTED: 'RESTRICTED', ERASED: 'ERASED' } as const;
export type CustomerStatus = keyof typeof CustomerStatusEnum;
registerEnumType(CustomerStatusEnum, {
  name: 'CustomerStatus',
  description: 'Whether a customer’s data may be processed at all.',
  valuesConfig: {
    ACTIVE: { description: 'As purposes and consents say.' },
    RESTRICTED: { description: 'Stored, and used for nothing but the data subject’s rights (GDPR Art. 18).' },
    ERASED: { description: 'Erased, or being erased: nothing is answered (GDPR Art. 17).' },
  },
});

export const ErasureOutcomeEnum = { ERASED: 'ERASED', RETAINED: 'RETAINED' } as const;
registerEnumType(ErasureOutcomeEnum, {
  name: 'ErasureOutcome',
  description: 'What came of an erasure at one place.',
  valuesConfig: {
    ERASED: { description: 'Gone.' },
    RETAINED: { description: 'Kept on a ground of law or of the vendor’s, which the receipt names (GDPR Art. 17(3)).' },
  },
});

@InputType({ description: 'One field in the data subject’s own words.' })
export class CorrectionInput {
  @Field(() => String, { description: 'Path below Customer of a text: contact.firstName, address.city, birthDate …' })
  path!: string;

  @Field(() => String, { nullable: true, description: 'The value; null takes an earlier correction back.' })
  value?: string | null;
}

@InputType({ description: 'What is wrong about a data subject, and how it is right (GDPR Art. 16).' })
export class RectifyCustomerInput {
  @Field(() => ID, { description: 'The data subject.' })
  customerId!: string;

  @Field(() => [CorrectionInput], { description: 'The corrections; they take precedence over every source.' })
  fields!: CorrectionInput[];
}

@ObjectType({ description: 'A customer after a right was exercised.' })
export class CustomerState {
  @Field(() => ID, { description: 'The data subject.' })
  customerId!: string;

  @Field(() => CustomerStatusEnum, { description: 'The state now.' })
  status!: CustomerStatus;

  @Field(() => Int, { description: 'The customer’s version after the change.' })
  version!: number;
}

@ObjectType({ description: 'Everything stored of a data subject (GDPR Art. 15 and 20).' })
export class CustomerExport extends CustomerState {
  @Field(() => Int, { description: 'Version of the document’s shape.' })
  schemaVersion!: number;

  @Field(() => String, { description: 'UTC, ISO 8601.' })
  exportedAt!: string;

  @Field(() => String, {
    description:
      'JSON: each source’s record with its id, age and schema version; what was rectified; identities, derived traits, the ledger of consent, and why mails are stopped: suppressions by keyed hash of the address, with reason and time.',
  })
  document!: string;
}

@ObjectType({ description: 'What came of an erasure at one place, signed.' })
export class ErasureReceipt {
  @Field(() => String, { description: 'The source, or `profiles` for what Facet itself kept.' })
  source!: string;

  @Field(() => ErasureOutcomeEnum, { description: 'What came of it.' })
  outcome!: keyof typeof ErasureOutcomeEnum;

  @Field(() => String, { nullable: true, description: 'RETAINED: on what ground.' })
  basis?: string | null;

  @Field(() => String, { nullable: true, description: 'RETAINED: UTC, ISO 8601, until when; null when nobody says.' })
  until?: string | null;

  @Field(() => String, { description: 'UTC, ISO 8601.' })
  at!: string;

  @Field(() => String, { description: 'What is signed: the receipt as JSON.' })
  statement!: string;

  @Field(() => String, { description: 'Ed25519 over the statement’s UTF-8, base64url.' })
  signature!: string;
}

@ObjectType({ description: 'A place where the erasure is still to be done.' })
export class PendingErasure {
  @Field(() => String, { description: 'The source.' })
  source!: string;

  @Field(() => Int, { description: 'Times it was tried and failed.' })
  failures!: number;

  @Field(() => String, { nullable: true, description: 'Code of the last failure.' })
  lastFailure?: string | null;

  @Field(() => String, { description: 'UTC, ISO 8601: not tried before.' })
  nextAttemptAt!: string;
}

@ObjectType({ description: 'An erasure, place by place (GDPR Art. 17).' })
export class CustomerErasure extends CustomerState {
  @Field(() => String, { description: 'UTC, ISO 8601.' })
  requestedAt!: string;

  @Field(() => String, { description: 'UTC, ISO 8601: when the law wants it answered (GDPR Art. 12(3)).' })
  dueAt!: string;

  @Field(() => String, { nullable: true, description: 'UTC, ISO 8601: when the last receipt came; null: under way.' })
  completedAt?: string | null;

  @Field(() => [ErasureReceipt], { description: 'One for each place that is done.' })
  receipts!: ErasureReceipt[];

  @Field(() => [PendingErasure], { description: 'The places that are not.' })
  pending!: PendingErasure[];

  @Field(() => String, { description: 'PEM of the Ed25519 key that the receipts are signed with.' })
  publicKey!: string;
}
