/** What clients say about consent and suppression. Declarations only. */
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { SUPPRESSIONS } from '../../schema/policy';
import type { Purpose, Suppression } from '../../schema/policy';
import { Consent, ConsentActionEnum, enumOf, PurposeEnum } from './customer.entity';
import { CONSENT_CHANNELS } from './store/store';
import type { ConsentAction, ConsentChannel } from './store/store';

export const ConsentChannelEnum = enumOf(CONSENT_CHANNELS);
registerEnumType(ConsentChannelEnum, {
  name: 'ConsentChannel',
  description: 'What a consent is about. Only EMAIL, or none, moves what Facet mails; the others are kept as proof.',
  valuesConfig: {
    EMAIL: { description: 'E-mail.' },
    SMS: { description: 'Text messages.' },
    PHONE: { description: 'Calls.' },
    POST: { description: 'Letters.' },
    PUSH: { description: 'Notifications of an app.' },
  },
});

@InputType({ description: 'The text a person agreed to.' })
export class ConsentNoticeInput {
  @Field(() => ID, { description: 'Which notice.' })
  id!: string;

  @Field(() => String, { description: 'Which version of it.' })
  version!: string;

  @Field(() => String, { nullable: true, description: 'SHA-256 of its text, hexadecimal; must fit a registered one.' })
  sha256?: string | null;
}

@InputType({ description: 'What a data subject expressed.' })
export class RecordConsentInput {
  @Field(() => ID, { description: 'The data subject.' })
  customerId!: string;

  @Field(() => PurposeEnum, { description: 'The purpose it is about.' })
  purpose!: Purpose;

  @Field(() => ConsentActionEnum, { description: 'What was expressed.' })
  action!: ConsentAction;

  @Field(() => ConsentNoticeInput, { description: 'The notice the person was shown.' })
  notice!: ConsentNoticeInput;

  @Field(() => String, { description: 'How it was expressed: web_form, phone, paper …' })
  method!: string;

  @Field(() => String, { nullable: true, description: 'One topic within the purpose; none: every topic.' })
  topic?: string | null;

  @Field(() => String, { nullable: true, description: 'ISO 8601: when it was expressed; now when absent.' })
  occurredAt?: string | null;

  @Field(() => String, { nullable: true, description: 'ISO 8601: when a grant ends.' })
  expiresAt?: string | null;

  @Field(() => ConsentChannelEnum, { nullable: true, description: 'One channel; none: every channel.' })
  channel?: ConsentChannel | null;

  @Field(() => String, { nullable: true, description: 'BCP 47: the language in which the person was asked.' })
  language?: string | null;

  @Field(() => String, { nullable: true, description: 'Where it can be shown: a form’s id, a recording. No address.' })
  proof?: string | null;

  @Field(() => String, { nullable: true, description: 'The same key records the same event once.' })
  idempotencyKey?: string | null;

  @Field(() => String, { nullable: true, description: 'CONFIRM of a requestConsent: the token it answered.' })
  token?: string | null;
}

@InputType({ description: 'A double opt-in that is asked for.' })
export class RequestConsentInput {
  @Field(() => ID, { description: 'The data subject.' })
  customerId!: string;

  @Field(() => PurposeEnum, { description: 'The purpose it is about.' })
  purpose!: Purpose;

  @Field(() => ConsentNoticeInput, { description: 'The notice the person was shown.' })
  notice!: ConsentNoticeInput;

  @Field(() => String, { description: 'How it was expressed: web_form, phone, paper …' })
  method!: string;

  @Field(() => String, { nullable: true, description: 'One topic within the purpose; none: every topic.' })
  topic?: string | null;

  @Field(() => String, { nullable: true, description: 'ISO 8601: when it was expressed; now when absent.' })
  occurredAt?: string | null;

  @Field(() => String, { nullable: true, description: 'ISO 8601: when a grant ends.' })
  expiresAt?: string | null;

