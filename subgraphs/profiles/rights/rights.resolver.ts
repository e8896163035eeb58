/** The mutations on a data subject's rights, and how an erasure stands. Must not decide who may; the commands do. */
import { Arg, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import { principalOf } from '../root.resolver';
import type { RootContext } from '../root.resolver';
import type { Profile } from '../store/store';
import { EXPORT_SCHEMA_VERSION } from './export';
import type { Erasure } from './rights';
import { CustomerErasure, CustomerExport, CustomerState, RectifyCustomerInput } from './rights.entity';

const WHO = 'For the data subject on the own id, and privacy officers.';

@Resolver()
export class RightsResolver {
  @Mutation(() => CustomerExport, {
    description: `Hands out everything stored of a data subject, over all sources (GDPR Art. 15, 20). ${WHO}`,
  })
  async exportCustomer(
    @Arg('id', () => ID, { description: 'The data subject.' }) id: string,
    @Ctx() context: RootContext,
  ): Promise<CustomerExport> {
    const { profile, document, at } = await context.services.rights.exportCustomer(principalOf(context), id);
    return { ...stateOf(profile), schemaVersion: EXPORT_SCHEMA_VERSION, exportedAt: iso(at), document };
  }

  @Mutation(() => CustomerState, {
    description: `Corrects what sources say of a data subject; the correction stands whatever they say later (GDPR Art. 16). ${WHO}`,
  })
  async rectifyCustomer(
    @Arg('input', () => RectifyCustomerInput, { description: 'What is to be corrected.' }) input: RectifyCustomerInput,
    @Ctx() context: RootContext,
  ): Promise<CustomerState> {
    const corrections = input.fields.map(({ path, value }) => ({ path, value: value ?? null }));
    return stateOf(await context.services.rights.rectifyCustomer(principalOf(context), input.customerId, corrections));
  }

  @Mutation(() => CustomerState, {
    description: `Restricts processing to the data subject’s rights, or lifts the restriction (GDPR Art. 18). ${WHO}`,
  })
  async restrictCustomer(
    @Arg('id', () => ID, { description: 'The data subject.' }) id: string,
    @Arg('restricted', () => Boolean, { defaultValue: true, description: 'false lifts it.' }) restricted: boolean,
    @Ctx() context: RootContext,
  ): Promise<CustomerState> {
    return stateOf(await context.services.rights.restrictCustomer(principalOf(context), id, restricted));
  }

  @Mutation(() => CustomerErasure, {
    description: `Erases a data subject here and at every source (GDPR Art. 17): nothing is answered from now on, and each place hands in a signed receipt. ${WHO}`,
  })
  async eraseCustomer(
    @Arg('id', () => ID, { description: 'The data subject.' }) id: string,
    @Ctx() context: RootContext,
  ): Promise<CustomerErasure> {
    const { rights } = context.services;
    return showErasure(await rights.eraseCustomer(principalOf(context), id), rights.publicKey);
  }

  @Query(() => CustomerErasure, {
    nullable: true,
    description: `How a data subject’s erasure stands; null when none was asked for. ${WHO}`,
  })
  async erasure(
    @Arg('id', () => ID, { description: 'The data subject.' }) id: string,
    @Ctx() context: RootContext,
  ): Promise<CustomerErasure | null> {
    const { rights } = context.services;
    const found = await rights.findErasure(principalOf(context), id);
    return found === null ? null : showErasure(found, rights.publicKey);
  }
}

function stateOf({ id, status, version }: Profile): CustomerState {
  return { customerId: id, status, version };
}

function showErasure({ profile, tasks }: Erasure, publicKey: string): CustomerErasure {
  const [first] = tasks;
  const receipts = tasks.flatMap(({ source, receipt }) =>
    receipt === null
      ? []
      : [{ ...receipt, source, until: receipt.until === null ? null : iso(receipt.until), at: iso(receipt.at) }],
  );
  const open = tasks.filter(({ receipt }) => receipt === null);
  return {
    ...stateOf(profile),
    requestedAt: iso(first?.requestedAt ?? 0),
    dueAt: iso(first?.dueAt ?? 0),
    completedAt:
      open.length > 0
        ? null
        : (receipts
            .map(({ at }) => at)
            .toSorted()
            .at(-1) ?? null),
    receipts,
    pending: open.map(({ source, failures, lastFailure, nextAttemptAt }) => ({
      source,
      failures,
      lastFailure,
      nextAttemptAt: iso(nextAttemptAt),
    })),
    publicKey,
  };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
