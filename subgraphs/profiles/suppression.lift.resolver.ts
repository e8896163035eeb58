/** The mutations that lift a suppression and let somebody erased in again. Must not check who may; the commands do. */
import { Arg, Ctx, Field, InputType, Int, Mutation, ObjectType, registerEnumType, Resolver } from 'type-graphql';
import type { Suppression } from '../../schema/policy';
import { SuppressionEnum } from './consent.entity';
import { enumOf } from './customer.entity';
import { IdentityInput, principalOf } from './root.resolver';
import type { RootContext } from './root.resolver';
import { LIFT_GROUNDS } from './suppression.lift';
import type { Ground } from './suppression.lift';

const LiftGroundEnum = enumOf(LIFT_GROUNDS);
registerEnumType(LiftGroundEnum, {
  name: 'LiftGround',
  description: 'Why something that forbids mails or keeps somebody out is no longer so.',
  valuesConfig: {
    RECORDED_BY_MISTAKE: { description: 'It should not have been recorded.' },
    ADDRESS_WORKS: { description: 'The address takes mail again. Of a suppression only.' },
    SUBJECT_ASKED: { description: 'The person asked for it, and it was made sure who asked.' },
  },
});

@InputType({ description: 'A suppression that is to end.' })
export class LiftSuppressionInput {
  @Field(() => String, { nullable: true, description: 'The address.' })
  email?: string | null;

  @Field(() => String, { nullable: true, description: 'In its stead the key an export gave.' })
  addressKey?: string | null;

  @Field(() => SuppressionEnum, {
    description:
      'COMPLAINT or HARD_BOUNCE. UNSUBSCRIBED ends with the person’s own consent to every topic, ERASED with readmitErased.',
  })
  reason!: Suppression;

  @Field(() => LiftGroundEnum, { description: 'Why.' })
  ground!: Ground['ground'];

  @Field(() => String, { nullable: true, description: 'A ticket’s number, for the audit trail. Nobody’s name.' })
  reference?: string | null;
}

@ObjectType({ description: 'What became of a suppression that was to end.' })
export class SuppressionLift {
  @Field(() => String, { description: 'Keyed hash of the address.' })
  addressKey!: string;

  @Field(() => SuppressionEnum, { description: 'What was to end.' })
  reason!: Suppression;

  @Field(() => Boolean, { description: 'False: the address was not on the list for it.' })
  lifted!: boolean;
}

@InputType({ description: 'Somebody erased who is to be let in again.' })
export class ReadmitErasedInput {
  @Field(() => [IdentityInput], {
    description: '1 to 20 ids and addresses under which the person comes back. Any other stays shut.',
  })
  identities!: IdentityInput[];

  @Field(() => LiftGroundEnum, { description: 'SUBJECT_ASKED or RECORDED_BY_MISTAKE.' })
  ground!: Ground['ground'];

  @Field(() => String, { nullable: true, description: 'A ticket’s number, for the audit trail. Nobody’s name.' })
  reference?: string | null;
}

@ObjectType({ description: 'What no longer keeps somebody out.' })
export class Readmission {
  @Field(() => Int, { description: 'Ids and addresses under which a record is taken in again.' })
  tombstones!: number;

  @Field(() => Int, { description: 'Addresses that are no longer suppressed as ERASED; other reasons stay.' })
  suppressions!: number;
}

@Resolver()
export class SuppressionLiftResolver {
  @Mutation(() => SuppressionLift, {
    description: 'Ends a COMPLAINT or HARD_BOUNCE that is not, or no longer, so. For privacy officers.',
  })
  async liftSuppression(
    @Arg('input', () => LiftSuppressionInput, { description: 'What is to end.' }) input: LiftSuppressionInput,
    @Ctx() context: RootContext,
  ): Promise<SuppressionLift> {
    return { ...(await context.services.lifts.lift(principalOf(context), input)), reason: input.reason };
  }

  @Mutation(() => Readmission, {
    description:
      'Lets somebody erased in again, who then is a new customer, asked for consent anew: nothing of before comes back. For privacy officers.',
  })
  readmitErased(
    @Arg('input', () => ReadmitErasedInput, { description: 'Who.' }) input: ReadmitErasedInput,
    @Ctx() context: RootContext,
  ): Promise<Readmission> {
    return context.services.lifts.readmit(principalOf(context), input);
  }
}