  @Field(() => ConsentChannelEnum, { nullable: true, description: 'One channel; none: every channel.' })
  channel?: ConsentChannel | null;

  @Field(() => String, { nullable: true, description: 'BCP 47: the language in which the person was asked.' })
  language?: string | null;

  @Field(() => String, { nullable: true, description: 'The same key records the same event once.' })
  idempotencyKey?: string | null;
}

@InputType({ description: 'A consent taken back (GDPR Art. 7(3)).' })
export class WithdrawConsentInput {
  @Field(() => ID, { description: 'The data subject.' })
  customerId!: string;

  @Field(() => PurposeEnum, { description: 'The purpose it is about.' })
  purpose!: Purpose;

  @Field(() => String, { nullable: true, description: 'One topic within the purpose; none: every topic.' })
  topic?: string | null;

  @Field(() => String, { nullable: true, description: 'How it was expressed.' })
  method?: string | null;

  @Field(() => String, { nullable: true, description: 'ISO 8601: when it was expressed; now when absent.' })
  occurredAt?: string | null;

  @Field(() => ConsentChannelEnum, { nullable: true, description: 'One channel; none: every channel.' })
  channel?: ConsentChannel | null;

  @Field(() => String, { nullable: true, description: 'BCP 47: the language in which the person was asked.' })
  language?: string | null;

  @Field(() => String, { nullable: true, description: 'Where it can be shown: a form’s id, a recording. No address.' })
  proof?: string | null;

  @Field(() => String, { nullable: true, description: 'The same key records the same event once.' })
  idempotencyKey?: string | null;
}

@ObjectType({ description: 'A double opt-in that was asked for.' })
export class ConsentRequest {
  @Field(() => ID, { description: 'The customer, by the id that is valid now.' })
  customerId!: string;

  @Field(() => ID, { description: 'The event in the consent ledger.' })
  recordId!: string;

  @Field(() => Consent, { description: 'The new state: PENDING.' })
  consent!: Consent;

  @Field(() => Int, { description: 'The customer’s consent version after the event; it only rises.' })
  version!: number;

  @Field(() => String, {
    description:
      'To be mailed to the address it is about, and shown nowhere else: as the link `/c/{token}` at the gateway, or for recordConsent with CONFIRM. Good for 30 days.',
  })
  token!: string;
}

@InputType({ description: 'One consent that was collected elsewhere. Columns of a file: text, empty ones absent.' })
export class ConsentRowInput {
  @Field(() => String, { nullable: true, description: 'The person, by id; else by `namespace` and `value`.' })
  customerId?: string | null;

  @Field(() => String, { nullable: true, description: 'Whose id `value` is: email, hubspot.contact …' })
  namespace?: string | null;

  @Field(() => String, { nullable: true, description: 'The id or address.' })
  value?: string | null;

  @Field(() => String, { nullable: true, description: 'A Purpose.' })
  purpose?: string | null;

  @Field(() => String, { nullable: true, description: 'A ConsentChannel; none: every channel.' })
  channel?: string | null;

  @Field(() => String, { nullable: true, description: 'One topic; none: every topic.' })
  topic?: string | null;

  @Field(() => String, { nullable: true, description: 'GRANT, CONFIRM, REFUSE, WITHDRAW, EXPIRE or OBJECT.' })
  action?: string | null;

  @Field(() => String, { nullable: true, description: 'CONSENT, or SOFT_OPT_IN for an address from a sale.' })
  basis?: string | null;

  @Field(() => String, { nullable: true, description: '`true` for a grant that waits for its CONFIRM.' })
  pending?: string | null;

  @Field(() => String, { nullable: true, description: 'The notice that was shown.' })
  noticeId?: string | null;

  @Field(() => String, { nullable: true, description: 'Which version of it.' })
  noticeVersion?: string | null;

  @Field(() => String, { nullable: true, description: 'SHA-256 of its text, hexadecimal.' })
  noticeSha256?: string | null;

  @Field(() => String, { nullable: true, description: 'How it was expressed.' })
  method?: string | null;

  @Field(() => String, { nullable: true, description: 'A Jurisdiction.' })
  jurisdiction?: string | null;

  @Field(() => String, { nullable: true, description: 'BCP 47.' })
  language?: string | null;

  @Field(() => String, { nullable: true, description: 'Where it can be shown. No address.' })
  proof?: string | null;

  @Field(() => String, { nullable: true, description: 'ISO 8601 with its zone.' })
  occurredAt?: string | null;

  @Field(() => String, { nullable: true, description: 'ISO 8601: when a grant ends.' })
  expiresAt?: string | null;
}

@InputType({ description: 'One address that must not be mailed. Columns of a file: text, empty ones absent.' })
export class SuppressionRowInput {
  @Field(() => String, { nullable: true, description: 'The address; kept as a keyed hash only.' })
  email?: string | null;

  @Field(() => String, { nullable: true, description: 'In its stead the key an export gave.' })
  addressKey?: string | null;

  @Field(() => String, { nullable: true, description: 'UNSUBSCRIBED, COMPLAINT, HARD_BOUNCE or ERASED.' })
  reason?: string | null;

  @Field(() => String, { nullable: true, description: 'ISO 8601 with its zone; now when absent.' })
  occurredAt?: string | null;

  @Field(() => String, { nullable: true, description: 'Of an export; given anew.' })
  recordedAt?: string | null;

  @Field(() => String, { nullable: true, description: 'Of an export; given anew.' })
  actor?: string | null;
}

@ObjectType({ description: 'A row that was not taken.' })
export class RefusedRow {
  @Field(() => Int, { description: 'Its place in this call, from 0.' })
  row!: number;

  @Field(() => String, { description: 'Code of the error catalogue.' })
  code!: string;

  @Field(() => String, { description: 'What was expected. Repeats no value.' })
  message!: string;
}

@ObjectType({ description: 'What became of the rows of one import.' })
export class ImportReport {
  @Field(() => Int, { description: 'Rows that were new.' })
  recorded!: number;

  @Field(() => Int, { description: 'Rows that were there already.' })
  known!: number;

  @Field(() => [RefusedRow], { description: 'Rows that were not taken.' })
  refused!: RefusedRow[];
}

export const SuppressionEnum = enumOf(SUPPRESSIONS);
registerEnumType(SuppressionEnum, {
  name: 'Suppression',
  description: 'Why an address must not be mailed, whatever was consented to.',
  valuesConfig: {
    UNSUBSCRIBED: { description: 'The link in a mail was used (RFC 8058): no marketing.' },
    COMPLAINT: { description: 'A mail was reported as spam: no marketing.' },
    HARD_BOUNCE: { description: 'The address does not exist: no mail at all.' },
    ERASED: { description: 'The person was erased (GDPR Art. 17): no mail at all.' },
  },
});

@ObjectType({ description: 'One reason why nobody mails an address.' })
export class SuppressedAddress {
  @Field(() => String, { description: 'Keyed hash of the address.' })
  addressKey!: string;

  @Field(() => SuppressionEnum, { description: 'Why.' })
  reason!: Suppression;

  @Field(() => String, { description: 'UTC, ISO 8601: when it came about.' })
  occurredAt!: string;

  @Field(() => String, { description: 'UTC, ISO 8601: when it was recorded.' })
  recordedAt!: string;

  @Field(() => String, { description: 'Who recorded it.' })
  actor!: string;
}

@ObjectType({ description: 'A page of the suppression list.' })
export class SuppressionPage {
  @Field(() => [SuppressedAddress], { description: 'In order of address and reason.' })
  entries!: SuppressedAddress[];

  @Field(() => String, { nullable: true, description: 'Pass it as `after`; null: this was the last page.' })
  next!: string | null;
}
